"""The transition table: every action with its stages, people, conditions, and what it does to stage and clocks.

One row is one :class:`Transition`; an action whose result depends on its body has several :class:`Move` s, named by
``choose``. A clock that a move does not name is kept. A closing move also stops every clock that is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import changes as do
from domain import checks as need
from domain import dispatch as sent
from domain import dual, helping, step_changes, steps
from domain import escalation_acts as calls
from domain import guards as when
from domain import moved as told
from domain import relations as of
from domain.act import Act
from domain.appeal import Appeal
from domain.changes import Change
from domain.checks import Check
from domain.choices import (
    by_answer,
    by_commitments,
    by_dry_run,
    by_grade,
    by_lapsed,
    by_lift,
    by_limit,
    by_owed,
    by_reassigned,
    by_stage,
    by_step,
    by_visit,
    only,
)
from domain.clock import ClockName as C
from domain.guards import Guard
from domain.relations import Relation
from domain.turns import TO_ASSIGN, TO_DECIDE, TO_HANDLE, TO_REVIEW
from domain.vocabulary import OPEN_STAGES, STAFF_ROLES, Action, Cause, Effect, Outcome, Role, Stage

A, S, R = Action, Stage, Role
START, PAUSE, RESUME, MEET, STOP = Effect.START, Effect.PAUSE, Effect.RESUME, Effect.MEET, Effect.STOP
RESTART, REMEASURE, EXTEND, START_PAUSED = Effect.RESTART, Effect.REMEASURE, Effect.EXTEND, Effect.START_PAUSED
REFIT, BEGIN, FOLLOW, FOLLOW_PAUSED = Effect.REFIT, Effect.BEGIN, Effect.FOLLOW, Effect.FOLLOW_PAUSED

Clocks = Mapping[C, Effect]
Facts = Callable[[Appeal, Appeal, Act, datetime], dict[str, Any]]


def no_more(_before: Appeal, _after: Appeal, _act: Act, _now: datetime) -> dict[str, Any]:
    """The body says it all."""
    return {}


@dataclass(frozen=True, slots=True)
class Move:
    """Where it leads (None: the stage stays) and what happens to each clock.

    ``causes`` name the pauses it makes or ends, ``again`` opens the next round, ``decision`` waits for a supervisor's.
    ``tells`` are people who get a notice of it, by rules of the edition that is open about time; one that ``informs``
    is told to the enterprise, and ``turn`` names whose turn it is then (:mod:`domain.turns`), by rules of the edition
    that tells of news.
    """

    to: Stage | None = None
    clocks: Clocks = field(default_factory=dict)
    causes: tuple[Cause, ...] = ()
    again: bool = False
    decision: bool = False
    tells: tuple[str, ...] = ()
    informs: bool = False
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Transition:
    """One action: who may do it where, on which conditions, and what it does.

    ``who`` are pairs of a role and the relation it must have. ``guards`` look at the state, ``checks`` at the body too;
    ``offers`` keep out of the list of what is allowed an action that no body could carry. ``causes`` are those of moves
    that name none themselves, ``tells`` the people of the leading unit who get a notice of it, ``informs`` and ``turn``
    are for all moves; ``facts`` are what the journal says of it beyond the body.
    """

    action: Action
    title: str
    sources: frozenset[Stage]
    who: tuple[tuple[Role, Relation], ...]
    moves: Mapping[str, Move]
    choose: Callable[[Appeal, Act], str] = only
    guards: tuple[Guard, ...] = ()
    checks: tuple[Check, ...] = ()
    offers: tuple[Guard, ...] = ()
    change: Change = do.nothing
    causes: tuple[Cause, ...] = ()
    tells: tuple[str, ...] = ()
    informs: bool = False
    turn: str = ""
    facts: Facts = no_more


def _at(*stages: Stage) -> frozenset[Stage]:
    return frozenset(stages)


def _one(to: Stage | None = None, **clocks: Effect) -> dict[str, Move]:
    return {"": Move(to, {C(name): effect for name, effect in clocks.items()})}


#: What the submission itself does.
OPENING: Clocks = {C.ACCEPT: START}

_BACK_TO_WORK = {
    C.RATING: STOP,
    C.VISIT: STOP,
    C.REVIEW: STOP,
    C.HANDLE: RESTART,
    C.STATUTORY: RESTART,
    C.STEP: STOP,
    C.COOPERATION: STOP,
}
_HANDED_ON = {C.SIGN: RESTART, C.REVIEW: STOP, C.COOPERATION: STOP}
_LEFT_HANDLING = {C.HANDLE: PAUSE, C.STATUTORY: PAUSE, C.STEP: PAUSE}
_WORKS_AGAIN = {C.HANDLE: RESUME, C.STATUTORY: RESUME, C.STEP: RESUME}
#: Whoever may do a step at all; which of them does it, the step says.
_DO_STEPS = (R.HANDLER, R.LEADER, *(r for r in R if r not in {R.HANDLER, R.LEADER, R.ADMIN}))
_ASK = _LEFT_HANDLING | {C.SUPPLEMENT: START}
_TO_OUTSIDE = {C.TRANSFER_RECEIPT: START, C.TRANSFER_REPLY: START}
_RECALLED = {C.TRANSFER_RECEIPT: STOP, C.TRANSFER_REPLY: STOP} | _WORKS_AGAIN
#: An order is fulfilled when the work is: answered or issued, and of one that came after the answer, when it is closed.
_ORDER_DONE = {C.SUPERVISION: MEET}
_BY_HAND = (Cause.PAUSE, Cause.PARK)

# A table is read by its rows.
# fmt: off

_INTAKE = (
    Transition(
        A.ACCEPT, "受理", _at(S.ACCEPT), ((R.WINDOW, of.first_contact),),
        {
            "": Move(S.ASSIGN, {C.ACCEPT: MEET, C.HANDLE: START, C.STATUTORY: START}),
            "commitments": Move(
                S.ASSIGN, {C.ACCEPT: MEET, C.HANDLE: START, C.STATUTORY: START, C.COMMITMENT: START}
            ),
        },
        choose=by_commitments, guards=(when.supplement_settled, when.materials_there), checks=(need.gaps_promised,),
        change=do.accept, facts=sent.of_acceptance, informs=True,
    ),
    Transition(
        A.REQUEST_SUPPLEMENT, "一次性告知补正", _at(S.ACCEPT, S.HANDLE),
        ((R.WINDOW, of.still_answerable), (R.HANDLER, of.leads)),
        {S.ACCEPT: Move(None, {C.ACCEPT: PAUSE, C.SUPPLEMENT: START}), S.HANDLE: Move(None, _ASK)},
        choose=by_stage, guards=(when.transfer_settled, when.supplement_settled, when.not_asked_yet),
        change=do.ask_supplement, causes=(Cause.SUPPLEMENT,), informs=True,
    ),
    Transition(
        A.SUPPLEMENT, "补正材料", OPEN_STAGES, ((R.ENTERPRISE, of.owner), (R.WINDOW, of.first_contact)),
        {
            S.ACCEPT: Move(None, {C.SUPPLEMENT: MEET, C.ACCEPT: RESUME} | _WORKS_AGAIN),
            S.HANDLE: Move(None, {C.SUPPLEMENT: MEET} | _WORKS_AGAIN),
            "commitment": Move(None, {C.COMMITMENT: MEET}),
        },
        choose=by_owed, guards=(when.something_owed,), change=do.supplement, causes=(Cause.SUPPLEMENT,),
    ),
    Transition(
        A.REJECT, "不予受理", _at(S.ACCEPT), ((R.WINDOW, of.first_contact),), _one(S.CLOSED, accept=MEET),
        guards=(when.rejectable,), change=do.closes_as(Outcome.REJECTED), informs=True,
    ),
    Transition(
        A.MERGE, "并案", _at(S.ACCEPT), ((R.WINDOW, of.first_contact),), _one(S.CLOSED, accept=MEET),
        checks=(need.not_itself, need.mergeable), change=do.closes_as(Outcome.MERGED), informs=True,
    ),
    Transition(
        A.WITHDRAW, "撤回", OPEN_STAGES, ((R.ENTERPRISE, of.owner),), _one(S.CLOSED),
        guards=(when.accounts_settled,), change=do.withdraw,
    ),
    Transition(
        A.ADD_INFORMATION, "补充说明", OPEN_STAGES,
        ((R.ENTERPRISE, of.owner), (R.WINDOW, of.first_contact)), _one(),
    ),
    Transition(
        A.TRANSFER, "流转外单位", _at(S.ACCEPT, S.ASSIGN), ((R.WINDOW, of.first_contact),),
        {
            S.ACCEPT: Move(
                S.HANDLE,
                {C.ACCEPT: MEET, C.HANDLE: START_PAUSED, C.STATUTORY: START_PAUSED} | _TO_OUTSIDE,
            ),
            S.ASSIGN: Move(S.HANDLE, {C.SIGN: STOP} | _LEFT_HANDLING | _TO_OUTSIDE),
        },
        choose=by_stage, guards=(when.supplement_settled,), checks=(need.outside_body,), change=do.transfer,
        causes=(Cause.TRANSFER,), informs=True,
    ),
    Transition(
        A.TRANSFER_RECEIPT, "外单位签收", _at(S.HANDLE), ((R.SYSTEM, of.anyone),), _one(transfer_receipt=MEET),
        guards=(when.receipt_missing,), checks=(need.transfer_meant,), change=do.transfer_receipt,
    ),
    Transition(
        A.TRANSFER_REFUSED, "外单位退回", _at(S.HANDLE), ((R.SYSTEM, of.anyone),),
        {"": Move(S.ASSIGN, {C.TRANSFER_RECEIPT: MEET, C.TRANSFER_REPLY: STOP} | _WORKS_AGAIN)},
        guards=(when.transfer_open,), checks=(need.transfer_meant,), change=do.transfer_refused,
        causes=(Cause.TRANSFER,), informs=True,
    ),
    Transition(
        A.TRANSFER_REPLY, "外单位答复", _at(S.HANDLE), ((R.SYSTEM, of.anyone),),
        {"": Move(S.FEEDBACK, {C.TRANSFER_RECEIPT: MEET, C.TRANSFER_REPLY: MEET} | _WORKS_AGAIN | {C.STEP: STOP})},
        guards=(when.transfer_open,), checks=(need.transfer_meant,), change=do.transfer_reply,
        causes=(Cause.TRANSFER, *_BY_HAND),
    ),
    Transition(
        A.RECALL_TRANSFER, "追回流转", _at(S.HANDLE), ((R.WINDOW, of.first_contact), (R.SUPERVISOR, of.anyone)),
        {"": Move(S.ASSIGN, _RECALLED)}, guards=(when.transfer_open,), change=do.recall_transfer,
        causes=(Cause.TRANSFER,),
    ),
)

_ASSIGNING = (
    Transition(
        A.ASSIGN, "交办", _at(S.ASSIGN), ((R.DISPATCHER, of.assigns), (R.SUPERVISOR, of.anyone)),
        _one(sign=RESTART, cooperation=STOP),
        guards=(when.returns_left, when.open_to_dispatchers), checks=(need.within_reach, dual.two_units),
        change=do.assign, facts=sent.of_assignment, turn=TO_HANDLE,
    ),
    Transition(
        A.SIGN, "签收", _at(S.ASSIGN, S.HANDLE), ((R.HANDLER, of.leads),),
        {
            "": Move(S.HANDLE, {C.SIGN: MEET, C.STEP: FOLLOW}),
            "one": Move(S.HANDLE, {C.SIGN: FOLLOW, C.STEP: FOLLOW}),
        },
        choose=dual.by_leads, guards=(dual.not_signed_by_you, when.assigned, when.fresh_officer), change=dual.sign,
    ),
    Transition(
        A.RETURN_ASSIGNMENT, "退回", _at(S.ASSIGN, S.HANDLE), ((R.HANDLER, of.leads),),
        {"": Move(None, {C.SIGN: STOP}), "one": Move(None, {C.SIGN: FOLLOW}, tells=("dispatcher",))},
        choose=dual.by_leads,
        guards=(dual.not_signed_by_you, when.assigned, when.not_final, dual.in_time_to_return),
        change=dual.return_assignment,
    ),
    Transition(
        A.NAME_FINAL_OWNER, "指定最终承办单位", _at(S.ASSIGN), ((R.SUPERVISOR, of.anyone),),
        _one(sign=RESTART, cooperation=STOP),
        checks=(need.within_reach,), change=do.name_final_owner, turn=TO_HANDLE,
    ),
    Transition(
        A.REASSIGN, "改派", _at(S.ASSIGN, S.HANDLE, S.FEEDBACK, S.EVALUATE),
        ((R.DISPATCHER, of.assigns_work), (R.SUPERVISOR, of.anyone)),
        {
            "unit": Move(S.ASSIGN, _HANDED_ON | _RECALLED, turn=TO_HANDLE),
            "again": Move(S.ASSIGN, _BACK_TO_WORK | _HANDED_ON, turn=TO_HANDLE),
            "officer": Move(turn=TO_HANDLE),
        },
        choose=by_reassigned,
        guards=(when.handed_out, when.no_decision_due), offers=(when.reassignable,),
        checks=(need.decided_stays, need.within_reach, dual.two_units, need.final_stays, need.unit_once_answered),
        change=do.reassign, causes=(Cause.TRANSFER,), facts=sent.of_assignment,
    ),
    Transition(
        A.LIFT, "提级", OPEN_STAGES, ((R.SUPERVISOR, of.anyone),),
        {
            S.ACCEPT: Move(
                S.ASSIGN, {C.ACCEPT: MEET, C.HANDLE: START, C.STATUTORY: START, C.SIGN: START}
            ),
            "owing": Move(
                S.ASSIGN, {C.ACCEPT: MEET, C.HANDLE: START_PAUSED, C.STATUTORY: START_PAUSED, C.SIGN: START},
                causes=(Cause.SUPPLEMENT,),
            ),
            S.ASSIGN: Move(None, _HANDED_ON),
            S.HANDLE: Move(S.ASSIGN, _HANDED_ON | _RECALLED),
            S.FEEDBACK: Move(S.ASSIGN, _HANDED_ON),
            S.EVALUATE: Move(S.ASSIGN, _BACK_TO_WORK | _HANDED_ON),
        },
        choose=by_lift, guards=(when.document_not_issued, when.has_superior, when.no_decision_due), change=do.lift,
        causes=(Cause.TRANSFER,), turn=TO_HANDLE,
    ),
)

_HANDLING = (
    Transition(
        A.COMPLETE_STEP, "办理步骤", _at(S.HANDLE), tuple((role, steps.takes_part) for role in _DO_STEPS),
        {
            "advance": Move(None, {C.STEP: FOLLOW}),
            "special": Move(
                None,
                {C.HANDLE: REMEASURE, C.INSPECTION: START, C.STATUTORY: PAUSE, C.STEP: FOLLOW},
                causes=(Cause.INSPECTION,),
            ),
            "incomplete": Move(None, _ASK | {C.STEP: FOLLOW_PAUSED}, causes=(Cause.SUPPLEMENT,), informs=True),
            # Ending both causes at once would give back inspection time while materials are still owed.
            "inspected": Move(
                None, {C.INSPECTION: MEET, C.STATUTORY: RESUME, C.STEP: FOLLOW}, causes=(Cause.INSPECTION,)
            ),
            "begun": Move(None, {C.HANDLE: BEGIN, C.STATUTORY: BEGIN, C.STEP: FOLLOW}),
            "issued": Move(None, {C.HANDLE: MEET, C.STATUTORY: MEET, C.SUPERVISION: MEET, C.STEP: FOLLOW}),
            "transferred": Move(
                None, _LEFT_HANDLING | _TO_OUTSIDE | {C.STEP: FOLLOW_PAUSED}, causes=(Cause.TRANSFER,)
            ),
            "finished": Move(
                S.FEEDBACK,
                {
                    C.HANDLE: MEET, C.STATUTORY: MEET, C.SUPERVISION: MEET, C.INSPECTION: STOP, C.STEP: FOLLOW,
                    C.REVIEW: START,
                },
            ),
        },
        choose=by_step, guards=(when.procedure_running, when.fresh_handler), checks=(steps.check,),
        offers=(steps.step_of_yours,), change=step_changes.complete_step, facts=step_changes.facts,
    ),
    Transition(
        A.NOTE, "进展记录", _at(S.ASSIGN, S.HANDLE, S.FEEDBACK, S.EVALUATE), ((R.HANDLER, of.leads),), _one(),
        guards=(when.assigned,),
    ),
    Transition(
        A.ASK_COOPERATION, "请求协办", _at(S.HANDLE), ((R.HANDLER, of.leads), (R.WINDOW, of.handed_on)),
        _one(cooperation=FOLLOW), checks=(helping.asks_another,), change=helping.ask,
    ),
    Transition(
        A.ANSWER_COOPERATION, "协办答复", OPEN_STAGES - {S.ACCEPT}, ((R.HANDLER, of.cooperates),),
        _one(cooperation=FOLLOW), guards=(helping.question_open,), checks=(helping.question_meant,),
        change=helping.answer,
    ),
    Transition(
        A.REFUSE_COOPERATION, "不予协办", OPEN_STAGES - {S.ACCEPT}, ((R.HANDLER, of.cooperates),),
        _one(cooperation=FOLLOW), guards=(helping.question_open,), checks=(helping.question_meant,),
        change=helping.refuse_help,
    ),
    Transition(
        A.REQUEST_EXTENSION, "申请延期", _at(S.HANDLE), ((R.HANDLER, of.leads),), _one(),
        guards=(when.transfer_settled, when.before_deadline),
        checks=(need.good_budget("budget"), need.sensible_extension), change=do.request_extension,
        turn=TO_DECIDE,
    ),
    Transition(
        A.DECIDE_EXTENSION, "审批延期", _at(S.ASSIGN, S.HANDLE, S.FEEDBACK),
        ((R.LEADER, of.above), (R.SUPERVISOR, of.anyone)),
        {"yes": Move(None, {C.HANDLE: EXTEND}, tells=("enterprise",)), "no": Move()},
        choose=by_answer("granted"), guards=(when.extension_pending,),
        checks=(need.granted_in_time, need.within_authority, need.reason_when_negative("granted")),
        change=do.decide_extension, facts=told.extended,
    ),
    Transition(
        A.PAUSE, "暂停时限", _at(S.HANDLE), ((R.HANDLER, of.leads),), {"": Move(None, _LEFT_HANDLING)},
        guards=(when.transfer_settled, when.not_paused, when.in_time_to_pause),
        checks=(need.in_future("until"), need.not_beyond("until", lambda policy: policy.longest_pause_days)),
        causes=(Cause.PAUSE,), tells=("leader",),
    ),
    Transition(
        A.RESUME, "恢复计时", _at(S.ASSIGN, S.HANDLE),
        ((R.LEADER, of.above), (R.SUPERVISOR, of.anyone), (R.HANDLER, of.leads)), {"": Move(None, _WORKS_AGAIN)},
        guards=(when.is_paused,), causes=_BY_HAND,
    ),
    Transition(
        A.PARK, "申请挂账", _at(S.HANDLE), ((R.HANDLER, of.leads),), _one(),
        guards=(when.transfer_settled, when.not_paused, when.no_park_pending),
        checks=(need.in_future("review_on"), need.not_beyond("review_on", lambda policy: policy.longest_park_days)),
        change=do.park, turn=TO_DECIDE,
    ),
    Transition(
        A.APPROVE_PARK, "审批挂账", _at(S.HANDLE), ((R.LEADER, of.above), (R.SUPERVISOR, of.anyone)),
        {"yes": Move(None, _LEFT_HANDLING, informs=True), "no": Move()},
        choose=by_answer("granted"), guards=(when.park_pending,),
        checks=(need.reason_when_negative("granted"), need.park_date_ahead), change=do.approve_park,
        causes=(Cause.PARK,),
    ),
    Transition(
        A.SUBMIT_RESULT, "提交结果", _at(S.HANDLE), ((R.HANDLER, of.leads),),
        {"": Move(S.FEEDBACK, {C.REVIEW: START} | _WORKS_AGAIN, turn=TO_REVIEW), "one": Move()},
        choose=dual.by_reports,
        guards=(
            *(when.transfer_settled, when.supplement_settled, when.procedure_done, when.fresh_officer),
            dual.signed_by_you,
        ),
        change=dual.submit_result, causes=_BY_HAND,
    ),
)

_ANSWERING = (
    Transition(
        A.REVIEW, "审核", _at(S.FEEDBACK), ((R.LEADER, of.above),),
        {"yes": Move(None, {C.REVIEW: MEET}), "no": Move(S.HANDLE, {C.REVIEW: MEET}, turn=TO_HANDLE)},
        choose=by_answer("approved"), guards=(when.review_pending, when.not_own_work),
        checks=(need.reason_when_negative("approved"),), change=do.review,
    ),
    Transition(
        A.SEND_ANSWER, "送达答复", _at(S.FEEDBACK), ((R.HANDLER, of.leads), (R.WINDOW, of.transferred)),
        _one(
            S.EVALUATE, handle=MEET, statutory=MEET, supervision=MEET, review=MEET, cooperation=STOP, rating=START,
            visit=START,
        ),
        guards=(when.reviewed,), change=do.send_answer, informs=True,
    ),
    Transition(
        A.CONFIRM_RECEIPT, "确认收到", _at(S.EVALUATE), ((R.ENTERPRISE, of.owner),), _one(),
        guards=(when.receipt_open,), change=do.confirm_receipt,
    ),
    Transition(
        A.RATE, "评价", _at(S.EVALUATE), ((R.ENTERPRISE, of.owner),),
        {
            "satisfied": Move(None, {C.RATING: MEET}),
            "close": Move(S.CLOSED, {C.RATING: MEET} | _ORDER_DONE),
            "again": Move(S.ASSIGN, _BACK_TO_WORK | {C.RATING: MEET}, again=True, informs=True, turn=TO_ASSIGN),
            "decision": Move(None, {C.RATING: MEET, C.VISIT: STOP, C.REVIEW: RESTART}, decision=True),
        },
        choose=by_grade, guards=(when.not_rated, when.no_decision_due), change=do.rate,
    ),
    Transition(
        A.RECORD_VISIT, "回访", _at(S.EVALUATE), ((R.VISITOR, of.visits), (R.SUPERVISOR, of.visits_instead)),
        {
            "satisfied": Move(None, {C.VISIT: MEET}),
            "unreachable": Move(),
            "close": Move(S.CLOSED, {C.VISIT: MEET} | _ORDER_DONE, informs=True),
            "again": Move(S.ASSIGN, _BACK_TO_WORK | {C.VISIT: MEET}, again=True, informs=True, turn=TO_ASSIGN),
            "decision": Move(None, {C.VISIT: MEET, C.RATING: STOP, C.REVIEW: RESTART}, decision=True),
        },
        choose=by_visit, guards=(when.not_visited, when.no_decision_due), change=do.record_visit,
    ),
    Transition(
        A.CLOSE_UNREACHABLE, "失联办结", _at(S.EVALUATE), ((R.SUPERVISOR, of.anyone),),
        {"": Move(S.CLOSED, _ORDER_DONE)},
        guards=(when.unreachable, when.no_decision_due), change=do.closes_as(Outcome.UNREACHABLE), informs=True,
    ),
    Transition(
        A.DECIDE_ROUND, "决定是否再办", _at(S.EVALUATE), ((R.SUPERVISOR, of.anyone),),
        {
            "yes": Move(S.ASSIGN, _BACK_TO_WORK | {C.REVIEW: MEET}, again=True, turn=TO_ASSIGN),
            "no": Move(S.CLOSED, {C.REVIEW: MEET} | _ORDER_DONE),
        },
        choose=by_answer("again"), guards=(when.decision_due,), change=do.decide_round, informs=True,
    ),
)

_STEERING = (
    Transition(
        A.SET_URGENCY, "调整紧急程度", OPEN_STAGES, ((R.LEADER, of.above), (R.SUPERVISOR, of.anyone)),
        {
            "": Move(None, {C.ACCEPT: REMEASURE, C.SIGN: REMEASURE, C.HANDLE: REMEASURE, C.STEP: REMEASURE}),
            "dry": Move(),
        },
        choose=by_dry_run, change=do.set_urgency, facts=told.if_open_about_time,
    ),
    Transition(
        A.CHANGE_SERVICE, "更正事项", _at(S.ACCEPT, S.ASSIGN),
        ((R.WINDOW, of.first_contact), (R.DISPATCHER, of.assigns), (R.SUPERVISOR, of.anyone)),
        {"": Move(None, {C.HANDLE: REMEASURE, C.STATUTORY: REFIT}), "dry": Move()},
        choose=by_dry_run, guards=(when.work_not_begun,), checks=(need.other_service,), offers=(when.first_round,),
        change=do.change_service, facts=told.always,
    ),
    Transition(
        A.SUPERVISE, "督办", OPEN_STAGES, ((R.SUPERVISOR, of.anyone),),
        {"": Move(), "limit": Move(None, {C.SUPERVISION: RESTART})}, choose=by_limit,
        checks=(need.good_budget("limit"),), change=do.supervise,
    ),
    Transition(
        A.CORRECT, "更正", OPEN_STAGES, ((R.SUPERVISOR, of.anyone),), _one(),
        guards=(when.correctable,), checks=(need.last_entry,),
    ),
    Transition(
        A.MIGRATE_POLICY, "规则迁移", OPEN_STAGES, ((R.SUPERVISOR, of.anyone),),
        {"": Move(None, dict.fromkeys(C, REMEASURE)), "dry": Move()},
        choose=by_dry_run, checks=(need.known_version, need.open_steps_stay),
        change=do.migrate_policy, facts=told.migrated,
    ),
)

#: Duty officers take any escalation, everybody else one that was sent to them.
_CALLED = ((R.DUTY, of.anyone), *((role, calls.is_called) for role in R if role in STAFF_ROLES - {R.DUTY}))

_ESCALATIONS = (
    Transition(
        A.ACKNOWLEDGE, "认领升级督办", OPEN_STAGES, _CALLED, _one(), guards=(calls.any_open,),
        checks=(calls.sent_to_you, calls.not_taken), offers=(calls.one_is_free,), change=calls.acknowledge,
        facts=calls.facts,
    ),
    Transition(
        A.HAND_OVER, "移交升级督办", OPEN_STAGES, _CALLED, _one(), guards=(calls.any_open,),
        checks=(calls.sent_to_you, calls.known_person), offers=(calls.one_is_yours,), change=calls.hand_over,
        facts=calls.facts,
    ),
    Transition(
        A.RAISE, "再升一级", OPEN_STAGES, _CALLED, _one(), guards=(calls.any_open,),
        checks=(calls.sent_to_you, calls.can_climb), offers=(calls.one_can_climb,), change=calls.jump,
        facts=calls.facts,
    ),
    Transition(
        A.END, "结束升级督办", OPEN_STAGES, _CALLED, _one(), guards=(calls.any_open,),
        checks=(calls.sent_to_you, calls.can_climb), offers=(calls.one_can_climb,), change=calls.finish,
        facts=calls.facts,
    ),
)

_SYSTEM = (
    Transition(
        A.LAPSE, "逾期终止", OPEN_STAGES, (),
        {
            "supplement": Move(S.CLOSED, {C.SUPPLEMENT: STOP}),
            "asked": Move(None, {C.SUPPLEMENT: STOP} | _WORKS_AGAIN, causes=(Cause.SUPPLEMENT,)),
            "commitment": Move(None, {C.COMMITMENT: STOP}),
            "rating": Move(None, {C.RATING: STOP}),
            "close": Move(S.CLOSED, {C.RATING: STOP} | _ORDER_DONE),
        },
        choose=by_lapsed, change=do.lapse,
    ),
    Transition(
        A.PAUSE_ENDED, "暂停到期", OPEN_STAGES, (), {"": Move(None, _WORKS_AGAIN)},
    ),
)

TABLE: Mapping[Action, Transition] = {
    t.action: t for t in (*_INTAKE, *_ASSIGNING, *_HANDLING, *_ANSWERING, *_STEERING, *_ESCALATIONS, *_SYSTEM)
}
