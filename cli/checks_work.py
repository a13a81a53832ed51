"""The doctor's checks of work that does not get on: failing tasks, lagging writes, intake, the last reconciliation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from cli.checks import Finding, Level
from runtime.settings import Settings
from runtime.temporal import RPC_TIMEOUT
from storage import migrate
from storage.database import Database
from storage.figures import Figures, Waiting
from storage.meta import MetaReads
from workflows import contract

REPORTED: Final = 'ExecutionStatus = "Running" AND TemporalReportedProblems IS NOT NULL'
"""A failing workflow task is retried for ever and looks like a hang; newer servers mark its workflow with this."""
RUNNING: Final = f'WorkflowType = "{contract.WORKFLOW}" AND ExecutionStatus = "Running"'
WRITE: Final = "write_records"
LOOKED_AT: Final = 2_000
SECONDS: Final = 15.0
TOGETHER: Final = 16
MANY_ATTEMPTS: Final = 2
SHOWN: Final = 5
GRACE: Final = timedelta(minutes=1)
OVERDUE: Final = timedelta(days=7)


@dataclass(slots=True)
class Slow:
    """What was seen: appeal number to what its work is stuck at, and how often it was tried."""

    looked_at: int = 0
    tasks: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)


async def work(client: Client) -> list[Finding]:
    """Workflow tasks that keep failing, writes and messages that are tried again and again."""
    slow = Slow()
    with suppress(RPCError):  # a server that does not know the mark; what follows finds it too
        for number in [r.id async for r in client.list_workflows(REPORTED, limit=SHOWN, rpc_timeout=RPC_TIMEOUT)]:
            await _look(client, number, slow)
    with suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            await _look_around(client, slow)
    return [
        _finding(
            *(slow.tasks, f"没有卡住的工作流（看了 {slow.looked_at} 件）", "有工作流反复失败、停滞不前"),
            "多半是新版本程序与运行中的历史不符：退回上一版本，或修复后重启工作进程；原因见 worker.log",
        ),
        _finding(
            *(slow.writes, "没有滞后的写入", "写入滞后"),
            "数据库是否可用、是否变慢：原因见 worker.log；只有个别诉求时：appeals reconcile --dry-run",
        ),
        _finding(slow.messages, "没有滞后的通知", "通知发不出去", "原因见 worker.log"),
    ]


async def _look_around(client: Client, slow: Slow) -> None:
    turns = asyncio.Semaphore(TOGETHER)

    async def look(number: str) -> None:
        async with turns:
            with suppress(RPCError):
                await _look(client, number, slow)
        slow.looked_at += 1

    numbers = [run.id async for run in client.list_workflows(RUNNING, limit=LOOKED_AT, page_size=500)]
    await asyncio.gather(*(look(number) for number in numbers))


async def _look(client: Client, number: str, slow: Slow) -> None:
    found = (await client.get_workflow_handle(number).describe(rpc_timeout=RPC_TIMEOUT)).raw_description
    if found.HasField("pending_workflow_task") and found.pending_workflow_task.attempt > MANY_ATTEMPTS:
        slow.tasks[number] = found.pending_workflow_task.attempt
    for activity in found.pending_activities:
        if activity.attempt > 1:
            held = slow.writes if activity.activity_type.name == WRITE else slow.messages
            held[number] = activity.attempt


def _finding(held: dict[str, int], well: str, ill: str, mend: str) -> Finding:
    if not held:
        return Finding(Level.OK, well)
    worst = sorted(held, key=lambda number: -held[number])[:SHOWN]
    names = "、".join(f"{number}（第 {held[number]} 次）" for number in worst)
    return Finding(Level.FAIL, f"{ill}：{len(held)} 件，如 {names}", mend)


async def search_attributes(client: Client) -> Finding:
    """What the engine's lists are searched by; a worker makes them known when it starts."""
    request = ListSearchAttributesRequest(namespace=client.namespace)
    known = (await client.operator_service.list_search_attributes(request, timeout=RPC_TIMEOUT)).custom_attributes
    missing = {name: kind for name, kind in contract.SEARCH_ATTRIBUTES.items() if name not in known}
    if not missing:
        return Finding(Level.OK, "检索属性齐全")
    commands = [
        f"temporal operator search-attribute create --namespace {client.namespace} --name {name} --type {kind}"
        for name, kind in missing.items()
    ]
    mend = "\n".join(["启动工作进程时自动登记；无权时由 Temporal 管理员运行：", *commands])
    return Finding(Level.WARN, f"命名空间 {client.namespace} 缺少检索属性：{', '.join(missing)}", mend)


def tables(settings: Settings) -> Iterator[Finding]:
    """What waits in the intake, and what the last reconciliation found."""
    if migrate.current(settings.database_url) != migrate.head():
        return
    waiting, at, apart, unexplained = asyncio.run(_facts(settings.database_url))
    late = waiting.since is not None and datetime.now(UTC) - waiting.since > GRACE
    if waiting.since is not None and late:
        what = f"收件 {waiting.count} 件尚未启动办理，最早于 {waiting.since:%Y-%m-%d %H:%M}（UTC）"
        yield Finding(Level.FAIL, what, "引擎或工作进程不可用时会等待，恢复后自动启动；一直不动：api.log 中的 relay_*")
    else:
        yield Finding(Level.OK, "没有滞留的收件")
    yield _reconciled(at, apart, unexplained)


async def _facts(url: str) -> tuple[Waiting, str | None, str | None, str | None]:
    database = Database.create(url)
    try:
        async with database.read() as r:
            meta = MetaReads(r)
            said = [await meta.get(f"reconcile.{name}") for name in ("at", "apart", "unexplained")]
            return await Figures(r).waiting(), said[0], said[1], said[2]
    finally:
        await database.close()


def _reconciled(at: str | None, apart: str | None, unexplained: str | None) -> Finding:
    if at is None:
        return Finding(Level.OK, "数据表与流程尚未核对过：appeals reconcile")
    said = f"最近一次核对 {at}：不一致 {apart} 件，未解决 {unexplained} 件"
    if unexplained not in {None, "0"}:
        return Finding(Level.FAIL, said, "appeals reconcile --report 文件")
    if datetime.now(UTC) - datetime.fromisoformat(at) > OVERDUE:
        return Finding(Level.WARN, said, "该再核对一次：appeals reconcile")
    return Finding(Level.OK, said)
