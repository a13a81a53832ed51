"""Where a clock's time runs out, and where a share of it does: all derived from the ledger and the calendar."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.budget import SECONDS_PER, Budget, parse
from domain.calendar import SECOND, Calendar, Table, table_of, to_wall
from domain.ledger import Clock, Extension, Pause
from domain.lines import NEVER, Walls, counted, reach, walls
from domain.measure import moment, open_line, wall_due

WHOLE = 100  # per cent


@dataclass(frozen=True, slots=True)
class Leg:
    """One budget of a clock, the first or an extension's: from where it starts to where it is used up.

    In wall times; `end` is `NEVER` while an open pause keeps it out of reach, and then it is the last leg.
    """

    start: int
    end: int
    budget: Budget
    extension: Extension | None = None


def due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """The deadline; None while the clock waits to start, or while an open pause stops it before it is used up."""
    return moment(due_of(legs_of(clock, table_of(calendar), pauses_of(clock))))


def projected_due(clock: Clock, calendar: Calendar, now: datetime) -> datetime | None:
    """The deadline as if every open pause ended at `now`; None only while the clock waits to start."""
    return moment(due_of(legs_of(clock, table_of(calendar), pauses_of(clock, now))))


def moment_of(clock: Clock, calendar: Calendar, percent: int) -> datetime | None:
    """When `percent` (1 to 100) of the way to the deadline is reached; 100 is the deadline itself.

    Of hours, a share of the counted time. Of days and months, a share of the calendar's open time between start and
    deadline, pauses taken off. None if an open pause lies before it; of days and months therefore whenever the deadline
    is not known. Raises `ValueError` for a percentage outside 1 to 100.
    """
    if not 1 <= percent <= WHOLE:
        raise ValueError(f"a percentage is 1 to 100, not {percent}")
    table, pauses = table_of(calendar), pauses_of(clock)
    legs = legs_of(clock, table, pauses)
    total = open_time(clock, legs, table, pauses) if legs and percent < WHOLE else 0
    if not total:  # the end itself, or nothing open before it: days are used up by their closes alone
        return moment(due_of(legs))
    return moment(reach(open_line(legs[0].budget.unit, table), legs[0].start, share(total, percent), pauses))


def idle_pause(clock: Clock, calendar: Calendar) -> tuple[Pause, datetime] | None:
    """The first pause that begins when the time is over already, and when that was: there was nothing left to pause."""
    known = replace(clock, pauses=())
    for pause in sorted(clock.pauses, key=lambda pause: pause.started_at):
        due = due_at(known, calendar)
        if due is not None and pause.started_at >= due:
            return pause, due
        known = replace(known, pauses=(*known.pauses, pause))
    return None


def share(total: int, percent: int) -> int:
    """So many per cent of an open time, rounded up: a warning is never early."""
    return -(-total * percent // WHOLE)


def pauses_of(clock: Clock, now: datetime | None = None) -> Walls:
    """The union of the clock's pauses; with `now`, as if the open ones ended there."""
    return walls((pause.started_at, pause.ended_at or now) for pause in clock.pauses)


def legs_of(clock: Clock, table: Table, pauses: Walls) -> tuple[Leg, ...]:
    """The budget and each extension, one running on from the other's end; none while the clock waits to start."""
    if clock.started_at is None:
        return ()
    start, budget = to_wall(clock.started_at), parse(clock.budget)
    agreed = to_wall(clock.ends_at) if clock.ends_at else None
    end = wall_due(start, budget, table, pauses, statutory=clock.statutory) if agreed is None else agreed
    legs = [Leg(start, end, budget)]
    for extension in clock.extensions:
        if end == NEVER:
            break
        start, budget = end, parse(extension.budget)
        end = wall_due(start, budget, table, pauses, statutory=clock.statutory, continuing=True)
        legs.append(Leg(start, end, budget, extension))
    return tuple(legs)


def due_of(legs: tuple[Leg, ...]) -> int:
    """Where the last leg ends: the deadline, or `NEVER`."""
    return legs[-1].end if legs else NEVER


def open_time(clock: Clock, legs: tuple[Leg, ...], table: Table, pauses: Walls) -> int:
    """The open time from start to deadline of which percentages are taken, in microseconds; 0 while it cannot be known.

    Hours know it before the deadline is known: a clock paused at 80 % is past its 75 % all the same.
    """
    first = legs[0].budget
    line = open_line(first.unit, table)
    budgets = [first, *(parse(extension.budget) for extension in clock.extensions)]
    timed = all(budget.unit in SECONDS_PER and open_line(budget.unit, table) == line for budget in budgets)
    if timed and clock.ends_at is None:
        return sum(budget.count * SECONDS_PER[budget.unit] * SECOND for budget in budgets)
    due = due_of(legs)
    return 0 if due == NEVER else counted(line, legs[0].start, due, pauses)
