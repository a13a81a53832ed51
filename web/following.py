"""What an enterprise reads of its appeal: where it is, by when, with whom, and what it owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.appeal import Appeal
from domain.choices import LEAST_SATISFIED
from domain.open_work import open_work
from domain.papers import spoken
from domain.vocabulary import Action, Role, Stage

View = Mapping[str, Any]

GRADES: Final[Mapping[int, str]] = {5: "非常满意", 4: "满意", 3: "基本满意", 2: "不满意", 1: "非常不满意"}
AGAIN: Final = "由承办单位的上一级单位重新交办，原承办民警不再承办"
"""Who takes it up when an answer was not satisfactory; the answer's own paper says so too."""
OUTCOMES: Final[Mapping[str, str]] = {
    "solved": "已解决",
    "partly_solved": "部分解决",
    "not_solvable": "不能办理",
    "not_ours": "不属公安机关职责",
    "withdrawn": "已撤回",
    "merged": "已与另一件诉求合并办理",
    "rejected": "不予受理",
    "unreachable": "多次联系未果",
}
_STAGES: Final = (
    ("accept", frozenset({"accept"})),
    ("assign", frozenset({"sign"})),
    ("handle", frozenset({"handle", "statutory", "step", "inspection", "transfer_receipt", "transfer_reply"})),
    ("feedback", frozenset({"review"})),
    ("evaluate", frozenset({"rating", "visit"})),
)
_OWED: Final = frozenset({"supplement", "commitment"})


_TURNS: Final[Mapping[Action, str]] = {
    Action.SUPPLEMENT: "等您补正",
    Action.COMPLETE_STEP: "等您办理",
    Action.RATE: "等您评价",
}


def own_turn(appeal: Appeal) -> str:
    """What waits for the enterprise itself, in a word; empty where nothing does."""
    own = [one.action for one in open_work(appeal) if one.role is Role.ENTERPRISE]
    if found := next((words for action, words in _TURNS.items() if action in own), ""):
        return found
    is_answered = appeal.stage is Stage.EVALUATE and appeal.result and appeal.result.answered_at
    return "等您确认" if is_answered and not is_settled(appeal) else ""


def is_settled(appeal: Appeal) -> bool:
    """Whether the answer has arrived: confirmed, or rated, which says as much."""
    return bool(appeal.ratings_now() or (appeal.result and appeal.result.received_at))


def thanks(appeal: Appeal, grade: object) -> str:
    """What is said to whoever has just rated; to the dissatisfied, who takes it up."""
    if not isinstance(grade, int) or grade >= LEAST_SATISFIED:
        return "感谢您的评价！"
    return f"已收到您的评价。{taken_up(appeal)}"


def taken_up(appeal: Appeal) -> str:
    """What follows a rating that was not good, as it stands now."""
    if not appeal.is_open:
        return "诉求已办结。"
    if appeal.decision_due:
        return "将由督办人员决定是否再次办理。"
    unit = "" if appeal.rules.service.secret else appeal.assigning_unit.name
    now = f"现在由{unit}重新交办。" if unit and appeal.stage is Stage.ASSIGN else ""
    return f"第{appeal.round}轮办理已经开始：{AGAIN}。{now}"


@dataclass(frozen=True, slots=True)
class StageLine:
    """One stage of the loop: ``done``, ``now``, ``todo``; ``ended`` where the appeal ended, ``over`` after it."""

    code: str
    state: str
    clocks: Sequence[View]
    left_at: str | None


def stage_lines(view: View, entries: Sequence[View]) -> list[StageLine]:
    """The five stages of this round, each with its limits."""
    here = view["stage"]
    order = [code for code, _ in _STAGES]
    is_through = view["outcome"] in {"solved", "partly_solved", "not_solvable", "unreachable"}
    found = []
    for code, names in _STAGES:
        left = [e["at"] for e in entries if _leaves(e, code, view["round"])]
        if here == "closed":
            state = "done" if is_through else _before_the_end(entries, code, view["round"])
        else:
            state = _place(order.index(code), order.index(here))
        at = left[-1] if left and state in {"done", "ended"} else None
        found.append(StageLine(code, state, _clocks(view, code, names), at))
    return found


def _before_the_end(entries: Sequence[View], code: str, number: int) -> str:
    """Of a stage that an appeal passed which ended early: withdrawn, rejected, merged."""
    to = [e["to_stage"] for e in entries if _leaves(e, code, number)]
    return "ended" if to and to[-1] == "closed" else "done" if to else "over"


def _place(index: int, here: int) -> str:
    return "now" if index == here else "done" if index < here else "todo"


def _leaves(entry: View, stage: str, number: int) -> bool:
    return bool(entry["round"] == number and entry["from_stage"] == stage and entry["to_stage"] != stage)


def _clocks(view: View, stage: str, names: frozenset[str]) -> list[View]:
    shown = names | _OWED if stage == view["stage"] else names
    mine = (c for c in view["clocks"] if c["round"] == view["round"] and c["name"] in shown)
    return [c for c in mine if c["name"] not in _OWED or not c["ended_at"]]


@dataclass(frozen=True, slots=True)
class Headline:
    """Where it stands in a few words, with whom, and which limit says by when."""

    title: str
    who: str = ""
    clock: View | None = None


_IN_STAGE: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "accept": ("等待受理", ("accept",)),
    "assign": ("已受理，正在交办", ("handle", "sign")),
    "handle": ("正在办理", ("handle", "statutory", "step")),
    "feedback": ("已有办理结果，正在审核、答复", ("handle", "review")),
}


_VISITORS: Final = "承办单位以外的回访人员"


def headline(view: View, first_unit: str, own_steps: str = "") -> Headline:
    """What somebody who looks at a phone for three seconds has to know.

    ``first_unit`` received it; ``own_steps`` are those that wait for the enterprise.
    """
    lead = view["assignment"]["lead_unit_name"] or first_unit
    if view["pending"]:
        return Headline("已收到，正在登记", first_unit)
    if own_steps:
        return Headline(f"等您办理：{own_steps}", "贵企业", _running(view, "step"))
    if view["stage"] == "evaluate" and view["status"] == "open":
        return _evaluated(view)
    return _waiting(view, lead) or _in_stage(view, lead, first_unit)


def _in_stage(view: View, lead: str, first_unit: str) -> Headline:
    title, clocks = _IN_STAGE.get(view["stage"], ("正在办理", ()))
    review = _running(view, "review")
    if view["stage"] == "feedback" and review and review["subject_name"]:
        title = f"已有办理结果，正在{review['subject_name']}"
    return Headline(title, first_unit if view["stage"] == "accept" else lead, _running(view, *clocks))


def _waiting(view: View, lead: str) -> Headline | None:
    """How it stands where it is not simply worked on."""
    match view["status"]:
        case "closed":
            return Headline(f"已办结：{OUTCOMES.get(view['outcome'] or '', '办理结束')}")
        case "waiting_enterprise":
            return Headline("等您补充材料", "贵企业", _running(view, "supplement", "commitment"))
        case "waiting_outside":
            outside = next((t["body_name"] for t in view["transfers"] if not t["ended_at"]), "")
            clock = _running(view, "transfer_reply", "transfer_receipt")
            return Headline("已转其他部门办理，我们继续跟踪", outside, clock)
        case "parked":
            return Headline("暂时不能办理，到期复核", lead)
    return None


def _evaluated(view: View) -> Headline:
    if any(one["round"] == view["round"] for one in view["ratings"]):
        return Headline("已评价，等待回访", _VISITORS, _running(view, "visit"))
    if rating := _running(view, "rating"):
        return Headline("已答复，请您评价", "贵企业", rating)
    return Headline("已答复，等待回访", _VISITORS, _running(view, "visit"))


def _running(view: View, *names: str) -> View | None:
    """The clock that says by when: the first of these that runs."""
    for name in names:
        for clock in view["clocks"]:
            if clock["name"] == name and not clock["ended_at"] and clock["started_at"]:
                found: View = clock
                return found
    return None


def asked_for(view: View) -> list[str]:
    """The materials that the enterprise owes, as they were named: asked for, or promised."""
    waiting = next((s for s in view["supplements"] if not s["ended_at"]), None)
    items = waiting["items"] if waiting else view["commitments"]
    names = {m["code"]: m["name"] for m in view["missing_materials"]}
    return [names.get(one, one) for one in map(said, items or ())]


def said(item: Any) -> str:
    """A thing by its name; what only has a code, by that."""
    if isinstance(item, Mapping):
        return str(item.get("name") or item.get("code") or spoken(dict(item)))
    return str(item)
