"""Where a worker is scraped and asked whether it lives: a thread, which answers also while the loop does not turn."""

from __future__ import annotations

import asyncio
import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, Final

import structlog
from prometheus_client import Gauge
from temporalio.client import Client

from runtime.telemetry import CONTENT_TYPE, REGISTRY, exposition

log = structlog.get_logger(__name__)

#: The engine marks a workflow whose tasks fail again and again with this.
STALLED: Final = 'ExecutionStatus = "Running" AND TemporalReportedProblems IS NOT NULL'
_PATIENCE: Final = 2.0
_TICK_SECONDS: Final = 0.1
_COUNT_AGAIN_SECONDS: Final = 30.0

STALLED_WORKFLOWS = Gauge(
    "appeals_stalled_workflows",
    "Open appeals whose workflow tasks keep failing, as the engine's lists say; NaN when it does not say",
    registry=REGISTRY,
)


class Vital:
    """How the worker fares: what the loop knows and the endpoint's thread asks."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._state = "engine-away"
        self._client: Client | None = None
        self._counted_at = -math.inf

    def works(self, client: Client) -> None:
        """It polls, by this client."""
        self._state, self._client = "ok", client

    def drains(self) -> None:
        """It was asked to stop."""
        self._state = "draining"

    def health(self) -> str:
        """``ok``, or what is wrong: not connected yet, on the way out, or a loop that does not turn."""
        turned = Event()
        self._loop.call_soon_threadsafe(turned.set)
        if not turned.wait(_PATIENCE):
            return "stuck"
        return self._state

    def count_stalled(self) -> None:
        """Asks the engine, not more often than twice a minute."""
        if self._client is None or time.monotonic() - self._counted_at < _COUNT_AGAIN_SECONDS:
            return
        asked = asyncio.run_coroutine_threadsafe(self._count(self._client), self._loop)
        try:
            STALLED_WORKFLOWS.set(asked.result(_PATIENCE))
            self._counted_at = time.monotonic()
        except Exception:  # noqa: BLE001 - an engine that is away must not keep anybody from being scraped
            STALLED_WORKFLOWS.set(math.nan)

    @staticmethod
    async def _count(client: Client) -> int:
        return (await client.count_workflows(STALLED)).count


class _Handler(BaseHTTPRequestHandler):
    """``/metrics`` and ``/healthz``, as the API has them."""

    def __init__(self, vital: Vital, *args: Any) -> None:
        self._vital = vital
        super().__init__(*args)

    def do_GET(self) -> None:
        match self.path:
            case "/metrics":
                self._vital.count_stalled()
                self._answer(HTTPStatus.OK, CONTENT_TYPE, exposition())
            case "/healthz":
                health = self._vital.health()
                status = HTTPStatus.OK if health == "ok" else HTTPStatus.SERVICE_UNAVAILABLE
                self._answer(status, "application/json", json.dumps({"status": health}).encode())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain", b"")

    def _answer(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Scrapes are no news."""


@contextmanager
def endpoint(bind: str | None, vital: Vital) -> Iterator[None]:
    """Answers on ``bind`` while the block runs. A worker does not die of a port that is taken: it says so and works."""
    if bind is None:
        yield
        return
    host, _, port = bind.rpartition(":")
    try:
        server = ThreadingHTTPServer((host, int(port)), partial(_Handler, vital))
    except OSError as error:
        log.error("metrics_bind_failed", bind=bind, error=error.strerror)  # noqa: TRY400 - the words say it
        yield
        return
    Thread(target=server.serve_forever, args=(_TICK_SECONDS,), name="metrics", daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
