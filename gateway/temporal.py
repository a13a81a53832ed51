"""The gateway on the Temporal client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

import structlog
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
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.act import Act
from domain.colours import moments
from domain.errors import Refusal
from domain.loop import decide
from domain.opening import Opening, begin
from gateway.errors import EngineAway, GatewayError, NotStarted, WritePending
from gateway.metrics import GHOSTS, UPDATE_SECONDS
from gateway.rehearsal import RehearsalClock
from gateway.telling import Teller
from runtime.settings import Settings
from runtime.temporal import INTERACTIVE, connect
from storage.appeals import Appeals
from storage.database import Database
from storage.rules import store_rules
from workflows import contract
from workflows.contract import Acted, AppealStart, Standing, from_error, reused_key

#: How long a person waits for an answer before it becomes "perhaps".
_ANSWER = timedelta(seconds=5)
#: A query first waits some five seconds for the worker that knew the workflow, before another one is asked.
_CONFIRM = timedelta(seconds=20)
_PROBE = timedelta(milliseconds=800)
_AGAIN_SECONDS = 0.05
#: What the engine says of our request. Everything else (a server that starts, ends or lost its shard) means "perhaps".
_OURS = frozenset(
    {
        RPCStatusCode.NOT_FOUND,
        RPCStatusCode.INVALID_ARGUMENT,
        RPCStatusCode.PERMISSION_DENIED,
        RPCStatusCode.UNAUTHENTICATED,
        RPCStatusCode.UNIMPLEMENTED,
    },
)

log = structlog.get_logger(__name__)


async def connect_gateway(settings: Settings, database: Database, teller: Teller) -> TemporalGateway:
    """A gateway on a lazy client: the API starts, and keeps what comes in, also while the engine is away."""
    client = await connect(settings, lazy=True, patience=INTERACTIVE, measured=True)
    return TemporalGateway(client, database, settings.task_queue, rehearsal=settings.rehearsal, teller=teller)


class TemporalGateway:
    """Implements :class:`~gateway.protocol.Gateway`."""

    def __init__(
        self,
        client: Client,
        database: Database,
        task_queue: str,
        *,
        rehearsal: bool = False,
        teller: Teller | None = None,
    ) -> None:
        """``database`` answers for workflows that have ended; ``rehearsal`` allows :meth:`fast_forward`.

        ``teller`` tells people what was answered for; without one it is left to a relay.
        """
        self._client = client
        self._database = database
        self._task_queue = task_queue
        self._doubts: set[str] = set()
        self._clock = RehearsalClock(client, database) if rehearsal else None
        self._teller = teller

    async def start(self, opening: Opening) -> None:
        """See :class:`~gateway.protocol.Gateway`."""
        operation: WithStartWorkflowOperation[None, None] = WithStartWorkflowOperation(
            contract.WORKFLOW,
            AppealStart(opening, searchable=True, callers_tell=True),
            id=contract.workflow_id(opening.number),
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            search_attributes=_search_attributes(opening),
        )
        try:
            async with self._within(INTERACTIVE):
                opened = await self._client.execute_update_with_start_workflow(
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
        except (RPCError, WorkflowUpdateFailedError) as error:
            # Whatever the engine has against it: intake has it, and the caller is told that it is kept.
            log.warning("start_refused", number=opening.number, error=type(error).__name__)
            raise EngineAway from error
        self._answered(opening.number, opened)

    async def act(self, number: str, act: Act) -> int:
        """See :class:`~gateway.protocol.Gateway`."""
        if act.rules is not None:
            # The tables keep rules once, by version; the workflow writes only the version.
            async with self._database.write() as connection:
                await store_rules(connection, act.rules)
        try:
            with UPDATE_SECONDS.labels(act.action.value).time():
                async with self._within(_ANSWER):
                    acted = await self._update(number, act)
        except WorkflowUpdateFailedError as failure:
            raise self._refusal(number, failure) from None
        except GatewayError:
            self._doubts.add(number)
            raise
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return await self._answer_of_the_closed(number, act)
        if acted.digest != act.digest:
            raise reused_key()
        self._answered(number, acted)
        return acted.seq

    def _answered(self, number: str, acted: Acted) -> None:
        if self._teller:
            self._teller.answered(number, acted.seq)

    async def _update(self, number: str, act: Act) -> Acted:
        """Sent again, by its id, when the engine drops it because the task fails that would take it.

        So it does when a run is to be followed by the next while a message is told.
        """
        while True:
            try:
                update = self._handle(number).execute_update(contract.ACT, act, id=act.key, result_type=Acted)
                acted: Acted = await update
            except RPCError as error:
                if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                    raise
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return acted

    def _refusal(self, number: str, failure: WorkflowUpdateFailedError) -> Refusal | GatewayError:
        """What the workflow said; what is no refusal of ours says nothing about the action, so it is in doubt."""
        cause = failure.cause
        if isinstance(cause, ApplicationError):
            with suppress(ValueError):
                return from_error(cause)
        log.warning("update_failed", number=number, error=type(cause).__name__, kind=getattr(cause, "type", None))
        self._doubts.add(number)
        return EngineAway()

    async def _answer_of_the_closed(self, number: str, act: Act) -> int:
        """A workflow that has ended answers nothing; it ended only after its last entry was written."""
        async with self._database.read() as connection:
            stored = await Appeals(connection).get(number)
        if stored is None or stored.appeal.is_open:
            raise NotStarted
        seen = stored.appeal.seen.get(act.key)
        if seen is None:
            decide(stored.appeal, act, stored.appeal.last_at or stored.appeal.created_at)
            raise NotStarted
        if seen.digest != act.digest:
            raise reused_key()
        return seen.seq

    def take_doubts(self) -> frozenset[str]:
        """See :class:`~gateway.protocol.Gateway`."""
        doubts, self._doubts = frozenset(self._doubts), set()
        return doubts

    async def confirm(self, number: str) -> bool:
        """See :class:`~gateway.protocol.Gateway`."""
        try:
            async with self._within(_CONFIRM):
                standing = await self._handle(number).query(contract.STANDING, result_type=Standing)
                async with self._database.read() as connection:
                    stored = await Appeals(connection).get(number)
                if standing.busy or stored is None:
                    return False
                if (stored.appeal.seq, stored.appeal.head) != (standing.seq, standing.head):
                    GHOSTS.inc()
                    log.warning("ghost_row", number=number, rows=stored.appeal.seq, workflow=standing.seq)
                    await self._handle(number).execute_update(contract.RESTORE, result_type=Acted)
                    # Only looking again proves it: something may have been done in between, or not have been written.
                    return False
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return True
            raise
        return True

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
            if error.status in _OURS:
                raise
            log.warning("engine_trouble", status=error.status.name)
            raise EngineAway from error

    async def _is_away(self) -> bool:
        return (await self.readiness())["engine"] != "ok"


def _search_attributes(opening: Opening) -> TypedSearchAttributes:
    """Of its beginning, so that the workflow need not upsert them."""
    appeal = begin(opening).appeal
    found = contract.search_attributes(appeal, moments(appeal), opening.created_at)
    return TypedSearchAttributes([SearchAttributePair(key, value) for key, value in found.items() if value is not None])
