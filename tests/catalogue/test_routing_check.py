"""Every hole of the routing is found before a matter falls into it, and told with its table, row and field."""

from __future__ import annotations

import shutil
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from storage.catalogue import Catalogue
from storage.organisation import CATALOGUE, Organisation
from storage.routing import Routing
from storage.routing_check import check
from storage.yaml_file import BadCatalogue


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the catalogue, to be damaged."""
    return Path(shutil.copytree(CATALOGUE, tmp_path / "catalogue"))


@cache
def packaged() -> Catalogue:
    return Catalogue.load()


def holes(folder: Path) -> list[str]:
    return check(folder, packaged(), Organisation.load(folder))


def write(folder: Path, *rows: dict[str, Any], file: str = "sample.yaml", **changes: Any) -> None:
    path = folder / "routing" / file
    content = yaml.safe_load((CATALOGUE / "routing" / "sample.yaml").read_text(encoding="utf-8"))
    content |= {"rows": [*rows, *content["rows"]]} | changes
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


def row(code: str = "new", **said: Any) -> dict[str, Any]:
    return {"code": code, "why": "因为", "when": {"services": ["appeal-general"], "urgent": True}, **said}


def test_the_packaged_routing_has_none(folder: Path) -> None:
    assert holes(folder) == []


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"lead": "space-force"}, "row new: lead: unit space-force is not in the organisation"),
        ({"lead": "station-a", "second": "x"}, "row new: second: unit x is not in the organisation"),
        ({"lead": "station-a", "cooperating": ["x"]}, "row new: cooperating: unit x is not in the organisation"),
        ({"lead": "hotline-12345"}, "row new: lead: hotline-12345 is an outside body"),
        ({"lead": "station-a", "second": "station-a"}, "row new: second: station-a leads it already"),
        ({"dispatcher": True, "second": "station-a"}, "row new: second, cooperating: beside no lead"),
        ({}, "row new: lead: either a unit, or the dispatcher decides"),
        ({"lead": "station-a", "dispatcher": True}, "row new: lead: either a unit, or the dispatcher decides"),
        ({"lead": "station-a", "why": " "}, "row new: why: missing"),
        ({"lead": "station-a", "when": {"services": ["ghost"]}}, "row new: services: unknown service ghost"),
        ({"lead": "station-a", "when": {"regions": ["110000"]}}, "row new: regions: no branch answers for 110000"),
        ({"lead": "station-a", "when": {"tiers": ["golden"]}}, "row new: tiers: there is no tier golden"),
        ({"lead": "station-a", "when": {"first_units": ["x"]}}, "first_units: unit x is not in the organisation"),
        ({"lead": "station-a", "when": {"form": {"a": ["b"]}}}, "row new: form: name the services whose form it is"),
        (
            {"lead": "station-a", "when": {"services": ["appeal-general"], "form": {"a": ["b"]}}},
            "row new: form: service appeal-general has no field a",
        ),
        (
            {"lead": "station-a", "when": {"services": ["police-alert"], "form": {"category": ["交通", "航空"]}}},
            "row new: form: field category of police-alert is never 航空",
        ),
        ({"code": "alert-other", "lead": "station-a"}, "row alert-other is there twice"),
    ],
)
def test_a_bad_row_is_told(folder: Path, said: dict[str, Any], told: str) -> None:
    write(folder, {**row(), **said})
    faults = holes(folder)
    assert any(told in fault for fault in faults), faults
    assert all(fault.startswith("routing ") for fault in faults)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"when": {"services": "appeal-general"}}, "rows.0.when.services"),
        ({"when": {"channels": ["pigeon"]}}, "rows.0.when.channels.0"),
        ({"colour": "red"}, "rows.0.colour"),
    ],
)
def test_what_cannot_be_read_is_told_by_file_and_field(folder: Path, content: dict[str, Any], told: str) -> None:
    write(folder, {**row(lead="station-a"), **content})
    with pytest.raises(BadCatalogue):
        Routing.load(folder)
    assert any(fault.startswith("sample.yaml: ") and told in fault for fault in holes(folder))


def test_a_row_that_is_never_reached_is_told(folder: Path) -> None:
    everything = {"code": "all", "why": "全部", "dispatcher": True}
    write(folder, everything)
    faults = holes(folder)
    told = "table sample, row alert-traffic: is never reached, the rows before it take everything"
    assert f"routing on 2026-01-01: {told}" in faults
    assert sum("is never reached" in fault for fault in faults) == len(Routing.load().tables[0].rows)


def test_also_when_several_rows_take_it_together(folder: Path) -> None:
    urgent = row("urgent", lead="station-a")
    calm = row("calm", lead="station-b", when={"services": ["appeal-general", "non-police"], "urgent": False})
    rest = row("rest", lead="station-c", when={"services": ["appeal-general"]})
    write(folder, urgent, calm, rest)
    assert [fault for fault in holes(folder) if "never reached" in fault] == [
        "routing on 2026-01-01: table sample, row rest: is never reached, the rows before it take everything",
    ]


def test_rows_that_share_the_tiers_of_enterprises_leave_the_others_reachable(folder: Path) -> None:
    key = row("key", lead="station-a", when={"services": ["appeal-general"], "tiers": ["key", "scaled"]})
    ordinary = row("ordinary", lead="station-b", when={"services": ["appeal-general"], "tiers": ["ordinary"]})
    write(folder, key, ordinary)
    assert holes(folder) == []


def test_a_field_that_is_required_and_has_a_closed_list_says_one_of_it(folder: Path) -> None:
    """Of crime reports every category has its row; of alerts, whose category may be missing, the last row takes it."""
    report = folder / "services" / "crime-report.yaml"
    said = report.read_text(encoding="utf-8").replace("automatic: true", "automatic: false")
    report.write_text(said.replace("lead: economic-crime", 'lead: ""'), encoding="utf-8")
    table = yaml.safe_load((folder / "routing" / "sample.yaml").read_text(encoding="utf-8"))
    write(folder, rows=[one for one in table["rows"] if one["code"] != "crime-ip"])
    found = check(folder, Catalogue.load(folder), Organisation.load(folder))
    assert found == ["routing on 2026-01-01: service crime-report: no row for some of its matters, and no lead"]


def test_a_service_whose_matters_nobody_gets_is_told(folder: Path) -> None:
    table = yaml.safe_load((folder / "routing" / "sample.yaml").read_text(encoding="utf-8"))
    write(folder, rows=[one for one in table["rows"] if one["code"] != "alert-other"])
    assert "routing on 2026-01-01: service police-alert: no row for some of its matters, and no lead" in holes(folder)


def test_an_automatic_service_is_not_left_to_a_dispatcher(folder: Path) -> None:
    write(folder, row(when={"services": ["hazmat-toxic-purchase"]}, dispatcher=True))
    assert (
        "routing on 2026-01-01: service hazmat-toxic-purchase: is automatic, and a row leaves it to the dispatcher"
        in holes(folder)
    )


def test_versions_follow_each_other_and_each_day_has_its_own(folder: Path) -> None:
    write(folder, row("new", lead="station-a"), file="sample-2.yaml", version="2", valid_from="2026-07-01")
    assert holes(folder) == ["routing sample: versions 1 and 2: dates overlap"]
    write(folder, valid_until="2026-06-30")
    assert holes(folder) == []
    routing = Routing.load(folder)
    days = (date(2026, 6, 30), date(2026, 7, 1))
    assert [table.version for day in days for table in routing.on(day)] == ["1", "2"]
    assert routing.on(date(2025, 12, 31)) == ()


def test_a_version_has_a_name_of_its_own_and_real_days(folder: Path) -> None:
    write(folder, valid_until="2026-06-30")
    write(folder, file="sample-2.yaml", valid_from="2026-07-01", valid_until="2026-13-01")
    faults = holes(folder)
    assert "routing sample: version 1 is there twice" in faults
    assert "routing sample version 1: valid_until: not a date: 2026-13-01" in faults


def test_a_table_without_rows_decides_nothing(folder: Path) -> None:
    write(folder, rows=[])
    assert "routing sample version 1: rows: there is none" in holes(folder)


def test_what_no_rule_sends_anywhere_must_have_somebody(folder: Path) -> None:
    path = folder / "organisation" / "sample.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("catch_all: supervisor\n", ""), encoding="utf-8")
    assert holes(folder) == ["organisation sample: catch_all: nobody has what no rule sends anywhere"]


def test_a_deployment_with_services_or_units_of_its_own_has_rules_of_its_own_or_none(folder: Path) -> None:
    shutil.rmtree(folder / "routing")
    assert (Routing.load(folder).tables, holes(folder)) == ((), [])
    for part in ("services", "organisation"):
        shutil.rmtree(folder / part)
    assert Routing.load(folder).tables == Routing.load().tables


def test_a_second_table_is_asked_where_the_first_has_no_row(folder: Path) -> None:
    write(folder, file="another.yaml", code="another", rows=[row("first", lead="station-a")])
    assert holes(folder) == []
    assert [t.code for t in Routing.load(folder).on(date(2026, 9, 1))] == ["another", "sample"]
