"""What a workflow has written, told again from its history: entries are not kept in its state, but its decisions are.

A replay makes every decision anew. What it hands to its activities is taken down here, so that nothing needs a worker
or a workflow that still runs: a history is enough.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import (
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    Replayer,
    StartActivityInput,
    StartLocalActivityInput,
    UnsandboxedWorkflowRunner,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
    WorkflowReplayResult,
)

from domain.act import Act
from domain.colours import moments
from domain.journal import Entry
from domain.notice import Notice
from domain.rules import Rules
from storage.comparison import Claim
from workflows.appeal import AppealWorkflow
from workflows.contract import AppealStart, Batch, Mail, slim

_ENDED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: "completed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: "continued",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED: "terminated",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: "canceled",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: "failed",
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT: "timed-out",
}
RUNNING = "running"


@dataclass(slots=True)
class Handed:
    """What was handed to an activity, and whether the history knows that it was done."""

    what: Batch | Mail
    done: bool = False


@dataclass(slots=True)
class Life:
    """One run, told again. ``fault`` says why it could not be."""

    number: str
    events: int = 0
    status: str = RUNNING
    fault: str = ""
    start: AppealStart | None = None
    handed: list[Handed] = field(default_factory=list)
    rules: dict[str, Rules] = field(default_factory=dict)

    @property
    def written(self) -> Claim | None:
        """What the tables have been told; None before the first write."""
        done = [h.what for h in self.handed if h.done and isinstance(h.what, Batch)]
        if done:
            return _claim(done[-1])
        carried = self.start.carried if self.start else None
        return Claim(slim(carried.appeal), moments(carried.appeal), carried.fence) if carried else None

    @property
    def pending(self) -> Claim | None:
        """What is being written just now, perhaps already committed."""
        last = next((h for h in reversed(self.handed) if isinstance(h.what, Batch)), None)
        return _claim(last.what) if last and not last.done and isinstance(last.what, Batch) else None

    @property
    def entries(self) -> dict[str, Entry]:
        """Every entry of this run, by its hash."""
        return {e.hash: e for h in self.handed if isinstance(h.what, Batch) for e in h.what.entries}

    @property
    def told(self) -> tuple[Notice, ...]:
        """Messages that have arrived."""
        return tuple(n for h in self.handed if h.done and isinstance(h.what, Mail) for n in h.what.notices)

    @property
    def untold(self) -> tuple[Notice, ...]:
        """Messages that were on their way."""
        return tuple(n for h in self.handed if not h.done and isinstance(h.what, Mail) for n in h.what.notices)


def _claim(batch: Batch) -> Claim:
    return Claim(batch.appeal, batch.moments, batch.fence)


class Rederiver:
    """Replays histories one after another, in the order they come."""

    def __init__(self, client: Client) -> None:
        """``client`` decrypts what the worker encrypted."""
        self._recorder = _Recorder()
        self._converter = client.data_converter
        # No sandbox: it costs half of the time, and what is replayed here is never commanded.
        self._replayer = Replayer(
            workflows=[AppealWorkflow],
            workflow_runner=UnsandboxedWorkflowRunner(),
            data_converter=client.data_converter,
            interceptors=[self._recorder],
            runtime=client.service_client.config.runtime,
        )

    @asynccontextmanager
    async def lives(self, histories: AsyncIterator[WorkflowHistory]) -> AsyncIterator[AsyncIterator[Life]]:
        """Each history, told again; those in which nothing is decided yet come last."""
        whole: dict[str, WorkflowHistory] = {}

        async def decided() -> AsyncIterator[WorkflowHistory]:
            async for history in histories:
                whole[history.run_id] = history
                if events := _decided(history):
                    yield WorkflowHistory(history.workflow_id, events)

        async with self._replayer.workflow_replay_iterator(decided()) as results:
            yield self._told(results, whole)

    async def _told(
        self, results: AsyncIterator[WorkflowReplayResult], whole: dict[str, WorkflowHistory]
    ) -> AsyncIterator[Life]:
        async for result in results:
            history = whole.pop(result.history.run_id)
            life = self._recorder.lives.pop(history.run_id, None) or Life(history.workflow_id)
            if result.replay_failure is not None:
                life.fault = type(result.replay_failure).__name__
            yield _seen(life, history)
        for history in whole.values():
            life = Life(history.workflow_id)
            _begun(life, await self._input(history))
            yield _seen(life, history)

    async def _input(self, history: WorkflowHistory) -> AppealStart:
        payloads = history.events[0].workflow_execution_started_event_attributes.input.payloads
        found: list[AppealStart] = await self._converter.decode(payloads, [AppealStart])
        return found[0]


def _decided(history: WorkflowHistory) -> Sequence[HistoryEvent]:
    """A history up to its last decision. What is being decided just now would be decided here, and never end."""
    kinds = [event.event_type for event in history.events]
    if EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED not in kinds:
        return ()
    last = len(kinds) - 1 - kinds[::-1].index(EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
    after = kinds[last:]
    under_way = EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED
    return history.events[: last + after.index(under_way)] if under_way in after else history.events


def _seen(life: Life, history: WorkflowHistory) -> Life:
    life.events = len(history.events)
    life.status = _ENDED.get(history.events[-1].event_type, RUNNING)
    return life


class _Recorder(Interceptor):
    """Takes down what each run is given and what it hands out."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}

    def life(self) -> Life:
        info = workflow.info()
        return self.lives.setdefault(info.run_id, Life(info.workflow_id))

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002, ARG002 - the SDK names it
    ) -> type[WorkflowInboundInterceptor]:
        recorder = self

        class Inbound(WorkflowInboundInterceptor):
            def init(self, outbound: WorkflowOutboundInterceptor) -> None:
                super().init(Outbound(outbound))

            async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002
                _begun(recorder.life(), input.args[0])
                return await super().execute_workflow(input)

            async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002
                _keep_rules(recorder.life(), input.args)
                return await super().handle_update_handler(input)

        class Outbound(WorkflowOutboundInterceptor):
            def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
                return _hand(recorder.life(), input.args[0], super().start_local_activity(input))

            def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
                return _hand(recorder.life(), input.args[0], super().start_activity(input))

        return Inbound


def _begun(life: Life, start: AppealStart) -> None:
    life.start = start
    first = start.carried.appeal if start.carried else start.opening
    if first:
        life.rules[first.rules.version] = first.rules


def _keep_rules(life: Life, messages: Any) -> None:
    for message in messages:
        if isinstance(message, Act) and message.rules:
            life.rules[message.rules.version] = message.rules


def _hand(life: Life, what: Batch | Mail, handle: workflow.ActivityHandle[Any]) -> workflow.ActivityHandle[Any]:
    handed = Handed(what)
    life.handed.append(handed)

    def ended(task: asyncio.Future[Any]) -> None:
        handed.done = not task.cancelled() and task.exception() is None

    handle.add_done_callback(ended)
    return handle
