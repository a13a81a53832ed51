"""One complete request (一次性告知), gaps against a promise (容缺受理), and what never comes."""

from __future__ import annotations

import pytest

from domain.vocabulary import Outcome, Stage, Status
from tests.domain.builders import Case, World
from tests.domain.walker import at

STATEMENT = {"code": "statement", "reference": "f-1"}
PHOTOS = {"code": "photos", "reference": "f-2"}


class TestAtTheWindow:
    @pytest.fixture
    def case(self) -> Case:
        return World().case("with-materials")

    def test_what_is_missing_and_cannot_wait_is_asked_for_first(self, case: Case) -> None:
        assert case.code_of("window", "accept") == "materials-missing"
        ways = {"request_supplement", "reject", "merge", "transfer", "add_information", "change_service"}
        assert case.may("window") == ways

    def test_the_accept_clock_stands_still_while_the_enterprise_owes(self, case: Case) -> None:
        case.wait(hours=1).do("window", "request_supplement", items=["情况说明"], reason="缺情况说明")
        assert (case.appeal.status, case.reading("accept").status) == (Status.WAITING_ENTERPRISE, "paused")
        assert case.reading("supplement").due_at == at("2026-09-14 17:30")
        case.until("2026-09-09 11:00").do("enterprise", "supplement", items=["情况说明"])
        assert (case.appeal.status, case.clock("supplement").ending) == (Status.OPEN, "met")
        assert case.reading("accept").due_at == at("2026-09-09 17:30")

    @pytest.mark.parametrize("item", ["情况说明", "statement", STATEMENT])
    def test_what_is_brought_counts_by_code_or_by_name(self, case: Case, item: object) -> None:
        case.do("window", "request_supplement", items=["情况说明"]).do("window", "supplement", items=[item])
        assert case.code_of("window", "accept") == "commitment-needed"
        assert case.do("window", "accept", commitments=["现场照片"]).stage is Stage.ASSIGN

    def test_it_is_asked_for_once_in_a_stage(self, case: Case) -> None:
        case.do("window", "request_supplement", items=["情况说明"])
        assert case.code_of("window", "request_supplement", items=["现场照片"]) == "supplement-pending"
        assert case.code_of("window", "accept") == "supplement-pending"
        case.do("enterprise", "supplement", items=["别的"])
        assert case.code_of("window", "request_supplement", items=["现场照片"]) == "supplement-already-asked"

    @pytest.mark.parametrize("who", ["enterprise", "window"])
    def test_the_enterprise_brings_it_itself_or_to_the_window(self, case: Case, who: str) -> None:
        case.do("window", "request_supplement", items=["情况说明"]).do(who, "supplement", items=[STATEMENT])
        (asked,) = case.view("enterprise")["supplements"]
        assert (asked["items"], asked["supplied"], asked["reason"]) == (["情况说明"], [STATEMENT], "")

    def test_what_never_comes_closes_it_as_withdrawn(self, case: Case) -> None:
        case.do("window", "request_supplement", items=["情况说明"]).until("2026-09-14 17:30")
        assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)
        assert (case.last.action, case.last.reason) == ("lapse", "supplement_expired")
        assert (case.appeal.open_supplement, case.running()) == (None, set())
        assert [n.template for n in case.told] == ["warning", "lapsed"]
        assert {n.audience for n in case.told} == {("enterprise",)}

    def test_withdrawn_meanwhile_nothing_is_owed(self, case: Case) -> None:
        case.do("window", "request_supplement", items=["情况说明"]).do("enterprise", "withdraw", reason="不办了")
        assert case.appeal.open_supplement is None

    def test_it_is_not_transferred_while_something_is_owed(self, case: Case) -> None:
        case.do("window", "request_supplement", items=["情况说明"])
        assert case.code_of("window", "transfer", body="street-a", reason="非警务") == "supplement-pending"

    def test_lifted_meanwhile_the_limit_waits_for_the_enterprise_all_the_same(self, case: Case) -> None:
        case.do("window", "request_supplement", items=["情况说明"]).do("supervisor", "lift", reason="重大")
        assert (case.stage, case.appeal.status, case.clock("accept").ending) == (
            Stage.ASSIGN, Status.WAITING_ENTERPRISE, "met",
        )  # fmt: skip
        assert {case.reading(name).status for name in ("handle", "statutory")} == {"paused"}
        case.wait(hours=1).do("enterprise", "supplement", items=["情况说明"])
        assert {case.reading(name).status for name in ("handle", "statutory")} == {"running"}


class TestGaps:
    @pytest.fixture
    def case(self) -> Case:
        return World().case("with-materials", materials=(STATEMENT,)).do("window", "accept", commitments=["现场照片"])

    def test_a_gap_that_may_wait_is_promised_with_a_clock_of_its_own(self, case: Case) -> None:
        assert (case.stage, case.running()) == (Stage.ASSIGN, {"handle", "statutory", "commitment"})
        assert case.reading("commitment").due_at == at("2026-09-20 17:30")
        assert case.view("enterprise")["commitments"] == ["现场照片"]

    @pytest.mark.parametrize("who", ["enterprise", "window"])
    def test_the_promise_is_kept_by_bringing_it(self, case: Case, who: str) -> None:
        case.do(who, "supplement", items=[PHOTOS])
        assert (case.clock("commitment").ending, case.view("enterprise")["commitments"]) == ("met", [])
        assert case.code_of(who, "supplement", items=[PHOTOS]) == "nothing-owed"

    def test_what_was_asked_for_comes_before_what_was_promised(self, case: Case) -> None:
        case.do("dispatcher", "assign", lead_unit="station-a").do("handler", "sign")
        case.do("handler", "request_supplement", items=["证明"]).do("enterprise", "supplement", items=["证明"])
        assert (case.clock("supplement").ending, case.clock("commitment").ending) == ("met", "")

    def test_with_everything_there_nothing_is_promised(self) -> None:
        case = World().case("with-materials", materials=(STATEMENT, PHOTOS)).accepted()
        assert case.running() == {"handle", "statutory"}


class TestInHand:
    @pytest.fixture
    def case(self) -> Case:
        return World().case("with-statute").signed()

    def test_both_limits_stand_still_while_the_enterprise_owes(self, case: Case) -> None:
        case.do("handler", "request_supplement", items=["证明"]).until("2026-09-09 10:00")
        assert {case.reading(name).status for name in ("handle", "statutory")} == {"paused"}
        case.do("enterprise", "supplement", items=["证明"])
        assert (case.reading("handle").due_at, case.reading("statutory").due_at) == (
            at("2026-09-15 17:30"),
            at("2026-09-11 17:30"),
        )

    def test_each_stage_and_each_round_may_ask_once(self, case: Case) -> None:
        case.do("handler", "request_supplement", items=["证明"]).do("enterprise", "supplement", items=["证明"])
        assert case.code_of("handler", "request_supplement", items=["又一份"]) == "supplement-already-asked"
        case.do("handler", "submit_result", outcome="solved", text="已办").do("leader", "review", approved=True)
        case.do("handler", "send_answer", text="答复", method="sms").do("enterprise", "rate", grade=1)
        case.do("dispatcher", "assign", lead_unit="station-b").do("handler3", "sign")
        assert case.do("handler3", "request_supplement", items=["另一份"]).appeal.open_supplement is not None

    def test_the_window_no_longer_asks_once_a_unit_has_signed(self, case: Case) -> None:
        assert "request_supplement" not in case.may("window")
        assert case.code_of("window", "request_supplement", items=["证明"]) == "illegal-transition"

    def test_no_result_before_it_is_settled(self, case: Case) -> None:
        case.do("handler", "request_supplement", items=["证明"])
        assert case.code_of("handler", "submit_result", outcome="solved", text="已办") == "supplement-pending"

    def test_brought_after_the_unit_changed_it_still_ends_the_waiting(self, case: Case) -> None:
        case.do("handler", "request_supplement", items=["证明"])
        case.do("supervisor", "reassign", unit="station-b", reason="换").wait(hours=2)
        case.do("enterprise", "supplement", items=["证明"])
        assert (case.stage, case.reading("handle").status) == (Stage.ASSIGN, "running")

    def test_so_it_does_after_the_matter_was_lifted(self, case: Case) -> None:
        case.do("handler", "request_supplement", items=["证明"]).do("supervisor", "lift", reason="久拖未决")
        assert case.reading("handle").status == "paused"
        assert case.do("enterprise", "supplement", items=["证明"]).reading("handle").status == "running"


class TestTurnedAway:
    def test_a_rejection_names_reason_basis_and_where_to_go(self) -> None:
        body = {"reason": "非警务", "legal_basis": "规定第三条", "remedy": "可向住建部门反映"}
        case = World().case().do("window", "reject", **body)
        assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.REJECTED)
        assert (case.last.reason, case.last.data["remedy"]) == ("非警务", "可向住建部门反映")

    def test_a_crime_report_is_never_rejected_but_accepted_and_transferred(self) -> None:
        case = World().case("crime-report")
        assert case.code_of("window", "reject", reason="x", legal_basis="y", remedy="z") == "never-rejected"
        assert "reject" not in case.may("window")
        assert case.accepted().transferred().stage is Stage.HANDLE

    def test_a_duplicate_is_merged_into_another_appeal_only(self) -> None:
        case = World().case()
        assert case.code_of("window", "merge", into=case.appeal.number) == "merge-into-itself"
        case.do("window", "merge", into="SQ20260901-00000009")
        assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.MERGED)
