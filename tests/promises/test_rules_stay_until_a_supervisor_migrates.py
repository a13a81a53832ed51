"""An appeal keeps the policy it began with until a supervisor migrates it, with a dry run first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.budget import parse
from domain.errors import Forbidden, Invalid
from domain.measure import add
from domain.rules import Rules
from domain.vocabulary import Action
from storage.codec import make_rules
from tests.promises.ways import accepted, clock, due, entries, refused, start
from tests.support.house import House

pytestmark = pytest.mark.engine


def newer(house: House) -> Rules:
    rules = house.catalogue.rules_for("appeal-general")
    return make_rules(replace(rules.service, version="2", handle="10 working days"), rules.policy, rules.calendar)


async def migrate(house: House, number: str, rules: Rules, *, dry_run: bool) -> None:
    message = house.message("supervisor", "migrate_policy", version=rules.version, dry_run=dry_run)
    await house.perform(number, replace(message, rules=rules))


async def test_a_dry_run_changes_nothing_and_a_migration_measures_from_the_true_start(house: House) -> None:
    number = await accepted(house)
    before = await house.look(number)
    rules = newer(house)

    await migrate(house, number, rules, dry_run=True)
    tried = await house.look(number)
    assert (tried.rules.version, tried.clocks) == (before.rules.version, before.clocks)

    await migrate(house, number, rules, dry_run=False)
    migrated = await house.look(number)
    assert (migrated.rules.version, clock(migrated, "handle").budget) == (rules.version, "10 working days")
    assert start(migrated, "handle") == start(before, "handle")
    assert due(migrated, "handle") == add(start(before, "handle"), parse("10 working days"), rules.calendar)
    tries = await entries(house, number, Action.MIGRATE_POLICY)
    assert [e.data["dry_run"] for e in tries] == [True, False]
    # The next appeal begins with what the catalogue says, this one keeps what it was given.
    assert (await house.look(await accepted(house))).rules.version == before.rules.version


async def test_only_a_supervisor_and_only_to_a_version_that_exists(house: House) -> None:
    number = await accepted(house)
    unknown = await refused(house, number, "supervisor", "migrate_policy", version="none", dry_run=False)
    assert isinstance(unknown, Invalid)
    assert unknown.code == "unknown-version"
    assert isinstance(await refused(house, number, "leader", "migrate_policy", version="none", dry_run=True), Forbidden)
