"""Appeals of which each has a moment within one and the same second, opened as fast as the machine can."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bench.load import Loader
from domain.opening import Opening
from domain.rules import Rules
from gateway.temporal import TemporalGateway
from runtime.errors import OperatorError
from storage.codec import make_rules
from storage.database import Database
from storage.intake import Intake

SECOND: Final = timedelta(seconds=1)
OPENING: Final = timedelta(minutes=5)
"""So long they may take to be opened; those that were not opened by then are left out."""
QUIET: Final = timedelta(seconds=15)
_WARM = 120
_RESERVE = 1.4
_CHUNK = 100
_TOLD = 500
#: Within the second, so that whatever number of them is opened is spread over all of it.
_STRIDE = 618_034


class DueTogether(Loader):
    """Opens appeals that began ``before`` the moment ``due`` and go by a policy of their own, which makes it one."""

    def __init__(self, database: Database, gateway: TemporalGateway, before: timedelta, **policy: str) -> None:
        super().__init__(database, gateway)
        self._policy, self._before = policy, before
        self._rules: Rules | None = None
        self.due = datetime.now(UTC) + timedelta(days=1)

    def opening(self, n: int) -> Opening:
        """The plain one, begun long ago."""
        plain = super().opening(3 * n + 1)  # no permit
        if self._rules is None:
            of = plain.rules
            own = replace(of.policy, **self._policy)  # type: ignore[arg-type]
            self._rules = make_rules(of.service, own, of.calendar, of.timetables)
        at = self.due + timedelta(microseconds=n * _STRIDE % 1_000_000)
        return replace(plain, rules=self._rules, created_at=at - self._before)

    async def open_before_due(self, count: int) -> int:
        """Opens as many of ``count`` as it can before they fall due, at a moment that a few not counted let it guess.

        How many; it returns when only ``QUIET`` is left. Raises OperatorError: next to none.
        """
        asyncio.get_running_loop().set_exception_handler(_not_waited_for)
        begun = time.monotonic()
        await self.open(range(_WARM))
        guess = timedelta(seconds=_RESERVE * (time.monotonic() - begun) / _WARM * count)
        self.due = datetime.now(UTC).replace(microsecond=0) + min(guess, OPENING) + 2 * QUIET
        opened = await self._open_some(count)
        left = self.due - datetime.now(UTC)
        if opened == 0 or left < QUIET / 3:
            raise OperatorError("来不及在到期之前开好", "they could not be opened before they fell due", "--appeals")
        await asyncio.sleep((left - QUIET).total_seconds())
        return opened

    async def _open_some(self, count: int) -> int:
        """As many as there is time for, at the pace of those before."""
        begun, opened = time.monotonic(), 0
        for first in range(0, count, _CHUNK):
            a_chunk = (time.monotonic() - begun) / opened * _CHUNK if opened else 0.0
            if datetime.now(UTC) + timedelta(seconds=a_chunk) > self.due - QUIET:
                break
            opened += await self.open(range(first, min(first + _CHUNK, count)))
            if opened % _TOLD == 0 or opened == count:
                print(f"  {opened} of {count} opened, {opened / (time.monotonic() - begun):.0f}/s", flush=True)
        return opened

    async def open(self, numbers: range) -> int:
        """Keeps all in one transaction, as started: the relay leaves them alone; then starts them side by side."""
        openings = [self.opening(n) for n in numbers]
        async with self._database.write() as w:
            intake = Intake(w)
            for opening in openings:
                await self._keep(intake, opening)
                await intake.mark_started(opening.number, opening.created_at)
        await self._start_all(openings)
        return len(openings)


def _not_waited_for(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A start that took too long is asked again; that its first call was given up is no news."""
    if not isinstance(context.get("exception"), asyncio.CancelledError):
        loop.default_exception_handler(context)
