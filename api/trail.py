"""The audit trail: refusals, who saw personal data in full, who signed in and out. It never stands in an answer's way.

What cannot be written is kept, tried again until it is, and seen meanwhile: in the log, in the metrics, in
``/readyz`` (ADR 0021).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

import structlog
from prometheus_client import Counter, Gauge

from domain.wall import stamp
from runtime.telemetry import REGISTRY
from storage.audit import add_lines, audit_row
from storage.database import Database

log = structlog.get_logger(__name__)

REFUSED = "refused"
PERSONAL_DATA = "personal-data"
SESSION = "session"
SOON_SECONDS: Final = 1.0
"""So long the line of an action that was done may wait for others to be written with."""
RETRY_SECONDS: Final = 1.0
MOST: Final = 10_000
"""So many lines are kept while none can be written."""
_CLOSING_SECONDS = 5.0
_PATIENCE_SECONDS = 10.0  # a server that is gone without a word would keep everybody waiting

_UNWRITTEN = Gauge(
    "appeals_audit_unwritten", "Lines that are kept because writing has failed; 0 when all is well", registry=REGISTRY
)
_FAILURES = Counter("appeals_audit_failures", "Attempts to write the audit log that failed", registry=REGISTRY)
_LOST = Counter("appeals_audit_lost", "Lines that were never written; each is in the process's log", registry=REGISTRY)


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

    The line of a refusal or of a view is committed before the answer that it is about goes out, unless writing fails:
    then answers wait for it no more until it works again. The line of an action that was just done follows within a
    second, and when the process stops: that its actor was shown the appeal is proved by the journal's entry, which was
    committed before the answer, also if the process dies in that second. Lines that come at the same time share a
    commit: each would otherwise wait for a disk of its own.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], retry: float = RETRY_SECONDS) -> None:
        """``retry`` is how many seconds lie between two attempts."""
        self._database = database
        self._now = now
        self._retry = retry
        self._lines: deque[_Line] = deque()
        self._wake = asyncio.Event()
        self._turn = asyncio.Event()
        self._closing = False
        self.failing = False
        """Whether the last attempt to write failed."""

    async def refused(self, account: str | None, number: str | None, code: str, request_id: str) -> None:
        """Somebody was told no."""
        await self._add(_Line(self._now(), REFUSED, account, number, code, request_id))

    async def saw_personal_data(self, account: str, number: str, what: str, request_id: str) -> None:
        """Somebody who is not the enterprise itself was shown its people in full; ``what`` names the view."""
        await self._add(_Line(self._now(), PERSONAL_DATA, account, number, what, request_id))

    async def session(self, account: str | None, code: str, request_id: str, *, number: str | None = None) -> None:
        """Somebody signed in or out, or changed by what they do; without account whoever follows one appeal."""
        await self._add(_Line(self._now(), SESSION, account, number, code, request_id))

    def did(self, account: str, number: str, action: str, request_id: str) -> None:
        """As :meth:`saw_personal_data`, for the answer to an action of which the journal has a new entry."""
        self._keep(_Line(self._now(), PERSONAL_DATA, account, number, action, request_id))
        asyncio.get_running_loop().call_later(SOON_SECONDS, self._wake.set)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Writes what comes; at the end what is left, and what cannot be written by then is lost."""
        writer = asyncio.create_task(self._run())
        try:
            yield
        finally:
            self._closing = True
            self._wake.set()
            await asyncio.wait({writer}, timeout=_CLOSING_SECONDS)
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer
            for line in self._lines:
                _lose(line)

    async def _run(self) -> None:
        while not self._closing:
            await self._wake.wait()
            self._wake.clear()
            while self._lines:
                await self._write_all()

    async def _add(self, line: _Line) -> None:
        self._keep(line)
        self._wake.set()
        if not self.failing:
            with suppress(TimeoutError):
                async with asyncio.timeout(_PATIENCE_SECONDS):
                    await self._turn.wait()

    def _keep(self, line: _Line) -> None:
        if len(self._lines) >= MOST:
            _lose(line)
        else:
            self._lines.append(line)
        if self.failing:
            _UNWRITTEN.set(len(self._lines))

    async def _write_all(self) -> None:
        """Everything that waits, in one commit; then, or when it fails, nobody waits for it any more."""
        turn, self._turn = self._turn, asyncio.Event()
        batch = [audit_row(**asdict(line)) for line in self._lines]
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await add_lines(self._database, batch)
        except Exception as error:  # noqa: BLE001 - whatever it is, the answers stand, and so do the lines
            self._tell_of(error)
            turn.set()
            self._turn.set()
            await asyncio.sleep(self._retry)
            return
        for _ in batch:
            self._lines.popleft()
        if self.failing:
            log.info("audit_written_again", lines=len(batch))
        self.failing = False
        _UNWRITTEN.set(0)
        turn.set()

    def _tell_of(self, error: Exception) -> None:
        _FAILURES.inc()
        _UNWRITTEN.set(len(self._lines))
        if not self.failing:
            # Once: how many there are by now, and for how long, is what the metrics tell.
            log.error("audit_failed", lines=len(self._lines), error=type(error).__name__)
        self.failing = True


def _lose(line: _Line) -> None:
    """The log of the process is the last place where it can stand; it says who saw what, and nothing personal."""
    _LOST.inc()
    log.error("audit_lost", **{**asdict(line), "at": stamp(line.at)})
