"""Coverage before it hurts: which steps of which ladders would find nobody, and when.

People are found here as they are found when a step fires: by the same words, rosters, absences and substitutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise

from domain.audience import Audience, House, people, rosters_asked
from domain.duty import shifts
from domain.ladder import Ladder, levels_of
from domain.roster import Team


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the house."""

    code: str
    roles: tuple[str, ...]
    unit: str | None
    uscc: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a ladder, counted from 1."""

    ladder: str
    number: int


@dataclass(frozen=True, slots=True)
class EmptyStep:
    """A stretch in which ``targets`` of a ``unit`` are nobody, and the steps that would call them there."""

    unit: str
    targets: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    steps: tuple[Step, ...]


def empty_steps(
    house: House, ladders: Iterable[Ladder], units: Iterable[str], start: datetime, end: datetime
) -> tuple[EmptyStep, ...]:
    """Every step that would call nobody at some moment of the stretch, for clocks of these units."""
    asked: dict[tuple[str, tuple[str, ...]], dict[Step, None]] = {}
    for unit in units:
        chain = house.chains[unit]
        for ladder in ladders:
            for level in levels_of(ladder, len(chain) - 1):
                asked.setdefault((chain[level.up], level.targets), {})[Step(ladder.name, level.step + 1)] = None
    return tuple(
        EmptyStep(unit, targets, begins, ends, tuple(steps))
        for (unit, targets), steps in asked.items()
        for begins, ends in _nobody(house, unit, targets, start, end)
    )


def called(house: House, unit: str, targets: Sequence[str], at: datetime) -> Team:
    """Everybody whom a step would call there at that moment, those who stand in instead of the absent."""
    return tuple(people(house, Audience(targets, unit, at, is_step=True)))


def _nobody(
    house: House, unit: str, targets: tuple[str, ...], start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """Between two moments at which something changes it is the same people."""
    edges = sorted(_edges(house, unit, targets, start, end))
    pieces = ((begins, ends, not called(house, unit, targets, begins)) for begins, ends in pairwise(edges))
    for empty, group in groupby(pieces, key=lambda piece: piece[2]):
        stretch = list(group)
        if empty:
            yield stretch[0][0], stretch[-1][1]


def _edges(house: House, unit: str, targets: Sequence[str], start: datetime, end: datetime) -> set[datetime]:
    asked = rosters_asked(house.members, targets, unit)
    rosters = [house.rosters[one] for one in sorted(asked) if one in house.rosters]
    turns = {edge for roster in rosters for s in shifts(roster, start, end) for edge in (s.starts_at, s.ends_at)}
    aways = {edge for away in house.absences for edge in (away.starts_at, away.ends_at)}
    return {start, end} | {edge for edge in turns | aways if start < edge < end}
