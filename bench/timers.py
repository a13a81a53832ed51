"""Many timers that fall due within one second, on the embedded engine, while people work: how late each is handled.

Eight to ten minutes for 10,000 on two quiet cores, never more than fourteen: opening takes at most five (what was not
opened by then is left out, and the count says so), handling at most seven, and ends when nothing more comes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import uvloop
from sqlalchemy import func, select

from bench.bare.contract import STEPS
from bench.contenders import LANES, Lane
from bench.due import SECOND, DueTogether
from bench.embedded import Embedded, embedded
from bench.figures import median, p99, percentile
from bench.load import open_gateway
from bench.processes import usages
from domain.vocabulary import Action
from storage.database import Database
from storage.tables import journal

_TIMERS = 10_000
_LANES = 2
#: Three quarters of it are used up when the timer falls due; the next rung is twelve hours away.
_LIMIT, _BEFORE = "80 hours", timedelta(hours=60)
_LOOK_SECONDS = 2.0
_TELL_SECONDS = 15.0
_PATIENCE_SECONDS = 60.0
_HANDLING_SECONDS = 420.0
_AFTERWARDS_SECONDS = 5.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer that was handled: when it was due, and when the loop went on because of it."""

    number: str
    due: datetime
    at: datetime


def measure(count: int = _TIMERS) -> dict[str, Any]:
    """All of it. Raises OperatorError: the machine could open next to none in time."""
    with embedded() as topology:
        return uvloop.run(_measured(topology, count))


async def _measured(topology: Embedded, count: int) -> dict[str, Any]:
    database = Database.create(topology.settings().database_url)
    try:
        gateway = await open_gateway(topology.settings(), database)
        loader = DueTogether(database, gateway, _BEFORE, accept=_LIMIT)
        opened = await loader.open_before_due(count)
        due = loader.due
        lanes = await LANES["product"](_LANES, topology.place())
        async with _at_work(lanes) as before:
            await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        troubles = _troubles(lanes)
        async with _at_work(lanes) as meanwhile:
            seconds = await _handled(database, due, opened)
        await asyncio.sleep(_AFTERWARDS_SECONDS)  # one that comes twice has come by now
        fired = await _fired(database, due)
    finally:
        await database.close()
    late = [1000 * (one.at - one.due).total_seconds() for one in fired]
    print(f"  {len(fired)} of {opened} handled, the last {max(late, default=0) / 1000:.1f} s late", flush=True)
    return {
        "timers": opened,
        "wanted": count,
        "missing": opened - len({one.number for one in fired}),
        "twice": len(fired) - len({one.number for one in fired}),
        "early": sum(ms < 0 for ms in late),
        "late": [percentile(late, share) for share in (0.5, 0.9, 0.99, 1)],
        "all written after": seconds,
        "api before": [len(before), median(before), p99(before)],
        "api meanwhile": [len(meanwhile), median(meanwhile), p99(meanwhile)],
        "troubles": [troubles, _troubles(lanes) - troubles],
        "rss": {role: used.rss for role, used in usages(topology.pids()).items()},
        "versions": topology.versions(),
    }


@asynccontextmanager
async def _at_work(lanes: list[Lane]) -> AsyncIterator[list[float]]:
    """People who submit appeals and take their steps while the block runs: milliseconds of each answer."""
    taken: list[float] = []
    over = asyncio.Event()

    async def work(lane: Lane) -> None:
        while not over.is_set():
            number = await _timed(lane.open(), taken)
            for index in range(STEPS):
                if over.is_set():
                    return
                await _timed(lane.step(number, index), taken)

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(work(lane))
        yield taken
        over.set()
    await asyncio.gather(*(lane.close() for lane in lanes))


def _troubles(lanes: list[Lane]) -> int:
    return sum(lane.troubles for lane in lanes)


async def _timed(asked: Coroutine[Any, Any, T], taken: list[float]) -> T:
    begun = time.monotonic()
    answer = await asked
    taken.append((time.monotonic() - begun) * 1000)
    return answer


async def _handled(database: Database, due: datetime, count: int) -> float:
    """Waits until all have fired, or nothing more comes; seconds from the first moment to the last row."""
    begun = changed = told = time.monotonic()
    found = 0
    while found < count and changed + _PATIENCE_SECONDS > time.monotonic() < begun + _HANDLING_SECONDS:
        await asyncio.sleep(_LOOK_SECONDS)
        there = await _count(database, due)
        if there > found:
            found, changed = there, time.monotonic()
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            print(f"  {found} of {count} handled after {told - begun:.0f} s", flush=True)
    return (datetime.now(UTC) - due).total_seconds()


async def _count(database: Database, due: datetime) -> int:
    """About how many: those of a moment before ``due`` would be early, and are looked for in the end."""
    query = select(func.count()).where(journal.c.action == Action.RUNG.value, journal.c.at >= due)
    async with database.read() as r:
        return int(await r.value(query) or 0)


async def _fired(database: Database, due: datetime) -> list[Fired]:
    """The rungs in the journal that were due within that second."""
    query = select(journal.c.number, journal.c.at, journal.c.data).where(
        journal.c.action == Action.RUNG.value, journal.c.at > due - _BEFORE
    )
    async with database.read() as r:
        found = [Fired(row.number, datetime.fromisoformat(row.data["due_at"]), row.at) for row in await r.rows(query)]
    return [one for one in found if due <= one.due < due + SECOND]
