"""Around every activity: its count, its span, and a log that knows which appeal and whose request it is about.

A write belongs to the request whose action it writes. But the workflow's loop makes it, not the request's handler: so
the workflow's side remembers, by the update's id, what each update was caused by, and gives it to the write that holds
its entry and to the messages about that entry. Only headers change, no command; replays find nothing to compare.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    ExecuteWorkflowInput,
    HandleUpdateInput,
    Interceptor,
    StartActivityInput,
    StartLocalActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from runtime import tracing
from runtime.cause import HEADER, Cause
from runtime.logging import remember_run
from worker.metrics import attempt, count_lateness
from workflows.contract import Batch, Mail

_BEGUN: Final = "appeals_note_run"
_BEGIN: Final = "appeals_begin_span"
_OPENING: Final = "opening"
#: Entries whose messages may still be on their way.
_REMEMBERED: Final = 5

log = structlog.get_logger(__name__)


class Watching(Interceptor):
    """For every worker of ours, and for replays that are to prove that it changes no command."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002
        """The SDK asks for it at each activity."""
        return _Activities(next)

    def workflow_interceptor_class(
        self,
        input: WorkflowInterceptorClassInput,  # noqa: A002
    ) -> type[WorkflowInboundInterceptor]:
        """The SDK asks for it once."""
        input.unsafe_extern_functions.update({_BEGUN: remember_run, _BEGIN: _begin_span})
        return _Workflow


class _Activities(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002
        info, cause = activity.info(), Cause.of(input.headers)
        about = {"number": info.workflow_id or ""} | ({"request_id": cause.request_id} if cause.request_id else {})
        with (
            structlog.contextvars.bound_contextvars(**about),
            tracing.span(info.activity_type, "server", cause.trace, **about),
        ):
            begun = time.perf_counter()
            with attempt(info):
                result = await super().execute_activity(input)
            log.info(
                "activity",
                activity=info.activity_type,
                attempt=info.attempt,
                ms=round((time.perf_counter() - begun) * 1000, 1),
            )
            for batch in input.args:
                if isinstance(batch, Batch):
                    count_lateness(batch.entries)
            return result


class _Workflow(WorkflowInboundInterceptor):
    """What each update was caused by, until it is answered."""

    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        self.causes: dict[str, Payload] = {}
        info = outbound.info()
        workflow.extern_functions()[_BEGUN](info.run_id, info.workflow_id)
        super().init(_Outbound(outbound, self))

    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:  # noqa: A002
        self._remember(_OPENING, input.headers)
        return await super().execute_workflow(input)

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:  # noqa: A002
        self._remember(input.id, input.headers)
        live = not workflow.unsafe.is_replaying()
        span = workflow.extern_functions()[_BEGIN](input.update, input.headers) if live else None
        try:
            result = await super().handle_update_handler(input)
        finally:
            self.causes.pop(input.id, None)
        if span is not None:
            # One that this worker has forgotten meanwhile is never ended, and so never told.
            span.end()
        return result

    def _remember(self, by: str, headers: Mapping[str, Payload]) -> None:
        if HEADER in headers:
            self.causes[by] = headers[HEADER]


class _Outbound(WorkflowOutboundInterceptor):
    """Gives what the workflow has done on to whom it concerns."""

    def __init__(self, next: WorkflowOutboundInterceptor, inbound: _Workflow) -> None:  # noqa: A002
        super().__init__(next)
        self._inbound = inbound
        self._by_seq: dict[str, Payload] = {}

    def start_activity(self, input: StartActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        input.headers = {**input.headers, **self._header(input.args)}
        return super().start_activity(input)

    def start_local_activity(self, input: StartLocalActivityInput) -> workflow.ActivityHandle[Any]:  # noqa: A002
        input.headers = {**input.headers, **self._header(input.args)}
        return super().start_local_activity(input)

    def _header(self, args: Sequence[Any]) -> dict[str, Payload]:
        """Of several causes the first: a span has one parent, a line one request."""
        found: Payload | None = None
        for arg in args:
            if isinstance(arg, Batch):
                found = self._of_batch(arg)
            elif isinstance(arg, Mail):
                found = next((c for n in arg.notices if (c := self._by_seq.get(str(n.entry)))), None)
        return {HEADER: found} if found is not None else {}

    def _of_batch(self, batch: Batch) -> Payload | None:
        causes = self._inbound.causes
        first: Payload | None = None
        for entry in batch.entries:
            cause = causes.get(_OPENING if entry.seq == 1 else entry.entry_id)
            if cause is not None:
                first = first or cause
                self._by_seq[str(entry.seq)] = cause
        for seq in list(self._by_seq)[:-_REMEMBERED]:
            del self._by_seq[seq]
        return first


def _begin_span(update: str, headers: Mapping[str, Payload]) -> Any:
    """Called from within a workflow, on the outside. The handler's span lies beside the write's, under the update's."""
    trace = Cause.of(headers).trace
    info = workflow.info()
    return tracing.begin(f"workflow {update}", "server", trace, number=info.workflow_id) if trace else None
