"""Whom a step that opened must call: units other than the one that leads, and the enterprise. The lead sees its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from domain.appeal import Appeal, StepState
from domain.parties import units_of
from domain.service import ENTERPRISE
from domain.vocabulary import StepStatus, UnitKind


@dataclass(frozen=True, slots=True)
class Call:
    """People of a unit, by what they must be to do the step; or the enterprise."""

    step: str
    unit: str
    audience: tuple[str, ...]


def calls(before: Appeal, after: Appeal) -> tuple[Call, ...]:
    """One for each unit, of each step or part of one that opened with the last move."""
    known = {(s.code, s.unit) for s in before.procedure if s.status is StepStatus.ACTIVE}
    opened = (s for s in after.procedure if s.status is StepStatus.ACTIVE and (s.code, s.unit) not in known)
    return tuple(call for state in opened for call in _of(after, state))


def _of(appeal: Appeal, state: StepState) -> Iterator[Call]:
    step, lead = appeal.rules.service.step(state.code), appeal.lead
    if step is None or step.automatic or lead is None:
        return
    if ENTERPRISE in step.by:
        yield Call(step.code, lead.code, (ENTERPRISE,))
    for place in units_of(appeal, step):
        elsewhere = place.kind is not UnitKind.OUTSIDE and not appeal.assignment.leads(place.code)
        if elsewhere and state.unit in {"", place.code}:
            yield Call(step.code, place.code, tuple(role.value for role in step.roles))
