"""What an update or a write was caused by: a request's id and its trace, carried through the engine in a header.

A header is no command: a history recorded with it replays without it, and the other way round. It holds nothing
personal and is not encrypted. Workflows pass it on unread.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowUpdateHandle,
)

from runtime import tracing

HEADER: Final = "appeals-cause"
_REQUEST_ID: Final = "request_id"


@dataclass(frozen=True, slots=True)
class Cause:
    """Whose doing it is: a request's id when there was one, and its trace when traces are on."""

    request_id: str | None = None
    trace: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def current(cls) -> Cause:
        """Of what runs just now."""
        return cls(structlog.contextvars.get_contextvars().get(_REQUEST_ID), tracing.carrier())

    @classmethod
    def of(cls, headers: Mapping[str, Payload]) -> Cause:
        """As it came through the engine; an empty one when it says nothing that we can read."""
        payload = headers.get(HEADER)
        try:
            said = json.loads(payload.data) if payload else {}
            return cls(said.pop(_REQUEST_ID, None), said)
        except (ValueError, AttributeError):
            return cls()

    def headers(self) -> dict[str, Payload]:
        """As it goes through the engine; nothing when there is nothing to say."""
        said = {**({_REQUEST_ID: self.request_id} if self.request_id else {}), **self.trace}
        if not said:
            return {}
        data = json.dumps(said, separators=(",", ":")).encode()
        return {HEADER: Payload(metadata={"encoding": b"json/plain"}, data=data)}


class SendsCauses(Interceptor):
    """The client's side: every update says what it was caused by, and is a span of its trace."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """The SDK asks for it once."""
        return _Outbound(next)


class _Outbound(OutboundInterceptor):
    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002
        with tracing.span(f"update {input.update}", "client", number=input.id):
            input.headers = {**input.headers, **Cause.current().headers()}
            return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002
    ) -> WorkflowUpdateHandle[Any]:
        start, update = input.start_workflow_input, input.update_workflow_input
        with tracing.span(f"start {start.workflow}", "client", number=start.id):
            headers = Cause.current().headers()
            start.headers, update.headers = {**start.headers, **headers}, {**update.headers, **headers}
            return await super().start_update_with_start_workflow(input)
