"""A deadline that explains itself: every stretch between its start and its end, whether it counted, and why.

Hours are told stretch by stretch, days day by day: a day counts as a whole if the clock runs at its close, so a pause
inside it is shown and changes nothing. A long limit is told in full at its beginning, at its end and around its
pauses; what lies between is told by how many days count: nobody reads, and nobody should compute, more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise

from domain.budget import Unit
from domain.calendar import DAY, Calendar, Table, day_of, from_wall, table_of, to_wall
from domain.deadline import Leg, legs_of, pauses_of
from domain.ledger import Clock, Pause
from domain.lines import NEVER, Walls
from domain.measure import wall_due
from domain.wording import (
    AFTER_HOURS,
    BREAK,
    MAKE_UP_DAY,
    MOVED_ON,
    NATURAL_DAY,
    NATURAL_TIME,
    START_DAY,
    STOOD_STILL,
    WORKING_DAY,
    WORKING_TIME,
    Why,
    between_days,
    between_hours,
    extended,
    off_day,
    paused,
)

_DAYS_TOLD = 183  # of a limit in working days, one by one, before the rest is told by its number
_HOURS_TOLD = 31  # … of one in working hours, which have four stretches a day


@dataclass(frozen=True, slots=True)
class ExplainedSpan:
    """A stretch, half-open, in Asia/Shanghai. `why` is Chinese, `why_en` English; `actor` is who paused or extended."""

    started_at: datetime
    ended_at: datetime
    counted: bool
    why: str
    why_en: str = ""
    actor: str = ""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch in wall times. `day`: part of a day that counts, or not, as a whole."""

    start: int
    end: int
    counted: bool
    why: Why
    day: bool = False


def explain(clock: Clock, calendar: Calendar, now: datetime) -> tuple[ExplainedSpan, ...]:
    """Every stretch from the start to the deadline, or to `now` while paused; nothing while the clock waits to start.

    The stretches follow each other without gap or overlap; neighbours with the same words are one.
    """
    table, pauses = table_of(calendar), pauses_of(clock)
    pieces = (
        replace(piece, why=extended(piece.why, leg.extension)) if leg.extension else piece
        for leg in legs_of(clock, table, pauses)
        for piece in _pieces(leg, table, pauses, to_wall(now), statutory=clock.statutory)
        if piece.start < piece.end
    )
    return tuple(
        ExplainedSpan(
            from_wall(piece.start),
            from_wall(piece.end),
            piece.counted,
            piece.why.chinese,
            piece.why.english,
            piece.why.actor,
        )
        for piece in _merged(_cut(pieces, clock.pauses))
    )


def _pieces(leg: Leg, table: Table, pauses: Walls, now: int, *, statutory: bool) -> Iterator[_Piece]:
    """A leg without its pauses, by the rule of its unit; pieces may be empty."""
    stop = max(leg.start, now) if leg.end == NEVER else leg.end
    if leg.budget.unit is Unit.WORKING_HOURS:
        return _hours(leg.start, stop, table, pauses)
    if leg.budget.unit in {Unit.WORKING_DAYS, Unit.NATURAL_DAYS, Unit.MONTHS}:
        return _days(leg, stop, table, pauses, statutory=statutory)
    return iter((_Piece(leg.start, stop, counted=True, why=NATURAL_TIME),))


def _hours(start: int, stop: int, table: Table, pauses: Walls) -> Iterator[_Piece]:
    """Working hours, day by day: before, the spans and the breaks between them, after."""
    for day, following in _walk(day_of(start), day_of(stop - 1) + 1, pauses, told=_HOURS_TOLD):
        if following - day > 1:
            yield _Piece(day * DAY, following * DAY, counted=True, why=between_hours(*_worked(table, day, following)))
            continue
        for first, last, counted, why in _sections(table, day):
            yield _Piece(max(day * DAY + first, start), min(day * DAY + last, stop), counted, why)


def _sections(table: Table, day: int) -> Iterator[tuple[int, int, bool, Why]]:
    """A day cut by its working hours."""
    if not table.works(day):
        yield 0, DAY, False, off_day(table, day)
        return
    spans = table.hours(day).spans
    yield 0, spans[0][0], False, AFTER_HOURS
    for (first, last), following in pairwise((*spans, (DAY, DAY))):
        yield first, last, True, MAKE_UP_DAY if table.is_make_up(day) else WORKING_TIME
        yield last, following[0], False, AFTER_HOURS if following[0] == DAY else BREAK


def _days(leg: Leg, stop: int, table: Table, pauses: Walls, *, statutory: bool) -> Iterator[_Piece]:
    """Days and months: the rest of the start's day, then day by day; those after a limit that moved on do not count."""
    started = day_of(leg.start if leg.extension is None else leg.start - 1)
    yield _Piece(leg.start, min((started + 1) * DAY, stop), counted=False, why=START_DAY)
    unmoved = stop
    if statutory:
        unmoved = wall_due(leg.start, leg.budget, table, pauses, continuing=leg.extension is not None)
    unit, end = leg.budget.unit, day_of(stop - 1) + 1
    counting = min(end, day_of(unmoved - 1) + 1)
    # Natural days that are alike are one stretch in any case.
    told = _DAYS_TOLD if unit is Unit.WORKING_DAYS else 0
    for day, following in _walk(started + 1, counting, pauses, told=told):
        counted, why = _day(day, unit, table, pauses)
        if following - day > 1 and unit is Unit.WORKING_DAYS:
            counted, why = True, between_days(*_worked(table, day, following))
        yield _Piece(day * DAY, min(following * DAY, stop), counted, why, day=True)
    yield _Piece(max(counting, started + 1) * DAY, stop, counted=False, why=MOVED_ON, day=True)


def _walk(first: int, end: int, pauses: Walls, *, told: int) -> Iterator[tuple[int, int]]:
    """The days from `first` on as stretches: single days, and long ones in which nothing happens.

    The first `told` days, a twelfth as many at the end and the days that a pause begins, ends or fills are single.
    """
    marks = {first + told, end - told // 12, end}
    held = [(day_of(start) - 1, end if last == NEVER else day_of(last) + 2) for start, last in pauses]
    edges = sorted(mark for mark in marks.union(*held) if first < mark <= end)
    for start, stop in pairwise((first, *edges)):
        busy = start < first + told or start >= end - told // 12 or any(a <= start < b for a, b in held)
        if busy or stop - start < told // 4:
            yield from ((day, day + 1) for day in range(start, stop))
        else:
            yield start, stop


def _worked(table: Table, first: int, end: int) -> tuple[int, int]:
    """How many days of a stretch are worked, and how many are not."""
    worked = table.worked(end - 1) - table.worked(first - 1)
    return worked, end - first - worked


def _day(day: int, unit: Unit, table: Table, pauses: Walls) -> tuple[bool, Why]:
    """Whether a day counts: it must be one of those counted, and the clock must run at its close."""
    working = unit is Unit.WORKING_DAYS
    if working and not table.works(day):
        return False, off_day(table, day)
    close = day * DAY + (table.hours(day).close if working else DAY)
    if any(first <= close < last for first, last in pauses):
        return False, STOOD_STILL
    if not working:
        return True, NATURAL_DAY
    return True, MAKE_UP_DAY if table.is_make_up(day) else WORKING_DAY


def _cut(pieces: Iterable[_Piece], pauses: tuple[Pause, ...]) -> Iterator[_Piece]:
    """The pieces with the pauses laid over them."""
    held = [(to_wall(p.started_at), NEVER if p.ended_at is None else to_wall(p.ended_at), p) for p in pauses]
    for piece in pieces:
        touching = [(first, last, p) for first, last, p in held if first < piece.end and piece.start < last]
        if not touching:
            yield piece
            continue
        inside = {edge for first, last, _ in touching for edge in (first, last) if piece.start < edge < piece.end}
        for start, end in pairwise(sorted({piece.start, piece.end} | inside)):
            over = [p for first, last, p in touching if first <= start < last]
            part = replace(piece, start=start, end=end)
            if over:
                counts = piece.day and piece.counted
                part = replace(part, counted=counts, why=paused(over, without_effect=counts))
            yield part


def _merged(pieces: Iterable[_Piece]) -> Iterator[_Piece]:
    """Neighbours with the same words made one."""
    for _, alike in groupby(pieces, key=lambda piece: (piece.counted, piece.why)):
        first, *others = alike
        yield replace(first, end=others[-1].end) if others else first
