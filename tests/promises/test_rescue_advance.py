"""人伤事故抢救费用垫付 (S1·14): applied for, approved, paid, recovered; every yuan until it is back or written off."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.errors import Invalid
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, Walk, walk

FIT = {"proposed": "30000.00"}
WHY = {"reason": "责任人死亡且无财产"}


def paid(amount: str) -> dict[str, str]:
    return {"amount": amount, "voucher": "支付2026-1"}


def back(amount: str) -> dict[str, str]:
    return {"amount": amount, "from": "保险公司"}


def approved(amount: str = "30000.00") -> Walk:
    case = walk("rescue-advance").step("traffic-officer", "review.fit", FIT, hours=2)
    return case.step("traffic-leader", "approve.approve", {"amount": amount}, hours=1)


def test_what_was_paid_in_parts_stays_open_until_the_last_fen_is_recovered_or_written_off() -> None:
    case = approved().step("traffic-officer", "pay.part", paid("10000.10"))
    case.step("traffic-officer", "pay.paid", paid("19999.90"), hours=1)
    assert (case.stage, case.open, case.reading("handle").status) == (Stage.HANDLE, ["recover"], Status.MET)
    assert case.view("enterprise")["result"]["outcome"] == "solved"

    case.step("traffic-officer", "recover.recovered", back("29999.99"), days=40)
    refusal = case.step_refused("traffic-officer", "recover.settled")
    assert (refusal.code, refusal.detail) == ("condition-unmet", "还有垫付款没有追回或者核销")

    case.step("traffic-officer", "recover.hopeless", WHY)
    case.step("traffic-leader", "write_off.written_off", {"amount": "0.01", "legal_basis": "核销规定第五条"})
    case.step("traffic-officer", "recover.settled")
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert [case.yuan(a) for a in ("approved", "paid", "recovered", "written_off")] == [
        "30000.00",
        "30000.00",
        "29999.99",
        "0.01",
    ]


def test_no_more_is_paid_than_was_approved() -> None:
    case = approved("100.00")
    assert case.step_refused("traffic-officer", "pay.paid", paid("100.01")).code == "condition-unmet"
    assert case.step_refused("traffic-officer", "pay.part", paid("100.00")).code == "condition-unmet"
    case.step("traffic-officer", "pay.part", paid("99.99"))
    assert case.step_refused("traffic-officer", "pay.paid", paid("0.02")).code == "condition-unmet"
    assert case.step("traffic-officer", "pay.paid", paid("0.01")).yuan("paid") == "100.00"


def test_no_more_comes_back_than_was_paid() -> None:
    case = approved("100.00").step("traffic-officer", "pay.paid", paid("80.00"))
    assert case.step_refused("traffic-officer", "recover.recovered", back("80.01")).code == "condition-unmet"
    case.step("traffic-officer", "recover.recovered", back("50")).step("traffic-officer", "recover.hopeless", WHY)
    much = {"amount": "30.01", "legal_basis": "核销规定"}
    assert case.step_refused("traffic-leader", "write_off.written_off", much).code == "condition-unmet"
    case.step("traffic-leader", "write_off.not_yet", {"reason": "责任人已有收入"})
    case.step("traffic-officer", "recover.recovered", back("30.00")).step("traffic-officer", "recover.settled")
    assert case.yuan("written_off") == "0.00"


@pytest.mark.parametrize("amount", ["0", "0.001", "一百", "-5"])
def test_an_amount_that_is_none_is_refused(amount: str) -> None:
    assert isinstance(approved().step_refused("traffic-officer", "pay.paid", paid(amount)), Invalid)


def test_whoever_reviewed_it_does_not_approve_it() -> None:
    case = walk("rescue-advance").step("traffic-leader", "review.fit", FIT)
    assert case.step_refused("traffic-leader", "approve.approve", {"amount": "1.00"}).code == "own-work"
    assert case.step("supervisor", "approve.approve", {"amount": "1.00"}).open == ["pay"]


def test_only_a_leader_approves_and_writes_off_and_not_what_he_paid_or_recovered_himself() -> None:
    case = walk("rescue-advance").step("traffic-officer", "review.fit", FIT)
    assert case.step_refused("traffic-officer2", "approve.approve", {"amount": "1.00"}).code == "step-role"

    gone = {"amount": "100.00", "legal_basis": "核销规定第五条"}
    for payer, claimant in (("traffic-leader", "traffic-officer"), ("traffic-officer", "traffic-leader")):
        case = approved("100.00").step(payer, "pay.paid", paid("100.00")).step(claimant, "recover.hopeless", WHY)
        assert case.step_refused("traffic-officer2", "write_off.written_off", gone).code == "step-role"
        assert case.step_refused("traffic-leader", "write_off.written_off", gone).code == "own-work"
        assert case.step("supervisor", "write_off.written_off", gone).yuan("written_off") == "100.00"


def test_a_write_off_that_nobody_decides_is_called_out() -> None:
    case = approved().step("traffic-officer", "pay.paid", paid("1.00")).step("traffic-officer", "recover.hopeless", WHY)
    assert case.until("2026-09-14 17:30").called("write_off") == [("traffic", ("duty",))]


def test_money_that_does_not_come_back_is_asked_after() -> None:
    case = approved().step("traffic-officer", "pay.paid", paid("30000.00"))
    assert case.until("2027-03-07 23:59").called("recover") == []
    assert case.until("2027-03-08 00:00").called("recover") == [("traffic", ("duty",))]


def test_an_application_that_nobody_decides_is_called_out_after_three_working_days() -> None:
    assert walk("rescue-advance").until("2026-09-10 17:30").called() == [("traffic", ("duty",))]


def test_what_is_missing_is_asked_for_once_and_a_refusal_has_its_grounds() -> None:
    case = walk("rescue-advance", materials=()).step("traffic-officer", "review.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED
    case.wait(days=1).do("enterprise", "supplement", items=["抢救费用清单"])
    case.step("traffic-officer", "review.unfit", WHY).step("traffic-leader", "approve.refuse", REFUSAL)
    assert (case.stage, case.result, case.yuan("paid")) == (Stage.FEEDBACK, "not_solvable", "0.00")
    assert case.now == at("2026-09-08 10:00")
