"""A gateway for messages that really listens: it fails, delays, drops and repeats as told, and keeps its own log."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from runtime.webhooks import Secrets, is_genuine, new_secret


@dataclass(frozen=True, slots=True)
class Came:
    """A request as the receiver saw it."""

    path: str
    key: str
    body: dict[str, Any]
    genuine: bool


@dataclass(slots=True)
class Receiver:
    """A running receiver. ``status`` answers it, an empty one drops the line; ``delay`` in seconds."""

    directory: Path
    port: int
    status: int | None = 200
    delay: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    log: list[Came] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/sms"

    @property
    def secrets(self) -> Secrets:
        """As the sender has them."""
        return Secrets(self.directory, "APPEALS_CHANNEL_SECRET")

    def behave(self, *, status: int | None = 200, delay: float = 0.0, **headers: str) -> None:
        """From now on."""
        self.status, self.delay = status, delay
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def taken(self) -> dict[str, dict[str, Any]]:
        """What a gateway makes of it: each key once."""
        return {came.key: came.body for came in self.log}

    def to(self) -> list[str]:
        """Whom each message was for, once a key, in order."""
        return [body["to"] for body in self.taken().values()]


@contextmanager
def receiver(directory: Path) -> Iterator[Receiver]:
    """A receiver while the block runs; its directory has the secret of ``sms``."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "sms").write_text(new_secret(), encoding="utf-8")
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            hooks = opened.secrets.of("sms")
            headers = {name.lower(): value for name, value in self.headers.items()}
            came = Came(self.path, headers.get("idempotency-key", ""), json.loads(raw), is_genuine(hooks, headers, raw))
            with lock:
                opened.log.append(came)
            time.sleep(opened.delay)
            if opened.status is None:
                self.close_connection = True
                return
            self.send_response(opened.status)
            for name, value in opened.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Its log is a list."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 512

        def handle_error(self, *_: object) -> None:
            """A sender that hangs up is none of its errors."""

    server = Server(("127.0.0.1", 0), Handler)
    opened = Receiver(directory, server.server_address[1])
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield opened
    finally:
        server.shutdown()
        server.server_close()
