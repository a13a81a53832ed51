"""The gateway on the Temporal client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.act import Act
from domain.loop import decide
from domain.opening import Opening
from gateway.errors import EngineAway, NotStarted, WritePending
from gateway.rehearsal import RehearsalClock
from runtime.settings import Settings
from runtime.temporal import INTERACTIVE, connect
from storage.appeals import Appeals
from storage.database import Database
from storage.rules import store_rules
from workflows import contract
from workflows.contract import Acted, AppealStart
from workflows.refusals import from_error

#: How long a person waits for an answer before it becomes "perhaps".
_ANSWER = timedelta(seconds=5)
_PROBE = timedelta(milliseconds=800)


async def connect_gateway(settings: Settings, database: Database) -> TemporalGateway:
    """A gateway on a lazy client: the API starts, and keeps what comes in, also while the engine is away."""
    client = await connect(settings, lazy=True, patience=INTERACTIVE)
    return TemporalGateway(client, database, settings.task_queue, rehearsal=settings.rehearsal)


class TemporalGateway:
    """Implements :class:`~gateway.protocol.Gateway`."""

    def __init__(self, client: Client, database: Database, task_queue: str, *, rehearsal: bool = False) -> None:
        """``database`` answers for workflows that have ended; ``rehearsal`` allows :meth:`fast_forward`."""
        self._client = client
        self._database = database
        self._task_queue = task_queue
        self._clock = RehearsalClock(client, database) if rehearsal else None

    async def start(self, opening: Opening) -> None:
        """See :class:`~gateway.protocol.Gateway`."""
        operation: WithStartWorkflowOperation[None, None] = WithStartWorkflowOperation(
            contract.WORKFLOW,
            AppealStart(opening),
            id=contract.workflow_id(opening.number),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        try:
            async with self._within(INTERACTIVE):
                await self._client.execute_update_with_start_workflow(
                    contract.OPENED,
                    start_workflow_operation=operation,
                    id=f"{opening.number}:{contract.OPENED}",
                    result_type=Acted,
                )
        except WorkflowAlreadyStartedError:
            # It has run and ended: the relay was late, nothing is lost.
            return
        except WritePending as slow:
            raise EngineAway from slow

    async def act(self, number: str, act: Act) -> int:
        """See :class:`~gateway.protocol.Gateway`."""
        if act.rules is not None:
            # The tables keep rules once, by version; the workflow writes only the version.
            async with self._database.write() as connection:
                await store_rules(connection, act.rules)
        try:
            async with self._within(_ANSWER):
                acted = await self._handle(number).execute_update(contract.ACT, act, id=act.key, result_type=Acted)
        except WorkflowUpdateFailedError as failure:
            if isinstance(failure.cause, ApplicationError):
                raise from_error(failure.cause) from None
            raise
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            await self._refuse_as_closed(number, act)
            raise NotStarted from error
        return acted.seq

    async def _refuse_as_closed(self, number: str, act: Act) -> None:
        """A workflow that has ended answers nothing; the tables know why."""
        async with self._database.read() as connection:
            stored = await Appeals(connection).get(number)
        if stored and not stored.appeal.is_open:
            decide(stored.appeal, act, stored.appeal.last_at or stored.appeal.created_at)

    async def fast_forward(self, number: str, seconds: int) -> None:
        """See :class:`~gateway.protocol.Gateway`."""
        if self._clock is None:
            raise RuntimeError("not a rehearsal")
        try:
            await self._clock.move(number, timedelta(seconds=seconds))
        except RPCError as error:
            raise EngineAway from error

    async def readiness(self) -> dict[str, str]:
        """See :class:`~gateway.protocol.Gateway`."""
        request = DescribeTaskQueueRequest(
            namespace=self._client.namespace,
            task_queue=TaskQueue(name=self._task_queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
        )
        try:
            async with asyncio.timeout(_PROBE.total_seconds()):
                found = await self._client.workflow_service.describe_task_queue(request)
        except (RPCError, RuntimeError, TimeoutError):
            return {"engine": "engine-away", "worker": "unknown"}
        return {"engine": "ok", "worker": "ok" if found.pollers else "no-worker"}

    def _handle(self, number: str) -> WorkflowHandle[None, None]:
        return self._client.get_workflow_handle(contract.workflow_id(number))

    @asynccontextmanager
    async def _within(self, limit: timedelta) -> AsyncIterator[None]:
        """Gives the engine ``limit``; tells an engine that is away from one that is slow.

        A lazy client that has never connected raises RuntimeError.
        """
        try:
            async with asyncio.timeout(limit.total_seconds()):
                yield
        except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
            if await self._is_away():
                raise EngineAway from error
            raise WritePending from error
        except RuntimeError as error:
            raise EngineAway from error
        except RPCError as error:
            if error.status in {RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED}:
                raise EngineAway from error
            raise

    async def _is_away(self) -> bool:
        return (await self.readiness())["engine"] != "ok"
