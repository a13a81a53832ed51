"""What starts a clock and what it waits for, as its sentence says it."""

from __future__ import annotations

from dataclasses import dataclass

from domain.appeal import Appeal
from domain.conditions import holds
from domain.facts import Known
from domain.ledger import Clock, ClockName
from domain.service import Service
from domain.wording import Why


@dataclass(frozen=True, slots=True)
class Deed:
    """What starts a clock and what it waits for; ``over`` where something else may have ended it as well.

    ``event`` is what the clock waits for before it starts, where that comes from outside.
    """

    begun: Why
    done: Why
    over: Why | None = None
    event: str = ""

    def not_begun(self, *, ended: bool) -> Why:
        """What is said as long as it has not started, or if it never did."""
        if ended:
            return Why("未曾起算", "Never begun")
        if self.event:
            return Why(f"尚未起算，等待“{self.event}”", f"Not begun yet, waits for “{self.event}”")
        return Why(f"尚未{self.begun.chinese}", "Not begun yet")


_ACCEPTED, _FINISHED = Why("受理", "Accepted"), Why("办结", "finished")
_ANSWERED, _TRANSFERRED = Why("送达答复", "Answered"), Why("流转", "Transferred")
_SUPPLIED = Why("补交", "supplied")
DEEDS = {
    ClockName.ACCEPT: Deed(Why("提交", "Submitted"), Why("受理", "accepted"), Why("作出受理与否的决定", "decided")),
    ClockName.SIGN: Deed(Why("交办", "Assigned"), Why("签收", "signed for")),
    ClockName.HANDLE: Deed(_ACCEPTED, _FINISHED),
    ClockName.REVIEW: Deed(Why("提交审核", "Submitted for review"), Why("审核", "reviewed")),
    ClockName.INSPECTION: Deed(Why("认定情况特殊", "Special circumstances declared"), Why("勘验", "inspected")),
    ClockName.SUPPLEMENT: Deed(Why("告知补正", "Documents asked for"), _SUPPLIED),
    ClockName.COMMITMENT: Deed(Why("承诺补交", "Documents promised"), _SUPPLIED),
    ClockName.RATING: Deed(_ANSWERED, Why("评价", "rated")),
    ClockName.VISIT: Deed(_ANSWERED, Why("回访", "visited")),
    ClockName.TRANSFER_RECEIPT: Deed(_TRANSFERRED, Why("签收", "signed for")),
    ClockName.TRANSFER_REPLY: Deed(_TRANSFERRED, Why("答复", "answered")),
    ClockName.STATUTORY: Deed(_ACCEPTED, _FINISHED),
    ClockName.STEP: Deed(Why("步骤开始", "Step opened"), Why("办完本步骤", "completed")),
    ClockName.COOPERATION: Deed(Why("请求协办", "Help asked for"), Why("答复", "answered")),
    ClockName.SUPERVISION: Deed(Why("下达督办", "Ordered by a supervisor"), _FINISHED),
}
TRIAL = Deed(Why("起算", "Counted from"), _FINISHED)
"""Of a limit that is only tried out."""
_TO_ANSWER = Deed(Why("作出办理结果", "Concluded"), Why("送达答复", "answered"))
"""Of a result that nobody reviews, because a step of the procedure came to it: a permit, for one."""
_TO_DECIDE = Deed(
    Why("评价或回访为不满意", "Found unsatisfactory"), Why("决定是否再次办理", "decided on whether to take it up again")
)
ANSWER, DECISION = "answer", "decision"
_INSTEAD = {ANSWER: _TO_ANSWER, DECISION: _TO_DECIDE}
_AFTERWARDS = frozenset({ClockName.RATING, ClockName.VISIT})
"""They begin with the answer: what begins after them in a round is about whether there is another."""
_AGAIN = frozenset({ClockName.HANDLE, ClockName.STATUTORY})


def usual(clock: Clock) -> Deed:
    """What the clock's name tells of it."""
    deed = DEEDS[clock.name]
    if clock.round == 1 or clock.name not in _AGAIN:
        return deed
    return Deed(Why(f"第{clock.round}轮重新办理", f"Taken up again (round {clock.round})"), deed.done)


def deed_of(appeal: Appeal, clock: Clock) -> Deed:
    """What the clock waits for in this appeal: of a step which one, of what follows the work what is due."""
    if clock.name is ClockName.STEP:
        step = appeal.rules.service.step(clock.subject)
        return _of_step(step.name) if step else usual(clock)
    if clock.name in _AGAIN and clock.round == 1 and (event := _event(appeal)):
        return Deed(Why(f"“{event}”起算", f"Counted from “{event}”"), DEEDS[clock.name].done, event=event)
    return _INSTEAD.get(awaited_by(appeal, clock)) or usual(clock)


def awaited_by(appeal: Appeal, clock: Clock) -> str:
    """What a clock named after the review waits for where that is no review; empty for every other clock."""
    if clock.name is not ClockName.REVIEW:
        return ""
    if any(c.name in _AFTERWARDS and c.round == clock.round and c.generation < clock.generation for c in appeal.clocks):
        return DECISION
    return "" if _is_reviewed(appeal, clock) else ANSWER


def _event(appeal: Appeal) -> str:
    """The outside event that the promise starts with, as the step's outcome names it; empty where there is none."""
    waits = appeal.rules.service.waits
    step = appeal.rules.service.step(waits.step) if waits and holds(waits.when, Known(appeal)) else None
    return "或".join(o.name for o in step.outcomes if o.clocks == "begun") if step else ""


def _of_step(name: str) -> Deed:
    return Deed(Why(f"步骤“{name}”开始", f"Step “{name}” opened"), Why(f"办完“{name}”", "completed"))


def _is_reviewed(appeal: Appeal, clock: Clock) -> bool:
    """Whether somebody reviews the result. Of an earlier round's, which is no more there, the service tells."""
    if appeal.result and clock.round == appeal.round:
        return appeal.result.needs_review
    return is_reviewed(appeal.rules.service)


def is_reviewed(service: Service) -> bool:
    """Whether somebody reviews what becomes of the service's matters: not where a step comes to the result."""
    return not any(outcome.result for step in service.procedure.steps for outcome in step.outcomes)
