"""Time lines: one way of counting for each kind of unit, and pauses taken off any of them.

A line turns a wall time into an amount and back. Two lines count time that is open, in microseconds; two count closes
of days, one by one. So a deadline is always the same question: where on this line is so much gone by, pauses left out?
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.calendar import DAY, Table, to_wall

Stretch = tuple[datetime, datetime | None]
"""A pause as two moments, half-open; None while it is still open."""

Walls = tuple[tuple[int, int], ...]
"""Pauses as wall times: in order, without overlap, none empty."""

NEVER = 1 << 62  # later than any date: the end of an open pause, and a moment that such a pause keeps out of reach


class Line(Protocol):
    """How much there is up to a moment, and the first moment by which there is so much."""

    def upto(self, wall: int) -> int:
        """The amount before `wall`, from the beginning of time."""

    def at(self, amount: int) -> int:
        """The first wall time for which ``upto(wall) >= amount``."""


@dataclass(frozen=True, slots=True)
class NaturalTime:
    """Day and night, in microseconds."""

    def upto(self, wall: int) -> int:
        """The moment itself."""
        return wall

    def at(self, amount: int) -> int:
        """The moment itself."""
        return amount


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The spans of working days, in microseconds."""

    table: Table

    def upto(self, wall: int) -> int:
        """Working time before `wall`."""
        day, hour = divmod(wall, DAY)
        whole = self.table.time(day - 1)
        return whole + self.table.hours(day).upto(hour) if self.table.works(day) else whole

    def at(self, amount: int) -> int:
        """The end of that much working time; an exact day's worth ends at the close, not the next morning."""
        day = self.table.day_at(amount)
        return day * DAY + self.table.hours(day).at(amount - self.table.time(day - 1))


@dataclass(frozen=True, slots=True)
class NaturalCloses:
    """The 24:00 of each day. A close belongs to what comes before a moment only when it is strictly before it."""

    def upto(self, wall: int) -> int:
        """Closes strictly before `wall`."""
        return (wall - 1) // DAY

    def at(self, amount: int) -> int:
        """The first instant after that close."""
        return amount * DAY + 1


@dataclass(frozen=True, slots=True)
class WorkingCloses:
    """The close of business of each working day; with `midnight`, its 24:00."""

    table: Table
    midnight: bool = False

    def upto(self, wall: int) -> int:
        """Closes strictly before `wall`."""
        day, hour = divmod(wall - 1, DAY)
        return self.table.worked(day if hour >= self._hour(day) else day - 1)

    def at(self, amount: int) -> int:
        """The first instant after that close."""
        day = self.table.nth(amount)
        return day * DAY + self._hour(day) + 1

    def _hour(self, day: int) -> int:
        return DAY if self.midnight else self.table.hours(day).close


def walls(pauses: Iterable[Stretch]) -> Walls:
    """The union of pauses, in order: overlapping ones must not be taken off twice."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((to_wall(start), NEVER if end is None else to_wall(end)) for start, end in pauses):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        elif start < end:
            merged.append((start, end))
    return tuple(merged)


def counted(line: Line, start: int, end: int, pauses: Sequence[tuple[int, int]]) -> int:
    """How much of `line` lies from `start` up to `end` and in no pause; 0 when `end` is not after `start`."""
    if end <= start:
        return 0
    held = ((max(first, start), min(last, end)) for first, last in pauses)
    return line.upto(end) - line.upto(start) - sum(line.upto(b) - line.upto(a) for a, b in held if a < b)


def reach(line: Line, start: int, amount: int, pauses: Sequence[tuple[int, int]]) -> int:
    """The first wall time by which `amount` (at least 1) is counted from `start`; `NEVER` if an open pause stops it."""
    cursor = start
    for first, last in pauses:
        if last <= cursor:
            continue
        if first > cursor:
            gap = line.upto(first) - line.upto(cursor)
            if gap >= amount:
                break
            amount -= gap
        if last == NEVER:
            return NEVER
        cursor = last
    return line.at(line.upto(cursor) + amount)
