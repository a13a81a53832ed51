"""A policy as people read it: each value by its name, ladders line by line."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from domain.budget import BadBudget, parse
from domain.ladder import ACCOUNT, CATCH_ALL, ON_DUTY, CallStep, Ladder
from domain.rules import Policy
from domain.who import ROLES
from domain.wording import length

TITLES: Final = {
    "version": "版本",
    "accept": "受理时限",
    "accept_urgent": "受理时限（紧急）",
    "sign": "签收时限",
    "sign_urgent": "签收时限（紧急）",
    "review": "审核时限",
    "inspection": "现场勘验时限",
    "supplement": "补正时限",
    "commitment": "承诺补交时限",
    "rating": "评价时限",
    "visit": "回访时限",
    "visit_first_try": "首次回访时限",
    "transfer_receipt": "外单位签收时限",
    "transfer_reply": "外单位答复时限",
    "max_rounds": "最多办理轮数",
    "max_returns": "最多退回次数",
    "visit_tries": "回访联系次数",
    "longest_pause_days": "暂停最长天数",
    "longest_park_days": "挂账最长天数",
    "warn_percents": "预警比例（%）",
    "catch_all_days": "没有升级阶梯时，每天提醒兜底人员，最多几天",
    "most_characters": "一件诉求最多字数",
    "short_characters": "短文本最多字数",
    "leader_extension_natural_days": "领导可批延期（自然日）",
    "leader_extension_working_days": "领导可批延期（工作日）",
    "edition": "已启用到第几批规则",
    "cooperation": "协办时限",
    "return_within": "退回期限",
    "duplicate_days": "查重天数",
    "duplicate_percent": "查重相似度（%）",
    "lease": "认领有效时间",
    "quiet": "静默时段",
    "ladders": "升级阶梯",
    "longest_extension_days": "延期最长天数",
}
EDITIONS_SAID: Final = {
    1: "最初的规则",
    2: "时限的每次变动写入办理记录；到期之后不能再暂停；延期告知企业",
    3: "督办限期有自己的时限，到期逐级上报",
    4: "与企业有关的每个步骤都告知企业",
    5: "督办通知办理单位；受理后通知交办人员",
}
"""Which decisions hold from which edition on (ADR 0017)."""
_LADDERS = {
    "ordinary": "通常",
    "hazmat": "危险化学品",
    "alert": "警情",
    "listed": "挂牌督办",
    "order": "督办限期",
    "statutory": "法定时限",
}
_TARGETS = {**{role.value: name for role, name in ROLES.items()}, ON_DUTY: "当班人员", CATCH_ALL: "兜底人员"}


def rows(policy: Policy) -> Iterator[tuple[str, str, str]]:
    """The fields with their titles and values; what is not set says so."""
    for name in Policy.__dataclass_fields__:
        value = getattr(policy, name)
        said = "\n".join("\n".join(ladder_lines(ladder)) for ladder in value) if name == "ladders" else _said(value)
        yield name, TITLES[name], said or "未设"


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "、".join(map(str, value))
    try:
        return length(parse(value)).chinese if isinstance(value, str) else str(value or "")
    except BadBudget:
        return str(value)


def ladder_title(ladder: Ladder) -> str:
    """What a ladder is for; one of the office's own by its name."""
    return ladder_lines(ladder)[0].replace(ladder.name, _LADDERS.get(ladder.name, ladder.name), 1)


def ladder_lines(ladder: Ladder) -> list[str]:
    """A ladder by its name, and whom it calls, step by step."""
    more = [f"认领{_said(ladder.lease)}"] * bool(ladder.lease) + ["静默时段可缓发"] * ladder.may_wait
    head = f"{ladder.name}（{'，'.join(more)}）" if more else ladder.name
    return [head, *(f"  {_step(step)}" for step in ladder.steps)]


def _step(step: CallStep) -> str:
    when = f"再过{_said(step.after)}" if step.after else "到期时"
    again = f"，每{_said(step.every or step.after)}一次，共{step.times}次" if step.times > 1 else ""
    return f"{when}：{'、'.join(map(_target, step.targets))}{'，逐级向上' if step.climbs else ''}{again}"


def _target(target: str) -> str:
    if target.startswith(ACCOUNT):
        return f"账号 {target.removeprefix(ACCOUNT)}"
    return _TARGETS.get(target, target)
