"""Every hole of a procedure is found before it runs, and told with its step, outcome and field."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from domain.rules import Service
from storage.catalogue import service_of
from storage.organisation import Organisation
from storage.procedure_check import Staff, procedure_holes
from storage.yaml_file import read_file

EVERYTHING = Path(__file__).parent / "everything.yaml"
CONTENT = yaml.safe_load(EVERYTHING.read_text())
STEPS = {s["code"]: n for n, s in enumerate(CONTENT["procedure"]["steps"])}


@cache
def staff() -> Staff:
    return Staff.of(Organisation.load())


def holes(service: Service) -> list[str]:
    return list(procedure_holes(service, staff()))


def at(step: str, outcome: int | None = None, *field: Any) -> tuple[Any, ...]:
    """A place in the file."""
    here = ("procedure", "steps", STEPS[step])
    return (*here, *field) if outcome is None else (*here, "outcomes", outcome, *field)


def damaged(tmp_path: Path, place: tuple[Any, ...], value: Any) -> Service:
    here = content = deepcopy(CONTENT)
    for part in place[:-1]:
        here = here[part]
    if value is None:
        del here[place[-1]]
    else:
        here[place[-1]] = value
    path = tmp_path / "damaged.yaml"
    path.write_text(json.dumps(content))  # every JSON is YAML
    return read_file(path, Service)


def test_the_file_that_says_everything_has_no_hole() -> None:
    assert holes(service_of(EVERYTHING)) == []


HOLES: list[tuple[tuple[Any, ...], Any, str]] = [
    # Ways
    (at("extend", None, "code"), "work", "procedure: step work is there twice"),
    (at("sort", 0, "next"), "work", "step matter: no outcome leads to it"),
    (at("sort", 0, "next"), [], "step sort: outcome batch: next: it leads nowhere"),
    (at("sort", 0, "next"), ["matter", "nowhere"], "step sort: outcome batch: next: unknown step nowhere"),
    (at("recover", 1, "next"), ["feedback", "work"], "next: feedback ends it, nothing opens beside"),
    (at("recover", 1), {"code": "x", "name": "甲", "next": "recover"}, "procedure: nothing leads to feedback"),
    (at("extend", None, "outcomes"), [{"code": "no", "name": "甲", "next": "extend"}], "step extend: no way leads on"),
    (("procedure", "again"), "nowhere", "procedure: again: unknown step nowhere"),
    (("procedure", "again"), "recover", "a way that gave no result leads through it to feedback"),
    (at("heard", 1, "next"), "heard", "step heard: automatic steps lead round to it"),
    (at("work", 5, "result"), None, "outcome over: a way that gave no result leads through it to feedback"),
    # Who does it
    (at("work", None, "roles"), [], "step work: nobody may complete it"),
    (at("work", None, "roles"), ["visitor"], "step work: nobody may complete it: no unit of by has a role of roles"),
    (at("matter", None, "roles"), ["inspector"], "step matter: nobody may complete it: no unit"),
    (at("extend", None, "roles"), ["handler"], "step extend: nobody may complete it: no unit"),
    (at("report", None, "roles"), ["window"], "step report: nobody may complete it: no unit"),
    (at("matter", None, "by"), ["space-force"], "step matter: by: unit space-force is not in the organisation"),
    (at("follow", None, "roles"), ["handler"], "step follow: roles, by: enterprise belongs into both"),
    (at("work", None, "roles"), ["system", "handler"], "roles: system, but by names no outside event"),
    (at("notice", None, "roles"), ["handler"], "step notice: by: system belongs into roles, too"),
    (at("meet", None, "apart_from"), ["nowhere"], "step meet: apart_from: unknown step nowhere"),
    (at("matter", None, "track"), "money", "step matter: track: unknown track money"),
    (("tracks",), [{"code": "money", "name": "甲"}], "tracks: no step is on money"),
    (("against",), ["nobody"], "against: the form has no field nobody"),
    (("secret",), False, "against: whoever is complained of must not see it: secret"),
    (at("report", None, "chosen"), "steps.meet.people", "step report: chosen: unknown fact steps.meet.people"),
    # Codes and names
    (at("work", None, "code"), "do-it", "code: a word of small letters, digits and underscores"),
    (at("matter", None, "outcomes"), [], "step matter: has no outcome"),
    (at("follow", 1, "code"), "fine", "step follow: outcome fine is there twice"),
    (at("matter", 0, "name"), " ", "step matter: outcome ok: name: missing"),
    # Automatic steps
    (at("sort", None, "roles"), ["handler"], "step sort: automatic: without roles"),
    (at("sort", 1, "when"), "urgent", "step sort: automatic: the last outcome must be open always"),
    (at("sort", 1, "record"), {"type": "object"}, "step sort: outcome single: automatic, and asks for a record"),
    (at("sort", 0, "when"), "record.x == 1", "step sort: outcome batch: when: the system records nothing"),
    # Joins
    (at("conduct", 0, "next"), "work", "step meet: join: it never opens after several ways"),
    (at("report", 0, "next"), "feedback", "step report: outcome here: next: one unit's part cannot lead to feedback"),
    # Limits
    (at("notice", None, "by"), ["system"], ""),
    (at("matter", None, "limits"), [{"budget": "soon"}], "step matter: limits: bad-budget"),
    (at("matter", None, "limits"), [{}], "step matter: limits: either budget or until"),
    (at("matter", None, "limits"), [{"until": "record.x"}], "step matter: limits: unknown fact record.x"),
    (at("matter", None, "limits"), [{"budget": "1 hour", "when": "form.x"}], "limits: unknown fact form.x"),
    (at("matter", None, "limits"), [{"budget": "1 hour", "statutory": True}], "limits: statutory: basis missing"),
    (at("follow", None, "lapse"), "nothing", "step follow: lapse: unknown outcome nothing"),
    (at("follow", 2, "next"), ["follow"], "step follow: lapse: silent must be open always"),
    (at("follow", None, "limits"), [{"budget": "1 hour", "when": "urgent"}], "step follow: lapse: needs a limit"),
    (at("recover", None, "limits"), None, "step recover: a limit of its own is missing"),
    # Clocks
    (at("matter", 0, "clocks"), "finished", "clocks: finished does not go with next: meet"),
    (at("recover", 1, "clocks"), "advance", "clocks: advance does not go with next: feedback"),
    (at("work", 5, "result"), None, "step work: outcome done: clocks: issued needs a result"),
    (at("matter", 0, "clocks"), "begun", "clocks: begun, but the service does not wait for this step"),
    (("waits", "step"), "sort", "waits: step sort has no outcome with clocks: begun"),
    (("waits", "when"), "form.x", "waits: unknown fact form.x"),
    (at("work", 2, "transfer"), "legal", "transfer: legal is no outside body of the organisation"),
    (at("work", 2, "transfer"), None, "clocks: transferred and transfer belong together"),
    (at("matter", 0, "requires"), ["nowhere"], "requires: unknown step nowhere"),
    (at("matter", 0, "tells"), "定于{record.slot}", "step matter: outcome ok: tells: unknown fact record.slot"),
    (at("matter", 0, "tells"), "定于{}", "step matter: outcome ok: tells: unknown fact"),
    # Conditions
    (at("sort", 0, "when"), "form.people >= 50", "step sort: outcome batch: when: unknown fact form.people"),
    (at("sort", 0, "when"), "form.persons >= (", "step sort: outcome batch: when: cannot be read"),
    (at("sort", 0, "when"), "form.persons >= '50'", "when: '50' is no number"),
    (at("sort", 0, "when"), "form.place == '外地'", "when: '外地' is none of 市内, 市外"),
    (at("sort", 0, "when"), "form.place in ('外地',)", "when: '外地' is none of 市内, 市外"),
    (at("sort", 0, "when"), "form.plate == 7", "when: 7 is no text"),
    (at("sort", 0, "when"), "'golden' in tiers", "when: 'golden' is none of scaled, key, public, project"),
    (at("sort", 0, "when"), "channel == 'pigeon'", "when: 'pigeon' is none of"),
    (at("sort", 0, "when"), "steps.matter.outcome == 'no'", "when: 'no' is none of ok"),
    (at("sort", 0, "when"), "count.report.gone > 0", "when: unknown fact count.report.gone"),
    (at("sort", 0, "when"), "passes.nowhere > 0", "when: unknown fact passes.nowhere"),
    (at("sort", 0, "when"), "passes.work.x > 0", "when: unknown fact passes.work.x"),
    (at("sort", 0, "when"), "weather.matter.x", "when: unknown fact weather.matter.x"),
    (at("sort", 0, "when"), "accounts.lost > 0", "when: unknown fact accounts.lost"),
    (at("sort", 0, "when"), "items.open > 0", "when: unknown fact items.open"),
    (at("work", 5, "refusal"), None, "step work: outcome done: refusal: what people read"),
    # Money
    (at("work", 4, "posts"), [{"account": "lost", "amount": "amount"}], "posts: unknown account lost"),
    (at("work", 4, "posts"), [{"account": "paid", "amount": "sum"}], "posts: the record does not require sum"),
    (at("work", 4, "posts"), [], "accounts: nothing is ever booked to approved"),
    (("balance",), "", "balance: accounts never balance without a condition"),
    (("balance",), "form.persons == 1", "balance: form.persons is no account"),
    (("balance",), "(", "balance: cannot be read"),
    # More time, sub-items, documents
    (at("extend", 0, "extends"), [{"of": "sort", "budget": "1 hour"}], "extends: sort is no limit of the service"),
    (at("extend", 0, "extends"), [{"of": "work", "budget": "a bit"}], "extends: bad-budget"),
    (("statutory",), None, "extends: statutory is no limit of the service"),
    (at("work", None, "items", "results"), {}, "step work: items: results are needed"),
    (at("work", None, "items", "count"), "form.x", "step work: items.count: unknown fact form.x"),
    (at("work", 5, "issues", "kind"), "", "issues: kind, name: missing"),
    (at("work", 5, "issues", "number"), "no", "issues: number: the record does not require no"),
    (at("work", 5, "issues", "valid_until"), "end", "issues: valid_until: the record has no end"),
    (at("work", 5, "issues", "shows"), ["form.x"], "issues: shows: unknown fact form.x"),
    (at("work", 5, "issues", "validity"), [{"budget": "long"}], "issues: validity: bad-budget"),
    (
        at("work", 5, "issues", "validity"),
        [{"budget": "1 months", "when": "urgent"}],
        "validity: the last one must hold",
    ),
    (at("work", 5, "issues", "validity"), [{"budget": "1 months", "since": "form.x"}], "validity: unknown fact form.x"),
    (at("follow", 1, "revokes"), "permit", "step follow: outcome bad: revokes: no outcome issues permit"),
    (at("matter", 0, "document"), "no", "step matter: outcome ok: document: the record does not require no"),
]


@pytest.mark.parametrize(("place", "value", "told"), HOLES, ids=lambda x: x if isinstance(x, str) else "")
def test_a_hole_in_a_procedure_is_found_and_told(tmp_path: Path, place: tuple[Any, ...], value: Any, told: str) -> None:
    found = holes(damaged(tmp_path, place, value))
    assert any(told in hole for hole in found) if told else found == [], found


def test_an_outside_event_without_a_limit_is_a_hole(tmp_path: Path) -> None:
    alone = {"by": ["system"], "roles": ["system"], "limits": [{"budget": "1 hour", "when": "urgent"}]}
    step = {**CONTENT["procedure"]["steps"][STEPS["notice"]], **alone}
    found = holes(damaged(tmp_path, at("notice"), step))
    assert found == ["step notice: limits: an outside event that never comes must call for somebody"]


def test_what_routing_decides_is_not_held_against_a_service(tmp_path: Path) -> None:
    for place, value in (((*at("work", None, "roles"),), ["visitor"]), (("cooperating",), [])):
        service = damaged(tmp_path, place, value)
        assert not any("nobody" in hole for hole in holes(replace(service, lead="", first="")))
