"""Coverage before it hurts: which steps of which ladders would find nobody, and when.

People are found here as they are found when a step fires: by the same words, rosters, absences and substitutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, pairwise
from typing import Final

from domain.duty import on_duty, shifts
from domain.duty_holes import Away, absent_at
from domain.ladder import CATCH_ALL, ON_DUTY, Ladder, levels_of
from domain.roster import Roster, Team
from domain.substitutes import stand_in
from domain.vocabulary import Role

_ACCOUNT: Final = "account:"
_NEAREST: Final = frozenset({Role.LEADER.value})
"""Looked for up the chain of superiors; others, when nobody is there, wherever they are."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the house."""

    code: str
    roles: tuple[str, ...]
    unit: str | None


@dataclass(frozen=True, slots=True)
class House:
    """Who there is, as far as ladders ask. ``chains``: each unit with its superiors, itself first."""

    members: tuple[Member, ...]
    chains: Mapping[str, tuple[str, ...]]
    rosters: Mapping[str, Roster]
    absences: Sequence[Away]
    catch_all: str
    known: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", frozenset(member.code for member in self.members))


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
    found = _there(house, (code for target in targets for code in _meant(house, unit, target, at)), at)
    if found or CATCH_ALL not in targets:
        return found
    return _there(house, (m.code for m in house.members if Role.SUPERVISOR.value in m.roles), at)


def _there(house: House, meant: Iterable[str], at: datetime) -> Team:
    absent = absent_at(house.absences, at)
    there = (stand_in(code, absent, house.known.__contains__) for code in meant if code in house.known)
    return tuple(dict.fromkeys(code for code in there if code))


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


def _edges(house: House, unit: str, targets: Iterable[str], start: datetime, end: datetime) -> set[datetime]:
    asked = {unit} if ON_DUTY in targets else set()
    if Role.DUTY.value in targets:
        asked |= {member.unit or "" for member in house.members if Role.DUTY.value in member.roles}
    rosters = [house.rosters[one] for one in sorted(asked) if one in house.rosters]
    turns = {edge for roster in rosters for s in shifts(roster, start, end) for edge in (s.starts_at, s.ends_at)}
    aways = {edge for away in house.absences for edge in (away.starts_at, away.ends_at)}
    return {start, end} | {edge for edge in turns | aways if start < edge < end}


def _meant(house: House, unit: str, target: str, at: datetime) -> Iterable[str]:
    if target == CATCH_ALL:
        return (house.catch_all,)
    if target.startswith(_ACCOUNT):
        return (target.removeprefix(_ACCOUNT),)
    if target == ON_DUTY:
        return _by_roster(house, (unit,), at)
    holders = _by_role(house, target, unit)
    if target == Role.DUTY:
        return _by_roster(house, sorted({m.unit for m in holders if m.unit}), at) or [m.code for m in holders]
    return [member.code for member in holders]


def _by_roster(house: House, units: Iterable[str], at: datetime) -> list[str]:
    return [code for unit in units if unit in house.rosters for code in on_duty(house.rosters[unit], at)]


def _by_role(house: House, role: str, unit: str) -> list[Member]:
    everywhere = [member for member in house.members if role in member.roles]
    for above in house.chains[unit]:
        if found := [member for member in everywhere if member.unit == above]:
            return found
    return [] if role in _NEAREST else everywhere
