"""Waiting for a part to serve, with the ends of the logs when it does not."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from runtime.engine import log_tail
from runtime.errors import ChildFailedError

POLL_SECONDS: Final = 0.05


def api_ready(host: str, port: int) -> bool:
    """Whether everything works just now, by the API's own word."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def wait(name: str, ready: Callable[[], bool], lives: Callable[[], bool], seconds: float, logs: Path) -> None:
    """Wait until a part is ready.

    Raises:
        ChildFailedError: it ended, or is not ready in time.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if not lives() or time.monotonic() > deadline:
            ends = {path: log_tail(path, 4) for path in sorted(logs.iterdir()) if path.suffix in {".out", ".log"}}
            said = "\n".join(f"{path}:\n{end}" for path, end in ends.items() if end)
            raise ChildFailedError(f"{name} 没有就绪。", f"{name} did not get ready.", said)
        time.sleep(POLL_SECONDS)
