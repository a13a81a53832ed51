"""What is to be done next, in a few words: 待您签收, 待江北分局负责人审核, 待企业评价."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from domain.appeal import Appeal
from domain.open_work import Work
from domain.rules import Policy
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
#: Who is sent a message when it is their turn (domain/turns.py), and of what; of everything else the desk alone tells.
_MESSAGES: Final[Mapping[Role, str]] = {
    Role.HANDLER: "交给您办理的",
    Role.LEADER: "等您审核、审批的",
    Role.VISITOR: "到了首次回访日子的",
}
_NO_MESSAGE: Final[Mapping[Role, str]] = {
    Role.WINDOW: "企业新提交的",
    Role.VISITOR: "可以提前回访的",
    Role.SUPERVISOR: "等督办人员决定的",
}


def told_of(roles: Collection[Role], policy: Policy) -> str:
    """What whoever has these roles gets a message of, and what is found on the desk only."""
    told = [said for role, said in _MESSAGES.items() if role in roles]
    quiet = [said for role, said in _NO_MESSAGE.items() if role in roles]
    if Role.DISPATCHER in roles:
        told += ["等您交办的"] if policy.tells_the_units else ["再次办理、等您交办的"]
        quiet += [] if policy.tells_the_units else ["新受理的"]
    message = f"{'、'.join(told)}，另发消息到收件箱和您登记的通知渠道。" if told else ""
    return message + (f"{'、'.join(quiet)}只列在这里，不另发消息，请常来看看。" if quiet else "")


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
