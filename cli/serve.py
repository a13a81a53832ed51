"""`appeals api` and `appeals worker`: the two processes, alone or as children of `up`."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog
import typer

from cli import prepare
from runtime.codec import load_keyring
from runtime.errors import OperatorError
from runtime.logging import configure_logging
from runtime.ports import listen
from runtime.settings import Settings

log = structlog.get_logger(__name__)

GARBAGE_AFTER: Final = 5_000
"""So many new objects before the collector looks: every third page, for 5 ms. Ten times as many took it 50 ms."""
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
    configure_logging(settings, service="api")
    with _telling_crashes():
        prepare.refuse_exposed_sample(settings)
        prepare.check_schema(settings)
        _serve(settings, socket.socket(fileno=fd) if fd is not None else listen(settings.host, settings.port))


def _serve(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from api.app import create_app
    from web.site import add_pages

    app = add_pages(create_app(settings))
    settle()
    config = uvicorn.Config(
        app,
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
    configure_logging(settings, service="worker")
    with _telling_crashes(), asyncio.Runner(loop_factory=_loop) as runner:
        load_keyring(settings)
        prepare.check_schema(settings)
        from worker.main import run

        # A workflow that leaves the cache is garbage only the whole collection finds: every thousand or so, 0.1 s.
        settle(old_after=1)
        runner.run(run(settings))


def settle(old_after: int = 100) -> None:
    """What is loaded now stays: the collector need not look at it again. ``old_after``: how seldom at what is old."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_AFTER, 50, old_after)


@contextmanager
def _telling_crashes() -> Iterator[None]:
    """What ends the process stands in its log file too, not only on a terminal that nobody has kept."""
    try:
        yield
    except OperatorError as error:
        log.error("not_started", code=error.code)  # noqa: TRY400 - the words follow, a traceback would hide them
        raise
    except Exception:
        log.exception("crashed")
        raise typer.Exit(1) from None


def _loop() -> asyncio.AbstractEventLoop:
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    import uvloop

    return uvloop.new_event_loop()
