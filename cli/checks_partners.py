"""The doctor's look at outside bodies that are spoken to by machine: their secrets, and what has not arrived."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.checks import Finding, Level
from cli.partners import waiting
from runtime.settings import Settings
from runtime.webhooks import SecretMissing, Secrets
from storage import migrate
from storage.organisation import Organisation
from storage.partners import partners_of

LATE: Final = timedelta(hours=1)
_RESUME: Final = "与该单位联系；排除后：appeals partners resume {}"


def partners(settings: Settings) -> Iterator[Finding]:
    """Every configured body has a usable secret; nothing has waited for long, nothing was refused."""
    for code, partner in partners_of(Organisation.load(settings.catalogue_dir), settings.partner_urls).items():
        try:
            count = len(Secrets(settings.partner_secrets).of(partner.secret))
        except SecretMissing as error:
            yield Finding(Level.FAIL, f"外单位 {code} 没有可用的密钥", f"{error}\n生成：appeals partners secret")
        else:
            yield Finding(Level.OK, f"外单位 {code}：{partner.url}，密钥 {count} 个")
    if migrate.current(settings.database_url) == migrate.head():
        yield from _messages(settings)


def _messages(settings: Settings) -> Iterator[Finding]:
    lanes, refused = asyncio.run(waiting(settings))
    found = False
    for code, lane in lanes.items():
        if lane.stopped:
            found = True
            yield Finding(Level.FAIL, f"外单位 {code} 不再接收消息，{lane.waiting} 条未送达", _RESUME.format(code))
        elif datetime.now(UTC) - lane.since > LATE:
            found = True
            what = f"发给外单位 {code} 的 {lane.waiting} 条消息滞留，最早于 {lane.since:%Y-%m-%d %H:%M}（UTC）"
            yield Finding(Level.FAIL, f"{what}，最近一次：{lane.error}", _RESUME.format(code))
    for code, count in refused.items():
        found = True
        yield Finding(Level.WARN, f"外单位 {code} 拒收了 {count} 条消息", _RESUME.format(code))
    if not found:
        yield Finding(Level.OK, "没有滞留的外单位消息")
