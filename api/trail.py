"""The audit trail: refusals, and who saw personal data in full. It never stands in the way of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import structlog

from storage.audit import add_lines, audit_row
from storage.database import Database
from storage.together import Together

log = structlog.get_logger(__name__)

REFUSED = "refused"
PERSONAL_DATA = "personal-data"
SOON_SECONDS: Final = 1.0
"""So long the line of an action that was done may wait for others to be written with."""


@dataclass(frozen=True, slots=True)
class _Line:
    at: datetime
    kind: str
    account: str | None
    number: str | None
    code: str
    request_id: str


class Trail:
    """Writes lines of the audit log; codes only, nothing personal.

    The line of a refusal or of a view is committed before the answer that it is about goes out. The line of an action
    that was just done follows within a second, and when the process stops: that its actor was shown the appeal is
    proved by the journal's entry, which was committed before the answer, also if the process dies in that second. Lines
    that come at the same time share a commit: each would otherwise wait for a disk of its own.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._lines = Together(self._write)
        self._soon: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def refused(self, account: str | None, number: str | None, code: str, request_id: str) -> None:
        """Somebody was told no."""
        await self._lines.add(_Line(self._now(), REFUSED, account, number, code, request_id))

    async def saw_personal_data(self, account: str, number: str, what: str, request_id: str) -> None:
        """Somebody who is not the enterprise itself was shown its people in full; ``what`` names the view."""
        await self._lines.add(_Line(self._now(), PERSONAL_DATA, account, number, what, request_id))

    def did(self, account: str, number: str, action: str, request_id: str) -> None:
        """As :meth:`saw_personal_data`, for the answer to an action of which the journal has a new entry."""
        self._lines.leave(_Line(self._now(), PERSONAL_DATA, account, number, action, request_id))
        if self._soon is None:
            self._soon = asyncio.create_task(self._flush_soon())

    async def close(self) -> None:
        """Writes what is left."""
        self._closing.set()
        if self._soon:
            await self._soon
        await self._lines.flush()

    async def _flush_soon(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(SOON_SECONDS):
                await self._closing.wait()
        self._soon = None  # lines from here on may miss this batch
        await self._lines.flush()

    async def _write(self, batch: list[_Line]) -> None:
        try:
            await add_lines(self._database, [audit_row(**asdict(line)) for line in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, the answers stand
            log.warning("audit_failed", lines=len(batch), error=type(error).__name__)
