"""Taking an outcome of a step: who may, on which conditions, and what is booked and recorded with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.act import Act, invalid
from domain.appeal import Appeal, StepState
from domain.batch import merged
from domain.conditions import holds
from domain.errors import Conflict, Forbidden, Invalid
from domain.facts import Known, total_of
from domain.guards import not_asked_yet, refuse, supplement_settled
from domain.money import BadAmount, fen_of
from domain.papers import issued
from domain.parties import steps_of, tracks_of, units_of, works
from domain.people import SYSTEM as ITSELF
from domain.people import Actor
from domain.procedure import END, find, is_active, open_steps
from domain.relations import owner
from domain.service import ENTERPRISE, SYSTEM, Step, StepOutcome
from domain.until import faults
from domain.vocabulary import Action, Role, StepStatus, UnitKind

#: What happens outside does not wait for materials, nor does what was seen on the spot.
_AT_ANY_TIME = frozenset({"inspected", "begun"})


def asks_for(appeal: Appeal, role: Role) -> bool:
    """Whether a step of the service may ask for somebody of this role; officers and leaders do every service's."""
    steps = appeal.rules.service.procedure.steps
    return role in {Role.HANDLER, Role.LEADER} or any(role in step.roles for step in steps)


def takes_part(appeal: Appeal, actor: Actor) -> bool | None:
    """Of a unit that leads it or does a step; the enterprise and outside systems where a step is theirs."""
    steps = appeal.rules.service.procedure.steps
    if Role.ENTERPRISE in actor.roles:
        return owner(appeal, actor) and any(ENTERPRISE in step.by for step in steps)
    if Role.SYSTEM in actor.roles and any(SYSTEM in step.by for step in steps):
        return True
    return works(appeal, actor)


def part_of(appeal: Appeal, step: Step, actor: Actor, named: str = "") -> StepState | None:
    """The open part of the step that is the actor's to do; ``named`` is the outside body for which it is recorded."""
    open_now = [s for s in appeal.procedure if s.code == step.code and s.status is StepStatus.ACTIVE]
    meant = {"", named or actor.unit_code or ""}
    return next((s for s in open_now if s.unit in meant and _does(appeal, step, s.unit, actor)), None)


def _does(appeal: Appeal, step: Step, unit: str, actor: Actor) -> bool:
    if not actor.roles:
        return True
    if Role.ENTERPRISE in actor.roles:
        return ENTERPRISE in step.by and owner(appeal, actor)
    if Role.SYSTEM in actor.roles and SYSTEM in step.by:
        return True
    places = [place for place in units_of(appeal, step) if unit in {"", place.code}]
    # An outside body has perhaps no account: whoever leads it records what the body says.
    stands_in = not places or any(place.kind is UnitKind.OUTSIDE for place in places)
    return any(place.code == actor.unit_code for place in places) or (
        stands_in and appeal.assignment.leads(actor.unit_code)
    )


def is_kept_out(appeal: Appeal, step: Step, actor: Actor) -> bool:
    """Whether the actor's own earlier work forbids this step: nobody judges himself, nobody sees both tracks."""
    others = tracks_of(appeal, actor) - {step.track} if step.track else ()
    return bool(steps_of(appeal, actor) & {*step.apart_from} or others)


def open_to(appeal: Appeal, actor: Actor) -> tuple[tuple[Step, tuple[StepOutcome, ...]], ...]:
    """The steps that wait for the actor, each with the outcomes that may be open: nobody knows the record yet."""
    found = []
    for step in open_steps(appeal):
        if set(step.roles) & set(actor.roles) and not is_kept_out(appeal, step, actor):
            open_now = (o for o in step.outcomes if _may_be_open(appeal, step, o))
            outcomes = tuple(o for o in open_now if not is_left_to_time(step, o, actor))
            if outcomes and _has_part(appeal, step, actor):
                found.append((step, outcomes))
    return tuple(found)


def is_left_to_time(step: Step, outcome: StepOutcome, actor: Actor) -> bool:
    """Nobody says of themselves that they have not answered; an officer may record it, and in time it happens so."""
    return Role.ENTERPRISE in actor.roles and outcome.code == step.lapse


def is_ready(appeal: Appeal, step: Step) -> bool:
    """Whether it need not wait for the enterprise's materials, or has an outcome that does not."""
    return appeal.open_supplement is None or any(outcome.clocks in _AT_ANY_TIME for outcome in step.outcomes)


def _has_part(appeal: Appeal, step: Step, actor: Actor) -> bool:
    open_now = (s.unit for s in appeal.procedure if s.code == step.code and s.status is StepStatus.ACTIVE)
    return any(part_of(appeal, step, actor, unit) for unit in open_now)


def _may_be_open(appeal: Appeal, step: Step, outcome: StepOutcome) -> bool:
    waits = appeal.open_supplement and outcome.clocks not in _AT_ANY_TIME
    return not waits and holds(outcome.when, Known(appeal, step)) is not False


def step_of_yours(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """A step waits for the actor."""
    refuse(not open_to(appeal, actor), "no-step-of-yours", "当前没有由您办理的步骤")


def next_by_itself(appeal: Appeal) -> Act | None:
    """The outcome that the system takes at once: of the first automatic step that is open, the first that holds.

    Ways of nothing but automatic steps never lead back (the catalogue's check sees to it), so this comes to an end.
    """
    for step in (s for s in open_steps(appeal) if s.automatic):
        known = Known(appeal, step, {}, {}, appeal.accounts)
        if outcome := next((o for o in step.outcomes if holds(o.when, known)), None):
            return Act(Action.COMPLETE_STEP, ITSELF, {"step": step.code, "outcome": outcome.code})
    return None


@dataclass(frozen=True, slots=True)
class Taken:
    """An outcome with everything that goes with it: the part it ends, and what is known once it is recorded."""

    step: Step
    outcome: StepOutcome
    unit: str
    known: Known

    @property
    def record(self) -> dict[str, Any]:
        """What is recorded."""
        return self.known.record or {}

    @property
    def items(self) -> dict[str, str]:
        """The results of the step's sub-items, with those that are recorded."""
        return self.known.items or {}


def taken(appeal: Appeal, act: Act) -> Taken:
    """What the act takes. Raises Invalid for amounts and sub-items that cannot be."""
    step, outcome = find(appeal.rules.service.procedure, act.body["step"], act.body["outcome"])
    part = part_of(appeal, step, act.actor, act.body.get("unit", ""))
    record = act.body.get("record", {})
    items = dict(part.items) if part else {}
    if step.items:
        items = merged(items, record.get("results", ()), total_of(appeal, step))
    known = Known(appeal, step, record, items, _booked(appeal, outcome, record))
    return Taken(step, outcome, part.unit if part else "", known)


def _booked(appeal: Appeal, outcome: StepOutcome, record: dict[str, Any]) -> dict[str, int]:
    """The accounts with what the outcome books."""
    sums = dict(appeal.accounts)
    for posting in outcome.posts:
        try:
            sums[posting.account] = sums.get(posting.account, 0) + fen_of(record.get(posting.amount))
        except BadAmount:
            detail = "应为大于0的金额（元），最多两位小数"
            raise invalid("bad-amount", f"/record/{posting.amount}", detail) from None
    return sums


def check(appeal: Appeal, act: Act, now: datetime) -> None:
    """Whether the act may take its outcome. Raises a Refusal that says why not."""
    step, outcome = find(appeal.rules.service.procedure, act.body["step"], act.body["outcome"])
    _check_hands(appeal, step, act)
    if outcome.clocks not in _AT_ANY_TIME:
        supplement_settled(appeal, act.actor, now)
    _check_order(appeal, step, outcome, act)
    took = taken(appeal, act)
    if wrong := tuple(faults(appeal.rules.service, f"steps.{step.code}", took.record, "/record", now)):
        raise Invalid("bad-day", wrong[0].detail, wrong)
    _check_conditions(appeal, took)
    if outcome.issues:
        issued(outcome.issues, took.known, step.code, now)
    if outcome.clocks == "incomplete":
        not_asked_yet(appeal, act.actor, now)


def _check_hands(appeal: Appeal, step: Step, act: Act) -> None:
    if not any(role in step.roles for role in act.actor.roles):
        raise Forbidden("step-role", f"步骤“{step.name}”不由您办理")
    named = act.body.get("unit", "")
    parts = {s.unit for s in appeal.procedure if s.code == step.code} or {""}
    if not any(_does(appeal, step, unit, act.actor) for unit in parts if unit in {"", named or act.actor.unit_code}):
        names = "、".join(place.name for place in units_of(appeal, step))
        raise Forbidden("step-unit", f"步骤“{step.name}”由{names or '企业或外部系统'}办理")
    if is_kept_out(appeal, step, act.actor):
        raise Forbidden("own-work", f"您已办理相关步骤，按回避要求不得办理“{step.name}”")


def _check_order(appeal: Appeal, step: Step, outcome: StepOutcome, act: Act) -> None:
    """The step is open, and so is nothing that must be done before."""
    missing = [c for c in outcome.requires if is_active(appeal, c)]
    if missing:
        # No approval without an inspection record (S1·7).
        raise Conflict("step-required-first", f"须先完成：{_names(appeal, missing)}")
    if part_of(appeal, step, act.actor, act.body.get("unit", "")) is None:
        active = [s.code for s in open_steps(appeal)]
        now_open = _names(appeal, active) or "无"
        raise Conflict("step-not-active", f"步骤“{step.name}”当前不可办理；正在办理：{now_open}")
    others = [s.code for s in open_steps(appeal) if s.code != step.code]
    if END in outcome.nexts and others:
        raise Conflict("steps-open", f"须先完成：{_names(appeal, others)}")


def _names(appeal: Appeal, codes: list[str]) -> str:
    return "、".join(s.name for s in appeal.rules.service.procedure.steps if s.code in codes)


def _check_conditions(appeal: Appeal, took: Taken) -> None:
    if holds(took.outcome.when, took.known) is not True:
        raise Conflict("condition-unmet", took.outcome.refusal or f"不具备“{took.outcome.name}”的条件")
    if END in took.outcome.nexts and holds(appeal.rules.service.balance, took.known) is not True:
        raise Conflict("accounts-open", "款项尚未结清，不能办结")
