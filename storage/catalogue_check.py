"""Holes in the catalogue: what can be read, but would hurt an appeal later. Found before it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

from domain.budget import BadBudget, parse
from domain.rules import EDITIONS, Policy, Service, Statutory
from domain.vocabulary import STAFF_ROLES
from storage.calendar_check import faults as calendar_faults
from storage.catalogue import Catalogue
from storage.form_check import example, form_holes
from storage.ladder_check import ladder_holes, unknown_ladders
from storage.message_texts import Texts
from storage.organisation import Organisation
from storage.procedure_check import Staff, procedure_holes
from storage.routing_check import check as routing_faults
from storage.templates import Templates
from storage.yaml_file import BadCatalogue

__all__ = ["check", "example", "holes"]

#: Fields of the policy that are no budgets.
_NO_BUDGETS = frozenset({"version", "quiet", "lease"})
_MAY_LACK = frozenset({"cooperation", "return_within"})


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
    faults += Templates(directory).faults() + Texts(directory).faults()
    return faults + holes(catalogue, units) + routing_faults(directory, catalogue, units)


def holes(catalogue: Catalogue, organisation: Organisation) -> list[str]:
    """Every hole of a catalogue that has been read."""
    found = [f"calendars {catalogue.calendars.version}: {fault}" for fault in calendar_faults(catalogue.calendars)]
    found += [f"policy {catalogue.policy.version}: {hole}" for hole in _policy(catalogue.policy)]
    known = {"", *(timetable.code for timetable in catalogue.calendars.timetables)}
    for unit in (entry.unit for entry in organisation.units()):
        if unit.calendar not in known:
            found.append(f"unit {unit.code}: calendar: unknown timetable {unit.calendar}")
    staff = Staff.of(organisation)
    for versions in catalogue.versions().values():
        found += [f"service {versions[0].code}: {hole}" for hole in _dates(versions)]
        for service in versions:
            name = f"service {service.code} version {service.version}"
            found += [f"{name}: {hole}" for hole in _service(service, staff)]
            found += [f"{name}: {hole}" for hole in unknown_ladders(service, catalogue.policy)]
            if service.calendar not in known:
                found.append(f"{name}: calendar: unknown timetable {service.calendar}")
    return found


def _policy(policy: Policy) -> Iterator[str]:
    for name in Policy.__dataclass_fields__:
        value = getattr(policy, name)
        # What came later and may be left out is empty.
        if isinstance(value, str) and name not in _NO_BUDGETS and (value or name not in _MAY_LACK):
            yield from _budget(name, value)
    if not policy.warn_percents:
        yield "warn_percents: missing"
    yield from _percents("warn_percents", policy.warn_percents)
    if policy.edition not in EDITIONS:
        yield f"edition: must be one of {', '.join(map(str, EDITIONS))}"
    yield from ladder_holes(policy)


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


def _service(service: Service, staff: Staff) -> Iterator[str]:
    yield from _words(service)
    yield from _days(service)
    yield from _units(service, staff.organisation)
    yield from _clocks(service)
    yield from form_holes("form", service.form, examples=True)
    yield from _materials(service)
    yield from procedure_holes(service, staff)


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
    if service.first and organisation.place(service.first) is None:
        yield f"first: unit {service.first} is not in the organisation"
    for unit in service.cooperating:
        if organisation.place(unit) is None:
            yield f"cooperating: unit {unit} is not in the organisation"


def _clocks(service: Service) -> Iterator[str]:
    yield from _budget("handle", service.handle)
    if service.accept:
        yield from _budget("accept", service.accept)
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
