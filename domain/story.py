"""What there is to tell of a deadline in one paragraph: facts, in no language. `domain.summary` puts them in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from domain.budget import SECONDS_PER, Budget, Unit, parse
from domain.calendar import DAY, SECOND, ZONE, Calendar, Table, day_of, from_wall, is_provisional, table_of
from domain.clock import Reading, read
from domain.deadline import Leg, due_of, legs_of, pauses_of
from domain.ledger import Clock, Pause
from domain.lines import Line, Walls, counted
from domain.measure import ROLLING, WORKING, close_line, needs_working_days, open_line, wall_due

FEW = 4  # of a long row of holidays or pauses
IN_DAYS = frozenset({Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS})
"""Limits that do not count the day on which they start."""


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days off in a row by one name: both ends belong to it."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Story:
    """A clock's deadline and everything on the way to it, as of one moment.

    ``holidays`` and ``make_up_days`` are those that its working days crossed; ``cost`` says by how much its pauses
    moved the end: days, or seconds of natural or working time. ``moved_on``: by law it may not end on a day off.
    ``unannounced`` are years that it depends on and whose holidays are not known yet, ``unknown`` those from before the
    calendar begins. ``due`` is, of a paused clock, when
    it would be due if it ran again now; ``ends_at`` of one that ends on an agreed day.
    """

    reading: Reading
    started_at: datetime | None
    budget: Budget
    due: datetime | None = None
    ended_at: datetime | None = None
    holidays: tuple[Holiday, ...] = ()
    make_up_days: tuple[date, ...] = ()
    pauses: tuple[Pause, ...] = ()
    cost: tuple[tuple[int, Unit], ...] = ()
    moved_on: bool = False
    unannounced: tuple[int, ...] = ()
    ends_at: datetime | None = None
    unknown: tuple[int, ...] = ()


def story(clock: Clock, calendar: Calendar, now: datetime) -> Story:
    """The story of the clock at ``now``."""
    reading, budget = read(clock, calendar, now), parse(clock.budget)
    if clock.started_at is None:
        return Story(reading, None, budget)
    table, asked = table_of(calendar), clock.ended_at or now
    pauses = pauses_of(clock, asked)
    legs = legs_of(clock, table, pauses)
    days = range(day_of(legs[0].start), day_of(due_of(legs) - 1) + 1)
    crossed = any(needs_working_days(leg.budget, statutory=clock.statutory) for leg in legs)
    unsure = _unsure(calendar, legs) if crossed else ()
    begins = min(calendar.announced, default=0)
    works = any(leg.budget.unit in WORKING for leg in legs)
    return Story(
        reading=reading,
        started_at=clock.started_at,
        budget=budget,
        due=from_wall(due_of(legs)),
        ends_at=clock.ends_at,
        ended_at=clock.ended_at,
        holidays=_holidays(table, days) if works else (),
        make_up_days=_make_up_days(table, days) if works else (),
        pauses=clock.pauses,
        cost=_cost(legs, table, pauses),
        moved_on=any(_moved_on(leg, table, pauses, statutory=clock.statutory) for leg in legs),
        unannounced=tuple(year for year in unsure if year >= begins),
        unknown=tuple(year for year in unsure if year < begins),
    )


def _holidays(table: Table, days: range) -> tuple[Holiday, ...]:
    off = [day for day in sorted(table.holidays) if day in days]
    # Days in a row keep the difference to their place in the row.
    runs = groupby(enumerate(off), key=lambda at: (at[1] - at[0], table.names.get(at[1], "")))
    found = ((name, [day for _, day in run]) for (_, name), run in runs)
    return tuple(Holiday(name, date.fromordinal(run[0]), date.fromordinal(run[-1])) for name, run in found)


def _make_up_days(table: Table, days: range) -> tuple[date, ...]:
    return tuple(date.fromordinal(day) for day in sorted(table.workdays) if day in days)


def _cost(legs: Iterable[Leg], table: Table, pauses: Walls) -> tuple[tuple[int, Unit], ...]:
    """What the pauses took of each unit: closes of days, open time of hours."""
    taken: dict[Unit, int] = {}
    for leg in legs:
        line, first, last = _counts(leg, table)
        held = counted(line, first, last, ()) - counted(line, first, last, pauses)
        unit = _SHOWN_AS.get(leg.budget.unit, leg.budget.unit)
        taken[unit] = taken.get(unit, 0) + (held // SECOND if unit in SECONDS_PER else held)
    return tuple((amount, unit) for unit, amount in taken.items() if amount)


def _counts(leg: Leg, table: Table) -> tuple[Line, int, int]:
    """On which line a leg counts, and from where to where."""
    unit = leg.budget.unit
    if unit in SECONDS_PER:
        return open_line(unit, table), leg.start, leg.end
    if unit is Unit.END_OF_DAY:
        return close_line(unit, table), leg.start + 1, leg.end + 1
    day = day_of(leg.start if leg.extension is None else leg.start - 1)
    return close_line(unit, table), (day + 1) * DAY + 1, leg.end + 1


_SHOWN_AS = {
    Unit.MONTHS: Unit.NATURAL_DAYS,
    Unit.END_OF_DAY: Unit.NATURAL_DAYS,
    Unit.MINUTES: Unit.SECONDS,
    Unit.HOURS: Unit.SECONDS,
}


def _moved_on(leg: Leg, table: Table, pauses: Walls, *, statutory: bool) -> bool:
    if not statutory or leg.budget.unit not in ROLLING:
        return False
    return wall_due(leg.start, leg.budget, table, pauses, continuing=leg.extension is not None) != leg.end


def _unsure(calendar: Calendar, legs: tuple[Leg, ...]) -> tuple[int, ...]:
    first, last = from_wall(legs[0].start), from_wall(due_of(legs))
    if not is_provisional(calendar, first, last):
        return ()
    years = range(first.year, from_wall(due_of(legs) - 1).year + 1)
    return tuple(year for year in years if year not in calendar.announced)


def local(at: datetime) -> datetime:
    """The moment in Asia/Shanghai."""
    return at.astimezone(ZONE)


def spoken(at: datetime, told: Story, *, begins: bool = False) -> tuple[date, str]:
    """Day and hour as people say them; seconds only where the limit counts them.

    What ends at midnight ends at the day's 24:00, what ``begins`` then begins at 0:00 of the next.
    """
    there = local(at)
    if not begins and (there.hour, there.minute, there.second) == (0, 0, 0):
        return there.date() - timedelta(days=1), "24:00"
    seconds = f":{there.second:02}" if told.budget.unit is Unit.SECONDS and not told.ends_at else ""
    return there.date(), f"{there.hour}:{there.minute:02}{seconds}"


def split(seconds: int) -> tuple[int, int, int]:
    """Hours, minutes, seconds."""
    minutes, rest = divmod(seconds, 60)
    return minutes // 60, minutes % 60, rest
