"""Figures that take long are kept for a while, and say as of when they are."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from api.remembered import FRESH, STALE, Remembered
from domain.calendar import ZONE

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=ZONE)
SECOND = timedelta(seconds=1)


class Count:
    """Counts how often it was asked; each time takes as long as it is told to, by a clock that it moves itself."""

    def __init__(self, takes: float) -> None:
        self.takes = takes
        self.now = NOON
        self.ticks = 0.0
        self.asked = 0
        self.fails = False
        self.memory = Remembered(lambda: self.now, lambda: self.ticks)

    async def __call__(self, _at: datetime) -> int:
        await asyncio.sleep(0)
        if self.fails:
            raise ConnectionError
        self.asked += 1
        self.ticks += self.takes
        return self.asked

    async def get(self, key: str = "key") -> tuple[int, datetime]:
        return await self.memory.get(key, self)

    async def settle(self) -> None:
        """Lets what goes on beside come to its end."""
        for _ in range(10):
            await asyncio.sleep(0)


async def test_what_is_counted_quickly_is_counted_each_time() -> None:
    count = Count(takes=0.01)
    assert [(await count.get())[0] for _ in range(3)] == [1, 2, 3]


async def test_what_takes_long_is_kept_and_then_counted_beside_whoever_asks() -> None:
    count = Count(takes=0.5)
    assert await count.get() == (1, NOON)
    count.now = NOON + FRESH - SECOND
    assert await count.get() == (1, NOON)
    await count.settle()
    assert count.asked == 1
    later = count.now = NOON + FRESH
    assert await count.get() == (1, NOON)
    await count.settle()
    assert await count.get() == (2, later)
    count.now = later + STALE
    assert await count.get() == (3, count.now)


async def test_those_who_ask_at_the_same_time_wait_for_one_count() -> None:
    count = Count(takes=0.5)
    assert await asyncio.gather(*(count.get() for _ in range(5))) == [(1, NOON)] * 5
    assert await count.get("another") == (2, NOON)


async def test_whoever_waits_is_told_of_a_failure_and_whoever_does_not_sees_what_was_known() -> None:
    count = Count(takes=0.5)
    await count.get()
    count.fails = True
    count.now = NOON + FRESH
    assert await count.get() == (1, NOON)
    await count.settle()
    with pytest.raises(ConnectionError):
        await count.get("another")
    count.fails = False
    assert await count.get() == (1, NOON)
    await count.settle()
    assert (await count.get())[0] == 2


async def test_one_who_goes_away_does_not_take_the_count_along() -> None:
    count = Count(takes=0.5)
    first = asyncio.create_task(count.get())
    await asyncio.sleep(0)
    second = asyncio.create_task(count.get())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == (1, NOON)
