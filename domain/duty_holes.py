"""Who is really there: absences and their substitutes on top of the shifts, and the holes that are left."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby, pairwise
from typing import Protocol

from domain.duty import Shift, StandIn
from domain.roster import Team
from domain.substitutes import stand_in


class Away(Protocol):
    """不在岗: somebody is away from a moment until another, half-open; ``substitutes`` are asked in their order."""

    @property
    def account(self) -> str:
        """Who."""

    @property
    def starts_at(self) -> datetime:
        """From."""

    @property
    def ends_at(self) -> datetime:
        """Until."""

    @property
    def substitutes(self) -> tuple[str, ...]:
        """Whoever stands in."""


@dataclass(frozen=True, slots=True)
class Hole:
    """空岗: nobody is on a duty; ``absent`` would be, and have nobody to stand in; without them it is nobody's turn."""

    duty: str
    starts_at: datetime
    ends_at: datetime
    absent: Team = ()


def absent_at(absences: Iterable[Away], at: datetime) -> dict[str, tuple[str, ...]]:
    """Whoever is away at that moment, with the substitutes."""
    return {away.account: away.substitutes for away in absences if away.starts_at <= at < away.ends_at}


def with_stand_ins(shifts: Iterable[Shift], absences: Sequence[Away], fits: Callable[[str], bool]) -> tuple[Shift, ...]:
    """The shifts as they will be: who is away is replaced by who stands in, from the moment to the moment."""
    return tuple(piece for shift in shifts for piece in _pieces(shift, absences, fits))


def holes(duties: Iterable[str], shifts: Sequence[Shift], start: datetime, end: datetime) -> tuple[Hole, ...]:
    """Where nobody is on one of the ``duties`` within the stretch, by these shifts."""
    return tuple(hole for duty in duties for hole in _joined(_empty(duty, _near(shifts, duty, start, end), start, end)))


def _near(shifts: Iterable[Shift], duty: str, start: datetime, end: datetime) -> list[Shift]:
    """Those of the duty that touch the stretch, in the order of time."""
    found = (shift for shift in shifts if shift.duty == duty and shift.starts_at < end and shift.ends_at > start)
    return sorted(found, key=lambda shift: shift.starts_at)


def _pieces(shift: Shift, absences: Sequence[Away], fits: Callable[[str], bool]) -> Iterator[Shift]:
    nearby = [away for away in absences if away.starts_at < shift.ends_at and away.ends_at > shift.starts_at]
    inside = {edge for away in nearby for edge in (away.starts_at, away.ends_at)}
    edges = sorted({shift.starts_at, shift.ends_at} | {e for e in inside if shift.starts_at < e < shift.ends_at})
    pieces = (
        replace(_there(shift, absent_at(nearby, begins), fits), starts_at=begins, ends_at=ends)
        for begins, ends in pairwise(edges)
    )
    for _, group in groupby(pieces, key=lambda piece: (piece.people, piece.stand_ins)):
        same = list(group)
        yield replace(same[0], ends_at=same[-1].ends_at)


def _there(shift: Shift, absent: dict[str, tuple[str, ...]], fits: Callable[[str], bool]) -> Shift:
    # A closed account is as good as away, for good and with nobody instead.
    absent = {person: () for person in shift.people if not fits(person)} | absent
    found = [(person, stand_in(person, absent, fits)) for person in shift.people]
    return replace(
        shift,
        people=tuple(dict.fromkeys(by for _, by in found if by)),
        stand_ins=tuple(StandIn(person, by) for person, by in found if person in absent),
    )


def _empty(duty: str, shifts: list[Shift], start: datetime, end: datetime) -> Iterator[Hole]:
    """Stretches with nobody, in the order of time; the ends of the stretch stand for shifts."""
    seen = start
    for shift in shifts:
        if shift.starts_at > seen:
            yield Hole(duty, seen, min(shift.starts_at, end))
        if not shift.people:
            absent = tuple(one.absent for one in shift.stand_ins)
            yield Hole(duty, max(shift.starts_at, start), min(shift.ends_at, end), absent)
        seen = max(seen, shift.ends_at)
    if seen < end:
        yield Hole(duty, seen, end)


def _joined(found: Iterable[Hole]) -> Iterator[Hole]:
    """Neighbours for the same reason as one: a week without anybody is one hole, not seven."""
    last: Hole | None = None
    for hole in found:
        if last and (last.ends_at, last.absent) == (hole.starts_at, hole.absent):
            last = replace(last, ends_at=hole.ends_at)
            continue
        if last:
            yield last
        last = hole
    if last:
        yield last
