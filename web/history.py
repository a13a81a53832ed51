"""What happened to an appeal, in the words of its enterprise: what the house tells itself is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.masking import MASK
from domain.papers import spoken
from domain.vocabulary import Action, Role
from web.following import GRADES, View, said


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when, who did it, what, and in which words."""

    at: str
    who: str
    what: str
    words: Sequence[str] = field(default_factory=tuple)


_WHAT: Final[Mapping[str, str]] = {
    Action.SUBMIT: "提交",
    Action.ACCEPT: "受理",
    Action.REQUEST_SUPPLEMENT: "一次性告知需要补充的材料",
    Action.SUPPLEMENT: "补充了材料",
    Action.REJECT: "不予受理",
    Action.MERGE: "与另一件诉求合并办理",
    Action.WITHDRAW: "撤回",
    Action.ADD_INFORMATION: "补充说明",
    Action.SET_URGENCY: "调整紧急程度",
    Action.CHANGE_SERVICE: "更正了事项",
    Action.ASSIGN: "交办",
    Action.SIGN: "签收，开始办理",
    Action.RETURN_ASSIGNMENT: "退回，重新交办",
    Action.NAME_FINAL_OWNER: "指定办理单位",
    Action.REASSIGN: "改由其他单位或人员办理",
    Action.LIFT: "提级办理",
    Action.COMPLETE_STEP: "办理进展",
    Action.NOTE: "说明",
    Action.DECIDE_EXTENSION: "延长办理期限",
    Action.PAUSE: "暂停计时",
    Action.RESUME: "恢复计时",
    Action.PAUSE_ENDED: "恢复计时",
    Action.APPROVE_PARK: "暂不能办理，到期复核",
    Action.SUBMIT_RESULT: "形成办理结果",
    Action.SEND_ANSWER: "答复",
    Action.CONFIRM_RECEIPT: "确认收到答复",
    Action.RATE: "评价",
    Action.RECORD_VISIT: "回访",
    Action.CLOSE_UNREACHABLE: "多次联系未果，办结",
    Action.TRANSFER: "转其他部门办理",
    Action.TRANSFER_RECEIPT: "其他部门签收",
    Action.TRANSFER_REFUSED: "其他部门退回，我们重新安排",
    Action.TRANSFER_REPLY: "其他部门答复",
    Action.RECALL_TRANSFER: "收回，由我们继续办理",
    Action.DECIDE_ROUND: "决定是否再次办理",
    Action.CORRECT: "更正了前一步",
    Action.LAPSE: "期限届满",
}
#: Of a complaint or a clue its sender reads what was said to them, and that it goes on.
_OF_SECRETS: Final = frozenset(
    {
        *(Action.SUBMIT, Action.ACCEPT, Action.REQUEST_SUPPLEMENT, Action.SUPPLEMENT, Action.ADD_INFORMATION),
        *(Action.REJECT, Action.SEND_ANSWER, Action.CONFIRM_RECEIPT, Action.RATE, Action.WITHDRAW, Action.LAPSE),
    }
)
_WORDS: Final = ("told", "text", "answer", "items", "comment", "legal_basis", "remedy", "explanation")
_LABELS: Final[Mapping[str, str]] = {"legal_basis": "依据：", "remedy": "其他途径："}


def history(entries: Sequence[View], *, secret: bool, unit_name: Callable[[str], str]) -> list[Line]:
    """What happened, newest first; what the house tells itself, and steps of ladders, are left out."""
    found = [
        Line(e["at"], _who(e["actor"], unit_name), _what(e), tuple(_words(e)))
        for e in entries
        if e["action"] in _WHAT and (not secret or e["action"] in _OF_SECRETS) and _is_told(e)
    ]
    return found[::-1]


def _what(entry: View) -> str:
    own = entry["action"] == Action.COMPLETE_STEP and entry["actor"]["role"] == Role.ENTERPRISE
    return "办理了自己的步骤" if own else _WHAT[entry["action"]]


def _is_told(entry: View) -> bool:
    data = entry["data"]
    if entry["action"] == Action.NOTE:
        return data.get("public") is True
    if entry["action"] == Action.COMPLETE_STEP:
        return _is_readable(data.get("told")) or entry["actor"]["role"] == Role.ENTERPRISE
    return bool(entry["action"] not in {Action.DECIDE_EXTENSION, Action.APPROVE_PARK} or data.get("granted") is True)


def _who(actor: View, unit_name: Callable[[str], str]) -> str:
    if actor["role"] == Role.ENTERPRISE:
        return "企业"
    if actor["id"] == "system":
        return "系统"
    return unit_name(actor["unit"]) if actor["unit"] else ""


def _words(entry: View) -> Iterator[str]:
    data = entry["data"]
    if entry["action"] == Action.RATE and data.get("grade") in GRADES:
        yield GRADES[data["grade"]]
    if _is_readable(entry["reason"]):
        yield str(entry["reason"])
    # Its own files; what an officer attaches to a result is the house's.
    files = ("evidence",) if entry["action"] == Action.ADD_INFORMATION else ()
    for name in (*_WORDS, *files):
        if _is_readable(value := data.get(name)) and value != entry["reason"]:
            yield _LABELS.get(name, "") + ("、".join(map(said, value)) if isinstance(value, list) else spoken(value))


def _is_readable(value: Any) -> bool:
    return bool(value) and value != MASK
