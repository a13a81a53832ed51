"""易制爆、易制毒 (S1·7): the same 24 and 48 hours as for highly toxic chemicals; who decides follows the class."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.clock import Status
from domain.documents import Family, Paper, Standing, standing
from domain.vocabulary import Outcome, Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, Walk, service, walk

WHO = {
    "hazmat-explosive-purchase": "public-order",
    "hazmat-explosive-transport": "public-order",
    "hazmat-precursor-purchase": "anti-drug",
    "hazmat-precursor-transport": "anti-drug",
}
SPECIAL = {"reason": "首次购买，数量较大", "inspector": "勘验民警"}
SEEN = {"inspector": "勘验民警", "inspected_at": "当日下午", "findings": "符合储存条件"}
APPROVED = {"valid_until": "2026-12-31", "quantity": "200千克", "route": "绕城高速", "vehicle": "浙B12345"}
NUMBER = {"document_no": "甬公危2026-0001"}
SATURDAY_NIGHT = "2026-09-05 23:50"
everyone = pytest.mark.parametrize("code", sorted(WHO))


def allowed(code: str, outcome: str = "approve") -> dict[str, Any]:
    """What the decision of that service records."""
    decide = service(code).step("decide")
    assert decide is not None
    known = next(o for o in decide.outcomes if o.code == outcome).record["properties"]
    return {name: value for name, value in APPROVED.items() if name in known}


def licences(case: Walk) -> list[Paper]:
    return [paper for paper in case.printed if paper.family is Family.PERMIT]


def licence(case: Walk) -> Paper:
    (only,) = licences(case)
    return only


@everyone
def test_it_is_issued_within_24_hours_of_the_application_also_over_a_weekend(code: str) -> None:
    officer, leader = f"{WHO[code]}-officer", f"{WHO[code]}-leader"
    case = walk(code, SATURDAY_NIGHT)
    assert case.open == ["review"]

    case.step(officer, "review.complete", hours=9)
    assert case.step_refused(officer, "decide.approve", allowed(code)).code == "step-role"
    case.step(leader, "decide.approve", allowed(code), hours=9)
    assert case.reading("handle").status is Status.RUNNING  # decided is not issued
    case.step(officer, "issue.done", NUMBER, hours=5)

    handle = case.reading("handle")
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert (handle.status, handle.late, handle.due_at) == (Status.MET, False, at(SATURDAY_NIGHT) + timedelta(hours=24))
    paper = licence(case)
    assert (paper.number, paper.shows["quantity"], paper.valid_until) == ("甬公危2026-0001", "200千克", "2026-12-31")
    assert (standing(paper, at("2026-12-31 23:59")), standing(paper, at("2027-01-01 00:00"))) == (
        Standing.VALID,
        Standing.EXPIRED,
    )


@pytest.mark.parametrize("code", [code for code in sorted(WHO) if code.endswith("transport")])
def test_a_transport_paper_carries_route_vehicle_and_driver(code: str) -> None:
    case = walk(code).step(f"{WHO[code]}-officer", "review.complete")
    case.step(f"{WHO[code]}-leader", "decide.approve", allowed(code)).step(f"{WHO[code]}-officer", "issue.done", NUMBER)
    paper = licence(case)
    carried = {"route": "绕城高速", "vehicle": "浙B12345", "plate": "浙B12345", "driver": "赵示例"}
    assert paper.shows.items() >= carried.items()


@everyone
def test_special_circumstances_give_48_hours_and_an_inspection_the_same_day(code: str) -> None:
    officer, leader = f"{WHO[code]}-officer", f"{WHO[code]}-leader"
    case = walk(code, SATURDAY_NIGHT).step(officer, "review.special", SPECIAL, hours=20)
    assert case.reading("handle").due_at == at(SATURDAY_NIGHT) + timedelta(hours=48)
    assert case.reading("inspection").due_at == at("2026-09-07 00:00")
    assert case.step_refused(leader, "decide.approve", allowed(code)).code == "step-required-first"

    case.step(officer, "inspect.done", SEEN, hours=4).step(leader, "decide.approve", allowed(code), hours=10)
    case.step(officer, "issue.done", NUMBER, hours=10)
    assert (case.result, case.reading("handle").late, case.reading("inspection").late) == ("solved", False, False)


@everyone
def test_silence_approves_nothing_and_calls_leader_and_duty_officer(code: str) -> None:
    case = walk(code, SATURDAY_NIGHT).wait(hours=24)
    assert case.called() == [(WHO[code], ("leader", "duty"))]
    assert (case.stage, case.result, licences(case)) == (Stage.HANDLE, None, [])
    case.wait(hours=4)
    assert case.called()[-1] == ("city", ("leader", "on_duty"))


@everyone
def test_a_shortage_is_asked_for_once_and_a_refusal_has_reason_basis_and_remedy(code: str) -> None:
    officer, leader = f"{WHO[code]}-officer", f"{WHO[code]}-leader"
    case = walk(code, materials=()).step(officer, "review.incomplete", MISSING, hours=1)
    assert case.reading("handle").status is Status.PAUSED
    case.wait(days=3).do("enterprise", "supplement", items=["材料"])
    assert case.reading("handle").remaining == 23 * 3600

    case.step(officer, "review.complete").step(leader, "decide.refuse", REFUSAL)
    assert (case.stage, case.result, licences(case)) == (Stage.FEEDBACK, "not_solvable", [])


# 易制毒: who decides


@pytest.mark.parametrize(
    ("category", "outcome", "body"),
    [
        ("第一类非药品类", "elsewhere", "provincial-police"),
        ("第一类药品类", "elsewhere_medicine", "drug-administration"),
    ],
)
def test_a_class_that_another_authority_decides_is_transferred_to_it(category: str, outcome: str, body: str) -> None:
    case = walk("hazmat-precursor-purchase", form={"category": category})
    for wrong in {"complete", "elsewhere", "elsewhere_medicine"} - {outcome}:
        assert case.step_refused("anti-drug-officer", f"review.{wrong}", {"reason": "x"}).code == "condition-unmet"

    case.step("anti-drug-officer", f"review.{outcome}", {"reason": "第一类由省级主管部门许可"}, hours=2)
    assert [t.body.code for t in case.appeal.transfers] == [body]
    assert case.reading("handle").status is Status.PAUSED
    assert case.running() >= {"transfer_receipt", "transfer_reply"}

    case.do("system", "transfer_receipt").wait(days=6).do("system", "transfer_reply", text="已由省级主管部门许可")
    assert (case.stage, case.appeal.outcome) == (Stage.FEEDBACK, Outcome.NOT_OURS)


def test_what_comes_back_from_there_is_refused_with_the_way_to_go_and_never_approved_here() -> None:
    case = walk("hazmat-precursor-purchase", form={"category": "第一类非药品类"})
    case.step("anti-drug-officer", "review.elsewhere", {"reason": "由省厅许可"})
    case.do("system", "transfer_refused", reason="须企业直接申请")
    case = back_to_the_detachment(case)
    case.step("anti-drug-officer", "review.complete")
    assert case.step_refused("anti-drug-leader", "decide.approve", allowed("hazmat-precursor-purchase")).code == (
        "condition-unmet"
    )
    assert case.step("anti-drug-leader", "decide.refuse", REFUSAL).result == "not_solvable"


def back_to_the_detachment(case: Walk) -> Walk:
    if case.stage is Stage.ASSIGN:
        case.do("dispatcher", "assign", lead_unit="anti-drug").do("anti-drug-officer", "sign")
    return case


def test_class_two_transport_is_licensed_by_the_county_and_class_three_filed_there() -> None:
    for category, step in (("第二类", "decide_county"), ("第三类", "file")):
        case = walk("hazmat-precursor-transport", form={"category": category})
        case.step("anti-drug-officer", "review.special", SPECIAL, hours=2)
        assert case.step_refused("leader", f"{step}.approve", APPROVED).code == "step-required-first"
        case.step("anti-drug-officer", "inspect.done", SEEN, hours=2)
        assert case.open == [step]
        case.step("leader" if step == "decide_county" else "branch-officer", f"{step}.approve", APPROVED, hours=2)
        case.step("anti-drug-officer", "issue.done", NUMBER, hours=1)
        assert (case.result, case.reading("handle").late) == ("solved", False)
        assert licence(case).shows["route"] == "绕城高速"


@pytest.mark.parametrize(
    ("category", "step", "due"),
    [
        ("第一类", "decide", "2026-09-20 17:30"),
        ("第二类", "decide_county", "2026-09-10 17:30"),
        ("第三类", "file", "2026-09-08 00:00"),
    ],
)
def test_the_laws_limit_follows_the_class_and_is_marked_as_not_verified(category: str, step: str, due: str) -> None:
    case = walk("hazmat-precursor-transport", form={"category": category})
    case.step("anti-drug-officer", "review.complete")
    assert case.step_reading(step).due_at == at(due)
    assert (case.step_clock(step).statutory, case.step_clock(step).basis[-5:]) == (True, "(待核实)")


def test_a_county_licence_is_its_leaders_to_give_or_refuse_and_a_city_one_is_not_the_countys() -> None:
    case = walk("hazmat-precursor-transport", form={"category": "第二类"}).step("anti-drug-officer", "review.complete")
    assert case.step_refused("branch-officer", "decide_county.approve", APPROVED).code == "step-role"
    assert case.step("leader", "decide_county.refuse", REFUSAL).result == "not_solvable"

    case = walk("hazmat-precursor-transport").step("anti-drug-officer", "review.complete")
    assert case.open == ["decide"]
    assert case.step_refused("leader", "decide.approve", APPROVED).code in {"step-unit", "not-yours"}
