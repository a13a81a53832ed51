"""Whom a step that opened must call: units other than the one that leads, and the enterprise. The lead sees its own."""

from __future__ import annotations

from collections.abc import Iterator

from domain.appeal import Appeal, StepState
from domain.clock import ClockName
from domain.journal import Entry
from domain.news import by_when
from domain.notice import Call
from domain.parties import units_of
from domain.service import ENTERPRISE
from domain.vocabulary import StepStatus, UnitKind


def calls(before: Appeal, after: Appeal) -> tuple[Call, ...]:
    """One for each unit, of each step or part of one that opened with the last move."""
    known = {(s.code, s.unit) for s in before.procedure if s.status is StepStatus.ACTIVE}
    opened = (s for s in after.procedure if s.status is StepStatus.ACTIVE and (s.code, s.unit) not in known)
    return tuple(call for state in opened for call in _of(after, state))


def words(appeal: Appeal, entry: Entry) -> tuple[Call, ...]:
    """The enterprise, of an outcome that tells it something; the words themselves are in the journal, not in codes."""
    if "told" not in entry.data:
        return ()
    unit, taken = appeal.lead or appeal.assigning_unit, {name: entry.data[name] for name in ("step", "outcome")}
    return (Call(unit.code, (ENTERPRISE,), template="told", mark="told", data=taken),)


def _of(appeal: Appeal, state: StepState) -> Iterator[Call]:
    step, lead = appeal.rules.service.step(state.code), appeal.lead
    if step is None or step.automatic or lead is None:
        return
    if ENTERPRISE in step.by:
        yield _call(appeal, step.code, lead.code, (ENTERPRISE,))
    for place in units_of(appeal, step):
        elsewhere = place.kind is not UnitKind.OUTSIDE and not appeal.assignment.leads(place.code)
        if elsewhere and state.unit in {"", place.code}:
            yield _call(appeal, step.code, place.code, tuple(role.value for role in step.roles))


def _call(appeal: Appeal, step: str, unit: str, audience: tuple[str, ...]) -> Call:
    running = (c for c in appeal.clocks if c.name is ClockName.STEP and c.subject == step and c.ended_at is None)
    clock = next((c for c in running if c.owner in {"", unit} or audience == (ENTERPRISE,)), None)
    data = {"step": step, **by_when(appeal, clock)}
    return Call(unit, audience, template="step", mark=f"step:{step}:{unit}:{audience[0]}", data=data)
