"""Seal engraving written by hand: what `catalogue/services/seal-engraving.yaml` says, as plain code.

It does the same to the appeal, entry by entry, so the difference in time is what the interpreter costs. It knows one
way through the procedure; what every action goes through is the loop's own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain import escalation, escalation_acts, outside
from domain.act import Act
from domain.appeal import Appeal, Issued, Result, StepState, status_of_step
from domain.calendar import ZONE
from domain.clock import ClockName
from domain.dual import taken_by
from domain.effects import Why, apply_effects
from domain.errors import Conflict, Forbidden, Invalid
from domain.journal import canonical
from domain.loop import Decision, written
from domain.parties import barred
from domain.vocabulary import Effect, Outcome, Role, Stage, StepStatus

NEXT = {"order": "make", "make": "file", "file": "deliver"}
NEEDED = {
    ("order", "free"): "maker",
    ("make", "made"): "seal_codes",
    ("file", "filed"): "filing_no",
    ("deliver", "delivered"): "received_by",
}
_FREE = 5
_FINISHED = {
    ClockName.HANDLE: Effect.MEET,
    ClockName.STATUTORY: Effect.MEET,
    ClockName.SUPERVISION: Effect.MEET,
    ClockName.INSPECTION: Effect.STOP,
    ClockName.REVIEW: Effect.START,
}


def decide(appeal: Appeal, act: Act, now: datetime) -> Decision:
    """The appeal after one of the four steps. Raises Refusal."""
    step, record = act.body["step"], act.body.get("record", {})
    role = _allowed(appeal, act, step, record)
    officer = appeal.assignment.officer
    moved = appeal if officer else taken_by(appeal, act.actor.person)
    moved = replace(moved, procedure=_stepped(appeal.procedure, step, act, record, now))
    facts: dict[str, Any] = {}
    if step == "file":
        receipt = _receipt(appeal, record, now)
        moved = replace(moved, documents=(*moved.documents, receipt))
        facts["documents"] = [{"number": receipt.number, "kind": receipt.kind, "valid_until": None}]
    if step == "deliver":
        text = f"已交付:领取人 {record['received_by']}"
        moved = replace(moved, result=Result(Outcome.SOLVED, text, now, document=dict(record), needs_review=False))
        moved = apply_effects(moved, _FINISHED, Why(now, act.actor.id))
        moved = replace(moved, stage=Stage.FEEDBACK)
    moved = escalation.settle(moved, stage_before=appeal.stage, now=now)
    decision = written(appeal, replace(moved, undo=replace(appeal, undo=None)), act, role, now, facts)
    return decision.telling(*outside.calls(appeal, decision.appeal), *escalation_acts.calls(decision.appeal, act))


def _allowed(appeal: Appeal, act: Act, step: str, record: dict[str, Any]) -> str:
    actor, policy = act.actor, appeal.rules.policy
    if Role.HANDLER not in actor.roles:
        raise Forbidden("forbidden", "您的身份不能“办理步骤”")
    if barred(appeal, actor):
        raise Forbidden("complained-of", "被投诉的单位和个人不得办理本诉求")
    if not appeal.assignment.leads(actor.unit_code):
        raise Forbidden("not-yours", "“办理步骤”不由您或您的单位办理")
    if appeal.stage is not Stage.HANDLE or status_of_step(appeal, step) is not StepStatus.ACTIVE:
        raise Conflict("step-not-active", "步骤当前不可办理")
    if appeal.weight > policy.most_characters and len(canonical(act.body)) > policy.short_characters:
        raise Conflict("appeal-full", "本诉求的内容已满")
    if NEEDED[step, act.body["outcome"]] not in record:
        raise Invalid("bad-body", "缺少内容")
    form = appeal.submission.form
    if step == "order" and not (form["first_set"] and len(form["seals"]) <= _FREE):
        raise Conflict("condition-unmet", "只有新登记注册企业的首套5枚以内印章免费")
    return Role.HANDLER.value


def _stepped(
    states: tuple[StepState, ...], step: str, act: Act, record: dict[str, Any], now: datetime
) -> tuple[StepState, ...]:
    following, by = NEXT.get(step), act.actor.id

    def moved(state: StepState) -> StepState:
        if state.code == following:
            return replace(state, status=StepStatus.ACTIVE, started_at=now)
        if state.code != step:
            return state
        return replace(
            state,
            status=StepStatus.DONE,
            finished_at=now,
            outcome=act.body["outcome"],
            record=record,
            by=by,
            passes=state.passes + 1,
            hands=tuple(dict.fromkeys((*state.hands, by))),
        )

    return tuple(map(moved, states))


def _receipt(appeal: Appeal, record: dict[str, Any], now: datetime) -> Issued:
    known = {state.code: state.record for state in appeal.procedure}
    return Issued(
        kind="seal-filing",
        name="印章备案回执",
        number=str(record["filing_no"]),
        at=now,
        step="file",
        valid_from=now.astimezone(ZONE).date().isoformat(),
        valid_until=None,
        shows={
            "seals": appeal.submission.form["seals"],
            "maker": known["order"]["maker"],
            "seal_codes": known["make"]["seal_codes"],
            **record,
        },
    )
