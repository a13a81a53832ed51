"""What is to be done next, in a few words: 待您签收, 待江北分局负责人审核, 待企业评价."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from domain.appeal import Appeal
from domain.open_work import Work
from domain.table import TABLE
from domain.vocabulary import Action, Role
from domain.who import ROLES

#: Where the title of the action alone would say too little, or too much.
_WORDS: Final[Mapping[Action, str]] = {
    Action.SUBMIT_RESULT: "办理并提交结果",
    Action.ANSWER_COOPERATION: "答复协办",
    Action.RATE: "评价",
    Action.TRANSFER_RECEIPT: "签收",
    Action.TRANSFER_REPLY: "答复",
}


def next_step(appeal: Appeal, work: Work, *, is_mine: bool) -> str:
    """Who is to do what; nobody is named."""
    return f"待{'您' if is_mine else _who(work)}{what(appeal, work)}"


def what(appeal: Appeal, work: Work) -> str:
    """What is to be done."""
    step = appeal.rules.service.step(work.step) if work.step else None
    return f"办理“{step.name}”" if step else _WORDS.get(work.action, TABLE[work.action].title)


def _who(work: Work) -> str:
    if work.role is Role.SYSTEM:
        return work.unit.name if work.unit else "外部系统"
    return (work.unit.name if work.unit else "") + ROLES[work.role].removeprefix("首接")
