"""One pure-ASGI middleware around everything: request id, log line, headers, and the answer to the unforeseen."""

from __future__ import annotations

import re
import time
import traceback
from collections.abc import MutableMapping
from typing import Any
from uuid import uuid4

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem_of

log = structlog.get_logger(__name__)

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
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
        answer = _Answer(send, self._headers(scope, request_id))
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            begun = time.perf_counter()
            try:
                await self._app(scope, receive, answer.send)
            except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets a problem, not a trace
                _log_failure(error)
                if not answer.status:
                    await problem_of(error).response(request_id)(scope, receive, answer.send)
            finally:
                _log_request(scope, answer.status, time.perf_counter() - begun)
                structlog.contextvars.unbind_contextvars("actor")

    def _headers(self, scope: Scope, request_id: str) -> dict[str, str]:
        headers = {**_SECURITY, "X-Request-Id": request_id}
        if scope["path"].startswith("/v1"):
            headers["Cache-Control"] = "no-store"
        if self._rehearsal:
            headers["X-Appeals-Rehearsal"] = "true"
        return headers


class _Answer:
    """Adds the headers on the way out, and remembers the status."""

    def __init__(self, send: Send, headers: dict[str, str]) -> None:
        self._send = send
        self._headers = headers
        self.status = 0

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
        await self._send(message)


def _log_failure(error: Exception) -> None:
    """Where it happened, and what kind it was; never the message, which may hold what a person wrote."""
    frames = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)[-12:]]
    log.error("request_failed", error=type(error).__name__, frames=frames)


def _log_request(scope: MutableMapping[str, Any], status: int, seconds: float) -> None:
    """By the route's template: a path or a query may hold a name or a phone number."""
    route = getattr(scope.get("route"), "path", None)
    log.info("request", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1))
