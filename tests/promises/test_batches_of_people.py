"""Many people at once (S2·7, S1·11, S4): each has a result of his own, the enterprise has one list."""

from __future__ import annotations

from typing import Any

import pytest

from domain.clock import Status
from domain.documents import Family
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, Walk, walk

SLOT = {"slot": "2026-09-10", "place": "厂区员工活动室", "officers": "甲所民警3人"}
HERE = {"reason": "重点项目集中开工"}
THERE = {"reason": "人数较少", "remedy": "可到就近派出所综合窗口办理，或预约办证"}


def results(*lines: tuple[str, str]) -> dict[str, Any]:
    return {"results": [{"items": items, "result": result} for items, result in lines]}


def at_the_session(persons: int) -> Walk:
    return walk("batch-onsite-id", form={"persons": persons}).step("handler", "schedule.agreed", SLOT, hours=2)


def test_for_fifty_the_police_come_and_every_person_gets_a_result() -> None:
    case = at_the_session(50)
    assert case.appeal.lead is not None
    assert (case.appeal.lead.code, case.open) == ("station-a", ["session"])

    case.step("handler", "session.more", results(("1-40,42", "issued"), ("41", "refused")), days=2)
    refusal = case.step_refused("handler", "session.done", results(("43-49", "issued")))
    assert (refusal.code, refusal.detail) == ("condition-unmet", "还有人员未登记结果")

    # Whoever comes from exit-entry records what concerns them.
    case.step("exit-entry-officer", "session.done", results(("43-49", "issued"), ("50", "absent")))
    case.step("handler2", "deliver.delivered", {"received_by": "人事李示例"}, days=1)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    (result_list,) = [paper for paper in case.printed if paper.family is Family.RESULTS]
    lines = {line["no"]: line["result"] for line in result_list.shows["lines"]}
    assert (len(lines), lines[1], lines[41], lines[50]) == (50, "已受理制证", "不符合条件", "未到场")
    (session,) = [s for s in case.appeal.procedure if s.code == "session"]
    assert session.items == {"absent": "50", "issued": "1-40,42-49", "refused": "41"}


def test_who_was_absent_is_asked_again() -> None:
    case = at_the_session(60).step("handler", "session.more", results(("1-58", "issued")))
    assert case.step_refused("handler", "session.again").code == "condition-unmet"
    case.step("handler", "session.again", results(("59-60", "absent")))
    assert case.open == ["schedule"]

    case.step("handler", "schedule.agreed", {**SLOT, "slot": "2026-09-11"})
    case.step("handler", "session.done", results(("59-60", "issued")))
    assert case.open == ["deliver"]


def test_a_thousand_people_are_one_small_state() -> None:
    case = at_the_session(1000)
    for start in range(1, 1000, 100):
        case.step("handler", "session.more", results((f"{start}-{start + 98}", "issued"), (f"{start + 99}", "absent")))
    assert case.appeal.weight < 10_000
    assert case.step("handler", "session.done").open == ["deliver"]


def test_for_fewer_an_officer_says_whether_the_need_is_large() -> None:
    case = walk("batch-onsite-id", form={"persons": 49})
    assert case.open == ["assess"]
    assert case.step("handler", "assess.come", HERE).open == ["schedule"]

    small = walk("batch-onsite-id", form={"persons": 3}).step("handler", "assess.window", THERE)
    assert (small.stage, small.result) == (Stage.FEEDBACK, "not_solvable")


def test_a_session_that_was_not_held_on_its_day_is_asked_after() -> None:
    case = at_the_session(50).until("2026-09-11 00:00")
    assert case.called("session") == [("station-a", ("duty",))]


def test_a_list_that_is_not_complete_is_asked_for_once() -> None:
    case = walk("batch-onsite-id", materials=()).step("handler", "schedule.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED


# 出入境绿色通道

VISIT = {"officer": "出入境民警", "contacted_on": "2026-09-07"}


def test_ten_urgent_travellers_are_visited_told_once_and_have_their_documents_in_seven_working_days() -> None:
    case = walk("exit-entry-urgent", form={"persons": 10}, materials=())
    assert case.open == ["contact"]
    assert case.reading("handle").due_at == at("2026-09-16 17:30")

    case.step("exit-entry-officer", "contact.incomplete", {"officer": "出入境民警", "items": ["事由证明"]}, hours=4)
    assert case.step_refused("exit-entry-officer", "contact.ready", VISIT).code == "supplement-pending"
    case.wait(days=1).do("enterprise", "supplement", items=["事由证明"])
    case.step("exit-entry-officer", "contact.ready", VISIT)
    case.step("exit-entry-officer2", "issue.done", results(("1-9", "issued"), ("10", "refused")), days=6)
    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)
    (result_list,) = [paper for paper in case.printed if paper.family is Family.RESULTS]
    assert [line["result"] for line in result_list.shows["lines"]] == ["已签发"] * 9 + ["不符合申请条件"]


def test_a_group_that_nobody_has_visited_by_the_next_day_is_asked_after() -> None:
    assert walk("exit-entry-urgent").until("2026-09-08 17:30").called("contact") == [("exit-entry", ("duty",))]


def test_the_seventh_working_day_that_goes_by_is_called_out() -> None:
    case = walk("exit-entry-urgent").step("exit-entry-officer", "contact.ready", VISIT)
    assert case.until("2026-09-16 17:29").called() == []
    assert case.until("2026-09-16 17:30").called() == [("exit-entry", ("duty",))]


def test_fewer_than_ten_are_judged_and_a_group_of_which_nobody_qualifies_is_told_why() -> None:
    few = walk("exit-entry-urgent", form={"persons": 9})
    assert few.open == ["assess"]
    assert few.step("exit-entry-officer", "assess.ordinary", THERE).result == "not_solvable"

    case = walk("exit-entry-urgent").step("exit-entry-officer", "contact.ready", VISIT)
    some = {**results(("1", "issued"), ("2-12", "refused")), **REFUSAL}
    assert case.step_refused("exit-entry-officer", "issue.none", some).code == "condition-unmet"
    nobody = {**results(("1-12", "refused")), **REFUSAL}
    assert case.step_refused("exit-entry-officer", "issue.done", results(("1-12", "refused"))).code == "condition-unmet"
    assert case.step("exit-entry-officer", "issue.none", nobody).result == "not_solvable"


# 外贸企业出海“白名单”


def test_an_enterprise_on_the_white_list_takes_the_fast_track_afterwards() -> None:
    admission = walk("exit-entry-whitelist").step("exit-entry-officer", "review.complete")
    assert admission.step_refused("exit-entry-officer", "decide.admit").code == "step-role"
    admission.step("exit-entry-leader", "decide.admit")
    listed = admission.papers["exit-entry-whitelist"]
    assert (listed.valid_until, admission.result) == ("2027-09-07", "solved")

    fast = walk("exit-entry-whitelist", form={"matter": "名单内快速办证", "whitelist_no": listed.number})
    assert fast.open == ["verify"]
    assert fast.step_reading("verify").due_at == at("2026-09-07 15:30")
    fast.step("exit-entry-officer", "verify.listed", hours=1)
    assert fast.step_reading("issue").due_at == at("2026-09-09 17:30")
    assert fast.step_refused("exit-entry-officer", "issue.done", results(("1-4", "issued"))).code == "condition-unmet"
    fast.step("exit-entry-officer", "issue.done", results(("1-5", "issued")), days=1)
    assert (fast.stage, fast.result) == (Stage.FEEDBACK, "solved")


@pytest.mark.parametrize("missing", [(), None])
def test_whoever_is_not_on_the_list_is_examined_for_it_first(missing: Any) -> None:
    said = {} if missing is None else {"materials": missing}
    case = walk("exit-entry-whitelist", form={"matter": "名单内快速办证"}, **said)
    case.step("exit-entry-officer", "verify.not_listed")
    assert case.open == ["review"]
    if missing is not None:
        case.step("exit-entry-officer", "review.incomplete", MISSING)
        case.do("enterprise", "supplement", items=["外贸合同"])
    case.step("exit-entry-officer", "review.complete").step("exit-entry-leader", "decide.refuse", REFUSAL)
    assert case.result == "not_solvable"
