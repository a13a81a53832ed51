"""`appeals api` and `appeals worker`: the two processes, alone or as children of `up`."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Final

from cli import prepare
from runtime.logging import configure_logging
from runtime.ports import listen
from runtime.settings import Settings

DRAIN_SECONDS: Final = 5
"""How long open requests may still take once the API was told to stop; streams of events end then."""


def api(settings: Settings, fd: int | None) -> None:
    """Serve the API until told to stop.

    Args:
        settings: host and port, unless a socket is given.
        fd: descriptor of a socket that listens already and stays open when this process dies.

    Raises:
        OperatorError: the sample would be exposed, the port is taken, the database is not ready.
    """
    import uvicorn

    from api.app import create_app

    configure_logging(settings, service="api")
    prepare.refuse_exposed_sample(settings)
    prepare.check_schema(settings)
    listener = socket.socket(fileno=fd) if fd is not None else listen(settings.host, settings.port)
    config = uvicorn.Config(
        create_app(settings),
        log_config=None,  # ours is in place
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])


def worker(settings: Settings) -> None:
    """Run the workers until told to stop.

    Raises:
        OperatorError: the keys or the database are not ready.
    """
    from worker.main import run

    configure_logging(settings, service="worker")
    prepare.check_schema(settings)
    with asyncio.Runner(loop_factory=_loop) as runner:
        runner.run(run(settings))


def _loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()
