"""A deadline in one sentence that a citizen understands, in Chinese and in English.

The facts are `domain.story`'s, the sentences those of `domain.chinese` and `domain.english`. Long rows of holidays or
pauses are cut after a few, and say so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain import chinese, english
from domain.calendar import Calendar
from domain.ledger import Clock, ClockName
from domain.story import story
from domain.wording import Why


@dataclass(frozen=True, slots=True)
class Deed:
    """What starts a clock and what it waits for; ``over`` where something else may have ended it as well."""

    begun: Why
    done: Why
    over: Why | None = None


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
_AGAIN = frozenset({ClockName.HANDLE, ClockName.STATUTORY})


def summary(clock: Clock, calendar: Calendar, now: datetime, deed: Deed | None = None) -> Why:
    """The clock at ``now`` in one sentence; ``deed`` instead of the clock's own words."""
    told = story(clock, calendar, now)
    words = deed or _deed(clock)
    over = words.over or words.done
    ours = chinese.clauses(clock, told, words.begun.chinese, words.done.chinese, over.chinese)
    theirs = english.clauses(clock, told, words.begun.english, words.done.english, over.english)
    return Why("；".join(filter(None, ours)) + "。", "; ".join(filter(None, theirs)) + ".")


def _deed(clock: Clock) -> Deed:
    deed = DEEDS[clock.name]
    if clock.round == 1 or clock.name not in _AGAIN:
        return deed
    return Deed(Why(f"第{clock.round}轮重新办理", f"Taken up again (round {clock.round})"), deed.done)
