"""Starts what intake has kept while the engine was away, and settles what nobody knows the end of.

Every API process runs one; starting and confirming twice is harmless. A row is in doubt when its action was not
answered (engine or worker died), or when it is among the last that were written before this process began: it may be a
ghost's, however long the machine was off.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import structlog

from domain.opening import Opening
from gateway.errors import EngineAway, GatewayError
from gateway.metrics import DOUBTS
from gateway.protocol import Gateway
from storage.database import Database, is_transient
from storage.intake import Intake, IntakeReads, Kept
from storage.journal import JournalReads

log = structlog.get_logger(__name__)

#: A request that is just being answered starts its own appeal.
_GRACE = timedelta(seconds=3)
#: So many of the newest entries a beginning process doubts: more than can have been under way at once.
_DOUBTFUL = 300
#: So many are looked at together, and so many of them started at once: a burst must not wait for one after the other.
_PAGE, _AT_ONCE = 100, 8
_BUSY, _IDLE, _AWAY = 0.1, 1.0, 2.0


class Relay:
    """Looks for waiting intake and starts it, oldest first."""

    def __init__(self, database: Database, gateway: Gateway, grace: timedelta = _GRACE) -> None:
        """``database`` is where intake is kept; what is younger than ``grace`` is left to its own request."""
        self._database = database
        self._gateway = gateway
        self._grace = grace
        self._doubts: set[str] = set()

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._doubt_the_newest()
        while True:
            try:
                pause = _BUSY if await self.start_waiting() == _PAGE else _IDLE
                await self.settle_doubts()
            except GatewayError as error:
                log.warning("relay_waits", code=error.code)
                pause = _AWAY
            except Exception as error:  # noqa: BLE001 - its text may quote what was kept, which is personal
                if not is_transient(error):
                    log.error("relay_failed", error=type(error).__name__)  # noqa: TRY400 - as above
                pause = _AWAY
            await asyncio.sleep(pause)

    async def start_waiting(self) -> int:
        """Starts everything that waits by now; how many it tried. Raises GatewayError when the engine is away.

        One that cannot be started keeps no other waiting.
        """
        before = datetime.now(UTC) - self._grace
        async with self._database.read() as connection:
            kept = [k for k in await IntakeReads(connection).waiting(_PAGE) if k.created_at <= before]
        left = iter(kept)
        for ended in await asyncio.gather(*(self._lane(left) for _ in range(_AT_ONCE)), return_exceptions=True):
            if ended is not None:
                raise ended
        return len(kept)

    async def _lane(self, left: Iterator[Kept]) -> None:
        """One after the other, of those that no other lane has taken."""
        for one in left:
            try:
                await self._start(one)
            except GatewayError:
                await self._raise_if_away()
                await self._mark(one, "engine-refused")
            except Exception as error:  # noqa: BLE001 - as above
                log.error("relay_start_failed", number=one.number, error=type(error).__name__)  # noqa: TRY400
                await self._mark(one, "start-failed")

    async def _mark(self, kept: Kept, code: str) -> None:
        async with self._database.write() as connection:
            await Intake(connection).mark_failed(kept.number, code)

    async def settle_doubts(self) -> None:
        """Confirms what is in doubt; what cannot be settled yet stays so. Raises GatewayError: the engine is away."""
        self._doubts |= self._gateway.take_doubts()
        for number in sorted(self._doubts):
            DOUBTS.set(len(self._doubts))
            try:
                if await self._gateway.confirm(number):
                    self._doubts.discard(number)
            except GatewayError:
                await self._raise_if_away()
            except Exception as error:  # noqa: BLE001 - as above; it stays in doubt and keeps no other waiting
                log.warning("doubt_not_settled", number=number, error=type(error).__name__)
        DOUBTS.set(len(self._doubts))

    async def _raise_if_away(self) -> None:
        if (await self._gateway.readiness())["engine"] != "ok":
            raise EngineAway

    async def _doubt_the_newest(self) -> None:
        with suppress(Exception):
            # Without a database there is nothing to doubt, and everything else says so.
            async with self._database.read() as connection:
                self._doubts |= set(await JournalReads(connection).newest_numbers(_DOUBTFUL))

    async def _start(self, kept: Kept) -> None:
        await self._gateway.start(Opening(kept.number, kept.rules, kept.submission, kept.created_at, kept.salt))
        log.info("relay_started", number=kept.number)
