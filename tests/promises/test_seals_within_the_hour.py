"""新开办企业公章刻制 (S1·10): order, make, file, deliver, all within one hour; the first five seals are free."""

from __future__ import annotations

from datetime import timedelta

from domain.clock import Status
from domain.vocabulary import Stage
from tests.promises.walk import REFUSAL, Walk, walk

MAKER = {"maker": "宁波示例印章有限公司"}
CODES = {"seal_codes": [f"33020500000{n:02d}" for n in range(5)]}
EVENING = "2026-09-07 21:30"


def made(case: Walk) -> Walk:
    """Ordered and made by the makers' platform, twenty minutes each."""
    case.step("system", "order.free", MAKER, minutes=10)
    return case.step("system", "make.made", CODES, minutes=20)


def test_a_set_of_seals_is_delivered_within_the_hour_also_in_the_evening() -> None:
    case = made(walk("seal-engraving", EVENING))
    assert case.open == ["file"]

    case.step("system", "file.filed", {"filing_no": "330205-2026-0001"}, minutes=10)
    case.step("public-order-officer", "deliver.delivered", {"received_by": "张三", "seals": 5}, minutes=15)

    handle = case.reading("handle")
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert (handle.status, handle.late, handle.elapsed) == (Status.MET, False, 55 * 60)
    assert case.papers["seal-filing"].number == "330205-2026-0001"
    assert case.papers["seal-filing"].shows["seal_codes"] == CODES["seal_codes"]
    assert case.answered().stage is Stage.EVALUATE


def test_after_the_hour_the_duty_officer_is_called_and_the_seals_are_still_delivered() -> None:
    case = made(walk("seal-engraving", EVENING)).wait(minutes=29)
    assert case.called() == []

    case.wait(minutes=1)
    assert case.called() == [("public-order", ("duty",))]

    case.step("system", "file.filed", {"filing_no": "330205-2026-0002"})
    case.step("system", "deliver.delivered", {"received_by": "张三"}, minutes=5)
    handle = case.reading("handle")
    assert (handle.status, handle.late) == (Status.MET, True)
    assert handle.due_at == case.appeal.created_at + timedelta(hours=1)


def test_the_first_five_seals_of_a_new_enterprise_cost_nothing() -> None:
    charged = {**MAKER, "fee": "120.00"}
    case = walk("seal-engraving")
    refusal = case.step_refused("public-order-officer", "order.charged", charged)
    assert (refusal.code, refusal.detail) == ("condition-unmet", "首套5枚以内印章免费，不得收费")

    for form in ({"first_set": False}, {"seals": ["其他印章"] * 6}):
        case = walk("seal-engraving", form=form)
        assert case.step_refused("public-order-officer", "order.free", MAKER).code == "condition-unmet"
        assert case.step("public-order-officer", "order.charged", charged).open == ["make"]


def test_an_order_that_is_refused_says_why_and_what_can_be_done() -> None:
    case = walk("seal-engraving").step("public-order-officer", "order.refuse", REFUSAL)
    assert (case.stage, case.result, case.papers) == (Stage.FEEDBACK, "not_solvable", {})
    assert case.record("order") == REFUSAL


def test_no_step_is_done_before_its_turn_nor_by_another_unit() -> None:
    case = walk("seal-engraving")
    assert case.step_refused("system", "make.made", CODES).code == "step-not-active"
    assert case.step_refused("traffic-officer", "order.free", MAKER).code == "not-yours"
