"""The catalogue's files, looked at again while the process runs."""

from __future__ import annotations

import asyncio

import structlog
from starlette.concurrency import run_in_threadpool

from storage.shelf import Shelf

log = structlog.get_logger(__name__)

_EVERY = 1.0  # seconds; whoever saves a file waits for it


async def keep_up_to_date(shelf: Shelf) -> None:
    """Takes what somebody has changed, as long as the process lives; says so, or why not."""
    while True:
        await asyncio.sleep(_EVERY)
        if await run_in_threadpool(shelf.look):
            if shelf.faults:
                log.error("catalogue_not_taken", faults=list(shelf.faults[:20]), count=len(shelf.faults))
            else:
                log.info("catalogue_taken", services=len(shelf.books.catalogue.versions()))
