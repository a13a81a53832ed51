"""Starts what intake has kept while the engine was away, and settles what nobody knows the end of.

Every API process runs one; starting and confirming twice is harmless. A row is in doubt when its action was not
answered (engine or worker died), or when it is among the last that were written before this process began: it may be a
ghost's, however long the machine was off. Starts and doubts are looked after by a task each: neither waits for the
other's engine or tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn, TypeVar

import structlog

from domain.opening import Opening
from gateway.arrivals import Arrivals
from gateway.errors import EngineAway, GatewayError
from gateway.metrics import DOUBTS, HELD_SECONDS
from gateway.protocol import Gateway
from gateway.telling import Teller
from storage.database import Database, is_transient
from storage.held_notices import HeldReads, Untold
from storage.intake import Intake, IntakeReads, Kept
from storage.journal import JournalReads

log = structlog.get_logger(__name__)

#: A request that is just being answered starts its own appeal.
_GRACE = timedelta(seconds=3)
#: So many of the newest entries a beginning process doubts: more than can have been under way at once.
_DOUBTFUL = 300
#: So many are looked at together, and so many of them started at once: a burst must not wait for one after the other.
_PAGE, _AT_ONCE = 100, 8
#: While a crowd is being taken in, so many: they are kept, and the crowd is not.
_IN_A_CROWD = 4
#: Whoever got the answer has told it by then, or is no more.
_HELD_TOO_LONG = timedelta(seconds=10)
#: So many doubts are asked at once: a workflow that does not answer takes its time over that.
_ASKED_AT_ONCE = 4
_BUSY, _IDLE, _AWAY = 0.1, 1.0, 2.0
#: Seconds for the tables, which may hang; the gateway's calls have limits of their own.
_PATIENCE = 10.0

T = TypeVar("T")
Places = Callable[[], int]


class Relay:
    """Looks for waiting intake and starts it, oldest first; asks for what is in doubt until it is settled."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        teller: Teller,
        arrivals: Arrivals | None = None,
        grace: timedelta = _GRACE,
    ) -> None:
        """``database`` is where intake is kept; what is younger than ``grace`` is left to its own request.

        ``teller`` tells what nobody told who did it. While ``arrivals`` are a crowd, few are started at once.
        """
        self._database = database
        self._gateway = gateway
        self._teller = teller
        self._arrivals = arrivals or Arrivals()
        self._grace = grace
        self._doubts: set[str] = set()
        self._began = False

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_again_and_again("starts", self._start_some))
            tasks.create_task(_again_and_again("doubts", self._settle_some))
            tasks.create_task(_again_and_again("held", self._tell_some))

    async def _start_some(self) -> float:
        return _BUSY if await self.start_waiting() == _PAGE else _IDLE

    async def _settle_some(self) -> float:
        if not self._began:
            await self._doubt_the_newest()
        await self.settle_doubts()
        return _IDLE

    async def _tell_some(self) -> float:
        await self.tell_held(datetime.now(UTC) - _HELD_TOO_LONG)
        return _IDLE

    async def tell_held(self, since: datetime) -> None:
        """What has been held since before then is told, if the workflow knows of it; a ghost's goes with the ghost.

        Raises GatewayError when the engine is away.
        """
        async with asyncio.timeout(_PATIENCE), self._database.read() as connection:
            held = await HeldReads(connection).older(since, _PAGE)
        HELD_SECONDS.set((datetime.now(UTC) - held[0].since).total_seconds() if held else 0.0)
        await _side_by_side(held, self._tell, lambda: _ASKED_AT_ONCE)

    async def _tell(self, held: Untold) -> None:
        if await self._is_settled(held.number):
            self._teller.answered(held.number, held.seq)

    async def start_waiting(self) -> int:
        """Starts everything that waits by now; how many it tried. Raises GatewayError when the engine is away.

        One that cannot be started keeps no other waiting.
        """
        before = datetime.now(UTC) - self._grace
        async with asyncio.timeout(_PATIENCE), self._database.read() as connection:
            kept = [k for k in await IntakeReads(connection).waiting(_PAGE) if k.created_at <= before]
        await _side_by_side(kept, self._start, self._places)
        return len(kept)

    def _places(self) -> int:
        return _IN_A_CROWD if self._arrivals.crowded else _AT_ONCE

    async def _start(self, kept: Kept) -> None:
        opening = Opening(kept.number, kept.rules, kept.submission, kept.created_at, kept.salt)
        try:
            await self._gateway.start(opening)
            log.info("relay_started", number=kept.number)
        except GatewayError:
            await self._raise_if_away()
            await self._mark(kept, "engine-refused")
        except Exception as error:  # noqa: BLE001 - its text may quote what was kept, which is personal
            log.error("relay_start_failed", number=kept.number, error=type(error).__name__)  # noqa: TRY400 - as above
            await self._mark(kept, "start-failed")

    async def _mark(self, kept: Kept, code: str) -> None:
        async with asyncio.timeout(_PATIENCE), self._database.write() as connection:
            await Intake(connection).mark_failed(kept.number, code)

    async def settle_doubts(self) -> None:
        """Confirms what is in doubt; what cannot be settled yet stays so. Raises GatewayError: the engine is away."""
        self._doubts |= self._gateway.take_doubts()
        DOUBTS.set(len(self._doubts))
        await _side_by_side(sorted(self._doubts), self._settle, lambda: _ASKED_AT_ONCE)

    async def _settle(self, number: str) -> None:
        if await self._is_settled(number):
            self._doubts.discard(number)
            DOUBTS.set(len(self._doubts))

    async def _is_settled(self, number: str) -> bool:
        try:
            return await self._gateway.confirm(number)
        except GatewayError:
            await self._raise_if_away()
        except Exception as error:  # noqa: BLE001 - as above; it stays in doubt and keeps no other waiting
            log.warning("doubt_not_settled", number=number, error=type(error).__name__)
        return False

    async def _raise_if_away(self) -> None:
        if (await self._gateway.readiness())["engine"] != "ok":
            raise EngineAway

    async def _doubt_the_newest(self) -> None:
        async with asyncio.timeout(_PATIENCE), self._database.read() as connection:
            self._doubts |= set(await JournalReads(connection).newest_numbers(_DOUBTFUL))
        self._began = True


async def _again_and_again(what: str, work: Callable[[], Awaitable[float]]) -> NoReturn:
    """``work`` for ever, after pauses of so many seconds as it says, and of others when something is in trouble."""
    while True:
        try:
            pause = await work()
        except GatewayError as error:
            log.warning("relay_waits", work=what, code=error.code)
            pause = _AWAY
        except Exception as error:  # noqa: BLE001 - its text may be personal
            if not is_transient(error):
                log.error("relay_failed", work=what, error=type(error).__name__)  # noqa: TRY400 - as above
            pause = _AWAY
        await asyncio.sleep(pause)


async def _side_by_side(things: Iterable[T], each: Callable[[T], Coroutine[Any, Any, None]], places: Places) -> None:
    """Does ``each`` of the things, so many at once as there are places whenever one more begins.

    Raises what the first that failed raised; those that are under way then are cancelled.
    """
    under_way: set[asyncio.Task[None]] = set()
    try:
        for thing in things:
            while len(under_way) >= places():
                under_way = await _first_done(under_way)
            under_way.add(asyncio.create_task(each(thing)))
        while under_way:
            under_way = await _first_done(under_way)
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _first_done(under_way: set[asyncio.Task[None]]) -> set[asyncio.Task[None]]:
    """Those that are still under way when one has ended."""
    done, left = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()
    return left
