"""Open streams end as soon as the process is asked to stop.

A server ends the lifespan only after its connections, and a stream never ends by itself: without this, stopping takes
until the server's patience is over, and then breaks the streams off.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def on_stop(act: Callable[[], None]) -> Iterator[None]:
    """Calls ``act`` in the running loop when a signal to stop comes, before the server's own handler.

    Does nothing where there is no server's handler to go before, or outside the main thread, which gets no signals.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    servers = {number: handler for number in _SIGNALS if callable(handler := signal.getsignal(number))}
    for number, handler in servers.items():
        signal.signal(number, _before(handler, loop, act))
    try:
        yield
    finally:
        for number, handler in servers.items():
            signal.signal(number, handler)


def _before(handler: Any, loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> Any:
    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(act)
        handler(number, frame)

    return handle
