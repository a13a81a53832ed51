"""Reading a clock: its status, its colour, what is used up and what is left. The door to everything about clocks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from domain.budget import ReadingUnit, reading_unit
from domain.calendar import SECOND, Calendar, Table, from_wall, is_provisional, table_of, to_wall
from domain.deadline import Leg, due_at, due_of, legs_of, moment_of, open_time, pauses_of, projected_due, share
from domain.explanation import ExplainedSpan, explain
from domain.ledger import (
    Clock,
    ClockName,
    Extension,
    Pause,
    end,
    extend,
    open_pauses,
    pause,
    rebudget,
    resume,
    start,
)
from domain.lines import NEVER, counted
from domain.measure import moment, needs_working_days, open_line, wall_used

__all__ = [
    "Clock",
    "ClockName",
    "Colour",
    "ExplainedSpan",
    "Extension",
    "Pause",
    "Reading",
    "Status",
    "due_at",
    "end",
    "explain",
    "extend",
    "moment_of",
    "open_pauses",
    "pause",
    "projected_due",
    "read",
    "rebudget",
    "resume",
    "start",
    "worst",
]

YELLOW = 75  # per cent of the way
ORANGE = 90
_REMEMBERED = 4096  # readings of clocks that have ended


class Colour(StrEnum):
    """分色预警: how close a running clock is to its deadline (S4), from calm to overdue."""

    GREEN = "green"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"


class Status(StrEnum):
    """What a clock is doing. `breached` runs on past its deadline; `met` and `stopped` have ended."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock at one moment.

    `elapsed` and `remaining` are whole seconds or days, as `unit` says; `remaining` is negative when overdue. `late` is
    about ended clocks: after the deadline. `due_at` is None exactly while waiting or paused. `provisional`: the
    deadline depends on working days of a year whose holidays have not been announced.
    """

    status: Status
    late: bool
    due_at: datetime | None
    provisional: bool
    elapsed: int
    remaining: int
    unit: ReadingUnit
    colour: Colour


def worst(colours: Iterable[Colour]) -> Colour:
    """The worst of some colours; green for none."""
    return max(colours, key=list(Colour).index, default=Colour.GREEN)


def read(clock: Clock, calendar: Calendar, now: datetime) -> Reading:
    """The clock at `now`, which is not before anything in its ledger; an ended clock as of its end.

    Remaining is what lies between now and the deadline; of a paused clock, what would be left if it were resumed now;
    of a waiting one, what there would be if it started now.
    """
    return _read(clock, calendar, now) if clock.ended_at is None else _last_reading(clock, calendar, clock.ended_at)


def _read(clock: Clock, calendar: Calendar, now: datetime) -> Reading:
    asked, table, waiting = clock.ended_at or now, table_of(calendar), clock.started_at is None
    known = replace(clock, started_at=asked) if waiting else clock
    pauses = pauses_of(known)
    legs = legs_of(known, table, pauses)
    due = NEVER if waiting else due_of(legs)
    status = _status(clock, due, to_wall(asked))
    colour = _colour(status, clock, legs, table, to_wall(asked))
    projected = pauses_of(known, asked)
    if due_of(legs) == NEVER:
        legs = legs_of(known, table, projected)
    unit, started = legs[0].budget.unit, legs[0].start
    used = wall_used(started, to_wall(asked), unit, table, pauses)
    whole = wall_used(started, due_of(legs), unit, table, projected)
    elapsed, remaining = _amounts(used, whole, reading_unit(legs[0].budget))
    return Reading(
        status=status,
        late=clock.ended_at is not None and due < to_wall(asked),
        due_at=moment(due),
        provisional=not waiting and _provisional(clock, legs, calendar),
        elapsed=elapsed,
        remaining=remaining,
        unit=reading_unit(legs[0].budget),
        colour=colour,
    )


_last_reading = lru_cache(_REMEMBERED)(_read)
"""Of a clock that has ended: history, and most clocks of an appeal are."""


def _status(clock: Clock, due: int, now: int) -> Status:
    if clock.ended_at is not None:
        return Status(clock.ending)
    if clock.started_at is None:
        return Status.WAITING
    if due == NEVER:  # only an open pause can make it so; one begun after the deadline cannot, and hides no breach
        return Status.PAUSED
    return Status.BREACHED if now >= due else Status.RUNNING


def _colour(status: Status, clock: Clock, legs: tuple[Leg, ...], table: Table, now: int) -> Colour:
    """By the same shares as `moment_of`, so that a colour changes exactly when its rung is due."""
    if status is not Status.RUNNING:
        return Colour.RED if status is Status.BREACHED else Colour.GREEN
    pauses = pauses_of(clock)
    total = open_time(clock, legs, table, pauses)
    gone = counted(open_line(legs[0].budget.unit, table), legs[0].start, now, pauses)
    if not total or gone < share(total, YELLOW):
        return Colour.GREEN
    return Colour.YELLOW if gone < share(total, ORANGE) else Colour.ORANGE


def _amounts(used: int, whole: int, unit: ReadingUnit) -> tuple[int, int]:
    """Elapsed and remaining. Of a whole number of seconds, the two rounded ones still add up to it."""
    if unit == "days":
        return used, whole - used
    return used // SECOND, -((used - whole) // SECOND)


def _provisional(clock: Clock, legs: tuple[Leg, ...], calendar: Calendar) -> bool:
    """A statutory limit needs to know working days as well: it may not end on a day off."""
    needs = any(needs_working_days(leg.budget, statutory=clock.statutory) for leg in legs)
    return needs and is_provisional(calendar, from_wall(legs[0].start), from_wall(due_of(legs)))
