"""Appeals, alerts, disputes, complaints: each is there, reaches somebody, and ends with words for whoever sent it."""

from __future__ import annotations

from datetime import date

import pytest

from api.schemas.submission import EXAMPLE, SUBMISSION
from domain.vocabulary import Outcome, Stage
from storage.catalogue_check import example
from tests.promises.taken import taken
from tests.promises.walk import catalogue, is_valid, service, walk

LEADS = {
    "appeal-general": "station-a",
    "suggestion": "admin-approval",
    "police-alert": "station-a",
    "non-police": "station-a",
    "dispute-mediation": "internal-security",
    "complaint-12389": "supervision",
    "crime-report": "economic-crime",
    "coercive-measure-review": "legal",
    "case-supervision": "legal",
    "clue-report": "economic-crime",
    "ip-protection": "ip-crime",
    "legal-consult": "legal",
    "credit-repair": "legal",
    "overseas-protection": "economic-crime",
    "patrol-request": "station-a",
    "training-request": "station-a",
    "talent-service": "public-order",
}
every_matter = pytest.mark.parametrize("code", sorted(LEADS))


@every_matter
def test_it_can_be_sent_with_the_examples_that_its_form_shows(code: str) -> None:
    assert is_valid(SUBMISSION, {**EXAMPLE, "service": code, "form": example(service(code).form)})


@every_matter
def test_it_reaches_the_unit_that_answers_for_it(code: str) -> None:
    case = taken(code)
    assert case.appeal.lead is not None
    assert (case.stage, case.appeal.lead.code) == (Stage.HANDLE, LEADS[code])
    assert bool(case.open) == bool(service(code).procedure.steps)


@pytest.mark.parametrize(
    ("category", "lead"),
    [
        ("经济犯罪", "economic-crime"),
        ("刑事犯罪", "criminal"),
        ("食品药品环境", "food-drug-environment"),
        ("治安案件", "public-order"),
        ("知识产权", "ip-crime"),
    ],
)
def test_a_crime_report_goes_to_the_branch_of_its_category(category: str, lead: str) -> None:
    case = walk("crime-report", form={"category": category})
    assert case.appeal.lead is not None
    assert case.appeal.lead.code == lead


@every_matter
def test_no_result_but_success_goes_without_grounds_that_the_enterprise_can_read(code: str) -> None:
    """Every bad end demands words: a reason, a text, or where to go instead."""
    wanted = service(code)
    ends = [o for s in wanted.procedure.steps for o in s.outcomes]
    bad = [o for o in ends if o.result in {Outcome.NOT_SOLVABLE, Outcome.NOT_OURS, Outcome.PARTLY_SOLVED}]
    assert bool(bad) == bool(wanted.procedure.steps), "nothing but success can come of it"
    for outcome in bad:
        assert {"reason", "text", "remedy", "where", "matter"} & set(outcome.record["required"]), outcome.name


@pytest.mark.parametrize("code", ["crime-report", "complaint-12389", "police-alert", "clue-report"])
def test_what_must_be_taken_is_never_turned_away_and_waits_for_nobody_to_accept_it(code: str) -> None:
    case = walk(code, "2026-09-06 03:00")  # a Sunday, before dawn
    assert (case.reading("accept").elapsed, case.stage is Stage.ACCEPT) == (0, False)
    assert "reject" not in case.may("window")


def test_the_catalogue_has_them_all_on_any_day_of_the_year() -> None:
    assert {s.code for s in catalogue().services(date(2026, 12, 31))} >= set(LEADS)
