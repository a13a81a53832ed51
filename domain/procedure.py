"""The interpreter of procedures: steps are data, an outcome names what opens next.

Every outcome leads to a step or to the end, and a join opens as soon as no open step can still lead to it. So a
procedure never stands without an open step before it has ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from domain.appeal import Appeal, StepState, status_of_step
from domain.errors import Fault, Invalid
from domain.parties import units_of
from domain.service import Procedure, Step, StepOutcome
from domain.vocabulary import Stage, StepStatus

#: What ``StepOutcome.next`` says to end the procedure.
END = Stage.FEEDBACK.value

States = tuple[StepState, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: by whom, for which unit of several, with what record and results of sub-items."""

    by: str
    at: datetime
    unit: str = ""
    record: dict[str, Any] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)


def find(procedure: Procedure, step: str, outcome: str) -> tuple[Step, StepOutcome]:
    """The step and its outcome by code. Raises :class:`Invalid` naming the codes that exist."""
    steps = {s.code: s for s in procedure.steps}
    if step not in steps:
        known = "、".join(steps) or "（本事项没有步骤）"
        fault = Fault("/step", f"没有步骤“{step}”，可用：{known}")
        raise Invalid("unknown-step", fault.detail, (fault,))
    outcomes = {o.code: o for o in steps[step].outcomes}
    if outcome not in outcomes:
        fault = Fault("/outcome", f"步骤“{steps[step].name}”没有结论“{outcome}”，可用：{'、'.join(outcomes)}")
        raise Invalid("unknown-outcome", fault.detail, (fault,))
    return steps[step], outcomes[outcome]


def begin(appeal: Appeal, now: datetime) -> States:
    """The procedure when the unit has signed: its first step active; one that is under way goes on as it stands."""
    procedure = appeal.rules.service.procedure
    if not procedure.steps or appeal.procedure:
        return appeal.procedure
    first = procedure.again if appeal.round > 1 and procedure.again else procedure.steps[0].code
    later = {first} | reachable(procedure, [first])
    told = [s for s in appeal.earlier if s.code not in later]
    states = (s for step in procedure.steps for s in [t for t in told if t.code == step.code] or [StepState(step.code)])
    return _opened(appeal, tuple(states), first, now)


def before_again(appeal: Appeal) -> States:
    """What a later round still knows: the steps that lie before its beginning, and are not done again."""
    procedure = appeal.rules.service.procedure
    if not procedure.again:
        return ()
    later = {procedure.again} | reachable(procedure, [procedure.again])
    states = appeal.procedure or appeal.earlier
    return tuple(s for s in states if s.code not in later and s.status is StepStatus.DONE)


def complete(appeal: Appeal, step: Step, outcome: StepOutcome, done: Done) -> States:
    """The procedure after the step, or one unit's part of it, ended: recorded, and what follows open."""
    states = tuple(
        _ended(s, outcome, done) if (s.code, s.unit) == (step.code, done.unit) else s for s in appeal.procedure
    )
    if any(s.code == step.code and s.status is StepStatus.ACTIVE for s in states):
        # The others have not done their part, or it was not the last word.
        following = outcome.nexts if step.code in outcome.nexts else ()
    else:
        following = _following(step, states)
    if END in following:
        return tuple(replace(s, called=False) for s in states)
    return _led_to(appeal, states, [code for code in following if code != step.code], done.at)


def _ended(state: StepState, outcome: StepOutcome, done: Done) -> StepState:
    again = state.code in outcome.nexts
    return replace(
        state,
        status=StepStatus.ACTIVE if again else StepStatus.DONE,
        started_at=done.at if again else state.started_at,
        finished_at=None if again else done.at,
        outcome=outcome.code,
        record=done.record,
        by=done.by,
        passes=state.passes + 1,
        hands=tuple(dict.fromkeys((*state.hands, done.by))),
        items=done.items,
    )


def _following(step: Step, states: States) -> tuple[str, ...]:
    """What the outcome of every part leads to."""
    ways = {o.code: o.nexts for o in step.outcomes}
    said = [s.outcome for s in states if s.code == step.code and not s.kept]
    return tuple(dict.fromkeys(code for outcome in said for code in ways.get(outcome, ())))


def _led_to(appeal: Appeal, states: States, codes: Iterable[str], now: datetime) -> States:
    """These steps open, the joins among them as soon as nothing else can come; if nothing is open, the first of all."""
    procedure = appeal.rules.service.procedure
    joins = {s.code for s in procedure.steps if s.join}
    for code in codes:
        if code in joins:
            states = tuple(replace(s, called=True) if s.code == code else s for s in states)
        else:
            states = _opened(appeal, states, code, now)
    while ready := _ready(procedure, states):
        states = _opened(appeal, states, ready, now)
    return states


def _ready(procedure: Procedure, states: States) -> str:
    """A join to which no other way can lead any more; empty for none."""
    called = [s.code for s in states if s.called]
    active = {s.code for s in states if s.status is StepStatus.ACTIVE}
    for code in called:
        if code not in reachable(procedure, (active | {*called}) - {code}, but=code):
            return code
    return called[0] if called and not active else ""


def _opened(appeal: Appeal, states: States, code: str, now: datetime) -> States:
    """The step open, in as many parts as units do it; what is open already goes on, and whoever is missing joins it.

    The word of a unit that is not called again stands.
    """
    step = appeal.rules.service.step(code)
    several = units_of(replace(appeal, procedure=states), step) if step and step.each else ()
    units = [place.code for place in several]
    parts = {s.unit: replace(s, called=False) for s in states if s.code == code}
    under_way = step is None or any(s.status is StepStatus.ACTIVE for s in parts.values())
    opened = {
        unit: _open(parts.get(unit) or StepState(code, unit=unit), now)
        for unit in units or [""]
        if not under_way or (units and unit not in parts)
    }
    kept = {
        unit: s if under_way else replace(s, kept=True)
        for unit, s in parts.items()
        if unit not in opened and s.status is not StepStatus.WAITING
    }
    at = next((n for n, s in enumerate(states) if s.code == code), len(states))
    others = [s for s in states if s.code != code]
    return (*others[:at], *kept.values(), *opened.values(), *others[at:])


def _open(state: StepState, now: datetime) -> StepState:
    return replace(state, status=StepStatus.ACTIVE, started_at=now, finished_at=None, called=False, kept=False)


def reachable(procedure: Procedure, start: Iterable[str], *, but: str = "") -> set[str]:
    """What can follow these steps, and the end; no way leads on through ``but``."""
    ways = {s.code: [code for o in s.outcomes for code in o.nexts] for s in procedure.steps}
    found: set[str] = set()
    waiting = list(start)
    while waiting:
        for code in ways.get(waiting.pop(), ()):
            if code not in found:
                found.add(code)
                waiting += [code] if code != but else []
    return found


def open_steps(appeal: Appeal) -> tuple[Step, ...]:
    """The steps that wait for somebody, in the procedure's order."""
    return tuple(s for s in appeal.rules.service.procedure.steps if is_active(appeal, s.code))


def is_active(appeal: Appeal, code: str) -> bool:
    """Whether the step waits for its officer just now."""
    return status_of_step(appeal, code) is StepStatus.ACTIVE


def is_finished(appeal: Appeal) -> bool:
    """Whether no step waits for anybody."""
    return not any(s.status is StepStatus.ACTIVE for s in appeal.procedure)


def is_special(appeal: Appeal) -> bool:
    """Whether special circumstances were declared: then the longer limit holds (S1·7)."""
    for step in appeal.rules.service.procedure.steps:
        special = {o.code for o in step.outcomes if o.clocks == "special"}
        if any(s.code == step.code and s.outcome in special for s in appeal.procedure):
            return True
    return False
