"""The small interpreter of procedures: steps are data, an outcome names the next step."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.appeal import Appeal, StepState, status_of_step
from domain.errors import Conflict, Fault, Invalid
from domain.rules import Procedure, Step, StepOutcome
from domain.vocabulary import Stage, StepStatus

#: The value of ``StepOutcome.next`` that ends the procedure.
END = Stage.FEEDBACK.value


def find(procedure: Procedure, step: str, outcome: str) -> tuple[Step, StepOutcome]:
    """The step and its outcome by code. Raises :class:`Invalid` naming the codes that exist."""
    steps = {s.code: s for s in procedure.steps}
    if step not in steps:
        known = "、".join(steps) or "(本事项没有步骤)"
        fault = Fault("/step", f"没有步骤“{step}”,可用:{known}")
        raise Invalid("unknown-step", fault.detail, (fault,))
    outcomes = {o.code: o for o in steps[step].outcomes}
    if outcome not in outcomes:
        fault = Fault("/outcome", f"步骤“{steps[step].name}”没有结论“{outcome}”,可用:{'、'.join(outcomes)}")
        raise Invalid("unknown-outcome", fault.detail, (fault,))
    return steps[step], outcomes[outcome]


def begin(appeal: Appeal, now: datetime) -> tuple[StepState, ...]:
    """The procedure when the unit has signed: its first step active; one that is under way goes on as it stands."""
    steps = appeal.rules.service.procedure.steps
    if not steps or appeal.procedure:
        return appeal.procedure
    return _open(tuple(StepState(s.code) for s in steps), steps[0].code, now)


def check(appeal: Appeal, step: Step, outcome: StepOutcome) -> None:
    """Refuses a step that is not active, and an outcome whose required steps are open but not done."""
    missing = [c for c in outcome.requires if status_of_step(appeal, c) is StepStatus.ACTIVE]
    if missing:
        # No approval without an inspection record (S1·7).
        names = "、".join(s.name for s in appeal.rules.service.procedure.steps if s.code in missing)
        raise Conflict("step-required-first", f"须先完成:{names}")
    if status_of_step(appeal, step.code) is not StepStatus.ACTIVE:
        active = [s.name for s in appeal.rules.service.procedure.steps if is_active(appeal, s.code)]
        raise Conflict("step-not-active", f"步骤“{step.name}”当前不可办理;正在办理:{'、'.join(active) or '无'}")


def is_active(appeal: Appeal, code: str) -> bool:
    """Whether the step waits for its officer just now."""
    return status_of_step(appeal, code) is StepStatus.ACTIVE


def complete(
    appeal: Appeal,
    step: Step,
    outcome: StepOutcome,
    record: dict[str, Any],
    by: str,
    now: datetime,
) -> tuple[StepState, ...]:
    """The procedure after the step ended: recorded, and the next one open unless it was the last."""
    done = tuple(
        replace(s, status=StepStatus.DONE, finished_at=now, outcome=outcome.code, record=record, by=by)
        if s.code == step.code
        else s
        for s in appeal.procedure
    )
    return done if outcome.next == END else _open(done, outcome.next, now)


def _open(steps: tuple[StepState, ...], code: str, now: datetime) -> tuple[StepState, ...]:
    return tuple(
        replace(s, status=StepStatus.ACTIVE, started_at=now, finished_at=None) if s.code == code else s for s in steps
    )


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
