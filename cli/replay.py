"""`appeals replay`: this program's workflow against the histories of the appeals that are running elsewhere.

To be run from the next release before it replaces the present one: it works on no task and changes nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Final

from rich.progress import Progress
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHistory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Replayer

from cli.words import ERR, OUT
from runtime.datadir import DataDir
from runtime.errors import EngineFailedError
from runtime.settings import Settings
from runtime.temporal import connect

KEPT: Final = 'WorkflowType = "Appeal"'
OPEN: Final = f'{KEPT} AND ExecutionStatus = "Running"'
SHOWN: Final = 20
_PATIENCE: Final = timedelta(seconds=30)
_REASON: Final = re.compile(r"\[TMPRL\d+] ([^\"]*)")


def replay(settings: Settings, *, everything: bool, most: int | None) -> int:
    """Replays the open appeals, or all that the engine still keeps; how many do not fit.

    Raises:
        EngineFailedError: the engine is away.
    """
    return asyncio.run(_replay(settings, KEPT if everything else OPEN, most))


async def _replay(settings: Settings, query: str, most: int | None) -> int:
    from worker.main import runner
    from workflows.appeal import AppealWorkflow

    running = DataDir(settings.data_dir).running_engine()
    settings = settings.model_copy(update={"engine_address": running}) if running else settings
    checked, failed = 0, 0
    try:
        client = await connect(settings)
        replayer = Replayer(
            workflows=[AppealWorkflow],
            workflow_runner=runner(),
            data_converter=client.data_converter,
            runtime=client.service_client.config.runtime,
        )
        with Progress(console=ERR, transient=True) as progress:
            total = (await client.count_workflows(query)).count
            task = progress.add_task("重放 / replaying", total=min(total, most or total))
            async for number, failure in replayed(client, replayer, query, most):
                checked, failed = checked + 1, failed + (failure is not None)
                if failure is not None and failed <= SHOWN:
                    OUT.print(f"[red]✗[/] {number} {reason(failure)}", soft_wrap=True)
                progress.advance(task)
    except (RPCError, RuntimeError) as error:
        raise EngineFailedError("引擎连接不上。", "The engine is away.", type(error).__name__) from None
    OUT.print(f"重放 {checked} 件，{failed} 件不符 / {checked} histories replayed, {failed} do not fit")
    return failed


async def replayed(
    client: Client, replayer: Replayer, query: str, most: int | None = None
) -> AsyncIterator[tuple[str, Exception | None]]:
    """Each workflow of the query by its id, with why its history does not fit."""
    async with replayer.workflow_replay_iterator(_histories(client, query, most)) as results:
        async for result in results:
            yield result.history.workflow_id, result.replay_failure


async def _histories(client: Client, query: str, most: int | None) -> AsyncIterator[WorkflowHistory]:
    async for found in client.list_workflows(query, limit=most):
        with suppress(_Gone):
            yield await _history(client, found.id, found.run_id)


class _Gone(Exception):  # noqa: N818 - an answer
    """There is nothing to replay."""


async def _history(client: Client, number: str, run: str) -> WorkflowHistory:
    try:
        handle = client.get_workflow_handle(number, run_id=run)
        history = await handle.fetch_history(rpc_timeout=_PATIENCE)
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:  # closed and deleted meanwhile
            raise _Gone from None
        raise
    if not any(e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED for e in history.events):
        # Nobody has worked on it yet; the replayer would wait for ever.
        raise _Gone
    return history


def reason(failure: Exception) -> str:
    """Which event does not fit. An error of another kind may quote what an enterprise wrote: its class only."""
    found = _REASON.search(str(failure))
    return found[1] if found else type(failure).__name__
