"""The clocks that each of several units owes for itself: a signature of each leading unit, an answer of each asked one.

They follow the state: one begins with what is owed, is met when it is there, and stops when nobody owes it any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from domain import clock as clocks
from domain.appeal import Appeal
from domain.clock import Clock, ClockName
from domain.new_clock import new_clock
from domain.rules import budget_for


@dataclass(frozen=True, slots=True)
class Owed:
    """What a unit owes: ``subject`` tells it from others, ``owner`` is the unit (empty: the one that leads alone)."""

    subject: str
    owner: str
    done: bool


def follow(appeal: Appeal, name: ClockName, now: datetime) -> Appeal:
    """A clock begins with each debt that has none; it ends with it: met when done, stopped when it is gone."""
    owed = {o.subject: o for o in _OWED[name](appeal)}
    kept = tuple(_ended(c, owed, now) if c.name is name and c.ended_at is None else c for c in appeal.clocks)
    running = {c.subject for c in kept if c.name is name and c.ended_at is None}
    moved = replace(appeal, clocks=kept)
    for one in owed.values():
        if not one.done and one.subject not in running:
            moved = _started(moved, name, one, now)
    return moved


def _ended(clock: Clock, owed: dict[str, Owed], now: datetime) -> Clock:
    found = owed.get(clock.subject)
    if found and not found.done:
        return clock
    return clocks.end(clock, now, "met" if found else "stopped")


def _started(appeal: Appeal, name: ClockName, owed: Owed, now: datetime) -> Appeal:
    budget = budget_for(appeal.rules, name, urgent=appeal.urgent)
    if not budget:
        # By rules of before a question has no time of its own.
        return appeal
    clock = replace(new_clock(appeal, name, budget, owed.owner), started_at=now, subject=owed.subject)
    return replace(appeal, clocks=(*appeal.clocks, clock))


def _signatures(appeal: Appeal) -> Iterator[Owed]:
    given = appeal.assignment
    second = given.second
    leads = ((given.lead, given.signed_at), (second and second.unit, second and second.signed_at))
    found = [(place.code, signed_at is not None) for place, signed_at in leads if place]
    alone = len(found) == 1 and not _is_dual(appeal, found[0][0])
    for code, done in found:
        unit = "" if alone else code
        yield Owed(unit, unit, done=done)


def _is_dual(appeal: Appeal, lead: str) -> bool:
    """Whether the unit that now leads alone was one of two when its time to sign began."""
    return any(c.name is ClockName.SIGN and c.ended_at is None and c.subject == lead for c in appeal.clocks)


def _answers(appeal: Appeal) -> Iterator[Owed]:
    for n, asked in enumerate(appeal.cooperations, start=1):
        if asked.ended_at is None:
            yield Owed(str(n), asked.unit.code, done=not asked.is_open)


_OWED = {ClockName.SIGN: _signatures, ClockName.COOPERATION: _answers}
