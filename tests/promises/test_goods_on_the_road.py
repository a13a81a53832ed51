"""Goods on the road: 绿色通道 (S1·6), 轻微事故快速放行 (S1·14), 货运和夜间停车 (S1·8)."""

from __future__ import annotations

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, Walk, walk

ESCORT = {"basis": "台风应急响应公告", "route": "高速—示例路", "escort": "引导民警", "escort_phone": "13800001234"}


# 企业运输“绿色通道”


def test_a_route_and_an_escort_are_named_within_two_hours_then_arrival_and_departure_recorded() -> None:
    case = walk("freight-green-channel", form={"arrives_on": "2026-09-08"})
    assert case.reading("handle").due_at == at("2026-09-07 12:00")
    case.step("traffic-officer", "arrange.arranged", ESCORT, hours=1)
    assert (case.reading("handle").status, case.open) == (Status.MET, ["arrive"])
    (seen,) = case.view("enterprise")["documents"]
    assert seen["shows"].items() >= {"route": ESCORT["route"], "escort": ESCORT["escort"], "plate": "浙B12345"}.items()

    case.step("traffic-officer2", "arrive.arrived", {"arrived_at": "2026-09-08T06:00:00+08:00"}, hours=19)
    assert case.step_reading("arrive").late is False
    assert case.step_reading("depart").due_at == at("2026-09-09 06:00")
    case.step("traffic-officer2", "depart.departed", {"departed_at": "2026-09-08T09:00:00+08:00"}, hours=3)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")


def test_two_hours_without_a_route_and_a_day_without_the_truck_call_the_duty_officer() -> None:
    case = walk("freight-green-channel", form={"arrives_on": "2026-09-08"}).wait(hours=2)
    assert case.called() == [("traffic", ("duty",))]
    case.step("traffic-officer", "arrange.arranged", ESCORT).until("2026-09-09 00:00")
    assert case.called("arrive") == [("traffic", ("duty",))]
    assert case.step("traffic-officer", "arrive.not_come", {"reason": "企业取消运输"}).stage is Stage.FEEDBACK


def test_outside_an_emergency_the_channel_is_refused_with_the_way_to_go() -> None:
    case = walk("freight-green-channel").step("traffic-officer", "arrange.refuse", REFUSAL)
    assert (case.result, case.papers) == ("not_solvable", {})


# 轻微事故快速取证放行

FACTS = {"officer": "事故民警", "facts": "追尾，轻微刮擦", "evidence": "照片6张、行车记录仪", "violation": "警告"}


def test_after_the_evidence_the_truck_is_released_within_four_hours() -> None:
    case = walk("accident-fast-release", "2026-09-07 22:00").step("traffic-officer", "evidence.minor", FACTS, hours=1)
    case.step("traffic-officer", "release.released", {"released_at": "2026-09-07T23:30:00+08:00"}, minutes=30)
    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)
    assert case.papers["accident-release"].shows["plate"] == "浙B12345"


def test_four_hours_without_a_release_call_the_leader_and_the_duty_officer() -> None:
    case = walk("accident-fast-release", "2026-09-07 22:00").step("traffic-officer", "evidence.minor", FACTS, hours=1)
    assert case.until("2026-09-08 01:59").called() == []
    assert case.until("2026-09-08 02:00").called() == [("traffic", ("leader", "duty"))]


def test_an_accident_with_injured_people_is_never_released_fast() -> None:
    case = walk("accident-fast-release", form={"injuries": True})
    assert case.step_refused("traffic-officer", "evidence.minor", FACTS).code == "condition-unmet"
    assert case.step("traffic-officer", "evidence.not_minor", REFUSAL).result == "not_solvable"


# 货运停车、夜间临时停车

SITE = {"findings": "路宽12米，夜间车流小", "place": "示例街东侧", "hours": "19时至24时"}
PERMIT = {"place": "示例街东侧", "hours": "19时至24时", "spaces": 20, "valid_until": "2027-03-31"}


def consulted(housing: str = "agreed", urban: str = "agreed") -> Walk:
    case = walk("temporary-parking").step("traffic-officer", "site.fit", SITE, hours=4)
    assert case.open == ["agree"]
    for body, says in (("housing-bureau", housing), ("urban-management", urban)):
        case.step(f"{body}-officer", f"agree.{says}", {"reason": "消防通道"} if says == "objected" else {}, hours=20)
    return case


def test_a_permit_names_place_and_hours_once_both_authorities_have_agreed() -> None:
    case = consulted()
    assert case.step_refused("traffic-officer", "decide.permit", PERMIT).code == "step-role"
    case.step("traffic-leader", "decide.permit", PERMIT)
    paper = case.papers["temporary-parking"]
    assert (paper.valid_until, paper.shows["place"], paper.shows["hours"]) == ("2027-03-31", "示例街东侧", "19时至24时")
    assert case.reading("handle").late is False


def test_a_permit_lasts_a_year_at_most() -> None:
    case = consulted()
    assert case.step_refused("traffic-leader", "decide.permit", {**PERMIT, "valid_until": "2027-10-01"}).code == (
        "bad-validity"
    )


def test_nothing_is_permitted_that_one_of_them_objects_to() -> None:
    case = consulted(urban="objected")
    assert case.step_refused("traffic-leader", "decide.permit", PERMIT).code == "condition-unmet"
    case.step("traffic-leader", "decide.again").step("traffic-officer", "site.fit", {**SITE, "place": "示例街西侧"})
    for body in ("housing-bureau", "urban-management"):
        # Neither has an account here: the lead records what they wrote.
        case.step("traffic-officer", "agree.agreed", unit=body)
    assert case.step("traffic-leader", "decide.permit", {**PERMIT, "place": "示例街西侧"}).result == "solved"


def test_an_authority_that_keeps_silent_is_chased_and_an_unfit_place_refused() -> None:
    case = walk("temporary-parking").step("traffic-officer", "site.fit", SITE).until("2026-09-09 17:30")
    assert sorted(case.called("agree")) == [("housing-bureau", ("duty",)), ("urban-management", ("duty",))]

    unfit = walk("temporary-parking").step("traffic-officer", "site.unfit", {"findings": "主干道"})
    assert unfit.step_refused("traffic-leader", "decide.permit", PERMIT).code == "condition-unmet"
    assert unfit.step("traffic-leader", "decide.refuse", REFUSAL).result == "not_solvable"


def test_a_missing_sketch_is_asked_for_once() -> None:
    case = walk("temporary-parking", materials=()).step("traffic-officer", "site.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED
    case.do("enterprise", "supplement", items=["示意图"])
    assert case.step_refused("traffic-officer", "site.incomplete", MISSING).code == "supplement-already-asked"
