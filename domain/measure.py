"""Adding a budget to a moment, and measuring between two moments: `between` undoes `add`, pauses included.

Hours, minutes and seconds count from the moment. Days and months count after the Civil Code of the PRC, arts. 200–204:
the day of the start is not counted; a working day ends at the close of business, a natural day at 24:00; a month ends
on its corresponding day, or on the last day of a shorter month; a statutory limit that ends on a day off ends with the
next working day. Pauses are ours: a day is used up when the clock runs at its close, so a pause that covers no close
costs nothing and gives nothing.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, datetime

from domain.budget import SECONDS_PER, Budget, Unit, reading_unit
from domain.calendar import DAY, SECOND, Calendar, Table, day_of, from_wall, table_of, to_wall
from domain.lines import (
    NEVER,
    Line,
    NaturalCloses,
    NaturalTime,
    Stretch,
    Walls,
    WorkingCloses,
    WorkingTime,
    counted,
    reach,
    walls,
)

WORKING = frozenset({Unit.WORKING_HOURS, Unit.WORKING_DAYS})
ROLLING = frozenset({Unit.NATURAL_DAYS, Unit.MONTHS})
"""The units of which a statutory limit may not end on a day off."""


def add(
    start: datetime,
    budget: Budget,
    calendar: Calendar,
    pauses: Iterable[Stretch] = (),
    *,
    statutory: bool = False,
    continuing: bool = False,
) -> datetime | None:
    """When `budget` is used up, counted from `start`; None while an open pause stops it before that.

    `statutory` moves an end on a day off to the next working day (natural days and months only). `continuing` says that
    `start` is itself a deadline, so that its 24:00 still belongs to the day that ends there (an extension).
    """
    held, table = walls(pauses), table_of(calendar)
    return moment(wall_due(to_wall(start), budget, table, held, statutory=statutory, continuing=continuing))


def between(a: datetime, b: datetime, unit: Unit, calendar: Calendar, pauses: Iterable[Stretch] = ()) -> int:
    """How much of a budget of `unit` that started at `a` is used up at `b`, in the unit of its readings.

    Whole seconds gone by for hours of any kind and ``end of day``; closes gone by, at which the clock ran, for days and
    months. Never negative: 0 while `b` is before `a`.
    """
    table, start, end = table_of(calendar), to_wall(a), to_wall(b)
    used = wall_used(start, end, unit, table, walls(pauses))
    return used if reading_unit(Budget(1, unit)) == "days" else used // SECOND


def needs_working_days(budget: Budget, *, statutory: bool = False) -> bool:
    """Whether the end of a budget depends on which days are worked, and so on an announced calendar."""
    return budget.unit in WORKING or (statutory and budget.unit in ROLLING)


def open_line(unit: Unit, table: Table) -> Line:
    """The calendar's open time for a unit, of which percentages are taken: working spans, or all the time."""
    return WorkingTime(table) if unit in WORKING else NaturalTime()


def close_line(unit: Unit, table: Table) -> Line:
    """The closes by which days are counted: the close of business of working days, or every 24:00."""
    return WorkingCloses(table) if unit is Unit.WORKING_DAYS else NaturalCloses()


def wall_used(start: int, end: int, unit: Unit, table: Table, pauses: Walls) -> int:
    """What is used up between two wall times: microseconds, or closes for days and months."""
    if reading_unit(Budget(1, unit)) == "seconds":
        return counted(open_line(unit, table), start, end, pauses)
    return counted(close_line(unit, table), _after_day(day_of(start)), end + 1, pauses)


def wall_due(
    start: int, budget: Budget, table: Table, pauses: Walls, *, statutory: bool = False, continuing: bool = False
) -> int:
    """`add` in wall times; `NEVER` instead of None."""
    unit = budget.unit
    if unit in SECONDS_PER:
        return reach(open_line(unit, table), start, budget.count * SECONDS_PER[unit] * SECOND, pauses)
    if unit is Unit.END_OF_DAY:
        return _close(NaturalCloses(), start + 1, 1, pauses)
    day = day_of(start - 1 if continuing else start)
    days = _days_of_months(day, budget.count) if unit is Unit.MONTHS else budget.count
    due = _close(close_line(unit, table), _after_day(day), days, pauses)
    if due == NEVER or not (statutory and unit in ROLLING) or table.works(day_of(due - 1)):
        return due
    # Civil Code art. 203; and like any other day, the day it moves to must end while the clock runs.
    return _close(WorkingCloses(table, midnight=True), due + 1, 1, pauses)


def moment(wall: int) -> datetime | None:
    """The moment of a wall time; None for `NEVER`."""
    return None if wall == NEVER else from_wall(wall)


def _close(line: Line, start: int, number: int, pauses: Walls) -> int:
    """The close that is `number` in the row from `start` on, counting those at which the clock runs."""
    after = reach(line, start, number, pauses)
    return after if after == NEVER else after - 1


def _after_day(day: int) -> int:
    """The first instant after the 24:00 of a day: from there on closes count, since the day of the start does not."""
    return (day + 1) * DAY + 1


def _days_of_months(day: int, months: int) -> int:
    """How many days there are from `day` to its corresponding day, `months` later."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal() - day
