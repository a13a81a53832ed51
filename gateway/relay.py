"""Starts what intake has kept while the engine was away. Every API process runs one; starting twice is harmless."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import structlog

from domain.opening import Opening
from gateway.errors import GatewayError
from gateway.protocol import Gateway
from storage.database import Database, is_transient
from storage.intake import Intake, IntakeReads, Kept

log = structlog.get_logger(__name__)

#: A request that is just being answered starts its own appeal.
_GRACE = timedelta(seconds=3)
_IDLE, _AWAY = 1.0, 2.0


class Relay:
    """Looks for waiting intake and starts it, oldest first."""

    def __init__(self, database: Database, gateway: Gateway, grace: timedelta = _GRACE) -> None:
        """``database`` is where intake is kept; what is younger than ``grace`` is left to its own request."""
        self._database = database
        self._gateway = gateway
        self._grace = grace

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            pause = _IDLE
            try:
                await self.start_waiting()
            except GatewayError as error:
                log.warning("relay_waits", code=error.code)
                pause = _AWAY
            except Exception as error:
                if not is_transient(error):
                    log.exception("relay_failed")
                pause = _AWAY
            await asyncio.sleep(pause)

    async def start_waiting(self) -> int:
        """Starts everything that waits by now; how many. Raises GatewayError when the engine is away."""
        before = datetime.now(UTC) - self._grace
        async with self._database.read() as connection:
            kept = [k for k in await IntakeReads(connection).waiting() if k.created_at <= before]
        for one in kept:
            await self._start(one)
        return len(kept)

    async def _start(self, kept: Kept) -> None:
        await self._gateway.start(Opening(kept.number, kept.rules, kept.submission, kept.created_at, kept.salt))
        async with self._database.write() as connection:
            await Intake(connection).mark_started(kept.number, datetime.now(UTC))
        log.info("relay_started", number=kept.number)
