"""Holes in the catalogue: what can be read, but would hurt an appeal later. Found before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, SchemaError

from domain.budget import BadBudget, parse
from domain.procedure import END
from domain.rules import EDITIONS, Policy, Schema, Service, Statutory, Step, StepOutcome
from domain.table import TABLE
from domain.vocabulary import STAFF_ROLES, Action
from storage.calendar_check import faults as calendar_faults
from storage.catalogue import Catalogue
from storage.organisation import Organisation
from storage.yaml_file import BadCatalogue

#: Fields of the policy that are no budgets.
_NO_BUDGETS = frozenset({"version"})


def check(directory: Path | None = None, organisation: str = "sample") -> list[str]:
    """Every hole of a catalogue directory, in words that name file or service and field; empty when there is none."""
    faults: list[str] = []
    catalogue: Catalogue | None = None
    units: Organisation | None = None
    try:
        catalogue = Catalogue.load(directory)
    except BadCatalogue as error:
        faults += error.faults
    try:
        units = Organisation.load(directory, organisation)
    except BadCatalogue as error:
        faults += error.faults
    if catalogue is None or units is None:
        return faults
    return faults + holes(catalogue, units)


def holes(catalogue: Catalogue, organisation: Organisation) -> list[str]:
    """Every hole of a catalogue that has been read."""
    found = [f"calendars {catalogue.calendars.version}: {fault}" for fault in calendar_faults(catalogue.calendars)]
    found += [f"policy {catalogue.policy.version}: {hole}" for hole in _policy(catalogue.policy)]
    known = {"", *(timetable.code for timetable in catalogue.calendars.timetables)}
    for unit in (entry.unit for entry in organisation.units()):
        if unit.calendar not in known:
            found.append(f"unit {unit.code}: calendar: unknown timetable {unit.calendar}")
    for versions in catalogue.versions().values():
        found += [f"service {versions[0].code}: {hole}" for hole in _dates(versions)]
        for service in versions:
            name = f"service {service.code} version {service.version}"
            found += [f"{name}: {hole}" for hole in _service(service, organisation)]
            if service.calendar not in known:
                found.append(f"{name}: calendar: unknown timetable {service.calendar}")
    return found


def example(form: Schema) -> dict[str, Any]:
    """``examples[0]`` of all fields of a form together; fields without one are left out."""
    properties = form.get("properties", {})
    return {name: shape["examples"][0] for name, shape in properties.items() if shape.get("examples")}


def _policy(policy: Policy) -> Iterator[str]:
    for name in Policy.__dataclass_fields__:
        value = getattr(policy, name)
        if isinstance(value, str) and name not in _NO_BUDGETS:
            yield from _budget(name, value)
    if not policy.warn_percents:
        yield "warn_percents: missing"
    yield from _percents("warn_percents", policy.warn_percents)
    if policy.edition not in EDITIONS:
        yield f"edition: must be one of {', '.join(map(str, EDITIONS))}"


def _percents(name: str, percents: tuple[int, ...]) -> Iterator[str]:
    if not all(lower < higher for lower, higher in pairwise((0, *percents, 100))):
        yield f"{name}: must rise, between 0 and 100"


def _targets(name: str, targets: tuple[str, ...]) -> Iterator[str]:
    yield from (f"{name}: there is no role {target}" for target in targets if target not in STAFF_ROLES)


def _budget(name: str, value: str) -> Iterator[str]:
    try:
        parse(value)
    except BadBudget as error:
        yield f"{name}: {error}"


def _dates(versions: list[Service]) -> Iterator[str]:
    names = [service.version for service in versions]
    yield from (f"version {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1)
    for earlier, later in pairwise(versions):
        if earlier.valid_until is None or earlier.valid_until >= later.valid_from:
            yield f"versions {earlier.version} and {later.version}: dates overlap"


def _service(service: Service, organisation: Organisation) -> Iterator[str]:
    yield from _words(service)
    yield from _days(service)
    yield from _units(service, organisation)
    yield from _clocks(service)
    yield from _form("form", service.form, examples=True)
    yield from _materials(service)
    yield from _procedure(service.procedure.steps)


def _words(service: Service) -> Iterator[str]:
    for name in ("code", "name", "kind", "version", "source"):
        if not getattr(service, name).strip():
            yield f"{name}: missing"


def _days(service: Service) -> Iterator[str]:
    days = {"valid_from": service.valid_from, "valid_until": service.valid_until}
    if service.statutory:
        days["statutory.in_force"] = service.statutory.in_force
    for name, day in days.items():
        if day is not None and not _is_day(day):
            yield f"{name}: not a date: {day}"
    if service.valid_until is not None and service.valid_until < service.valid_from:
        yield "valid_until: before valid_from"


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _units(service: Service, organisation: Organisation) -> Iterator[str]:
    if service.lead and organisation.place(service.lead) is None:
        yield f"lead: unit {service.lead} is not in the organisation"
    if service.automatic and not service.lead:
        yield "lead: an automatic service needs one"
    for unit in service.cooperating:
        if organisation.place(unit) is None:
            yield f"cooperating: unit {unit} is not in the organisation"


def _clocks(service: Service) -> Iterator[str]:
    yield from _budget("handle", service.handle)
    yield from _budget("handle_urgent", service.handle_urgent)
    if service.special:
        yield from _budget("special", service.special)
    if service.ladder_hours < 1:
        yield "ladder_hours: must be 1 or more"
    yield from _targets("breach_to", service.breach_to)
    if service.statutory:
        yield from _statutory(service.statutory)


def _statutory(law: Statutory) -> Iterator[str]:
    """What it says of its own ladder; what is left out is as for the promise."""
    yield from _budget("statutory.budget", law.budget)
    yield from _percents("statutory.warn_percents", law.warn_percents)
    if law.ladder_hours < 0:
        yield "statutory.ladder_hours: must be 1 or more"
    yield from _targets("statutory.breach_to", law.breach_to)


def _materials(service: Service) -> Iterator[str]:
    codes = [material.code for material in service.materials]
    yield from (f"materials: {code} is there twice" for code in sorted(set(codes)) if codes.count(code) > 1)
    yield from (f"materials.{m.code}: name missing" for m in service.materials if not m.name.strip())


def _form(place: str, form: Schema, *, examples: bool) -> Iterator[str]:
    try:
        Draft202012Validator.check_schema(form)
    except SchemaError as error:
        yield f"{place}: not a JSON Schema: {error.message}"
        return
    properties = form.get("properties", {})
    for name, shape in properties.items():
        if not shape.get("title"):
            yield f"{place}.{name}: title missing"
        if examples and not shape.get("examples"):
            yield f"{place}.{name}: example missing"
    for name in form.get("required", []):
        if name not in properties:
            yield f"{place}.{name}: required, but not described"
    if examples:
        validator = Draft202012Validator(form, format_checker=FormatChecker())
        for fault in validator.iter_errors(example(form)):
            yield f"{place}.{'.'.join(str(part) for part in fault.path)}: the example does not fit: {fault.message}"


def _procedure(steps: tuple[Step, ...]) -> Iterator[str]:
    codes = [step.code for step in steps]
    yield from (f"procedure: step {code} is there twice" for code in sorted(set(codes)) if codes.count(code) > 1)
    reached = _reached(steps)
    for step in steps:
        if step.code not in reached:
            yield f"step {step.code}: no outcome leads to it"
        if not step.roles:
            yield f"step {step.code}: nobody may complete it"
        if not step.outcomes:
            yield f"step {step.code}: has no outcome"
        for outcome in step.outcomes:
            yield from (f"step {step.code}, outcome {outcome.code}: {hole}" for hole in _outcome(outcome, codes))
    if steps and END not in reached:
        yield f"procedure: nothing leads to {END}"


def _outcome(outcome: StepOutcome, codes: list[str]) -> Iterator[str]:
    if outcome.next != END and outcome.next not in codes:
        yield f"next: unknown step {outcome.next}"
    if outcome.clocks not in TABLE[Action.COMPLETE_STEP].moves:
        yield f"clocks: unknown row {outcome.clocks}"
    # Only this row leads the appeal to feedback; the two must say the same.
    if (outcome.next == END) != (outcome.clocks == "finished"):
        yield f"clocks: {outcome.clocks} does not go with next: {outcome.next}"
    yield from (f"requires: unknown step {code}" for code in outcome.requires if code not in codes)
    yield from _form("record", outcome.record, examples=False)
    if outcome.document and outcome.document not in outcome.record.get("required", []):
        yield f"document: the record does not require {outcome.document}"


def _reached(steps: tuple[Step, ...]) -> set[str]:
    """The steps that can be reached from the first one, and the end if it can."""
    by_code = {step.code: step for step in steps}
    reached: set[str] = set()
    waiting = [steps[0].code] if steps else []
    while waiting:
        code = waiting.pop()
        if code not in reached:
            reached.add(code)
            waiting += [outcome.next for outcome in by_code[code].outcomes] if code in by_code else []
    return reached
