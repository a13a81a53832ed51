"""What the enterprise has in its hands stays there, and money that was paid is followed until it is back."""

from __future__ import annotations

from domain.clock import Status
from domain.documents import delivered
from domain.vocabulary import Outcome, Stage
from tests.promises.taken import taken, told
from tests.promises.walk import REFUSAL, Walk, walk

ROUTE = {"basis": "应急公告第1号", "route": "绕城高速", "escort": "李示例", "escort_phone": "13800001234"}
SLOT = {"slot": "2026-09-14", "confirm_by": "2026-09-12", "time": "9时", "place": "出入境窗口3号", "bring": "身份证"}
PROMISE = {
    "safety": "合格",
    "emission": "合格",
    "overall": "不合格",
    "faults": ["车身反光标识脱落"],
    "touches_safety": False,
    "commitment": "承诺书第1号",
    "inspector": "检验民警",
}


def paid() -> Walk:
    """10,000 yuan are out, and are to come back."""
    case = walk("rescue-advance").step("traffic-officer", "review.fit", {"proposed": "10000.00"})
    case.step("traffic-leader", "approve.approve", {"amount": "10000.00"})
    return case.step("traffic-officer", "pay.paid", {"amount": "10000.00", "voucher": "支付2026-1"})


def back(case: Walk, amount: str = "10000.00") -> Walk:
    return case.step("traffic-officer", "recover.recovered", {"amount": amount, "from": "保险公司"})


def rectifying() -> Walk:
    """A complaint that was decided; what must change is being changed."""
    case = taken("complaint-12389").step("supervision-officer", "split.both", told())
    case.step("legal-officer", "verify_matter.founded", told()).step("inspector", "verify_conduct.violated", told())
    said = {"matter": "属实", "conduct": "存在过错", "measures": "限期整改"}
    return case.step("supervision-leader", "conclude.rectify", said)


def deferred() -> Walk:
    return walk("vehicle-inspection-deferred").step("traffic-officer", "inspect.deferred", PROMISE)


def channel() -> Walk:
    case = taken("freight-green-channel", form={"arrives_on": "2026-09-10"})
    return case.step("traffic-officer", "arrange.arranged", ROUTE)


class TestPapers:
    def test_what_is_issued_while_the_rest_goes_on_can_be_printed_by_the_enterprise_at_once(self) -> None:
        booked = walk("appointment").step("window", "book.booked", SLOT)
        for case in (deferred(), channel(), booked):
            (permit,) = [p for p in case.printed if p.family == "permit"]
            assert (case.stage, delivered(permit, case.appeal, case.journal)) == (Stage.HANDLE, True)

    def test_what_is_issued_with_the_end_waits_for_the_answer(self) -> None:
        case = passed()
        (permit,) = [p for p in case.printed if p.family == "permit"]
        assert not delivered(permit, case.appeal, case.journal)
        case.answered()
        assert delivered(permit, case.appeal, case.journal)

    def test_a_later_result_does_not_hide_what_the_enterprise_holds(self) -> None:
        case = deferred()
        answered_at = case.now
        case.until("2026-10-08 00:00").step("traffic-leader", "revoke.revoked", REFUSAL)
        (shown,) = case.view("enterprise")["documents"]
        assert (shown["kind"], shown["revoked_at"] is None) == ("inspection-mark", False)
        assert (case.result, case.appeal.result and case.appeal.result.answered_at) == ("not_solvable", answered_at)

    def test_a_result_is_told_by_the_titles_of_its_fields(self) -> None:
        text = rectifying().view("enterprise")["result"]["text"]
        assert text == "作出处理，责令整改:事项结论 属实;行为结论 存在过错;整改要求 限期整改"
        assert "是否影响安全驾驶 否" in deferred().view("enterprise")["result"]["text"]
        assert "待整改的问题 车身反光标识脱落" in deferred().view("enterprise")["result"]["text"]


def passed() -> Walk:
    good = {"safety": "合格", "emission": "合格", "overall": "合格", "faults": [], "inspector": "检验民警"}
    return walk("vehicle-inspection-deferred").step("traffic-officer", "inspect.pass", good)


class TestOtherHands:
    def test_another_officer_of_the_unit_takes_over_at_any_time(self) -> None:
        for case, unit in ((paid(), "traffic"), (rectifying(), "supervision"), (passed(), "traffic")):
            case.do("supervisor", "reassign", officer=f"{unit}-officer2", reason="轮岗")
            officer = case.appeal.assignment.officer
            assert officer is not None
            assert officer.id == f"{unit}-officer2"
            assert case.result == "solved"

    def test_another_unit_goes_on_where_it_stands_and_the_enterprise_keeps_its_result(self) -> None:
        case = paid().do("supervisor", "reassign", unit="economic-crime", reason="统一追偿")
        assert case.view("enterprise")["result"]["outcome"] == "solved"
        case.do("economic-crime-officer", "sign")
        assert (case.stage, case.open, case.reading("handle").status) == (Stage.HANDLE, ["recover"], Status.MET)
        case.step("economic-crime-officer", "recover.recovered", {"amount": "10000.00", "from": "保险公司"})
        case.step("economic-crime-officer", "recover.settled")
        assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")

    def test_it_can_be_lifted_while_it_is_rectified(self) -> None:
        case = rectifying().do("supervisor", "lift", reason="整改不力")
        assert (case.stage, case.result) == (Stage.ASSIGN, "solved")

    def test_what_is_decided_and_done_is_not_handed_to_another_unit(self) -> None:
        case = passed()
        for _ in range(2):  # before and after it is answered
            assert case.refused("supervisor", "lift", reason="改").code == "already-decided"
            refusal = case.refused("supervisor", "reassign", unit="economic-crime", reason="改")
            assert (refusal.code, "可以更换承办民警" in refusal.detail) == ("already-decided", True)
            if case.stage is Stage.FEEDBACK:
                assert "reassign" in case.may("supervisor")
                case.answered()
        assert "reassign" not in case.may("supervisor")

    def test_once_answered_a_matter_without_a_document_in_force_is_taken_up_anew_by_another_unit(self) -> None:
        case = rectifying().step("supervision-officer", "rectify.done", told()).answered()
        assert {"reassign", "lift"} <= case.may("supervisor")
        case.do("supervisor", "reassign", unit="city", reason="重新核查")
        assert (case.stage, case.appeal.round, case.result) == (Stage.ASSIGN, 2, None)


class TestMoney:
    def test_the_enterprise_does_not_withdraw_while_money_is_out(self) -> None:
        case = paid()
        assert "withdraw" not in case.may("enterprise")
        refusal = case.refused("enterprise", "withdraw", reason="不办了")
        assert (refusal.code, refusal.detail) == ("accounts-open", "款项尚未结清，不能撤回；请待款项追回或者核销后办结")
        assert back(case).do("enterprise", "withdraw", reason="已还清").stage is Stage.CLOSED

    def test_before_anything_was_paid_it_may_withdraw(self) -> None:
        case = walk("rescue-advance").step("traffic-officer", "review.fit", {"proposed": "10000.00"})
        assert case.do("enterprise", "withdraw", reason="不办了").appeal.outcome is Outcome.WITHDRAWN

    def test_materials_that_never_come_do_not_close_what_is_owed(self) -> None:
        case = paid().do("traffic-officer", "request_supplement", items=["还款计划"], reason="追偿")
        case.until("2026-12-31 23:00")
        assert [e.reason for e in case.journal if e.action == "lapse"] == ["supplement_expired"]
        assert (case.stage, case.open, case.appeal.outcome) == (Stage.HANDLE, ["recover"], None)
        assert case.appeal.open_supplement is None
        assert case.step_reading("recover").status is Status.RUNNING
        assert back(case).step("traffic-officer", "recover.settled").stage is Stage.FEEDBACK


class TestCorrecting:
    def test_a_step_that_issued_a_document_or_told_the_enterprise_is_not_corrected(self) -> None:
        for case in (channel(), passed(), rectifying()):
            assert "correct" not in case.may("supervisor")
            refusal = case.refused("supervisor", "correct", seq=case.appeal.seq, reason="写错")
            assert (refusal.code, "撤销原文书" in refusal.detail) == ("not-correctable", True)

    def test_the_step_after_it_is(self) -> None:
        case = back(paid().wait(days=1), "1.00")
        case.do("supervisor", "correct", seq=case.appeal.seq, reason="金额有误")
        assert (case.yuan("recovered"), case.yuan("paid")) == ("0.00", "10000.00")
