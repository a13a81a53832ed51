"""The approvals and certificates: each is there, begins at once, and can end badly with grounds."""

from __future__ import annotations

from datetime import date

import pytest

from api.schemas.submission import EXAMPLE, SUBMISSION
from domain.service import Service, Step, StepOutcome
from domain.vocabulary import Outcome, Stage
from storage.catalogue_check import example
from tests.promises.walk import MISSING, REFUSAL, catalogue, is_valid, service, walk

LEADS = {
    "hazmat-toxic-purchase": "public-order",
    "hazmat-toxic-transport": "public-order",
    "hazmat-explosive-purchase": "public-order",
    "hazmat-explosive-transport": "public-order",
    "hazmat-precursor-purchase": "anti-drug",
    "hazmat-precursor-transport": "anti-drug",
    "precursor-smart-filing": "anti-drug",
    "truck-pass": "traffic",
    "freight-green-channel": "traffic",
    "temporary-parking": "traffic",
    "seal-engraving": "public-order",
    "household-transfer": "public-order",
    "residence-permit": "public-order",
    "batch-onsite-id": "station-a",
    "exit-entry-urgent": "exit-entry",
    "exit-entry-whitelist": "exit-entry",
    "port-visa-urgent": "exit-entry",
    "foreign-dual-permit": "exit-entry",
    "permanent-residence": "exit-entry",
    "vehicle-inspection-deferred": "traffic",
    "accident-fast-release": "traffic",
    "rescue-advance": "traffic",
    "one-window": "admin-approval",
    "onsite-service": "internal-security",
    "appointment": "admin-approval",
}
#: Limits that a document names; the others are defaults.
NAMED = {
    "seal-engraving": "1 hours",
    "household-transfer": "1 working day",
    "exit-entry-urgent": "7 working days",
    "foreign-dual-permit": "10 working days",
    **{code: "24 hours" for code in LEADS if code.startswith("hazmat-")},
}
every_approval = pytest.mark.parametrize("code", sorted(LEADS))


def ways(wanted: Service) -> list[tuple[Step, StepOutcome]]:
    return [(step, outcome) for step in wanted.procedure.steps for outcome in step.outcomes]


@every_approval
def test_it_begins_the_moment_it_is_sent_with_the_examples_that_its_form_shows(code: str) -> None:
    body = {**EXAMPLE, "service": code, "form": example(service(code).form)}
    assert is_valid(SUBMISSION, body)

    case = walk(code, "2026-09-06 03:00", materials=())  # a Sunday, before dawn
    assert (case.stage, bool(case.open)) == (Stage.HANDLE, True)
    assert case.appeal.lead is not None
    assert case.appeal.lead.code == LEADS[code]
    assert case.clock("handle").started_at in {case.appeal.created_at, None}
    assert {e.actor.id for e in case.journal} <= {"enterprise", "system"}


@pytest.mark.parametrize("code", sorted(NAMED))
def test_a_limit_that_a_paper_names_is_the_services(code: str) -> None:
    assert (service(code).handle, service(code).handle_urgent) == (NAMED[code], NAMED[code])


@every_approval
def test_what_must_be_brought_can_be_asked_for_once(code: str) -> None:
    wanted = service(code)
    asks = [(step, o) for step, o in ways(wanted) if o.clocks == "incomplete"]
    hard = [m for m in wanted.materials if not m.licence and not m.deferrable]
    assert bool(asks) or not hard, "the enterprise owes something that nobody can ask for"
    assert all(is_valid(o.record, {**MISSING, "officer": "民警"}) and step.code in o.nexts for step, o in asks)
    assert not any(is_valid(o.record, {"items": []}) for _, o in asks)


@every_approval
def test_no_refusal_of_a_permit_goes_without_reason_legal_basis_and_remedy(code: str) -> None:
    wanted = service(code)
    bad = [o for _, o in ways(wanted) if o.result is Outcome.NOT_SOLVABLE]
    refusals = [o for o in bad if "reason" in o.record.get("required", ())]
    if wanted.kind == "permit" and code != "foreign-dual-permit":
        assert refusals, "a permit that nobody can refuse"
    for outcome in refusals if wanted.kind == "permit" else ():
        assert is_valid(outcome.record, REFUSAL)
        for field in REFUSAL:
            assert not is_valid(outcome.record, {**REFUSAL, field: " "}), f"{outcome.name} without {field}"


@every_approval
def test_every_end_says_what_became_of_it(code: str) -> None:
    wanted = service(code)
    given = {o.result for _, o in ways(wanted)} - {None}
    assert Outcome.SOLVED in given
    assert given - {Outcome.SOLVED}, "nothing but success can come of it"


def test_the_catalogue_has_them_all_on_any_day_of_the_year() -> None:
    there = {s.code for s in catalogue().services(date(2026, 12, 31))}
    assert there >= set(LEADS)
