"""Dissatisfied: once more, one level up, by somebody else; after the third round a supervisor decides."""

from __future__ import annotations

import pytest

from domain.errors import Forbidden
from domain.vocabulary import Outcome, Stage
from tests.domain.builders import ANSWER, RESULT, Case, World, step
from tests.domain.states import permit


@pytest.fixture
def case() -> Case:
    return World().case().answered()


def dissatisfied(case: Case) -> Case:
    return case.do("enterprise", "rate", grade=2, comment="没有解决")


@pytest.mark.parametrize("grade", [1, 2])
def test_a_bad_rating_opens_the_next_round_in_the_same_answer(case: Case, grade: int) -> None:
    case.do("enterprise", "rate", grade=grade)
    view = case.view("supervisor")
    assert (view["stage"], view["round"], view["result"], view["outcome"]) == ("assign", 2, None, None)
    assert view["assignment"]["lead_unit"] is None
    assert view["assignment"]["officer"] is None
    assert [(r["round"], r["grade"]) for r in view["ratings"]] == [(1, grade)]
    assert [e.action for e in case.entries("submit_result")] == ["submit_result"]


def test_a_return_visit_that_finds_the_enterprise_dissatisfied_does_the_same(case: Case) -> None:
    case.do("visitor", "record_visit", result="dissatisfied", text="仍有问题")
    assert (case.stage, case.appeal.round, case.appeal.result) == (Stage.ASSIGN, 2, None)


def test_a_satisfied_rating_is_overruled_by_a_dissatisfied_visit(case: Case) -> None:
    case.do("enterprise", "rate", grade=5).do("visitor", "record_visit", result="dissatisfied")
    assert (case.stage, case.appeal.round) == (Stage.ASSIGN, 2)


def test_the_handle_clock_starts_anew_and_everything_else_of_the_old_round_has_ended(case: Case) -> None:
    dissatisfied(case.wait(days=2))
    assert case.running() == {"handle"}
    assert (case.clock("handle").round, case.clock("handle").started_at) == (2, case.now)
    assert [c.ending for c in case.appeal.clocks if c.name == "handle"] == ["met", ""]


def test_the_superior_of_the_unit_that_led_assigns_it(case: Case) -> None:
    dissatisfied(case)
    assert case.appeal.assigning_unit.code == "branch"
    assert "assign" in case.may("dispatcher")


def test_a_round_that_the_branch_led_is_beyond_its_own_dispatcher() -> None:
    case = World().case().answered()
    case.do("supervisor", "lift", reason="影响重大")
    assert (case.view("admin")["assignment"]["lead_unit"], case.appeal.assigning_unit.code) == ("branch", "branch")
    case.do("supervisor", "lift", reason="影响重大")
    assert case.appeal.assigning_unit.code == "city"
    assert case.code_of("dispatcher", "assign", lead_unit="station-a") == "not-yours"
    assert case.code_of("supervisor", "lift", reason="影响重大") == "no-superior"
    assert case.do("supervisor", "assign", lead_unit="station-b").stage is Stage.ASSIGN


def test_a_round_of_a_detachment_is_assigned_by_the_bureau() -> None:
    case = permit(("review", "complete"), ("decide", "refuse")).do("hazmat_handler", "send_answer", **ANSWER)
    case.do("enterprise", "rate", grade=1)
    assert (case.appeal.assigning_unit.code, case.appeal.procedure) == ("city", ())
    assert case.clock("handle").budget == "24 hours"
    case.do("supervisor", "assign", lead_unit="public-order").do("hazmat_handler2", "sign")
    case.do("hazmat_handler2", "complete_step", **step("review", "complete"))
    # The leader decides in every round: he is not its handler.
    case.do("hazmat_leader", "complete_step", **step("decide", "refuse"))
    assert case.stage is Stage.FEEDBACK


def test_the_previous_handler_may_not_handle_it_again(case: Case) -> None:
    dissatisfied(case)
    assert isinstance(case.refused("dispatcher", "assign", lead_unit="station-a", officer="handler"), Forbidden)
    case.do("dispatcher", "assign", lead_unit="station-a")
    assert case.code_of("handler", "sign") == "previous-handler"
    case.do("handler2", "sign")
    assert case.code_of("handler", "submit_result", **RESULT) == "previous-handler"
    assert case.code_of("dispatcher", "reassign", officer="handler", reason="换人") == "previous-handler"
    assert "sign" not in case.may("handler")


def test_the_previous_officer_may_not_do_the_steps_of_a_permit_again() -> None:
    case = permit(("review", "complete"), ("decide", "refuse")).do("hazmat_handler", "send_answer", **ANSWER)
    case.do("enterprise", "rate", grade=1)
    case.do("supervisor", "assign", lead_unit="public-order").do("hazmat_handler2", "sign")
    assert case.code_of("hazmat_handler", "complete_step", **step("review", "complete")) == "previous-handler"


def test_who_only_inspected_is_not_the_previous_handler() -> None:
    case = permit(("review", "special"))
    case.do("hazmat_handler2", "complete_step", **step("inspect", "done"))
    case.do("hazmat_leader", "complete_step", **step("decide", "refuse")).do("hazmat_handler", "send_answer", **ANSWER)
    case.do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="public-order")
    assert case.appeal.former_officers == ("hazmat_handler",)
    assert case.do("hazmat_handler2", "sign").stage is Stage.HANDLE


def test_both_earlier_handlers_are_barred_from_the_third_round(case: Case) -> None:
    dissatisfied(case).again("handler2").do("enterprise", "rate", grade=1)
    assert case.appeal.former_officers == ("handler", "handler2")
    case.do("dispatcher", "assign", lead_unit="station-a")
    assert {case.code_of(who, "sign") for who in ("handler", "handler2")} == {"previous-handler"}


class TestAfterTheThirdRound:
    @pytest.fixture
    def case(self) -> Case:
        return World().case().third()

    @pytest.mark.parametrize(
        ("who", "action", "body"),
        [("enterprise", "rate", {"grade": 1}), ("visitor", "record_visit", {"result": "dissatisfied"})],
    )
    def test_it_waits_for_a_supervisor_and_for_nobody_else(
        self, case: Case, who: str, action: str, body: dict[str, object]
    ) -> None:
        case.do(who, action, **body)
        assert (case.stage, case.appeal.round) == (Stage.EVALUATE, 3)
        assert case.running() == {"review"}
        assert case.may("enterprise") == {"withdraw", "add_information", "confirm_receipt"}
        assert case.may("visitor") == set()
        assert case.code_of("supervisor", "lift", reason="重大") == "round-decision-pending"
        assert case.code_of("supervisor", "reassign", unit="station-a", reason="换") == "round-decision-pending"

    def test_the_supervisor_may_open_another_round(self, case: Case) -> None:
        case.do("enterprise", "rate", grade=1).do("supervisor", "decide_round", again=True, explanation="再查一次")
        assert (case.stage, case.appeal.round, case.running()) == (Stage.ASSIGN, 4, {"handle"})
        assert not case.appeal.decision_due

    def test_or_close_it_as_not_solvable_with_a_written_explanation(self, case: Case) -> None:
        case.do("enterprise", "rate", grade=1).do("supervisor", "decide_round", again=False, explanation="已尽力")
        assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.NOT_SOLVABLE)
        assert case.last.data == {"again": False, "explanation": "已尽力"}

    def test_it_cannot_be_closed_as_unreachable_instead(self, case: Case) -> None:
        for _ in range(3):
            case.do("visitor", "record_visit", result="unreachable")
        case.do("enterprise", "rate", grade=1)
        assert case.code_of("supervisor", "close_unreachable", reason="未接") == "round-decision-pending"

    def test_nothing_is_decided_before_it_is_due(self, case: Case) -> None:
        assert case.code_of("supervisor", "decide_round", again=True, explanation="再办") == "no-decision-due"


class TestJudging:
    @pytest.mark.parametrize("grade", [3, 4, 5])
    def test_rating_then_visit_closes(self, case: Case, grade: int) -> None:
        case.do("enterprise", "rate", grade=grade)
        assert case.stage is Stage.EVALUATE
        case.do("visitor", "record_visit", result="satisfied")
        assert (case.stage, case.appeal.outcome, case.appeal.closed_at) == (Stage.CLOSED, Outcome.SOLVED, case.now)

    def test_visit_then_rating_closes(self, case: Case) -> None:
        case.do("visitor", "record_visit", result="satisfied").do("enterprise", "rate", grade=3)
        assert case.stage is Stage.CLOSED

    def test_a_visit_closes_once_the_rating_has_lapsed(self, case: Case) -> None:
        case.wait(days=8)
        assert (case.stage, [e.data["clock"] for e in case.entries("lapse")]) == (Stage.EVALUATE, ["rating"])
        assert case.code_of("enterprise", "rate", grade=1) == "rating-lapsed"
        assert case.do("visitor", "record_visit", result="satisfied").stage is Stage.CLOSED
        assert case.appeal.ratings == ()

    def test_a_rating_that_lapses_after_the_visit_closes(self, case: Case) -> None:
        case.do("visitor", "record_visit", result="satisfied").wait(days=8)
        assert (case.stage, case.appeal.outcome, case.last.action) == (Stage.CLOSED, Outcome.SOLVED, "lapse")

    def test_a_rating_alone_closes_nothing_however_long_one_waits(self, case: Case) -> None:
        case.do("enterprise", "rate", grade=5).wait(days=200)
        assert case.stage is Stage.EVALUATE
        assert case.reading("visit").status == "breached"

    def test_there_is_one_rating_a_round(self, case: Case) -> None:
        case.do("enterprise", "rate", grade=5)
        assert case.code_of("enterprise", "rate", grade=1) == "already-rated"

    def test_nobody_rates_his_own_work(self, case: Case) -> None:
        assert case.code_of("handler", "rate", grade=5) == "self-rating"
        assert case.code_of("handler3", "rate", grade=5) == "forbidden"
        assert case.code_of("enterprise2", "rate", grade=5) == "not-yours"

    def test_the_unit_that_handled_it_does_not_visit(self) -> None:
        case = World().case().accepted().do("dispatcher", "assign", lead_unit="liaison-a")
        assert case.code_of("visitor", "record_visit", result="satisfied") == "not-yours"

    def test_a_visit_that_reached_somebody_is_the_last_of_its_round(self, case: Case) -> None:
        case.do("visitor", "record_visit", result="unreachable").do("visitor", "record_visit", result="satisfied")
        assert case.code_of("visitor", "record_visit", result="dissatisfied") == "already-visited"

    def test_after_three_tries_a_supervisor_may_close_it_as_unreachable(self, case: Case) -> None:
        for tries in range(3):
            assert case.code_of("supervisor", "close_unreachable", reason="未接") == "visits-left"
            case.do("visitor", "record_visit", result="unreachable", text=f"第{tries + 1}次")
        assert case.code_of("visitor", "record_visit", result="satisfied") == "visits-exhausted"
        case.do("supervisor", "close_unreachable", reason="三次未接")
        assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.UNREACHABLE)

    def test_receipt_is_confirmed_once(self, case: Case) -> None:
        case.do("enterprise", "confirm_receipt")
        assert case.view("enterprise")["result"]["received_at"] is not None
        assert case.code_of("enterprise", "confirm_receipt") == "already-confirmed"


class TestReview:
    def test_a_refused_result_goes_back_to_work_without_it(self) -> None:
        case = World().case().submitted()
        assert case.code_of("leader", "review", approved=False) == "reason-required"
        case.do("leader", "review", approved=False, reason="未附证据")
        assert (case.stage, case.appeal.result) == (Stage.HANDLE, None)
        case.do("handler", "submit_result", **RESULT).do("leader", "review", approved=True)
        assert case.code_of("leader", "review", approved=True) == "nothing-to-review"

    def test_nothing_is_sent_before_it_has_been_reviewed(self) -> None:
        assert World().case().submitted().code_of("handler", "send_answer", **ANSWER) == "review-first"

    def test_nobody_reviews_what_he_handled_himself(self) -> None:
        case = World().case().accepted().do("dispatcher", "assign", lead_unit="public-order")
        case.do("hazmat_leader", "sign").do("hazmat_leader", "submit_result", **RESULT)
        assert case.code_of("hazmat_leader", "review", approved=True) == "own-work"
        assert "review" not in case.may("hazmat_leader")


class TestOnceItIsAnswered:
    """A supervisor may still hand it on; that is a new round, since the enterprise gets another answer to judge."""

    def test_an_officer_who_was_swapped_before_the_answer_has_handled_it_too(self) -> None:
        case = World().case().approved().do("dispatcher", "reassign", officer="handler2", reason="换人")
        case.do("handler2", "send_answer", **ANSWER)
        for who in ("handler", "handler2"):
            named = {"unit": "station-a", "officer": who, "reason": "重办"}
            assert case.code_of("supervisor", "reassign", **named) == "previous-handler"
        dissatisfied(case).do("dispatcher", "assign", lead_unit="station-a")
        assert case.appeal.former_officers == ("handler", "handler2")
        assert case.appeal.round_officers == ()
        assert {case.code_of(who, "sign") for who in ("handler", "handler2")} == {"previous-handler"}

    def test_so_has_the_one_whose_unit_lost_it_but_not_one_who_never_signed(self) -> None:
        case = World().case().signed().do("dispatcher", "reassign", unit="station-b", reason="改派")
        case.do("dispatcher", "reassign", officer="handler3", reason="指名")
        case.do("supervisor", "reassign", unit="public-order", officer="hazmat_handler2", reason="改派")
        case.do("hazmat_handler", "sign").do("hazmat_handler", "submit_result", **RESULT)
        case.do("hazmat_leader", "review", approved=True).do("hazmat_handler", "send_answer", **ANSWER)
        assert dissatisfied(case).appeal.former_officers == ("handler", "hazmat_handler")

    def test_withdrawn_now_it_ends_as_it_was_answered(self, case: Case) -> None:
        case.do("enterprise", "withdraw", reason="已解决")
        assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.SOLVED)

    def test_lifting_it_opens_the_next_round_at_the_superior_unit(self, case: Case) -> None:
        case.do("enterprise", "rate", grade=5).do("supervisor", "lift", reason="影响重大")
        assert (case.stage, case.appeal.round, case.appeal.result) == (Stage.ASSIGN, 2, None)
        assert (case.view("admin")["assignment"]["lead_unit"], case.running()) == ("branch", {"handle", "sign"})
        assert case.appeal.former_officers == ("handler",)

    def test_reassigning_it_opens_the_next_round_at_that_unit(self, case: Case) -> None:
        named = {"unit": "station-b", "officer": "handler", "reason": "换单位"}
        assert case.code_of("supervisor", "reassign", **named) == "previous-handler"
        case.do("supervisor", "reassign", unit="station-b", reason="换单位").do("handler3", "sign")
        assert (case.stage, case.appeal.round, case.appeal.assigning_unit.code) == (Stage.HANDLE, 2, "branch")

    def test_changing_the_officer_alone_is_pointless(self, case: Case) -> None:
        named = {"officer": "handler2", "reason": "换人"}
        assert case.code_of("supervisor", "reassign", **named) == "unit-needed"

    def test_a_dispatcher_may_not(self, case: Case) -> None:
        assert case.code_of("dispatcher", "reassign", unit="station-b", reason="换单位") == "illegal-transition"
