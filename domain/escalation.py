"""Escalations as state of the appeal: opened when a clock is used up, raised at each further rung, ended by a move.

What whoever is called does with one is in :mod:`domain.escalation_acts`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from domain.appeal import Appeal, Escalation
from domain.clock import Clock, due_at
from domain.deeds import awaited_by
from domain.journal import moment
from domain.notice import Call
from domain.rungs import (
    Owner,
    answerable,
    codes,
    escalates,
    ladder_for,
    level_at,
    level_of,
    live_escalation,
    owner_of,
    planned_at,
)
from domain.vocabulary import EscalationState, Stage


def settle(appeal: Appeal, *, stage_before: Stage, now: datetime) -> Appeal:
    """Ends what no longer escalates: the appeal moved on, or its clock ended, was paused or got more time."""
    moved = appeal.stage is not stage_before
    still = {c.generation for c in appeal.clocks if _presses(appeal, c, now)}
    settled = tuple(
        over(e, now) if e.ended_at is None and (moved or e.generation not in still) else e for e in appeal.escalations
    )
    return replace(appeal, escalations=settled)


def _presses(appeal: Appeal, clock: Clock, now: datetime) -> bool:
    if clock.ended_at:
        return False
    # Unknown while a pause keeps the clock from being used up; one begun after the deadline silences nothing.
    due = due_at(clock, appeal.calendar_of(clock))
    return due is not None and due <= now


def over(escalation: Escalation, now: datetime) -> Escalation:
    """Ended."""
    return replace(escalation, state=EscalationState.ENDED, ended_at=now)


def escalate(appeal: Appeal, clock: Clock, code: str, owner: Owner, now: datetime) -> Appeal:
    """Opens an escalation for the clock, or raises the level of the one that is open."""
    level, who, live = level_of(code), ",".join(owner.who), live_escalation(appeal, clock)
    if live is None:
        nth = 1 + sum(e.generation == clock.generation for e in appeal.escalations)
        new = Escalation(
            id=f"{appeal.number}-{clock.generation}-{nth}",
            clock=clock.name,
            generation=clock.generation,
            level=level,
            owner_unit=owner.unit.code,
            owner=who,
            opened_at=now,
        )
        return replace(appeal, escalations=(*appeal.escalations, new))
    return replaced(appeal, replace(opened(live), level=level, owner_unit=owner.unit.code, owner=who))


def reached(clock: Clock) -> str:
    """The rung on which the clock's escalation stands."""
    return next(code for code in reversed(clock.fired) if escalates(code))


def next_level(appeal: Appeal, clock: Clock) -> str | None:
    """The rung above those that fired, if the ladder goes on."""
    return next((code for code in codes(appeal, clock) if escalates(code) and code not in clock.fired), None)


def is_repeated(appeal: Appeal, clock: Clock, code: str, following: str) -> bool:
    """Whether the following level calls the same people once more: who finds nobody need not hurry to ask again.

    A step that climbs asks in another unit each time.
    """
    here, there = level_at(appeal, clock, code), level_at(appeal, clock, following)
    return (here.step, here.up) == (there.step, there.up)


def climb(appeal: Appeal, clock: Clock, code: str, now: datetime) -> Appeal:
    """The rung fires now, before its time or on it; what comes after keeps its distance."""
    after = fired(appeal, clock, code)
    if live := live_escalation(appeal, clock):
        planned = planned_at(appeal, clock, code) or now
        early = max(0, (planned - now) // timedelta(seconds=1))
        after = replaced(after, replace(opened(live), sooner=live.sooner + early))
    return escalate(after, clock, code, owner_of(appeal, clock, code), now)


def fired(appeal: Appeal, clock: Clock, code: str) -> Appeal:
    """With the rung marked as past."""
    marked = replace(clock, fired=(*clock.fired, code))
    return replace(appeal, clocks=tuple(marked if c is clock else c for c in appeal.clocks))


def called_back(appeal: Appeal, escalation: Escalation) -> Escalation | None:
    """As its own level has it, where a named person was called instead; None where nobody else is left to call."""
    clock = appeal.clock_of(escalation.generation)
    owner = owner_of(appeal, clock, reached(clock))
    own = replace(escalation, owner_unit=owner.unit.code, owner=",".join(owner.who))
    return own if own != escalation else None


def lease_over(appeal: Appeal, escalation: str) -> Appeal:
    """Nobody moved the appeal in the time that somebody took for it: the escalation of that id calls again."""
    return replaced(appeal, opened(next(e for e in appeal.escalations if e.id == escalation)))


def call_of(appeal: Appeal, clock: Clock, escalation: Escalation, template: str, mark: str) -> Call:
    """Everybody whom the escalation calls at its present level; ``may_wait``: not in the middle of the night.

    The name of the ladder only where the policy has ladders: by rules of before no step is ever skipped.
    """
    due, ladder = due_at(clock, appeal.calendar_of(clock)), ladder_for(appeal, clock)
    data = {
        "clock": clock.name.value,
        "generation": clock.generation,
        "level": escalation.level,
        "deadline": moment(due) if due else None,
        "unit": answerable(appeal, clock.name, clock.owner).code,
        "escalation": escalation.id,
        "may_wait": ladder.may_wait,
        **({"ladder": ladder.name} if appeal.rules.policy.ladders else {}),
        **({"subject": clock.subject} if clock.subject else {}),
        **awaited(appeal, clock),
    }
    return Call(escalation.owner_unit, tuple(escalation.owner.split(",")), template, mark, data)


def awaited(appeal: Appeal, clock: Clock) -> dict[str, str]:
    """For whoever is told of a clock: what it waits for, where its name does not say it."""
    found = awaited_by(appeal, clock)
    return {"awaits": found} if found else {}


def opened(escalation: Escalation) -> Escalation:
    """In nobody's hands, and nobody silences it."""
    free = replace(escalation, acknowledged_by=None, acknowledged_name="", lease_until=None)
    return replace(free, state=EscalationState.OPEN)


def replaced(appeal: Appeal, escalation: Escalation) -> Appeal:
    """With the escalation as it is given, in place of the one of its id."""
    return replace(appeal, escalations=tuple(escalation if e.id == escalation.id else e for e in appeal.escalations))
