"""Conditions of moves that look at the state alone, so that they also decide what is offered.

Each raises a :class:`~domain.errors.Refusal` with its own code, or lets the move pass. Conditions that need the body of
the action are in :mod:`domain.checks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from domain.appeal import Appeal
from domain.clock import ClockName, due_at
from domain.errors import Conflict, Forbidden
from domain.materials import missing_materials
from domain.people import Actor
from domain.procedure import is_finished
from domain.settled import is_balanced, is_in_force, told_so_far
from domain.vocabulary import Action, Cause, Role, Stage, VisitResult

Guard = Callable[[Appeal, Actor, datetime], None]


def refuse(when: object, code: str, detail: str) -> None:
    """Raises :class:`Conflict` when ``when`` is true."""
    if when:
        raise Conflict(code, detail)


def supplement_settled(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """The enterprise owes nothing just now."""
    refuse(appeal.open_supplement, "supplement-pending", "企业尚未补正材料，须待补正或逾期后办理")


def something_owed(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """The enterprise was asked for something, or promised it."""
    owed = appeal.open_supplement or appeal.open_clock(ClockName.COMMITMENT)
    refuse(not owed, "nothing-owed", "当前没有需要企业补交的材料")


def not_asked_yet(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Told once and completely (一次性告知): once in a stage of a round."""
    asked = any(s.stage is appeal.stage and s.round == appeal.round for s in appeal.supplements)
    refuse(asked, "supplement-already-asked", "本环节已一次性告知过补正材料，不得再次要求")


def materials_there(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """What is missing and cannot be deferred is asked for first; what came then, under whatever name, is judged."""
    if any(s.supplied for s in appeal.supplements):
        return
    hard = [m.name for m in missing_materials(appeal) if not m.deferrable]
    refuse(hard, "materials-missing", f"缺少不可容缺的材料：{'、'.join(hard)}；请一次性告知补正")


def rejectable(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """A crime report that belongs elsewhere is never rejected: accepted and transferred."""
    refuse(not appeal.rules.service.rejectable, "never-rejected", "本事项不得不予受理，应受理后移送")


def transfer_settled(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """No outside body has it just now."""
    refuse(appeal.open_transfer, "transfer-open", "事项正在外单位流转，须待其签收答复或退回")


def transfer_open(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """An outside body has it."""
    refuse(not appeal.open_transfer, "no-open-transfer", "没有正在流转的事项")


def receipt_missing(appeal: Appeal, actor: Actor, now: datetime) -> None:
    """The outside body has not signed for it yet."""
    transfer_open(appeal, actor, now)
    transfer = appeal.open_transfer
    refuse(transfer and transfer.receipt_at, "already-received", "外单位已签收")


def assigned(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """A unit leads it."""
    refuse(not appeal.lead, "not-assigned", "尚未交办到单位")


def returns_left(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """After so many returns only a supervisor names the final owner, or it would bounce for ever."""
    spent = appeal.assignment.returns >= appeal.rules.policy.max_returns
    refuse(spent, "final-owner-needed", "已多次退回，须由督办人员指定最终承办单位")


def open_to_dispatchers(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """A unit that a supervisor has named for good is changed by a supervisor only."""
    taken = appeal.assignment.final and Role.SUPERVISOR not in actor.roles
    refuse(taken, "final-owner", "已指定最终承办单位，须由督办人员改派")


def not_final(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """A final owner keeps it."""
    refuse(appeal.assignment.final, "final-owner", "已指定最终承办单位，不得退回")


def fresh_officer(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """The handler of an earlier round is not its handler again."""
    if actor.id in appeal.former_officers:
        raise Forbidden("previous-handler", "前一轮的承办民警不得再次承办")


def fresh_handler(appeal: Appeal, actor: Actor, now: datetime) -> None:
    """As :func:`fresh_officer`; a leader decides in every round, he is not its handler."""
    if Role.LEADER not in actor.roles:
        fresh_officer(appeal, actor, now)


def procedure_done(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """No step is open; a permit ends with its document, not with a text."""
    refuse(appeal.rules.service.procedure.steps, "procedure-decides", "本事项按办理流程逐步办结，不单独提交结果")


def procedure_running(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """A step waits for its officer."""
    refuse(is_finished(appeal), "no-active-step", "当前没有待办理的步骤")


def handed_out(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """A unit leads it; what an outside body has or has answered is taken back by a supervisor only."""
    outside = appeal.stage is not Stage.ASSIGN and Role.SUPERVISOR in actor.roles
    refuse(not appeal.lead and not outside, "not-assigned", "尚未交办到单位")


def document_not_issued(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """What is decided is not handed to another unit; steps that follow what was told are, and what is taken up anew."""
    decided = appeal.result and appeal.result.document is not None
    goes_on = told_so_far(appeal) or (appeal.stage is Stage.EVALUATE and not is_in_force(appeal))
    refuse(decided and not goes_on, "already-decided", "决定已作出，不能再改派其他单位或提级；可以更换承办民警")


def reassignable(appeal: Appeal, actor: Actor, now: datetime) -> None:
    """To another officer at any time; once it is answered, only to another unit, which takes it up anew."""
    if appeal.stage is Stage.EVALUATE:
        document_not_issued(appeal, actor, now)


def accounts_settled(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Money that was paid out is followed until it is back, whatever the enterprise wishes."""
    refuse(not is_balanced(appeal), "accounts-open", "款项尚未结清，不能撤回；请待款项追回或者核销后办结")


def has_superior(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """There is a unit above to lift it to."""
    place = appeal.lead or appeal.assigning_unit
    refuse(place.superior() is None, "no-superior", "已在最高层级，无法再提级")


def before_deadline(appeal: Appeal, _actor: Actor, now: datetime) -> None:
    """An extension is asked for before the limit is over, and once a round."""
    refuse(any(e.round == appeal.round for e in appeal.extensions), "extension-once", "本轮已申请过延期")
    refuse(appeal.open_clock(ClockName.HANDLE) is None, "no-running-limit", "办理时限已结束")
    refuse(is_over(appeal, now), "deadline-passed", "已超过办理时限，不能再申请延期")


def extension_pending(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """An extension of this round waits for its decision, and there is a limit to extend."""
    pending = appeal.open_extension and appeal.open_clock(ClockName.HANDLE)
    refuse(not pending, "no-extension-pending", "没有待审批的延期申请")


def _causes(appeal: Appeal) -> frozenset[str]:
    clock = appeal.open_clock(ClockName.HANDLE)
    return frozenset(p.cause for p in clock.pauses if p.ended_at is None) if clock else frozenset()


def not_paused(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """No pause by hand and no parking is in force."""
    refuse(_causes(appeal) & {Cause.PAUSE, Cause.PARK}, "already-paused", "时限已暂停或已挂账")
    refuse(appeal.open_clock(ClockName.HANDLE) is None, "no-running-limit", "办理时限已结束")


def in_time_to_pause(appeal: Appeal, _actor: Actor, now: datetime) -> None:
    """After the deadline there is nothing left to pause; rules of the first edition let it pass (ADR 0017)."""
    if appeal.rules.policy.is_open_about_time:
        refuse(is_over(appeal, now), "deadline-passed", "已超过办理时限，不能再暂停；确需停办的，请申请挂账")


def is_over(appeal: Appeal, now: datetime) -> bool:
    """Whether the limit of the work has passed; not while it stands still."""
    clock = appeal.open_clock(ClockName.HANDLE)
    due = due_at(clock, appeal.calendar_of(clock)) if clock else None
    return due is not None and due <= now


def work_not_begun(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """What was decided under one service is not carried into another."""
    refuse(appeal.procedure or appeal.rules.service.automatic, "work-begun", "已按原事项开始办理，不能更正事项")


def first_round(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Nothing has been answered yet: what was dealt with as one service stays it."""
    refuse(appeal.round > 1, "work-begun", "已按原事项办理并答复过，不能更正事项；属于另一事项的，请另行提交")


def resumable(actor: Actor) -> tuple[Cause, ...]:
    """What the actor may end: a handler a pause by hand, a leader or supervisor also the parking that they approve."""
    by_order = {Role.LEADER, Role.SUPERVISOR} & set(actor.roles)
    return (Cause.PAUSE, Cause.PARK) if by_order else (Cause.PAUSE,)


def is_paused(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """A pause by hand or parking is in force that the actor may end."""
    causes = _causes(appeal)
    refuse(not causes & {Cause.PAUSE, Cause.PARK}, "not-paused", "时限没有暂停")
    refuse(not causes & set(resumable(actor)), "parked", "挂账须由领导或督办人员恢复")


def park_pending(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Parking waits for its decision."""
    refuse(appeal.park is None, "no-park-pending", "没有待审批的挂账申请")


def no_park_pending(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Parking is asked for once at a time."""
    refuse(appeal.park, "park-pending", "挂账申请正待审批")


def review_pending(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """A submitted result waits for review."""
    result = appeal.result
    waiting = result and result.needs_review and result.approved_at is None
    refuse(not waiting, "nothing-to-review", "没有待审核的办理结果")


def not_own_work(appeal: Appeal, actor: Actor, _now: datetime) -> None:
    """Nobody reviews what he handled himself."""
    given = appeal.assignment
    officers = (given.officer, given.second and given.second.officer, *(report.by for report in given.reports))
    if any(officer and officer.id == actor.id for officer in officers):
        raise Forbidden("own-work", "承办人不得审核自己的办理结果")


def reviewed(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """The result may be told: reviewed, issued as a document, or an outside body's reply."""
    result = appeal.result
    ready = result and (result.approved_at or not result.needs_review)
    refuse(not ready, "review-first", "办理结果须先经审核")


def receipt_open(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """The answer has not been confirmed yet."""
    refuse(appeal.result and appeal.result.received_at, "already-confirmed", "已确认收到答复")


def not_rated(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """One rating a round, while its clock runs."""
    refuse(appeal.ratings_now(), "already-rated", "本轮已评价")
    refuse(appeal.open_clock(ClockName.RATING) is None, "rating-lapsed", "评价时限已过")


def not_visited(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """A visit that reached the enterprise ends the visits of its round; so do three that did not."""
    visits = appeal.visits_now()
    refuse(any(v.result is not VisitResult.UNREACHABLE for v in visits), "already-visited", "本轮回访已完成")
    tries = appeal.rules.policy.visit_tries
    refuse(len(visits) >= tries, "visits-exhausted", f"已{tries}次未联系上，须由督办人员决定")


def unreachable(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Every try of the return visit failed."""
    tries = sum(v.result is VisitResult.UNREACHABLE for v in appeal.visits_now())
    needed = appeal.rules.policy.visit_tries
    refuse(tries < needed, "visits-left", f"须先回访{needed}次")


def no_decision_due(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """The rounds are not used up."""
    refuse(appeal.decision_due, "round-decision-pending", "轮次已用完，须由督办人员决定是否再办")


def decision_due(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """The rounds are used up and the enterprise is still dissatisfied."""
    refuse(not appeal.decision_due, "no-decision-due", "没有待决定的轮次")


def correctable(appeal: Appeal, _actor: Actor, _now: datetime) -> None:
    """Nothing outside has followed from the last action."""
    last = appeal.last_action
    # A step that told the enterprise what is missing, or handed the matter to an outside body, cannot be untold.
    told = last is Action.COMPLETE_STEP and (appeal.open_supplement or appeal.open_transfer)
    refuse(last not in CORRECTABLE or told, "not-correctable", "最后一步已对外产生影响或不可更正")
    detail = "该步骤已发出文书或者已告知企业，不得更正；请在后续步骤中另行作出结论，撤销原文书"
    refuse(last is Action.COMPLETE_STEP and _gave_out(appeal), "not-correctable", detail)


def _gave_out(appeal: Appeal) -> bool:
    """Whether the last action put a document, the result, or words into the enterprise's hands."""
    told = appeal.result and appeal.result.answered_at
    return appeal.last_at in {told, *(d.at for d in appeal.documents), *_told_at(appeal)}


def _told_at(appeal: Appeal) -> Iterator[datetime | None]:
    """When steps ended, or were left open, with an outcome that tells the enterprise something."""
    for state in appeal.procedure:
        step = appeal.rules.service.step(state.code)
        outcome = next((o for o in step.outcomes if o.code == state.outcome), None) if step else None
        if outcome and outcome.tells:
            yield state.started_at if state.code in outcome.nexts else state.finished_at


CORRECTABLE = frozenset(
    {
        Action.ACCEPT,
        Action.SET_URGENCY,
        Action.CHANGE_SERVICE,
        Action.ASSIGN,
        Action.SIGN,
        Action.RETURN_ASSIGNMENT,
        Action.NAME_FINAL_OWNER,
        Action.REASSIGN,
        Action.COMPLETE_STEP,
        Action.NOTE,
        Action.REQUEST_EXTENSION,
        Action.PAUSE,
        Action.RESUME,
        Action.PARK,
        Action.APPROVE_PARK,
        Action.SUBMIT_RESULT,
        Action.REVIEW,
        Action.RECORD_VISIT,
    },
)
