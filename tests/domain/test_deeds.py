"""A clock's sentence names what is due: which step, and after the work the review, the answer or the decision."""

from __future__ import annotations

from domain.clock import ClockName
from domain.clock_names import bare_name_of, name_of, named
from domain.clock_view import clock_view
from domain.deeds import deed_of
from domain.entry_view import render_entry
from domain.masking import Sight
from domain.service import Limit
from tests.domain.builders import ACTORS, ANSWER, RESULT, Case, World
from tests.domain.states import permit
from tests.domain.stepwise import begun, service, step, take, to

ISSUED = (("review", "complete"), ("decide", "approve"), ("issue", "done"))


def reviews(case: Case) -> list[tuple[str, str]]:
    """How the sentence of each review clock ends, in both languages."""
    shown = [c for c in case.view("supervisor")["clocks"] if c["name"] == "review"]
    return [(c["summary"].split("应于")[1], c["summary_en"].split("to be ")[1]) for c in shown]


def test_a_permit_that_is_issued_has_to_be_handed_over_not_reviewed() -> None:
    ((chinese, english),) = reviews(permit(*ISSUED))
    assert chinese.endswith("前送达答复。")
    assert english.startswith("answered by ")
    shown = next(c for c in permit(*ISSUED).view("supervisor")["clocks"] if c["name"] == "review")
    assert "作出办理结果" in shown["summary"]


def test_a_result_that_somebody_wrote_has_to_be_reviewed_and_one_found_unsatisfactory_decided_on() -> None:
    found = reviews(World().case("with-statute").third().do("enterprise", "rate", grade=1))
    assert all("前审核；已于" in chinese for chinese, _ in found[:-1])
    assert found[-1][0].endswith("前决定是否再次办理。")
    assert found[-1][1].startswith("decided on whether to take it up again by ")


def test_what_is_due_instead_of_a_review_is_what_people_read_wherever_the_clock_is_named() -> None:
    case = permit(*ISSUED).wait(hours=60)
    (shown,) = [c for c in case.view("supervisor")["clocks"] if c["name"] == "review"]
    assert shown["subject_name"] == "送达答复"
    warned, called = case.entries("rung")[-1], case.entries("escalate")[-1]
    assert {render_entry(case.appeal, e, ACTORS["leader"])["clock_name"] for e in (warned, called)} == {"送达答复"}
    told = [n for n in case.told if n.data.get("clock") == "review"]
    assert {n.template for n in told} == {"warning", "escalation"}
    assert {n.data["awaits"] for n in told} == {"answer"}
    assert all("awaits" not in entry.data for entry in case.journal)


def test_a_decision_on_another_round_is_no_review_either() -> None:
    case = World().case("with-statute").third().do("enterprise", "rate", grade=1).wait(days=3)
    names = [c["subject_name"] for c in case.view("supervisor")["clocks"] if c["name"] == "review"]
    assert names == [None, None, None, "决定是否再办"]
    assert {n.data["awaits"] for n in case.told if n.data.get("clock") == "review"} == {"decision"}


def test_a_review_is_called_one_and_a_unit_s_clock_has_the_unit_s_name() -> None:
    case = World().case().submitted()
    assert [name_of(case.appeal, case.clock(name)) for name in ("review", "handle")] == ["审核", "办理"]
    assert named(ClockName.SIGN, "甲派出所") == "签收（甲派出所）"


def test_of_an_earlier_round_the_service_tells_which_it_was() -> None:
    case = World().case().answered().do("enterprise", "rate", grade=1)
    (kept,) = [clock for clock in case.appeal.clocks if clock.name == "review"]
    assert deed_of(case.appeal, kept).done.chinese == "审核"
    again = permit(*ISSUED).do("hazmat_handler", "send_answer", **ANSWER).do("enterprise", "rate", grade=1)
    (kept,) = [clock for clock in again.appeal.clocks if clock.name == "review"]
    assert deed_of(again.appeal, kept).done.chinese == "送达答复"


def test_a_step_s_sentence_names_the_step() -> None:
    case = begun(service(step("plan", to("ok", "feedback"), limits=(Limit("2 working days"),))))
    shown = next(c for c in case.view("hazmat_handler")["clocks"] if c["name"] == "step")
    assert "步骤“步骤plan”开始" in shown["summary"]
    assert shown["summary"].endswith("前办完“步骤plan”。")
    assert shown["summary_en"].startswith("Step “步骤plan” opened ")


def test_two_clocks_alike_of_different_steps_are_not_told_as_one() -> None:
    limits = (Limit("2 working days"),)
    steps = (step("first", to("ok", "second"), limits=limits), step("second", to("ok", "feedback"), limits=limits))
    case = take(begun(service(*steps)), "first", "ok")
    told = [c["summary"] for c in case.view("hazmat_handler")["clocks"] if c["name"] == "step"]
    assert ["步骤first" in text for text in told] == [True, False]


def test_a_step_that_the_service_no_longer_knows_is_told_without_its_name() -> None:
    case = begun(service(step("plan", to("ok", "feedback"), limits=(Limit("2 working days"),))))
    clock = next(clock for clock in case.appeal.clocks if clock.name == "step")
    other = World().case().signed().do("handler", "submit_result", **RESULT)
    shown = clock_view(other.appeal, clock, case.now, sight=Sight(words=True, inside=True), explained=True)
    assert shown["summary"].endswith("前办完本步骤。")


def test_whoever_may_not_read_a_matter_is_told_of_its_clock_only_what_every_matter_has() -> None:
    case = permit(*ISSUED)
    clock = case.clock("review")
    assert (bare_name_of(clock), name_of(case.appeal, clock)) == ("审核", "送达答复")
