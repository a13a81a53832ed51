"""一警双派 (S1·1): two units at the same moment; each signs for its own, and with both reports there is a result."""

from __future__ import annotations

import pytest

from domain.rules import EDITIONS, Policy
from domain.vocabulary import Outcome, Stage
from tests.domain.builders import ANSWER, RESULT, Case, World
from tests.domain.states import for_two, signed_by_two


def open_signatures(case: Case) -> list[str]:
    return [c.owner for c in case.appeal.clocks if c.name == "sign" and c.ended_at is None]


def ended_signatures(case: Case) -> list[tuple[str, str]]:
    return [(c.owner, c.ending) for c in case.appeal.clocks if c.name == "sign" and c.ended_at]


def test_each_signs_for_its_own_and_the_first_signature_moves_it() -> None:
    case = for_two()
    assert (case.stage, open_signatures(case)) == (Stage.ASSIGN, ["station-a", "station-b"])
    case.do("handler3", "sign")
    assert (case.stage, open_signatures(case)) == (Stage.HANDLE, ["station-a"])
    assert [(lead["unit"], lead["officer"]) for lead in case.view("admin")["assignment"]["leads"]] == [
        ("station-a", None),
        ("station-b", "handler3"),
    ]
    case.wait(minutes=30).do("handler", "sign")
    assert (case.stage, ended_signatures(case)) == (Stage.HANDLE, [("station-a", "met"), ("station-b", "met")])
    assert case.appeal.officers_now() == ("handler3", "handler")


def test_who_has_signed_signs_no_more_and_others_never() -> None:
    case = for_two().do("handler", "sign")
    assert case.code_of("handler2", "sign") == "illegal-transition"
    assert "sign" not in case.may("handler")
    assert "sign" in case.may("handler3")
    assert case.code_of("hazmat_handler", "sign") == "not-yours"


def test_a_unit_that_does_not_sign_in_time_is_called_for_itself() -> None:
    case = for_two().do("handler", "sign").wait(hours=3)
    told = [(n.unit, n.audience) for n in case.notices if n.data.get("clock") == "sign"]
    assert told == [("station-b", ("handler",)), ("station-b", ("leader",)), ("station-b", ("duty",))]


def test_both_report_before_there_is_a_result() -> None:
    case = signed_by_two().do("handler", "submit_result", outcome="solved", text="现场已处置", evidence=["照片"])
    assert (case.stage, case.appeal.result, "review" in case.running()) == (Stage.HANDLE, None, False)
    case.do("handler3", "submit_result", outcome="partly_solved", text="已立案")
    result = case.appeal.result
    assert result is not None
    assert (case.stage, result.outcome, result.evidence) == (Stage.FEEDBACK, Outcome.PARTLY_SOLVED, ("照片",))
    assert result.text == "甲派出所:现场已处置\n乙派出所:已立案"
    leads = case.view("supervisor")["assignment"]["leads"]
    assert [lead["report"]["text"] for lead in leads] == ["现场已处置", "已立案"]
    assert [lead["report"] for lead in case.view("enterprise")["assignment"]["leads"]] == [None, None]


def test_where_they_agree_that_is_the_outcome() -> None:
    case = signed_by_two().do("handler3", "submit_result", **RESULT).do("handler", "submit_result", **RESULT)
    assert case.appeal.result is not None
    assert case.appeal.result.outcome is Outcome.SOLVED


def test_a_report_may_be_mended_until_the_other_is_there_and_after_a_refused_review() -> None:
    case = signed_by_two().do("handler", "submit_result", **RESULT)
    case.do("handler", "submit_result", outcome="solved", text="更正:已处置").do("handler3", "submit_result", **RESULT)
    case.do("leader", "review", approved=False, reason="请补充").do("handler", "submit_result", **RESULT)
    assert case.stage is Stage.FEEDBACK
    assert len(case.appeal.assignment.reports) == 2


def test_a_unit_reports_only_what_it_has_signed_for() -> None:
    case = for_two().do("handler", "sign")
    assert case.code_of("handler3", "submit_result", **RESULT) == "sign-first"
    assert "submit_result" not in case.may("handler3")


def test_neither_of_them_reviews_visits_or_rates_its_own_work() -> None:
    case = signed_by_two().do("handler", "submit_result", **RESULT).do("handler3", "submit_result", **RESULT)
    case.do("leader", "review", approved=True).do("handler3", "send_answer", **ANSWER)
    assert case.code_of("handler3", "rate", grade=5) == "self-rating"
    assert case.code_of("handler", "rate", grade=5) == "self-rating"
    assert "record_visit" in case.may("visitor")


def test_both_handled_it_and_neither_does_in_the_next_round() -> None:
    case = signed_by_two().do("handler", "submit_result", **RESULT).do("handler3", "submit_result", **RESULT)
    case.do("leader", "review", approved=True).do("handler", "send_answer", **ANSWER).do("enterprise", "rate", grade=1)
    assert case.appeal.former_officers == ("handler", "handler3")
    case.do("dispatcher", "assign", lead_unit="station-b")
    assert case.code_of("handler3", "sign") == "previous-handler"


@pytest.mark.parametrize(("who", "left"), [("handler", "station-b"), ("handler3", "station-a")])
def test_one_of_them_returns_it_and_the_other_has_it_alone(who: str, left: str) -> None:
    case = for_two().do(who, "return_assignment", reason="不属本所")
    given = case.view("dispatcher")["assignment"]
    assert (case.stage, given["lead_unit"], given["second_lead"], given["returns"]) == (Stage.ASSIGN, left, None, 1)
    assert open_signatures(case) == [left]
    assert [(n.template, n.audience) for n in case.told] == [("return_assignment", ("dispatcher",))]
    other = {"station-a": "handler", "station-b": "handler3"}[left]
    case.do(other, "sign")
    assert (case.stage, open_signatures(case)) == (Stage.HANDLE, [])
    case.do(other, "submit_result", **RESULT)
    assert case.stage is Stage.FEEDBACK


def test_one_may_still_return_it_when_the_other_has_signed() -> None:
    case = for_two().do("handler3", "sign").do("handler", "return_assignment", reason="不属本所")
    given = case.view("dispatcher")["assignment"]
    assert (case.stage, given["lead_unit"], given["officer"]) == (Stage.HANDLE, "station-b", "handler3")
    assert given["signed_at"] is not None
    assert case.code_of("handler3", "return_assignment", reason="x") == "illegal-transition"


def test_when_both_have_returned_it_a_supervisor_names_the_final_owner() -> None:
    case = for_two().do("handler", "return_assignment", reason="非").do("handler3", "return_assignment", reason="非")
    assert (case.appeal.lead, case.appeal.assignment.returns) == (None, 2)
    assert case.code_of("dispatcher", "assign", lead_unit="station-a") == "final-owner-needed"


def test_two_are_two_units_within_reach_and_named_together() -> None:
    case = World().case().accepted()
    assert case.code_of("dispatcher", "assign", lead_unit="station-a", second_lead="station-a") == "same-unit"
    assert case.code_of("dispatcher", "assign", lead_unit="station-a", second_lead="nowhere") == "unknown-unit"
    assert case.code_of("dispatcher", "assign", lead_unit="station-a", second_lead="city") == "unit-out-of-reach"
    case.do("dispatcher", "assign", lead_unit="station-a").do("handler", "sign")
    assert (
        case.code_of("dispatcher", "reassign", officer="handler2", second_lead="station-b", reason="x") == "unit-needed"
    )
    case.do("dispatcher", "reassign", unit="station-a", second_lead="public-order", reason="一警双派")
    assert (case.stage, open_signatures(case)) == (Stage.ASSIGN, ["station-a", "public-order"])


def test_urgency_shortens_the_time_of_both() -> None:
    case = for_two().do("leader", "set_urgency", urgent=True, reason="停产")
    assert [c.budget for c in case.appeal.clocks if c.name == "sign"] == ["30 minutes", "30 minutes"]


class TestReturningInTime:
    @pytest.fixture
    def case(self) -> Case:
        return World().case(policy=Policy("p", edition=EDITIONS[-1], return_within="1 working day")).assigned()

    def test_a_unit_that_has_kept_it_for_longer_has_taken_it(self, case: Case) -> None:
        case.until("2026-09-08 17:29")
        assert "return_assignment" in case.may("handler")
        case.until("2026-09-08 17:30")
        assert case.code_of("handler", "return_assignment", reason="非辖区") == "return-too-late"
        assert "return_assignment" not in case.may("handler")
        case.do("dispatcher", "reassign", unit="station-b", reason="确非其辖区")
        assert case.appeal.lead is not None

    def test_rules_of_before_have_no_such_limit(self) -> None:
        case = World().case().assigned().wait(days=5)
        assert case.do("handler", "return_assignment", reason="非辖区").stage is Stage.ASSIGN
