"""The doctor's look at the routing: is there somebody for what no rule sends anywhere, and what waits for him?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

from cli.checks import Finding, Level
from domain.calendar import ZONE
from domain.vocabulary import Role
from runtime.settings import Settings
from storage import migrate
from storage.accounts import Account, Accounts
from storage.database import Database
from storage.organisation import Organisation
from storage.routing import Routing
from storage.unrouted import Unrouted, unrouted

_MAY = frozenset({Role.DISPATCHER, Role.SUPERVISOR})


def routing(settings: Settings) -> Iterator[Finding]:
    """Tables of today, the catch-all, and what waits for it."""
    tables = Routing.load(settings.catalogue_dir).on(datetime.now(UTC).astimezone(ZONE).date())
    if not tables:
        yield Finding(Level.OK, "没有交办规则：按服务事项的牵头单位交办，其余由交办人员决定")
        return
    versions = "、".join(f"{table.name}（第{table.version}版）" for table in tables)
    yield Finding(Level.OK, f"交办规则：{versions}")
    if migrate.current(settings.database_url) != migrate.head():
        return
    whom = Organisation.load(settings.catalogue_dir).catch_all
    account, waiting = asyncio.run(_facts(settings.database_url, whom))
    yield _named(whom, account)
    yield _waits(waiting)


async def _facts(url: str, whom: str) -> tuple[Account | None, Unrouted]:
    database = Database.create(url)
    try:
        async with database.read() as r:
            return await Accounts(r).get(whom), await unrouted(r)
    finally:
        await database.close()


def _named(whom: str, account: Account | None) -> Finding:
    mend = "在组织文件中写明 catch_all：一个在用的、可以交办的账号（dispatcher 或 supervisor）"
    if not whom:
        return Finding(Level.WARN, "没有指定兜底人员：无规则可循的诉求只能等交办人员发现", mend)
    if account is None:
        return Finding(Level.WARN, f"兜底人员 {whom} 没有在用的账号", mend)
    if not _MAY & set(account.roles):
        return Finding(Level.WARN, f"兜底人员 {whom} 无权交办", mend)
    return Finding(Level.OK, f"无规则可循的诉求由 {whom} 决定")


def _waits(waiting: Unrouted) -> Finding:
    if not waiting.count:
        return Finding(Level.OK, "没有无规则可循、尚未交办的诉求")
    numbers = "、".join(waiting.numbers)
    what = f"{waiting.count} 件诉求无规则可循，等待兜底人员交办，如 {numbers}"
    return Finding(Level.WARN, what, "逐件交办；常见的，在 catalogue/routing 中补上规则（docs/routing.md）")
