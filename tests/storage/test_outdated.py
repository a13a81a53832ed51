"""A new calendar: whose rules are outdated by it, and what replaces them."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.vocabulary import Stage
from storage.catalogue import Catalogue
from storage.database import Database
from storage.intake import Intake
from storage.organisation import CATALOGUE
from storage.outdated import outdated
from tests.storage.build import NOON, begun, catalogue, put, rules, submission


@pytest.fixture
def tomorrow(tmp_path: Path) -> Catalogue:
    """The catalogue after one more holiday, and after the policy and a service changed as well."""
    folder = tmp_path / "catalogue"
    shutil.copytree(CATALOGUE, folder)
    for name, old, new in (
        ("calendars/cn.yaml", '"2027-10-03": 国庆节', '"2027-10-03": 国庆节\n      "2027-10-04": 国庆节'),
        ("calendars/cn.yaml", '"cn-2026.2"', '"cn-2027.1"'),
        ("policies/default.yaml", "max_rounds: 3", "max_rounds: 4"),
        ("services/appeal-general.yaml", "handle: 5 working days", "handle: 6 working days"),
    ):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
    return Catalogue.load(folder)


async def test_only_the_calendar_is_replaced_and_only_for_appeals_that_are_open(
    database: Database, tomorrow: Catalogue
) -> None:
    opened, entries = begun("SQ20260901-00000001")
    await put(database, opened, entries)
    closed, entries = begun("SQ20260901-00000002", "non-police")
    await put(database, replace(closed, stage=Stage.CLOSED, closed_at=NOON + timedelta(days=1)), entries)
    async with database.write() as w:
        await Intake(w).keep(
            number="SQ20260901-00000003",
            caller="system",
            key="key-3",
            digest="d",
            created_at=NOON,
            submission=submission(),
            rules=rules("hazmat-toxic-purchase"),
            salt="salt",
        )
    async with database.read() as r:
        assert await outdated(r, catalogue()) == {}
        found = await outdated(r, tomorrow)
    old = {rules(service).version: rules(service) for service in ("appeal-general", "hazmat-toxic-purchase")}
    assert found.keys() == old.keys()
    for version, again in found.items():
        assert again.version != version
        assert again.calendar.version == "cn-2027.1"
        assert "2027-10-04" in again.calendar.holidays
        assert (again.service, again.policy) == (old[version].service, old[version].policy)
        assert tomorrow.by_todays_calendar(again) is None, "then nothing is left to do"
