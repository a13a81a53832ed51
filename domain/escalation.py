"""Escalations as state of the appeal: opened when a clock is used up, raised at each further rung, ended by a move."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.appeal import Appeal, Escalation
from domain.clock import Clock, due_at
from domain.rungs import Owner, level_of
from domain.vocabulary import EscalationState, Stage


def settle(appeal: Appeal, *, stage_before: Stage, now: datetime) -> Appeal:
    """Ends what no longer escalates: the appeal moved on, or its clock ended, was paused or got more time."""
    moved = appeal.stage is not stage_before
    still = {c.generation for c in appeal.clocks if _presses(appeal, c, now)}
    settled = tuple(
        replace(e, state=EscalationState.ENDED, ended_at=now)
        if e.ended_at is None and (moved or e.generation not in still)
        else e
        for e in appeal.escalations
    )
    return replace(appeal, escalations=settled)


def _presses(appeal: Appeal, clock: Clock, now: datetime) -> bool:
    if clock.ended_at:
        return False
    # Unknown while a pause keeps the clock from being used up; one begun after the deadline silences nothing.
    due = due_at(clock, appeal.calendar_of(clock))
    return due is not None and due <= now


def escalate(appeal: Appeal, clock: Clock, code: str, owner: Owner, now: datetime) -> Appeal:
    """Opens an escalation for the clock, or raises the level of the one that is open."""
    level, who = level_of(code), ",".join(owner.who)
    live = next((e for e in appeal.escalations if e.generation == clock.generation and e.ended_at is None), None)
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
    raised = replace(live, level=level, owner_unit=owner.unit.code, owner=who, state=EscalationState.OPEN)
    return replace(appeal, escalations=tuple(raised if e is live else e for e in appeal.escalations))
