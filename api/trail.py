"""The audit trail: refusals, and who saw personal data in full. It never stands in the way of an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog

from storage.audit import add_lines, audit_row
from storage.database import Database

log = structlog.get_logger(__name__)

REFUSED = "refused"
PERSONAL_DATA = "personal-data"


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

    A line is committed before the answer that it is about goes out. Lines of answers that are made at the same time
    share a commit: each view of a busy day would otherwise wait for a disk of its own.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._batch: list[_Line] = []
        self._turn = asyncio.Lock()

    async def refused(self, account: str | None, number: str | None, code: str, request_id: str) -> None:
        """Somebody was told no."""
        await self._add(_Line(self._now(), REFUSED, account, number, code, request_id))

    async def saw_personal_data(self, account: str, number: str, what: str, request_id: str) -> None:
        """Somebody who is not the enterprise itself was shown its people in full; ``what`` names the view."""
        await self._add(_Line(self._now(), PERSONAL_DATA, account, number, what, request_id))

    async def _add(self, line: _Line) -> None:
        batch = self._batch
        batch.append(line)
        async with self._turn:
            if batch is self._batch:
                # Nobody has written it yet; whoever comes from here on waits for the next turn.
                self._batch = []
                await self._write(batch)

    async def _write(self, batch: list[_Line]) -> None:
        try:
            await add_lines(self._database, [audit_row(**asdict(line)) for line in batch])
        except Exception as error:  # noqa: BLE001 - whatever it is, the answers stand
            log.warning("audit_failed", lines=len(batch), error=type(error).__name__)
