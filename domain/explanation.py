"""A deadline that explains itself: every stretch between its start and its end, whether it counted, and why.

Hours are told stretch by stretch, days day by day: a day counts as a whole if the clock runs at its close, so a pause
inside it is shown and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

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
    extended,
    off_day,
    paused,
)


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

    The stretches follow each other without gap or overlap; neighbours with the same words are one. Nothing is ever cut
    off: the list grows with the budget, by about 4 stretches for a day of working hours, 2 for a week of working days.
    """
    table, pauses = table_of(calendar), pauses_of(clock)
    pieces = (
        replace(piece, why=extended(piece.why, leg.extension))
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
        return _hours(leg.start, stop, table)
    if leg.budget.unit in {Unit.WORKING_DAYS, Unit.NATURAL_DAYS, Unit.MONTHS}:
        return _days(leg, stop, table, pauses, statutory=statutory)
    return iter((_Piece(leg.start, stop, counted=True, why=NATURAL_TIME),))


def _hours(start: int, stop: int, table: Table) -> Iterator[_Piece]:
    """Working hours, day by day: before, the spans and the breaks between them, after."""
    for day in range(day_of(start), day_of(stop - 1) + 1):
        for first, last, counted, why in _sections(table, day):
            yield _Piece(max(day * DAY + first, start), min(day * DAY + last, stop), counted, why)


def _sections(table: Table, day: int) -> Iterator[tuple[int, int, bool, Why]]:
    """A day cut by its working hours."""
    if not table.works(day):
        yield 0, DAY, False, off_day(table, day)
        return
    yield 0, table.spans[0][0], False, AFTER_HOURS
    for (first, last), following in pairwise((*table.spans, (DAY, DAY))):
        yield first, last, True, MAKE_UP_DAY if table.is_make_up(day) else WORKING_TIME
        yield last, following[0], False, AFTER_HOURS if following[0] == DAY else BREAK


def _days(leg: Leg, stop: int, table: Table, pauses: Walls, *, statutory: bool) -> Iterator[_Piece]:
    """Days and months: the rest of the start's day, then day by day; those after a limit that moved on do not count."""
    started = day_of(leg.start if leg.extension is None else leg.start - 1)
    yield _Piece(leg.start, min((started + 1) * DAY, stop), counted=False, why=START_DAY)
    unmoved = stop
    if statutory:
        unmoved = wall_due(leg.start, leg.budget, table, pauses, continuing=leg.extension is not None)
    for day in range(started + 1, day_of(stop - 1) + 1):
        counted, why = (False, MOVED_ON) if day * DAY >= unmoved else _day(day, leg.budget.unit, table, pauses)
        yield _Piece(day * DAY, min((day + 1) * DAY, stop), counted, why, day=True)


def _day(day: int, unit: Unit, table: Table, pauses: Walls) -> tuple[bool, Why]:
    """Whether a day counts: it must be one of those counted, and the clock must run at its close."""
    working = unit is Unit.WORKING_DAYS
    if working and not table.works(day):
        return False, off_day(table, day)
    close = day * DAY + (table.close if working else DAY)
    if any(first <= close < last for first, last in pauses):
        return False, STOOD_STILL
    if not working:
        return True, NATURAL_DAY
    return True, MAKE_UP_DAY if table.is_make_up(day) else WORKING_DAY


def _cut(pieces: Iterable[_Piece], pauses: tuple[Pause, ...]) -> Iterator[_Piece]:
    """The pieces with the pauses laid over them."""
    held = [(to_wall(p.started_at), NEVER if p.ended_at is None else to_wall(p.ended_at), p) for p in pauses]
    edges = {edge for first, last, _ in held for edge in (first, last)}
    for piece in pieces:
        inside = {edge for edge in edges if piece.start < edge < piece.end}
        for start, end in pairwise(sorted({piece.start, piece.end} | inside)):
            over = [p for first, last, p in held if first <= start < last]
            part = replace(piece, start=start, end=end)
            if over:
                counts = piece.day and piece.counted
                part = replace(part, counted=counts, why=paused(over, without_effect=counts))
            yield part


def _merged(pieces: Iterable[_Piece]) -> list[_Piece]:
    """Neighbours with the same words made one."""
    merged: list[_Piece] = []
    for piece in pieces:
        if merged and (merged[-1].counted, merged[-1].why) == (piece.counted, piece.why):
            merged[-1] = replace(merged[-1], end=piece.end)
        else:
            merged.append(piece)
    return merged
