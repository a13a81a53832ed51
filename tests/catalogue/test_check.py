"""Every kind of hole in a catalogue is found before it runs, and told with its file and field."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.catalogue import Catalogue
from storage.catalogue_check import check
from storage.organisation import CATALOGUE, Organisation
from storage.yaml_file import BadCatalogue

Change = Callable[[Any], None]
PERMIT = "services/hazmat-toxic-purchase.yaml"
PLAIN = "services/appeal-general.yaml"
POLICY = "policies/default.yaml"
UNITS = "organisation/sample.yaml"
CALENDAR = "calendars/cn.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the catalogue with a few of its services, to be damaged."""
    copy = tmp_path / "catalogue"
    for name in ("policies", "calendars", "organisation"):
        shutil.copytree(CATALOGUE / name, copy / name)
    (copy / "services").mkdir()
    for file in (PERMIT, PLAIN, "services/non-police.yaml"):
        shutil.copy(CATALOGUE / file, copy / file)
    return copy


def change(folder: Path, file: str, how: Change) -> None:
    path = folder / file
    content = yaml.safe_load(path.read_text())
    how(content)
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))


def setting(*path: str | int, to: Any) -> Change:
    """Put a value at this place."""

    def how(content: Any) -> None:
        for part in path[:-1]:
            content = content[part]
        content[path[-1]] = to

    return how


def without(*path: str | int) -> Change:
    """Take out what is at this place."""

    def how(content: Any) -> None:
        for part in path[:-1]:
            content = content[part]
        del content[path[-1]]

    return how


CALLS = ("ladders", 0, "steps")
STEP = ("procedure", "steps", 0)
OUTCOME = (*STEP, "outcomes", 0)
ISSUE = ("procedure", "steps", 3, "outcomes", 0)

HOLES: list[tuple[str, Change, str]] = [
    # What cannot be read at all.
    (PERMIT, setting(*STEP, "roles", to=["handler", "boss"]), "hazmat-toxic-purchase.yaml: procedure.steps.0.roles.1"),
    (PERMIT, without("name"), "hazmat-toxic-purchase.yaml: name"),
    (PERMIT, setting("colour", to="red"), "hazmat-toxic-purchase.yaml: colour"),
    (PERMIT, setting("statutory", "extra", to=1), "hazmat-toxic-purchase.yaml: statutory.extra"),
    (PERMIT, setting("automatic", to="yes, please"), "hazmat-toxic-purchase.yaml: automatic"),
    (PERMIT, setting("ladder_hours", to="4"), "hazmat-toxic-purchase.yaml: ladder_hours"),
    (PERMIT, setting("version", to=1), "hazmat-toxic-purchase.yaml: version"),
    (PERMIT, setting(*OUTCOME, "result", to="splendid"), "outcomes.0.result"),
    (POLICY, setting("max_rounds", to="three"), "default.yaml: max_rounds"),
    (CALENDAR, setting("years", 2025, "status", to="perhaps"), "cn.yaml: years.2025.status"),
    (CALENDAR, setting("timetables", 0, "spans", to=[["12:00", "08:30"]]), "cn.yaml: bad-calendar"),
    (CALENDAR, setting("timetables", 1, "hours", to={6: [["09:00", "12:00"]]}), "cn.yaml: bad-calendar"),
    (CALENDAR, setting("timetables", to=[]), "cn.yaml: timetables: there is none"),
    (CALENDAR, setting("years", 2025, "workdays", to=["2025-01-01"]), "cn.yaml: bad-calendar"),
    (UNITS, setting("units", 1, "kind", to="castle"), "sample.yaml: units.1.kind"),
    (UNITS, setting("units", 1, "superior", to="nowhere"), "sample.yaml: unit branch: unknown superior nowhere"),
    (UNITS, setting("units", 0, "superior", to="branch"), "sample.yaml: unit city stands below itself"),
    (UNITS, setting("units", 1, "code", to="city"), "sample.yaml: unit written twice: city"),
    (UNITS, setting("units", 2, "kind", to="branch"), "unit station-a: region 330205 already belongs to branch"),
    (UNITS, setting("units", 1, "phone", to="ring me"), "sample.yaml: unit branch: phone: digits, blanks and hyphens"),
    # What can be read, but would hurt.
    (CALENDAR, without("years", 2022), "calendars cn-2026.2: 缺少 2022 年"),
    (UNITS, setting("units", 2, "calendar", to="nights"), "unit station-a: calendar: unknown timetable nights"),
    (PLAIN, setting("calendar", to="nights"), "service appeal-general version 1: calendar: unknown timetable nights"),
    (PERMIT, setting("source", to=" "), "source: missing"),
    (PERMIT, setting("code", to="appeal-general"), "service appeal-general: version 1 is there twice"),
    (PERMIT, setting("valid_from", to="1 May"), "valid_from: not a date"),
    (PERMIT, setting("valid_until", to="2020-01-01"), "valid_until: before valid_from"),
    (PERMIT, setting("statutory", "in_force", to="20111201"), "statutory.in_force: not a date"),
    (PERMIT, setting("lead", to="space-force"), "lead: unit space-force is not in the organisation"),
    (PERMIT, setting("lead", to=""), "lead: an automatic service needs one"),
    (PERMIT, setting("cooperating", to=["space-force"]), "cooperating: unit space-force is not in the organisation"),
    (PERMIT, setting("handle", to="a while"), "handle: bad-budget"),
    (PERMIT, setting("handle_urgent", to=""), "handle_urgent: bad-budget"),
    (PERMIT, setting("special", to="2 weeks"), "special: bad-budget"),
    (PERMIT, setting("statutory", "budget", to="soon"), "statutory.budget: bad-budget"),
    (PERMIT, setting("ladder_hours", to=0), "ladder_hours: must be 1 or more"),
    (PERMIT, setting("materials", 0, "code", to="handler-id"), "materials: handler-id is there twice"),
    (PERMIT, setting("materials", 0, "name", to=""), "materials.business-licence: name missing"),
    (PERMIT, without("form", "properties", "cas", "title"), "form.cas: title missing"),
    (PERMIT, without("form", "properties", "storage", "examples"), "form.storage: example missing"),
    (PERMIT, without("form", "properties", "cas", "examples"), "the example does not fit"),
    (PERMIT, setting("form", "properties", "cas", "examples", to=["water"]), "form.cas: the example does not fit"),
    (PLAIN, setting("form", "properties", "since", "examples", to=["x"]), "form.since: the example does not fit"),
    (PERMIT, setting("form", "required", to=["ghost"]), "form.ghost: required, but not described"),
    (PERMIT, setting("form", "type", to="thing"), "form: not a JSON Schema"),
    (PERMIT, setting(*OUTCOME, "next", to="nowhere"), "step review: outcome complete: next: unknown step nowhere"),
    (PERMIT, setting(*OUTCOME, "clocks", to="faster"), "step review: outcome complete: clocks: unknown row faster"),
    (PERMIT, setting(*OUTCOME, "next", to="feedback"), "clocks: advance does not go with next: feedback"),
    (PERMIT, setting(*ISSUE, "clocks", to="advance"), "clocks: advance does not go with next: feedback"),
    (PERMIT, setting(*OUTCOME, "requires", to=["nowhere"]), "requires: unknown step nowhere"),
    (PERMIT, setting(*STEP, "outcomes", 1, "next", to="review"), "step inspect: no outcome leads to it"),
    (PERMIT, setting(*STEP, "code", to="issue"), "procedure: step issue is there twice"),
    (PERMIT, setting(*STEP, "roles", to=[]), "step review: nobody may complete it"),
    (PERMIT, setting(*STEP, "outcomes", to=[]), "step review: has no outcome"),
    (PERMIT, setting(*STEP, "outcomes", to=[]), "procedure: nothing leads to feedback"),
    (PERMIT, setting(*ISSUE, "document", to="seal"), "document: the record does not require seal"),
    (PERMIT, without(*ISSUE, "record", "properties", "document_no", "title"), "record.document_no: title missing"),
    (POLICY, setting("rating", to="a week"), "policy 6: rating: bad-budget"),
    (POLICY, setting("warn_percents", to=[90, 75]), "policy 6: warn_percents: must rise"),
    (POLICY, setting("warn_percents", to=[75, 100]), "policy 6: warn_percents: must rise"),
    (POLICY, setting("warn_percents", to=[]), "policy 6: warn_percents: missing"),
    (POLICY, setting("edition", to=0), "policy 6: edition: must be one of 1, 2, 3, 4, 5"),
    (POLICY, setting("edition", to=6), "policy 6: edition: must be one of 1, 2, 3, 4, 5"),
    (POLICY, setting("lease", to="a while"), "lease: must be minutes or hours, not 'a while'"),
    (POLICY, setting("lease", to="3 natural days"), "lease: must be minutes or hours, not '3 natural days'"),
    (POLICY, setting("lease", to=""), "lease: missing"),
    (POLICY, setting("quiet", to="at night"), "policy 6: quiet: must be HH:MM-HH:MM, not 'at night'"),
    (POLICY, setting("quiet", to="07:00-07:00"), "policy 6: quiet: must end at another hour than it begins"),
    (POLICY, setting("ladders", 1, "name", to="ordinary"), "policy 6: ladders: ordinary is there twice"),
    (POLICY, setting("ladders", 0, "name", to=" "), "ladders. : name missing"),
    (POLICY, setting("ladders", 0, "steps", to=[]), "ladders.ordinary: steps: missing"),
    (POLICY, setting("ladders", 0, "lease", to="1 working day"), "ladders.ordinary: lease: must be minutes or hours"),
    (POLICY, setting(*CALLS, 0, "targets", to=[]), "ladders.ordinary: steps.0.targets: missing"),
    (POLICY, setting(*CALLS, 0, "targets", to=["mayor"]), "steps.0.targets: there is no role mayor"),
    (POLICY, setting(*CALLS, 0, "targets", to=["account:"]), "steps.0.targets: there is no role account:"),
    (POLICY, setting(*CALLS, 0, "climbs", to=True), "steps.0: the first one must call in the unit itself"),
    (POLICY, setting(*CALLS, 0, "after", to="4 hours"), "steps.0.after: the first one calls at the deadline"),
    (POLICY, setting(*CALLS, 1, "after", to="1 working hour"), "steps.1.after: must be minutes or hours"),
    (POLICY, without(*CALLS, 1, "after"), "steps.1.after: missing: nobody of the step before would be called"),
    (POLICY, setting(*CALLS, 2, "climbs", to=True), "steps.2.climbs: catch_all is the same in every unit"),
    (POLICY, setting(*CALLS, 2, "times", to=0), "steps.2.times: must be between 1 and 100"),
    (POLICY, setting(*CALLS, 2, "after", to=""), "steps.2.every: a step that repeats needs a pause"),
    (POLICY, setting(*CALLS, 2, "targets", to=["leader"]), "steps: the last one must call catch_all"),
    (POLICY, setting("ladders", 1, "steps", 1, to={"targets": ["leader", "duty"]}), "steps.1: calls the same people"),
    (PERMIT, setting("ladder", to="rope"), "hazmat-toxic-purchase version 1: ladder: there is no ladder rope"),
    (PERMIT, setting("statutory", "ladder", to="rope"), "statutory.ladder: there is no ladder rope"),
    (PERMIT, setting("ladder_hours", to=4), "ladder_hours, breach_to: say nothing where the policy has ladders"),
    (PERMIT, setting("breach_to", to=["duty", "enterprise"]), "breach_to: there is no role enterprise"),
    (PERMIT, setting("statutory", "warn_percents", to=[50, 50]), "statutory.warn_percents: must rise"),
    (PERMIT, setting("statutory", "ladder_hours", to=-1), "statutory.ladder_hours: must be 1 or more"),
    (PERMIT, setting("statutory", "breach_to", to=["mayor"]), "statutory.breach_to: there is no role mayor"),
]


@pytest.mark.parametrize(("file", "how", "told"), HOLES, ids=lambda x: x if isinstance(x, str) else "")
def test_a_hole_is_found_and_told(folder: Path, file: str, how: Change, told: str) -> None:
    change(folder, file, how)
    faults = check(folder)
    assert any(told in fault for fault in faults), faults


def test_the_copy_itself_has_no_hole(folder: Path) -> None:
    change(folder, PERMIT, lambda _: None)
    assert check(folder) == []


def test_versions_whose_dates_overlap_are_a_hole_and_others_are_not(folder: Path) -> None:
    later = folder / "services" / "appeal-general-2.yaml"
    shutil.copy(folder / PLAIN, later)
    change(folder, later.relative_to(folder).as_posix(), setting("version", to="2"))
    change(folder, later.relative_to(folder).as_posix(), setting("valid_from", to="2026-07-01"))
    assert check(folder) == ["service appeal-general: versions 1 and 2: dates overlap"]
    change(folder, PLAIN, setting("valid_until", to="2026-06-30"))
    assert check(folder) == []
    catalogue = Catalogue.load(folder)
    assert catalogue.service("appeal-general").version == "2"
    assert len(catalogue.services()) == 3
    for day, version in ((date(2026, 6, 30), "1"), (date(2026, 7, 1), "2")):
        assert catalogue.rules_for("appeal-general", day).service.version == version


UNREADABLE = [
    "code: [",
    "code: a\ncode: b",
    "- a",
    "",
    "a: !!binary aGk=",
    "? [a]\n: b",
    "a: .nan",
    "a: !!python/object:os.system {}",
]


@pytest.mark.parametrize("content", UNREADABLE)
def test_a_file_that_is_no_service_is_told_by_name(folder: Path, content: str) -> None:
    (folder / "services" / "odd.yaml").write_text(content)
    assert any(fault.startswith("odd.yaml: ") for fault in check(folder))


def test_every_fault_of_every_file_is_told_at_once(folder: Path) -> None:
    change(folder, PERMIT, setting("colour", to="red"))
    change(folder, PLAIN, without("name"))
    (folder / POLICY).unlink()
    with pytest.raises(BadCatalogue) as error:
        Catalogue.load(folder)
    assert len(error.value.faults) == 3


def test_a_catalogue_without_services_or_organisation_is_told(folder: Path) -> None:
    for service in (folder / "services").iterdir():
        service.unlink()
    (folder / UNITS).unlink()
    faults = check(folder)
    assert "services: there is none" in faults
    assert any(fault.startswith("sample.yaml: cannot be read") for fault in faults)
    with pytest.raises(BadCatalogue):
        Organisation.load(folder)


def test_dates_stay_the_text_that_was_written(folder: Path) -> None:
    path = folder / PLAIN
    path.write_text(path.read_text().replace('valid_from: "2026-01-01"', "valid_from: 2026-01-01"))
    assert Catalogue.load(folder).service("appeal-general").valid_from == "2026-01-01"


def test_a_folder_that_a_deployment_has_not_made_its_own_is_the_packaged_one(folder: Path) -> None:
    change(folder, UNITS, setting("units", 2, "name", to="自己的派出所"))
    change(folder, CALENDAR, setting("version", to="own-2026.1"))
    for part in ("services", "policies"):
        shutil.rmtree(folder / part)
    assert check(folder) == []
    own, packaged = Catalogue.load(folder), Catalogue.load()
    assert own.calendar.version == "own-2026.1"
    assert own.service("appeal-general") == packaged.service("appeal-general")
    place = Organisation.load(folder).place("station-a")
    assert place is not None
    assert place.name == "自己的派出所"
