"""货车禁区电子通行证 (S1·6): one working day; valid as long as the enterprise's tier allows; new energy goes first."""

from __future__ import annotations

import pytest

from api.paper_words import rows, titles_of_paper
from domain.clock import Status
from domain.documents import Standing, code_of, grouped, number_in, standing
from domain.printed import by_code
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, service, walk

ROUTE = {"route": "绕城高速—示例路1号", "hours": "7时至9时以外"}


@pytest.mark.parametrize(
    ("tiers", "last_day"),
    [((), "2026-10-07"), (("public",), "2026-10-07"), (("scaled",), "2027-03-07"), (("scaled", "key"), "2027-09-07")],
)
def test_a_pass_is_valid_for_one_six_or_twelve_months_by_tier(tiers: tuple[str, ...], last_day: str) -> None:
    case = walk("truck-pass", tiers=tiers).step("traffic-officer", "review.pass", ROUTE, hours=5)

    paper = case.papers["truck-pass"]
    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)
    assert (paper.valid_from, paper.valid_until) == ("2026-09-07", last_day)
    assert paper.number.startswith("甬货通")
    assert {paper.shows["plate"], paper.shows["route"], paper.shows["hours"]} == {"浙B12345", *ROUTE.values()}


def test_an_officer_may_give_less_time_than_the_tier_allows_but_never_more() -> None:
    case = walk("truck-pass", tiers=("key",))
    longer = {**ROUTE, "valid_until": "2027-09-08"}
    assert case.step_refused("traffic-officer", "review.pass", longer).code == "bad-validity"

    over = {**ROUTE, "valid_until": "2026-09-06"}
    assert case.step_refused("traffic-officer", "review.pass", over).code == "bad-validity"

    case.step("traffic-officer", "review.pass", {**ROUTE, "valid_until": "2026-12-31"})
    assert case.papers["truck-pass"].valid_until == "2026-12-31"


def test_a_pass_is_verified_by_its_code_and_a_forged_one_is_not() -> None:
    case = walk("truck-pass").step("traffic-officer", "review.pass", ROUTE).answered()
    (paper,) = [p for p in case.printed if p.kind == "truck-pass"]
    code = code_of(paper, case.journal)

    assert number_in(code) == case.appeal.number
    assert by_code(case.appeal, case.journal, grouped(code)) == paper
    forged = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert by_code(case.appeal, case.journal, forged) is None
    assert standing(paper, at("2026-10-07 23:59")) is Standing.VALID
    assert standing(paper, at("2026-10-08 00:00")) is Standing.EXPIRED


def test_a_new_energy_delivery_vehicle_has_its_pass_at_once() -> None:
    case = walk("truck-pass", form={"new_energy": True, "delivery": True}, tiers=("scaled",))

    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert (case.reading("handle").status, case.reading("handle").elapsed) == (Status.MET, 0)
    assert case.papers["truck-pass"].valid_until == "2027-03-07"
    assert [d["kind"] for d in case.view("enterprise")["documents"]] == ["truck-pass"]


@pytest.mark.parametrize("vehicle", ["轻型厢式货车", "微型厢式货车"])
def test_a_light_new_energy_box_van_needs_none_outside_the_peak_hours(vehicle: str) -> None:
    van = {"new_energy": True, "delivery": True, "vehicle": vehicle}
    case = walk("truck-pass", form={**van, "peak": False})
    assert (case.stage, case.result, case.papers) == (Stage.FEEDBACK, "solved", {})
    assert case.view("enterprise")["result"]["answer"] == "非早晚高峰可直接通行，不需办证"

    assert walk("truck-pass", form={**van, "peak": True}).papers.keys() == {"truck-pass"}
    assert walk("truck-pass", form={**van, "peak": False, "new_energy": False}).open == ["review"]


def test_after_a_working_day_the_duty_officer_is_called() -> None:
    case = walk("truck-pass", "2026-09-11 16:00").until("2026-09-14 17:29")  # over a weekend
    assert case.called() == []
    assert case.until("2026-09-14 17:30").called() == [("traffic", ("duty",))]


def test_a_missing_paper_is_asked_for_once_and_a_refusal_says_why() -> None:
    case = walk("truck-pass", materials=()).step("traffic-officer", "review.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED
    case.wait(days=1).do("enterprise", "supplement", items=["派车单"])
    case.step("traffic-leader", "review.refuse", REFUSAL)
    assert (case.result, case.record("review")) == ("not_solvable", REFUSAL)
    assert case.papers == {}
    assert at("2026-09-08 10:00") == case.now


def test_whoever_issued_a_pass_stands_on_it_also_after_it_went_to_another_unit() -> None:
    case = walk("truck-pass", form={"new_energy": True, "delivery": True}).answered()
    case.do("enterprise", "rate", grade=1, comment="路线不对")

    assert case.stage is Stage.ASSIGN
    assert [p.unit for p in case.printed if p.kind == "truck-pass"] == ["traffic"]


def test_what_the_applicant_asked_for_is_not_printed_as_what_was_approved() -> None:
    case = walk("truck-pass", form={"new_energy": True, "delivery": True})
    (paper,) = [p for p in case.printed if p.kind == "truck-pass"]

    titles = titles_of_paper(service("truck-pass"), paper, case.appeal.submission.form)
    printed = {row["name"]: row["title"] for row in rows(paper.shows, titles)}
    asked = service("truck-pass").form["properties"]
    assert printed["route"] == asked["route"]["title"]
