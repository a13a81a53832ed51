"""Many timers that fall due within one second, on the embedded engine, while people work: how late each is handled."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import uvloop
from sqlalchemy import select

from bench.bare.contract import STEPS
from bench.contenders import LANES, Lane
from bench.embedded import Embedded, embedded
from bench.figures import median, p99, percentile
from bench.load import Loader
from bench.processes import usages
from domain.opening import Opening
from domain.vocabulary import Action
from gateway.temporal import TemporalGateway, connect_gateway
from runtime.errors import OperatorError
from storage.codec import make_rules
from storage.database import Database
from storage.tables import journal

_TIMERS = 10_000
_WARM = 40
_LANES = 2
#: Three quarters of it are used up when the timer falls due; the next rung is twelve hours away.
_LIMIT, _BEFORE = "80 hours", timedelta(hours=60)
_SPREAD = timedelta(seconds=1)
_QUIET = timedelta(seconds=15)
_RESERVE = 1.5
_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_AFTERWARDS_SECONDS = 5.0

T = TypeVar("T")


class DueTogether(Loader):
    """Opens appeals of which each has one timer, within a second from ``due``."""

    def __init__(self, database: Database, gateway: TemporalGateway, count: int) -> None:
        super().__init__(database, gateway)
        self._count = count
        self.due: datetime | None = None

    def opening(self, n: int) -> Opening:
        """The plain one, begun long ago; as it is as long as nothing is due."""
        plain = super().opening(3 * n + 1)  # no permit
        if self.due is None:
            return plain
        rules = make_rules(plain.rules.service, replace(plain.rules.policy, accept=_LIMIT), plain.rules.calendar)
        return replace(plain, rules=rules, created_at=self.due - _BEFORE + _SPREAD * n / self._count)


@dataclass(frozen=True, slots=True)
class Fired:
    """A timer that was handled: when it was due, and when the loop went on because of it."""

    number: str
    due: datetime
    at: datetime


def measure(count: int = _TIMERS) -> dict[str, Any]:
    """All of it. Raises OperatorError: the machine could not open them in time."""
    with embedded() as topology:
        return uvloop.run(_measured(topology, count))


async def _measured(topology: Embedded, count: int) -> dict[str, Any]:
    database = Database.create(topology.settings().database_url)
    try:
        due = await _opened(DueTogether(database, await connect_gateway(topology.settings(), database), count), count)
        lanes = await LANES["product"](_LANES, topology.place())
        async with _at_work(lanes) as before:
            await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
        troubles = _troubles(lanes)
        async with _at_work(lanes) as meanwhile:
            seconds = await _handled(database, due, count)
        await asyncio.sleep(_AFTERWARDS_SECONDS)  # one that comes twice has come by now
        fired = await _fired(database, due)
    finally:
        await database.close()
    late = [1000 * (one.at - one.due).total_seconds() for one in fired]
    print(f"  {len(fired)} of {count} handled, the last {max(late, default=0) / 1000:.1f} s late", flush=True)
    return {
        "timers": count,
        "missing": count - len({one.number for one in fired}),
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


async def _opened(loader: DueTogether, count: int) -> datetime:
    """Opens them all before the moment at which they fall due, which it guesses from a few that are not counted."""
    begun = time.monotonic()
    await loader.load(_WARM)
    one = (time.monotonic() - begun) / _WARM
    loader.due = due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=_RESERVE * one * count) + 2 * _QUIET
    await loader.load(count)
    left = due - datetime.now(UTC)
    print(f"  {count} opened, {left.total_seconds():.0f} s before they fall due", flush=True)
    if left < _QUIET:
        raise OperatorError(
            "来不及在到期之前全部开好", "they could not all be opened before they fell due", "--appeals"
        )
    await asyncio.sleep((left - _QUIET).total_seconds())
    return due


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
    found, changed = 0, time.monotonic()
    while found < count and time.monotonic() - changed < _PATIENCE_SECONDS:
        await asyncio.sleep(_LOOK_SECONDS)
        there = len(await _fired(database, due))
        if there > found:
            found, changed = there, time.monotonic()
    return (datetime.now(UTC) - due).total_seconds()


async def _fired(database: Database, due: datetime) -> list[Fired]:
    """The rungs in the journal that were due within that second."""
    query = select(journal.c.number, journal.c.at, journal.c.data).where(
        journal.c.action == Action.RUNG.value, journal.c.at > due - _BEFORE
    )
    async with database.read() as r:
        found = [Fired(row.number, datetime.fromisoformat(row.data["due_at"]), row.at) for row in await r.rows(query)]
    return [one for one in found if due <= one.due < due + _SPREAD]
