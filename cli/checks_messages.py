"""The doctor's look at messages to people: what waits too long, and channels that only fail."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from cli.checks import Finding, Level
from runtime.settings import Settings
from storage import migrate
from storage.database import Database
from storage.message_figures import MessageFigures, Tried
from storage.messages import Backlog, MessageReads

LATE: Final = timedelta(minutes=5)
LOOKED_BACK: Final = timedelta(hours=1)


def messages(settings: Settings) -> Iterator[Finding]:
    """Nothing has waited for long to be sent or to arrive; each channel that was used has delivered something."""
    if migrate.current(settings.database_url) != migrate.head():
        return
    now = datetime.now(UTC)
    unsent, undelivered, tried = asyncio.run(_facts(settings.database_url, now))
    found = [
        *_late(unsent, now, "应发而未发", "工作进程是否在运行；原因见 worker.log 中的 messages_not_read"),
        *_late(undelivered, now, "屡次发送均未送达", "查看 worker.log 中的 message；试发：appeals notify test 账号"),
        *(_only_fails(one) for one in tried if not one.delivered),
    ]
    yield from found or [Finding(Level.OK, "没有滞留的人员通知")]


async def _facts(url: str, now: datetime) -> tuple[Backlog, Backlog, list[Tried]]:
    database = Database.create(url)
    try:
        async with database.read() as r:
            figures = MessageFigures(r)
            return (
                await MessageReads(r).backlog(now),
                await figures.undelivered(),
                await figures.tried(now - LOOKED_BACK),
            )
    finally:
        await database.close()


def _late(backlog: Backlog, now: datetime, ill: str, mend: str) -> Iterator[Finding]:
    if backlog.since is not None and now - backlog.since > LATE:
        what = f"人员通知 {backlog.count} 条{ill}，最早于 {backlog.since:%Y-%m-%d %H:%M}（UTC）"
        yield Finding(Level.FAIL, what, mend)


def _only_fails(one: Tried) -> Finding:
    what = f"渠道 {one.channel} 最近一小时发送 {one.attempts} 次，没有一次送达"
    return Finding(Level.FAIL, what, f"检查网关、密钥和地址；试发：appeals notify test 账号 --channel {one.channel}")
