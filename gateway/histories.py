"""The engine's memory, for whoever compares it with the tables: which appeals it has, and every run's history.

And the one way to put an appeal back that the engine has lost or holds in an older state: a new run that carries the
state, in place of whatever runs under the number.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.api.common.v1 import TimeSkippingConfig
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowInput,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.appeal import Appeal
from domain.colours import moments
from domain.notice import Notice
from gateway.errors import EngineAway, NotStarted, WritePending
from runtime.temporal import RPC_TIMEOUT
from workflows import contract
from workflows.contract import Acted, AppealStart, Carried

_PAGE = timedelta(seconds=30)
_ANSWER = timedelta(seconds=15)
"""Without a worker the engine holds an update for as long as anybody waits for it."""


class Histories:
    """What the engine knows of appeals."""

    def __init__(self, client: Client, task_queue: str) -> None:
        """``task_queue`` is where a run that is put back will be worked on."""
        self._client = client
        self._task_queue = task_queue

    async def numbers(self, closed_since: datetime) -> AsyncIterator[str]:
        """The appeals that run, and those that have ended since. The engine's list may lag by a second or two."""
        since = closed_since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        query = (
            f"WorkflowType = '{contract.WORKFLOW}' AND "
            f"(ExecutionStatus = 'Running' OR (CloseTime > '{since}' AND ExecutionStatus != 'ContinuedAsNew'))"
        )
        async for run in self._client.list_workflows(query, page_size=500, rpc_timeout=_PAGE):
            yield run.id

    async def newest(self, number: str) -> WorkflowHistory | None:
        """The history of the appeal's present or last run; None when the engine has none."""
        return await self._history(number, None)

    async def older(self, number: str, newest: WorkflowHistory) -> AsyncIterator[WorkflowHistory]:
        """The histories of every other run that the engine still has, whatever became of it."""
        query = f"WorkflowType = '{contract.WORKFLOW}' AND WorkflowId = '{number}'"
        async for run in self._client.list_workflows(query, rpc_timeout=_PAGE):
            if run.run_id != newest.run_id and (history := await self._history(number, run.run_id)):
                yield history

    async def _history(self, number: str, run_id: str | None) -> WorkflowHistory | None:
        handle = self._client.get_workflow_handle(contract.workflow_id(number), run_id=run_id)
        try:
            return await handle.fetch_history(rpc_timeout=_PAGE)
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return None
            raise

    async def runs(self, number: str) -> bool:
        """Whether a run of the appeal is open now."""
        try:
            found = await self._client.get_workflow_handle(contract.workflow_id(number)).describe(
                rpc_timeout=RPC_TIMEOUT
            )
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return found.status is WorkflowExecutionStatus.RUNNING

    async def restore(self, number: str) -> None:
        """Let the running workflow write the tables again as it knows them. Needs a worker.

        Raises a :class:`~gateway.errors.GatewayError`: NotStarted when it has ended meanwhile.
        """
        handle = self._client.get_workflow_handle(contract.workflow_id(number))
        async with _answered():
            await handle.execute_update(contract.RESTORE, result_type=Acted, rpc_timeout=_PAGE)

    async def put_back(
        self, appeal: Appeal, fence: int, untold: tuple[Notice, ...], ahead: timedelta = timedelta()
    ) -> None:
        """Begin a run that carries ``appeal``, with its full rules. What runs under its number is ended by it.

        One call to the server: there is no moment at which the appeal has no run, and none at which it has two.
        ``ahead`` is how far a rehearsal had moved the clock that ends with the old run: the new one is moved there.
        Raises a :class:`~gateway.errors.GatewayError`.
        """
        found = contract.search_attributes(appeal, moments(appeal), datetime.now(UTC))
        async with _answered():
            await self._with_clock(ahead).start_workflow(
                contract.WORKFLOW,
                AppealStart(carried=Carried(appeal, run=1, untold=untold, fence=fence)),
                id=contract.workflow_id(appeal.number),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.TERMINATE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                search_attributes=TypedSearchAttributes(
                    [SearchAttributePair(key, value) for key, value in found.items() if value is not None]
                ),
                rpc_timeout=RPC_TIMEOUT,
            )

    def _with_clock(self, ahead: timedelta) -> Client:
        if not ahead:
            return self._client
        config = self._client.config()
        config["interceptors"] = [*config["interceptors"], _Ahead(ahead)]
        return Client(**config)


class _Ahead(Interceptor):
    """Moves the clock of a rehearsal's workflow on as soon as it has begun: no worker need be there yet."""

    def __init__(self, by: timedelta) -> None:
        self._config = TimeSkippingConfig(enabled=True)
        self._config.fast_forward_config.id = str(uuid.uuid4())
        self._config.fast_forward_config.duration.FromTimedelta(by)

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK names it
        config = self._config

        class Outbound(OutboundInterceptor):
            async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
                input.time_skipping_config = config
                return await super().start_workflow(input)

        return Outbound(next)


@asynccontextmanager
async def _answered() -> AsyncIterator[None]:
    """One appeal's call: whatever becomes of it, the others have theirs."""
    try:
        async with asyncio.timeout(_ANSWER.total_seconds()):
            yield
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as error:
        raise WritePending from error
    except WorkflowUpdateFailedError as error:
        raise EngineAway from error
    except RPCError as error:
        raise (NotStarted if error.status is RPCStatusCode.NOT_FOUND else EngineAway) from error
