"""A permit for hazardous chemicals is late: who was called when, until somebody moved it, told as a story."""

from __future__ import annotations

from domain.calendar import ZONE
from domain.journal import Entry
from domain.notice import Notice
from domain.vocabulary import Stage
from tests.domain.builders import ACTORS, ANSWER, PLACES, step
from tests.domain.ladders import Climb, climbing

#: Who is there in those nights.
_HOUSE = {
    "station-a": {"handler": ("郑承办",), "leader": ("钱所长",)},
    "branch": {"leader": ("杨分局",), "on_duty": ("李值守",)},
    "city": {"leader": ("孙局长",), "on_duty": ("赵指挥",)},
}
_EVERYWHERE = {"duty": ("尤值班",), "catch_all": ("朱督办",)}

STORY = """
09-08 14:00 预警 75% → 郑承办
09-08 17:36 预警 90% → 钱所长
09-08 20:00 升级 第1级 → 钱所长、尤值班
09-08 20:10 尤值班 认领至20:40
09-08 20:40 认领到期 → 钱所长、尤值班
09-08 20:45 尤值班 移交 → 王协理
09-08 20:50 王协理 认领至21:20
09-08 21:20 认领到期 → 王协理
09-09 00:00 升级 第2级 → 杨分局、李值守
09-09 00:20 杨分局 认领至00:50
09-09 00:45 杨分局 认领至01:15
09-09 01:15 认领到期 → 杨分局、李值守
09-09 03:45 杨分局 认领至04:15
09-09 04:15 认领到期
09-09 04:15 升级 第3级 → 孙局长、赵指挥
09-10 04:00 升级 第4级 → 朱督办
09-10 04:05 朱督办 认领至04:35
09-10 04:35 认领到期 → 朱督办
09-10 05:00 朱督办 改派
09-10 09:00 陈危化 签收
09-10 09:05 陈危化 办理步骤
09-10 09:20 卫治安 办理步骤
09-10 09:30 陈危化 办理步骤
"""
_TITLES = {"reassign": "改派", "sign": "签收", "complete_step": "办理步骤", "hand_over": "移交"}


def whom(notice: Notice) -> tuple[str, ...]:
    known = _EVERYWHERE | _HOUSE.get(notice.unit, {})
    named = tuple(ACTORS[w.removeprefix("account:")].name for w in notice.audience if w.startswith("account:"))
    return named + tuple(name for word in notice.audience for name in known.get(word, ()))


def told(case: Climb) -> str:
    """What happened from the first warning on, and whom each of it called."""
    calls = {int(n.id.split(":")[1]): whom(n) for n in case.told}
    first = next(e.seq for e in case.journal if e.action == "rung")
    return "\n".join(_line(e, calls.get(e.seq, ())) for e in case.journal[first - 1 :])


def _line(entry: Entry, called: tuple[str, ...]) -> str:
    words = f"{entry.at.astimezone(ZONE):%m-%d %H:%M} {_deed(entry)}"
    return f"{words} → {'、'.join(called)}" if called else words


def _deed(entry: Entry) -> str:
    match entry.action.value:
        case "rung":
            return f"预警 {entry.data['rung']}%"
        case "escalate":
            return f"升级 第{entry.data['level']}级" + ("(上一级无人)" if entry.data.get("empty") else "")
        case "lease_ended":
            return "认领到期"
        case "acknowledge":
            hour, minutes = int(entry.data["lease_until"][11:13]), entry.data["lease_until"][14:16]
            return f"{entry.actor.name} 认领至{(hour + 8) % 24:02}:{minutes}"
        case other:
            return f"{entry.actor.name} {_TITLES[other]}"


def two_nights() -> Climb:
    """Sent in on Monday at eight in the evening to a station that does nothing."""
    case = climbing("hazmat-toxic-purchase", start="2026-09-07 20:00", lead=PLACES["station-a"], finds=whom)
    case.until("2026-09-08 20:10").on("duty", "acknowledge")
    case.until("2026-09-08 20:45").on("duty", "hand_over", to="handler2", reason="请到厂")
    case.until("2026-09-08 20:50").on("handler2", "acknowledge")
    case.until("2026-09-09 00:20").on("leader", "acknowledge").until("2026-09-09 00:45").on("leader", "acknowledge")
    case.until("2026-09-09 03:45").on("leader", "acknowledge")
    case.until("2026-09-10 04:05").on("supervisor", "acknowledge")
    case.until("2026-09-10 05:00").do("supervisor", "reassign", unit="public-order", reason="两夜无人办理")
    return case


def finished(case: Climb) -> Climb:
    case.until("2026-09-10 09:00").do("hazmat_handler", "sign")
    case.until("2026-09-10 09:05").do("hazmat_handler", "complete_step", **step("review", "complete"))
    case.until("2026-09-10 09:20").do("hazmat_leader", "complete_step", **step("decide", "approve"))
    return case.until("2026-09-10 09:30").do("hazmat_handler", "complete_step", **step("issue", "done"))


def test_it_climbs_from_the_handler_to_the_bureau_and_ends_in_somebody_s_hands() -> None:
    case = finished(two_nights())
    assert told(case) == STORY.strip()
    assert (case.stage, {e.state for e in case.escalations}) == (Stage.FEEDBACK, {"ended"})


def test_when_it_is_done_nobody_is_called_any_more() -> None:
    case = finished(two_nights()).do("hazmat_handler", "send_answer", **ANSWER)
    case.do("enterprise", "rate", grade=3).do("visitor", "record_visit", result="satisfied")
    before = case.calls
    assert (case.wait(days=60).calls, case.stage) == (before, Stage.CLOSED)


def test_where_the_branch_has_nobody_that_night_the_bureau_is_called_at_once() -> None:
    nobody = climbing(
        "hazmat-toxic-purchase",
        start="2026-09-07 20:00",
        lead=PLACES["station-a"],
        finds=lambda n: () if n.unit == "branch" else whom(n),
    ).until("2026-09-09 04:00")
    assert told(nobody).splitlines()[2:] == [
        "09-08 20:00 升级 第1级 → 钱所长、尤值班",
        "09-09 00:00 升级 第2级 → 杨分局、李值守",
        "09-09 00:00 升级 第3级(上一级无人) → 孙局长、赵指挥",
    ]
