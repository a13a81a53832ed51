"""One pure-ASGI middleware around everything: request id, log line, headers, and the answer to the unforeseen."""

from __future__ import annotations

import re
import time
import traceback
from contextlib import AbstractContextManager, nullcontext
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import count_problem, count_request, operation
from api.problems import problem_of
from runtime import tracing

log = structlog.get_logger(__name__)

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
}


class Envelope:
    """Gives every request an id, and every answer its headers."""

    def __init__(self, app: ASGIApp, *, rehearsal: bool) -> None:
        """``rehearsal`` marks every answer."""
        self._app = app
        self._rehearsal = rehearsal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI interface."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope).get("x-request-id", "")
        request_id = asked if _SANE_ID.fullmatch(asked) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            _span(scope, request_id) as span,
        ):
            answer = _Answer(send, self._headers(scope, request_id))
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a problem, not a trace
                await _answer_failure(error, answer, scope, receive, request_id)
            finally:
                method, route = operation(scope)
                count_request(method, route, answer.status, answer.seconds)
                tracing.answered(span, method, route, answer.status)
                tell = log.debug if scope["path"] in _PROBES and answer.status == HTTPStatus.OK else log.info
                tell("request", method=method, route=route, status=answer.status, ms=round(answer.age * 1000, 1))
                structlog.contextvars.unbind_contextvars("actor", "number", "action")

    def _headers(self, scope: Scope, request_id: str) -> dict[str, str]:
        headers = {**_SECURITY, "X-Request-Id": request_id}
        if scope["path"].startswith("/v1"):
            headers["Cache-Control"] = "no-store"
        if self._rehearsal:
            headers["X-Appeals-Rehearsal"] = "true"
        return headers


class _Answer:
    """Adds the headers on the way out, and remembers the status and when it was told."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self._begun = time.perf_counter()
        self.status = 0
        self.seconds: float | None = None

    @property
    def age(self) -> float:
        """Seconds since the request came."""
        return time.perf_counter() - self._begun

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.seconds = message["status"], self.age
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


async def _answer_failure(error: Exception, answer: _Answer, scope: Scope, receive: Receive, request_id: str) -> None:
    log_failure(error)
    if not answer.status:
        problem = problem_of(error)
        count_problem(problem.status, problem.code)
        await problem.response(request_id)(scope, receive, answer.send)


def _span(scope: Scope, request_id: str) -> AbstractContextManager[Any]:
    """In the caller's trace, if it sends one; none for probes and scrapes, which come for ever and tell nothing."""
    if scope["path"] in _PROBES:
        return nullcontext()
    headers = Headers(scope=scope)
    parent = {name: headers[name] for name in ("traceparent", "tracestate") if name in headers}
    return tracing.span("request", "server", parent, request_id=request_id)


def log_failure(error: Exception) -> None:
    """Where it happened, and what kind it was; never the message, which may hold what a person wrote."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-12:]]
    log.error("request_failed", error=type(error).__name__, frames=frames)
