"""What is to be done next, and by whom: of every stage, of steps, and of what waits beside them."""

from __future__ import annotations

from typing import Any

import pytest

from domain.open_work import open_work, turns_of
from domain.vocabulary import Role, Stage
from tests.domain.builders import RESULT, Case, World
from tests.domain.states import (
    asked_station_b,
    extension_asked,
    for_two,
    never_reached,
    owing,
    park_asked,
    permit,
    plain,
    rounds_used_up,
    signed_by_two,
    transferred,
)
from tests.domain.stepwise import begun, service, step, take, to


def said(case: Case) -> list[str]:
    """What is to be done by whom, one word for each."""
    return [f"{one.step or one.action.value} {one.whose}" for one in open_work(case.appeal)]


@pytest.mark.parametrize(
    ("stage", "work"),
    [
        (Stage.ACCEPT, ["accept window:branch"]),
        (Stage.ASSIGN, ["sign handler:station-a"]),
        (Stage.HANDLE, ["submit_result handler"]),
        (Stage.FEEDBACK, ["review leader:station-a"]),
        (Stage.EVALUATE, ["record_visit visitor:", "rate enterprise:"]),
        (Stage.CLOSED, []),
    ],
)
def test_each_stage_waits_for_its_people(stage: Stage, work: list[str]) -> None:
    assert said(plain(stage)) == work


def test_what_is_accepted_waits_for_the_dispatcher_and_after_too_many_returns_for_a_supervisor() -> None:
    case = World().case("appeal-general").accepted()
    assert said(case) == ["assign dispatcher:branch"]
    for unit, officer in (("station-a", "handler"), ("station-b", "handler3")):
        case.do("dispatcher", "assign", lead_unit=unit).do(officer, "return_assignment", reason="非本辖区")
    assert said(case) == ["name_final_owner supervisor:"]


def test_an_officer_who_was_named_signs_and_answers() -> None:
    case = World().case("appeal-general").accepted()
    case.do("dispatcher", "assign", lead_unit="station-a", officer="handler2")
    assert said(case) == ["sign handler2"]
    case.do("handler2", "sign").do("handler2", "submit_result", **RESULT).do("leader", "review", approved=True)
    assert said(case) == ["send_answer handler2"]


def test_of_two_units_each_signs_and_reports_for_its_own() -> None:
    case = for_two()
    assert said(case) == ["sign handler:station-a", "sign handler:station-b"]
    case.do("handler", "sign")
    assert said(case) == ["submit_result handler", "sign handler:station-b"]
    case.do("handler3", "sign")
    assert said(case) == ["submit_result handler", "submit_result handler3"]
    assert said(signed_by_two().do("handler", "submit_result", **RESULT)) == ["submit_result handler3"]


def test_what_the_enterprise_owes_stands_before_the_work() -> None:
    assert said(owing(Stage.ACCEPT)) == ["supplement enterprise:"]
    assert said(owing(Stage.HANDLE)) == ["submit_result handler", "supplement enterprise:"]
    case = World().case("appeal-general").signed().do("handler", "request_supplement", items=["照片"], reason="缺")
    assert said(case) == ["supplement enterprise:"]
    assert turns_of(case.appeal) == ("enterprise:",)


def test_what_lies_outside_waits_there_and_its_answer_at_the_window() -> None:
    case = transferred(Stage.HANDLE)
    assert said(case) == ["transfer_receipt system:hotline-12345"]
    case.do("system", "transfer_receipt", body="hotline-12345")
    assert said(case) == ["transfer_reply system:hotline-12345"]
    case.do("system", "transfer_reply", body="hotline-12345", text="已修复")
    assert said(case) == ["send_answer window:branch"]


def test_what_is_asked_beside_waits_for_those_who_are_asked() -> None:
    assert said(asked_station_b(Stage.HANDLE)) == ["submit_result handler", "answer_cooperation handler:station-b"]
    assert said(extension_asked(Stage.HANDLE)) == ["submit_result handler", "decide_extension leader:station-a"]
    assert said(park_asked(Stage.HANDLE)) == ["submit_result handler", "approve_park leader:station-a"]
    assert turns_of(asked_station_b(Stage.HANDLE).appeal) == ("handler", "handler:station-b")


def test_visits_are_made_by_visitors_or_decided_by_a_supervisor() -> None:
    assert said(never_reached(Stage.EVALUATE))[0] == "close_unreachable supervisor:"
    assert said(rounds_used_up(Stage.EVALUATE)) == ["decide_round supervisor:"]
    secret = World().case("secret-clue").answered()
    assert said(secret)[0] == "record_visit supervisor:"
    rated = plain(Stage.EVALUATE, "appeal-general").do("enterprise", "rate", grade=5)
    assert said(rated) == ["record_visit visitor:"]
    visited = World().case("appeal-general").answered().do("visitor", "record_visit", result="satisfied")
    assert said(visited) == ["rate enterprise:"]


def test_a_step_waits_for_the_people_it_names() -> None:
    assert said(permit()) == ["review handler:public-order"]
    assert said(permit(("review", "complete"))) == ["decide leader:public-order"]
    assert said(permit(("review", "incomplete"))) == ["supplement enterprise:"]


def _open(*steps: Any, **more: Any) -> Case:
    return begun(service(*steps, **more))


def test_every_unit_of_a_step_does_its_own_part() -> None:
    respond = step("respond", to("done", "sum_up"), by=("station-a", "station-b"), each=True)
    case = _open(respond, step("sum_up", to("done", "feedback")))
    assert said(case) == ["respond handler:station-a", "respond handler:station-b"]
    take(case, "respond", "done", "handler", "station-a")
    assert said(case) == ["respond handler:station-b"]


def test_of_two_units_that_lead_each_has_its_own_officer_for_a_step() -> None:
    look = step("look", to("done", "feedback"), by=("lead", "second"), each=True)
    case = begun(service(look, automatic=False), lead=None).do("window", "accept")
    case.do("dispatcher", "assign", lead_unit="station-a", second_lead="station-b").do("handler", "sign")
    assert said(case) == ["look handler", "look handler:station-b", "sign handler:station-b"]
    case.do("handler3", "sign")
    assert said(case) == ["look handler", "look handler3"]


def test_what_others_do_waits_for_them_and_what_an_outside_body_says_is_recorded_by_the_lead() -> None:
    assert said(_open(step("bring", to("done", "feedback"), by=("enterprise",)))) == ["bring enterprise:"]
    assert said(_open(step("report", to("done", "feedback"), by=("system",)))) == ["report system:"]
    assert said(_open(step("ask", to("done", "feedback"), by=("street-a",)))) == ["ask handler:public-order"]
    leaders = step("decide", to("done", "feedback"), roles=(Role.LEADER, Role.INSPECTOR))
    assert said(_open(leaders)) == ["decide leader:public-order", "decide inspector:public-order"]
    by_itself = step("wait", to("later", "feedback", when="steps.wait.passes > 0"), roles=(), automatic=True)
    assert said(_open(by_itself)) == ["wait system:"]


def test_an_officer_who_may_not_do_a_step_leaves_it_to_the_others_of_the_unit() -> None:
    steps = (
        step("look", to("done", "judge")),
        step("judge", to("done", "feedback"), apart_from=("look",)),
    )
    case = begun(service(*steps, automatic=False), lead=None).assigned().do("handler", "sign")
    assert said(case) == ["look handler"]
    take(case, "look", "done", "handler")
    assert said(case) == ["judge handler:station-a"]


def test_parking_that_was_asked_for_waits_for_nobody_any_more_once_the_steps_are_done() -> None:
    case = begun(service(step("work", to("done", "feedback"))))
    case.do("hazmat_handler", "park", reason="等待批复", review_on="2026-10-20")
    assert said(case)[1:] == ["approve_park leader:public-order"]
    assert [one.split()[0] for one in said(take(case, "work", "done"))] == ["send_answer"]


def test_who_was_asked_and_has_answered_has_nothing_more_to_do() -> None:
    case = asked_station_b(Stage.HANDLE)
    answered = Case(case.appeal, case.now, [*case.journal]).do("handler3", "answer_cooperation", text="已提供")
    assert said(answered) == ["submit_result handler"]
    assert said(plain(Stage.CLOSED)) == []
