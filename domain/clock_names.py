"""What a clock is called, where its own name would not say what is due."""

from __future__ import annotations

from domain.appeal import Appeal
from domain.clock import Clock, ClockName
from domain.deeds import ANSWER, DECISION, awaited_by
from domain.matrix import CLOCKS_CHINESE
from domain.parties import party

AWAITED = {ANSWER: "送达答复", DECISION: "决定是否再办"}
"""By what a clock waits for instead of the review that it is named after (:func:`~domain.deeds.awaited_by`)."""
_BY_SUBJECT_ALONE = frozenset({ClockName.STEP, ClockName.REVIEW})


def subject_name(appeal: Appeal, clock: Clock) -> str | None:
    """What it is about, as people read it: a step, the unit that owes it, or what is due instead of a review."""
    if awaited := awaited_by(appeal, clock):
        return AWAITED[awaited]
    if not clock.subject:
        return None
    step = appeal.rules.service.step(clock.subject)
    return step.name if step else party(appeal, clock.owner).name


def named(name: ClockName, subject: str | None) -> str:
    """A clock by its name; a step's by the step's own, a unit's with the unit's."""
    if not subject:
        return CLOCKS_CHINESE[name]
    return subject if name in _BY_SUBJECT_ALONE else f"{CLOCKS_CHINESE[name]}（{subject}）"


def bare_name_of(clock: Clock) -> str:
    """Without what it is about, for whoever may not read that."""
    return CLOCKS_CHINESE[clock.name]


def name_by(appeal: Appeal, name: ClockName, generation: int) -> str:
    """As :func:`name_of`, of the clock that a journal names; by its name alone once a correction has taken it back."""
    found = (clock for clock in appeal.clocks if (clock.name, clock.generation) == (name, generation))
    return next((name_of(appeal, clock) for clock in found), CLOCKS_CHINESE[name])


def name_of(appeal: Appeal, clock: Clock) -> str:
    """A clock as people call it."""
    return named(clock.name, subject_name(appeal, clock))
