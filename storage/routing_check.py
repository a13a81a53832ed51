"""Holes in the routing tables: rows that are never reached, units that are not there, matters that nobody gets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path

from domain.coverage import Atoms, is_reached
from domain.routing import BY_RELATION, FORM, ORDINARY, Conditions, RoutingTable, Row, Value
from domain.rules import Service
from domain.vocabulary import Channel, Tier, UnitKind
from storage.catalogue import Catalogue
from storage.organisation import Organisation
from storage.routing import Routing
from storage.yaml_file import BadCatalogue


def check(directory: Path | None, catalogue: Catalogue, organisation: Organisation) -> list[str]:
    """Every hole of the routing, in words that name table, row and field."""
    try:
        routing = Routing.load(directory)
    except BadCatalogue as error:
        return error.faults
    return list(holes(routing, catalogue, organisation))


def holes(routing: Routing, catalogue: Catalogue, organisation: Organisation) -> Iterator[str]:
    """Every hole of tables that have been read. Without tables there is none: dispatchers decide."""
    for table in routing.tables:
        name = f"routing {table.code} version {table.version}"
        yield from (f"{name}: {hole}" for hole in _table(table, catalogue, organisation))
    yield from _versions(routing.tables)
    if not routing.tables:
        return
    if not organisation.catch_all:
        yield f"organisation {organisation.code}: catch_all: nobody has what no rule sends anywhere"
    for day in _days(routing.tables):
        tables = routing.on(day)
        yield from (f"routing on {day}: {hole}" for hole in _reach(tables, catalogue, organisation))


def _table(table: RoutingTable, catalogue: Catalogue, organisation: Organisation) -> Iterator[str]:
    if not table.rows:
        yield "rows: there is none"
    for name, day in (("valid_from", table.valid_from), ("valid_until", table.valid_until)):
        if day is not None and not _is_day(day):
            yield f"{name}: not a date: {day}"
    codes = [row.code for row in table.rows]
    yield from (f"row {code} is there twice" for code in sorted(set(codes)) if codes.count(code) > 1)
    for row in table.rows:
        yield from (f"row {row.code}: {hole}" for hole in _row(row, catalogue, organisation))


def _row(row: Row, catalogue: Catalogue, organisation: Organisation) -> Iterator[str]:
    if not row.why.strip():
        yield "why: missing"
    if row.dispatcher == bool(row.lead):
        yield "lead: either a unit, or the dispatcher decides"
    if (row.second or row.cooperating) and not row.lead:
        yield "second, cooperating: beside no lead"
    if row.second and row.second == row.lead:
        yield f"second: {row.second} leads it already"
    yield from _units(row, organisation)
    yield from (f"services: unknown service {code}" for code in row.when.services if catalogue.find(code) is None)
    regions = organisation.regions()
    yield from (f"regions: no branch answers for {code}" for code in row.when.regions if code not in regions)
    tiers = {*Tier, ORDINARY}
    yield from (f"tiers: there is no tier {tier}" for tier in row.when.tiers if tier not in tiers)
    yield from _fields(row, catalogue)


def _units(row: Row, organisation: Organisation) -> Iterator[str]:
    named = {"lead": (row.lead,), "second": (row.second,), "cooperating": row.cooperating}
    for name, codes in (*named.items(), ("first_units", row.when.first_units)):
        for code in codes:
            place = organisation.place(code)
            if code and place is None and (name == "first_units" or code not in BY_RELATION):
                yield f"{name}: unit {code} is not in the organisation"
            if place and place.kind is UnitKind.OUTSIDE and name in {"lead", "second"}:
                yield f"{name}: {code} is an outside body: a person transfers to it"


def _fields(row: Row, catalogue: Catalogue) -> Iterator[str]:
    """A condition on the form is for services that have the field."""
    if row.when.form and not row.when.services:
        yield "form: name the services whose form it is"
    for code in row.when.services:
        service = catalogue.find(code)
        known = service.form.get("properties", {}) if service else {name: {} for name in row.when.form}
        for name, values in row.when.form.items():
            if name not in known:
                yield f"form: service {code} has no field {name}"
            listed = known.get(name, {}).get("enum", values)
            yield from (f"form: field {name} of {code} is never {value}" for value in values if value not in listed)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _versions(tables: Sequence[RoutingTable]) -> Iterator[str]:
    for earlier, later in pairwise(tables):
        if earlier.code != later.code:
            continue
        if earlier.version == later.version:
            yield f"routing {later.code}: version {later.version} is there twice"
        if earlier.valid_until is None or earlier.valid_until >= later.valid_from:
            yield f"routing {later.code}: versions {earlier.version} and {later.version}: dates overlap"


def _days(tables: Sequence[RoutingTable]) -> list[date]:
    """A day of every set of tables that are valid together."""
    return [date.fromisoformat(day) for day in sorted({t.valid_from for t in tables}) if _is_day(day)]


def _reach(tables: Sequence[RoutingTable], catalogue: Catalogue, organisation: Organisation) -> Iterator[str]:
    """Rows that no matter reaches, and services some of whose matters no row sends anywhere."""
    rows = [(table, row, row.when.conditions()) for table in tables for row in table.rows]
    every = [conditions for _, _, conditions in rows]
    anything = _atoms(organisation)
    services = [(service, {**anything, **_said_in(service, every)}) for service in catalogue.services()]
    for n, (table, row, conditions) in enumerate(rows):
        if not any(is_reached(conditions, every[:n], atoms) for s, atoms in services if _meant(conditions, s)):
            yield f"table {table.code}, row {row.code}: is never reached, the rows before it take everything"
    for service, atoms in services:
        if not service.lead and is_reached({}, every, atoms):
            yield f"service {service.code}: no row for some of its matters, and no lead"
        if service.automatic and any(row.dispatcher and _meant(c, service) for _, row, c in rows):
            yield f"service {service.code}: is automatic, and a row leaves it to the dispatcher"


def _meant(conditions: Conditions, service: Service) -> bool:
    return service.code in conditions.get("service", frozenset({service.code}))


def _atoms(organisation: Organisation) -> Atoms:
    """What a matter of any service can say to each condition."""
    chains = [place for entry in organisation.units() if (place := organisation.place(entry.unit.code))]
    return {
        "region": [frozenset({region}) for region in organisation.regions()],
        "tier": [frozenset({tier}) for tier in (*Tier, ORDINARY)],
        "channel": [frozenset({channel}) for channel in Channel],
        "first_unit": [frozenset(u.code for u in p.chain) for p in chains if p.kind is not UnitKind.OUTSIDE],
        "urgent": [frozenset({True}), frozenset({False})],
    }


def _said_in(service: Service, rows: Sequence[Conditions]) -> Atoms:
    """What a matter of this service can say besides; to a field without a closed list also what no row asks for."""
    asked = {name for row in rows for name in row if name.startswith(FORM)}
    properties, required = service.form.get("properties", {}), service.form.get("required", [])
    found: dict[str, list[frozenset[Value]]] = {"service": [frozenset({service.code})]}
    for name in asked:
        known = properties.get(name.removeprefix(FORM), {})
        closed = "enum" in known and name.removeprefix(FORM) in required
        values = known["enum"] if "enum" in known else {v for row in rows for v in row.get(name, ())}
        found[name] = [frozenset({value}) for value in values] + ([] if closed else [frozenset()])
    return found
