"""A published table of shifts (值班安排表) laid over a roster, and what becomes another than before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Final

from domain.duty import Shift, shifts
from domain.duty_checks import live_swaps
from domain.roster import Roster, Rotation, Span, Swap, Team
from domain.wall import ZONE

USUAL: Final = time(8, 30)
"""When a duty is handed over where nobody has said when."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: from its first day to its last, both included, and who is on each duty it names."""

    place: str
    first: date
    last: date
    teams: tuple[tuple[str, Team], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A stretch of a duty in which somebody else is on it than before."""

    duty: str
    starts_at: datetime
    ends_at: datetime
    was: Team
    becomes: Team


@dataclass(frozen=True, slots=True)
class Plan:
    """What a table would do: the roster with it, who changes where, and which swaps it would end."""

    roster: Roster
    start: datetime
    end: datetime
    changes: tuple[Difference, ...]
    lost: tuple[Swap, ...]


def plan(roster: Roster, rows: Sequence[Row], hand_over: time | None, new_id: Callable[[], str]) -> Plan:
    """What the table would do to the roster, between its first day and the morning after its last."""
    after = laid_over(roster, rows, hand_over, new_id)
    start = datetime.combine(min(row.first for row in rows), time(0), ZONE)
    end = datetime.combine(max(row.last for row in rows) + 2 * _DAY, time(0), ZONE)
    lost = tuple(swap for swap in roster.swaps if swap not in after.swaps)
    return Plan(after, start, end, differences(roster, after, start, end), lost)


def overlaps(rows: Iterable[Row]) -> Iterator[tuple[Row, Row]]:
    """Lines that speak of the same day."""
    ordered = sorted(rows, key=lambda row: row.first)
    for row, following in pairwise(ordered):
        if following.first <= row.last:
            yield following, row


def laid_over(roster: Roster, rows: Sequence[Row], hand_over: time | None, new_id: Callable[[], str]) -> Roster:
    """The roster with the table over it: what it says holds on its days, and on all others what held before.

    Where a cell is empty the rotation beneath goes on. An earlier table of the same days is gone, and with it the swaps
    that were agreed on it.
    """
    made = [
        _rotation(new_id(), duty, list(run), hand_over or _handed_over(roster, duty))
        for duty in dict.fromkeys(duty for row in rows for duty, _ in row.teams)
        for run in _runs([row for row in rows if duty in dict(row.teams)])
    ]
    left = [old for old in roster.rotations if not any(_covers(new, old) for new in made)]
    laid = replace(roster, rotations=(*left, *made))
    return replace(laid, swaps=live_swaps(laid))


def differences(before: Roster, after: Roster, start: datetime, end: datetime) -> tuple[Difference, ...]:
    """Every stretch between two moments in which the two rosters name different people."""
    duties = dict.fromkeys((*after.duties(), *before.duties()))
    was, becomes = shifts(before, start, end), shifts(after, start, end)
    return tuple(
        found
        for duty in duties
        for found in _joined(_compared(duty, _of(was, duty), _of(becomes, duty), start, end))
        if found.was != found.becomes
    )


def _runs(rows: list[Row]) -> Iterator[Iterator[Row]]:
    """Lines that follow each other day by day."""
    days_before = 0
    keyed = []
    for row in sorted(rows, key=lambda row: row.first):
        keyed.append((row.first.toordinal() - days_before, row))
        days_before += (row.last - row.first).days + 1
    for _, group in groupby(keyed, key=lambda pair: pair[0]):
        yield (row for _, row in group)


def _rotation(id_: str, duty: str, run: list[Row], hand_over: time) -> Rotation:
    """Lines of one length are one shift each; otherwise every day is."""
    lengths = {(row.last - row.first).days + 1 for row in run}
    every = lengths.pop() if len(lengths) == 1 else 1
    order = tuple(dict(row.teams)[duty] for row in run for _ in range(((row.last - row.first).days + 1) // every))
    return Rotation(id_, duty, order, run[0].first, hand_over, every, Span.DAYS, run[-1].last + _DAY)


def _handed_over(roster: Roster, duty: str) -> time:
    """As the duty is handed over already."""
    return next((rotation.hand_over for rotation in reversed(roster.rotations) if rotation.duty == duty), USUAL)


def _covers(new: Rotation, old: Rotation) -> bool:
    """Whether the old one can never hold again."""
    if new.duty != old.duty or old.ends is None or new.ends is None:
        return False
    return new.begins <= old.begins and old.ends <= new.ends


def _of(found: Iterable[Shift], duty: str) -> list[Shift]:
    return [shift for shift in found if shift.duty == duty]


def _compared(
    duty: str, was: list[Shift], becomes: list[Shift], start: datetime, end: datetime
) -> Iterator[Difference]:
    moments = {moment for shift in (*was, *becomes) for moment in (shift.starts_at, shift.ends_at)}
    edges = sorted({start, end} | {moment for moment in moments if start < moment < end})
    for begins, ends in pairwise(edges):
        yield Difference(duty, begins, ends, _people(was, begins), _people(becomes, begins))


def _people(found: Iterable[Shift], at: datetime) -> Team:
    return next((shift.people for shift in found if shift.starts_at <= at < shift.ends_at), ())


def _joined(found: Iterable[Difference]) -> Iterator[Difference]:
    for (was, becomes), group in groupby(found, key=lambda one: (one.was, one.becomes)):
        stretch = list(group)
        yield Difference(stretch[0].duty, stretch[0].starts_at, stretch[-1].ends_at, was, becomes)
