"""Clocks as the tests write them: one line each."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain import clock as clocks
from domain.clock import Clock, ClockName, Extension, Pause
from tests.domain.walker import at


def handle(budget: str, start: str | datetime | None = "2026-09-14 10:00", *, statutory: bool = False) -> Clock:
    begun = at(start) if isinstance(start, str) else start
    return Clock(ClockName.HANDLE, round=1, generation=1, budget=budget, statutory=statutory, started_at=begun)


def held(clock: Clock, start: str, end: str | None = None, cause: str = "supplement") -> Clock:
    clock = clocks.pause(clock, Pause(cause, "等待企业补正", "u-1", at(start)))
    return clock if end is None else clocks.resume(clock, cause, at(end))


def more(clock: Clock, budget: str) -> Clock:
    return clocks.extend(clock, Extension(at("2026-09-15 10:00"), budget, "案情复杂", "u-2"))


def with_pauses(clock: Clock, ledger: list[tuple[datetime, datetime]]) -> Clock:
    pauses = (Pause(f"c{number}", f"事由{number}", f"u-{number}", *stretch) for number, stretch in enumerate(ledger))
    return replace(clock, pauses=tuple(pauses))
