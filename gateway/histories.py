"""The engine's memory, for whoever compares it with the tables: which appeals it has, and every run's history.

And the one way to put an appeal back that the engine has lost or holds in an older state: a new run that carries the
state, in place of whatever runs under the number.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHistory
from temporalio.common import (
    SearchAttributePair,
    TypedSearchAttributes,
    WorkflowIDConflictPolicy,
    WorkflowIDReusePolicy,
)
from temporalio.service import RPCError, RPCStatusCode

from domain.appeal import Appeal
from domain.loop import Notice
from domain.view import moments
from runtime.temporal import RPC_TIMEOUT
from workflows import contract
from workflows.contract import Acted, AppealStart, Carried

_PAGE = timedelta(seconds=30)


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
        """Let the running workflow write the tables again as it knows them. Needs a worker."""
        handle = self._client.get_workflow_handle(contract.workflow_id(number))
        await handle.execute_update(contract.RESTORE, result_type=Acted, rpc_timeout=_PAGE)

    async def put_back(self, appeal: Appeal, fence: int, untold: tuple[Notice, ...]) -> None:
        """Begin a run that carries ``appeal``, with its full rules. What runs under its number is ended by it.

        One call to the server: there is no moment at which the appeal has no run, and none at which it has two.
        """
        found = contract.search_attributes(appeal, moments(appeal), datetime.now(UTC))
        await self._client.start_workflow(
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
