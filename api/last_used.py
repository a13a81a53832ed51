"""When keys and sessions were used last: written beside the answer, which does not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from storage.database import Database, Write

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = structlog.get_logger(__name__)

EVERY: Final = timedelta(minutes=1)
"""No use is written sooner after the one before."""


class LastUsed:
    """Writes, in the background, that something was used. What cannot be written is left: the next use comes soon."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._writing: dict[str, asyncio.Task[None]] = {}

    def note(self, what: str, write: Callable[[Write], Awaitable[None]]) -> None:
        """Have ``write`` say that ``what`` was used, unless it is being written just now."""
        if what not in self._writing:
            task = self._writing[what] = asyncio.create_task(self._write(write))
            task.add_done_callback(lambda _: self._writing.pop(what))

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """At the end, what is being written is written to its end."""
        try:
            yield
        finally:
            await self.settled()

    async def settled(self) -> None:
        """Until all that is being written just now is written."""
        await asyncio.gather(*self._writing.values())

    async def _write(self, write: Callable[[Write], Awaitable[None]]) -> None:
        try:
            async with self._database.write() as w:
                await write(w)
        except Exception as error:  # noqa: BLE001 - nobody's answer depends on it
            log.warning("last_use_not_written", error=type(error).__name__)
