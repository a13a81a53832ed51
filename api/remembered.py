"""Figures that took long to count, kept for a while and counted anew beside whoever asks (ADR 0032)."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any, Final, TypeVar

import structlog

log = structlog.get_logger(__name__)

QUICK: Final = timedelta(milliseconds=20)
"""What is counted so fast is never kept: on most systems every figure is of the moment."""
FRESH: Final = timedelta(seconds=10)
STALE: Final = timedelta(minutes=10)
_MOST: Final = 500
T = TypeVar("T")


@dataclass(slots=True)
class _Kept:
    value: Any
    as_of: datetime
    took: timedelta


@dataclass(slots=True)
class Remembered:
    """One of a process. An answer says of when it is; none is older than ten minutes when it is given."""

    now: Callable[[], datetime]
    clock: Callable[[], float] = perf_counter
    _kept: OrderedDict[Hashable, _Kept] = field(default_factory=OrderedDict)
    _counting: dict[Hashable, asyncio.Task[_Kept]] = field(default_factory=dict)

    async def get(self, key: Hashable, count: Callable[[datetime], Awaitable[T]]) -> tuple[T, datetime]:
        """What ``count`` says, and as of when. Those who ask for the same at the same time wait for one count."""
        known: _Kept | None = self._kept.get(key)
        age = self.now() - known.as_of if known else STALE
        if known is None or known.took < QUICK or age >= STALE:
            known = await asyncio.shield(self._count(key, count))
        elif age >= FRESH:
            self._count(key, count)
        return known.value, known.as_of

    def _count(self, key: Hashable, count: Callable[[datetime], Awaitable[Any]]) -> asyncio.Task[_Kept]:
        if key not in self._counting:
            task = asyncio.create_task(self._do(key, count))
            self._counting[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return self._counting[key]

    async def _do(self, key: Hashable, count: Callable[[datetime], Awaitable[Any]]) -> _Kept:
        as_of, begun = self.now(), self.clock()
        value = await count(as_of)
        kept = _Kept(value, as_of, timedelta(seconds=self.clock() - begun))
        self._kept[key] = kept
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST:
            self._kept.popitem(last=False)
        return kept

    def _ended(self, key: Hashable, done: asyncio.Task[Any]) -> None:
        del self._counting[key]
        if not done.cancelled() and (error := done.exception()):
            # Whoever waited has been told; whoever did not has seen what was known.
            log.warning("figures_failed", error=type(error).__name__)
