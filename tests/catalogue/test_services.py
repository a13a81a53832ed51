"""The shipped catalogue: whole, and each service's example can be sent as it stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from domain.budget import parse
from domain.rules import EDITIONS, Policy, Service
from domain.vocabulary import Outcome, Role
from storage.catalogue import Catalogue, UnknownService
from storage.catalogue_check import check, example
from storage.organisation import Organisation

CATALOGUE = Catalogue.load()
SERVICES = {service.code: service for service in CATALOGUE.services()}
HAZMAT = ("hazmat-toxic-purchase", "hazmat-toxic-transport")


def test_the_shipped_catalogue_has_no_hole() -> None:
    assert check() == []


def test_the_four_services_of_the_first_issue_are_there() -> None:
    assert set(SERVICES) >= {"appeal-general", "non-police", *HAZMAT}


@pytest.mark.parametrize("service", SERVICES.values(), ids=lambda s: s.code)
def test_the_first_examples_together_are_a_valid_form(service: Service) -> None:
    form = example(service.form)
    assert form.keys() == service.form["properties"].keys()
    Draft202012Validator(service.form, format_checker=FormatChecker()).validate(form)


@pytest.mark.parametrize("code", ["appeal-general", "non-police"])
def test_the_plain_loop_asks_for_no_form(code: str) -> None:
    service = SERVICES[code]
    Draft202012Validator(service.form).validate({})
    assert (service.procedure.steps, service.lead, service.automatic, service.materials) == ((), "", False, ())
    assert (service.handle, service.handle_urgent) == ("5 working days", "1 working day")


def outcomes(service: Service) -> dict[tuple[str, str], Any]:
    return {(step.code, o.code): o for step in service.procedure.steps for o in step.outcomes}


@pytest.mark.parametrize("code", HAZMAT)
def test_hazardous_chemicals_take_24_hours_and_48_when_special(code: str) -> None:
    service = SERVICES[code]
    assert (service.handle, service.handle_urgent, service.special) == ("24 hours", "24 hours", "48 hours")
    assert (service.lead, service.automatic, service.ladder) == ("public-order", True, "hazmat")
    assert service.statutory is not None
    assert not service.statutory.verified
    assert "待核实" in service.statutory.basis
    roles = {step.code: step.roles for step in service.procedure.steps}
    assert roles == {
        "review": (Role.HANDLER, Role.LEADER),
        "inspect": (Role.HANDLER,),
        "decide": (Role.LEADER,),
        "issue": (Role.HANDLER,),
    }
    ways = {key: (o.next, o.clocks, o.result) for key, o in outcomes(service).items()}
    assert ways == {
        ("review", "complete"): ("decide", "advance", None),
        ("review", "special"): ("inspect", "special", None),
        ("review", "incomplete"): ("review", "incomplete", None),
        ("inspect", "done"): ("decide", "inspected", None),
        ("decide", "approve"): ("issue", "advance", Outcome.SOLVED),
        ("decide", "refuse"): ("feedback", "finished", Outcome.NOT_SOLVABLE),
        ("issue", "done"): ("feedback", "finished", None),
        ("issue", "again"): ("decide", "advance", None),
    }
    assert outcomes(service)["decide", "approve"].requires == ("inspect",)
    assert outcomes(service)["issue", "done"].document == "document_no"


GOOD_RECORDS: list[tuple[str, str, dict[str, Any]]] = [
    ("review", "complete", {}),
    ("review", "special", {"reason": "首次购买", "inspector": "褚勘验"}),
    ("review", "incomplete", {"items": ["购买用途说明", {"code": "purpose-statement", "name": "购买用途说明"}]}),
    ("inspect", "done", {"inspector": "褚勘验", "inspected_at": "今天下午", "findings": "符合", "photos": "3张"}),
    ("decide", "approve", {"valid_until": "2026-12-31", "quantity": "50千克", "route": "绕城高速"}),
    ("decide", "approve", {"valid_until": "2026-12-31", "quantity": 50}),
    ("decide", "refuse", {"reason": "用途不符", "legal_basis": "第三十九条", "remedy": "六十日内申请复议"}),
    ("issue", "done", {"document_no": "甬公剧购〔2026〕0001"}),
]
BAD_RECORDS: list[tuple[str, str, dict[str, Any]]] = [
    ("review", "special", {"reason": "首次购买"}),
    ("review", "special", {"reason": " ", "inspector": "褚勘验"}),
    ("review", "incomplete", {}),
    ("review", "incomplete", {"items": []}),
    ("inspect", "done", {"inspector": "褚勘验", "findings": "符合"}),
    ("decide", "approve", {"valid_until": "2026-12-31"}),
    ("decide", "approve", {"valid_until": "2026-12-31", "quantity": ""}),
    ("decide", "refuse", {"reason": "用途不符", "legal_basis": "第三十九条"}),
    ("issue", "done", {}),
]


@pytest.mark.parametrize("code", HAZMAT)
def test_what_a_step_must_record_is_what_the_contract_says(code: str) -> None:
    known = outcomes(SERVICES[code])
    for step, outcome, record in GOOD_RECORDS:
        Draft202012Validator(known[step, outcome].record).validate(record)
    for step, outcome, record in BAD_RECORDS:
        assert not Draft202012Validator(known[step, outcome].record).is_valid(record), (step, outcome, record)


def test_the_shipped_policy_is_the_default_in_the_newest_edition() -> None:
    # What came later is empty for the rules of before, and said by the shipped ones.
    newest = Policy("6", edition=EDITIONS[-1], cooperation="2 working days", return_within="1 working day")
    kept = CATALOGUE.policy
    assert replace(newest, quiet="22:00-07:00", ladders=kept.ladders, longest_extension_days=180) == kept
    assert [ladder.name for ladder in kept.ladders] == ["ordinary", "hazmat", "alert", "listed", "order", "statutory"]


def test_rules_that_say_no_edition_are_those_of_old_appeals() -> None:
    assert Policy(version="1").edition == 1
    assert not Policy(version="1").is_open_about_time


def test_the_calendar_is_flat_and_knows_which_years_are_announced() -> None:
    calendar = CATALOGUE.calendar
    assert calendar.announced == tuple(range(2020, 2027))
    assert 2027 not in calendar.announced
    assert "2025-01-26" in calendar.workdays
    assert ("2025-01-01", "元旦") in calendar.names
    assert len(calendar.names) == len(calendar.holidays)


def test_appeals_carry_the_years_they_can_need_and_every_timetable() -> None:
    rules = CATALOGUE.rules_for("appeal-general")
    assert rules.calendar.announced == (2025, 2026)
    assert min(rules.calendar.holidays) == "2025-01-01"
    assert rules.calendar.version == CATALOGUE.calendar.version
    assert [timetable.code for timetable in rules.timetables] == ["window", "duty"]


def test_units_say_by_which_timetable_they_work() -> None:
    organisation = Organisation.load()
    found = {code: organisation.place(code) for code in ("duty-room", "admin-approval", "station-a")}
    assert [place and place.chain[0].calendar for place in found.values()] == ["duty", "window", ""]


def test_rules_are_made_once_and_named_by_content() -> None:
    rules = CATALOGUE.rules_for("appeal-general")
    assert rules is CATALOGUE.rules_for("appeal-general")
    assert rules == Catalogue.load().rules_for("appeal-general")
    assert str(parse(rules.service.handle)) == rules.service.handle


def test_an_unknown_service_is_told() -> None:
    assert CATALOGUE.find("nothing") is None
    with pytest.raises(UnknownService):
        CATALOGUE.rules_for("nothing")
    with pytest.raises(UnknownService):
        CATALOGUE.rules_for("appeal-general", date(2020, 1, 1))
    assert CATALOGUE.services(date(2020, 1, 1)) == []


def test_places_know_their_superiors_and_branches_their_region() -> None:
    organisation = Organisation.load()
    place = organisation.place("station-a")
    assert place is not None
    assert [unit.code for unit in place.chain] == ["station-a", "branch", "city"]
    branch = organisation.branch_of_region("330205")
    assert branch is not None
    assert branch.code == "branch"
    assert organisation.branch_of_region("330203") is None
    assert organisation.place("nowhere") is None
    assert organisation.entry("nowhere") is None
    assert organisation.regions() == ["330205"]
    entry = organisation.entry("branch")
    assert entry is not None
    assert (entry.superior, entry.region) == ("city", "330205")
