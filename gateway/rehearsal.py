"""The clock of one rehearsal appeal, moved on by the engine's own per-workflow time skipping."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from domain.errors import IllegalTransition
from gateway.errors import WritePending
from storage.database import Database
from storage.writer import AppealWriter
from workflows import contract
from workflows.contract import Standing

#: The engine skips at most so many times in one go.
_SKIPS = 200
#: Ladders are finite; more moments than this in one move are a fault of ours.
_MOST_MOMENTS = 2000
_NEAR = timedelta(seconds=1)
#: Just past a moment, so that its timer has rung.
_BEYOND = timedelta(milliseconds=50)
_PATIENCE = timedelta(seconds=20)
_PAUSE = 0.02


class RehearsalClock:
    """Moves are made one after another for an appeal: a second one would replace the first."""

    def __init__(self, client: Client, database: Database) -> None:
        """``database`` keeps how far each appeal is ahead, so that reads know its own now."""
        self._client = client
        self._database = database
        # Off by default: a workflow that skips on its own would run through its month in a second.
        self._skipper = TimeSkipper(client, config=TimeSkippingConfig(enabled=False, max_session_skip_count=_SKIPS))
        self._turn: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def move(self, number: str, by: timedelta) -> None:
        """Moves the appeal's clock on by ``by``, until that time is reached or the appeal has closed.

        Raises :class:`~domain.errors.IllegalTransition` for a closed appeal.
        """
        async with self._turn[number]:
            handle = self._client.get_workflow_handle(contract.workflow_id(number))
            await self._settle(handle)
            if not await self._runs(handle):
                raise IllegalTransition("诉求已办结，不能再快进")
            try:
                await self._move_to(handle, await self._skipper.get_current_time(handle) + by)
                await self._settle(handle)
            finally:
                # However far it came: reads must know the appeal's own now.
                await self._keep_offset(number, handle)

    async def _move_to(self, handle: WorkflowHandle[None, None], target: datetime) -> None:
        """From moment to moment: one leap over several, while somebody acts, would let them all fire at its end."""
        for _ in range(_MOST_MOMENTS):
            next_at = await self._settle(handle)
            now = await self._skipper.get_current_time(handle)
            if target - now < _NEAR or not await self._runs(handle):
                return
            stop = min(target, next_at + _BEYOND) if next_at else target
            await self._skipper.fast_forward(handle, max(stop - now, _BEYOND))

    async def _keep_offset(self, number: str, handle: WorkflowHandle[None, None]) -> None:
        ahead = await self._skipper.get_current_time(handle) - datetime.now(UTC)
        async with self._database.write() as connection:
            await AppealWriter(connection).set_offset(number, max(ahead, timedelta(0)))

    async def _runs(self, handle: WorkflowHandle[None, None]) -> bool:
        return (await handle.describe()).status is WorkflowExecutionStatus.RUNNING

    async def _settle(self, handle: WorkflowHandle[None, None]) -> datetime | None:
        """Waits until everything that is due has happened and is written; when the next thing is due.

        Raises WritePending after a while.
        """
        try:
            async with asyncio.timeout(_PATIENCE.total_seconds()):
                while True:
                    standing = await _standing(handle)
                    now = await self._skipper.get_current_time(handle)
                    if not standing.busy and (standing.next_at is None or standing.next_at > now):
                        return standing.next_at
                    if not await self._runs(handle):
                        return None
                    await asyncio.sleep(_PAUSE)
        except TimeoutError as error:
            raise WritePending from error


async def _standing(handle: WorkflowHandle[None, None]) -> Standing:
    """How far it is; a run that has only just followed another cannot say so yet."""
    while True:
        try:
            standing: Standing = await handle.query(contract.STANDING, result_type=Standing)
        except RPCError as error:
            if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                raise
            await asyncio.sleep(_PAUSE)
        else:
            return standing
