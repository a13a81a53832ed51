"""Clocks start at intake, not when the engine gets to it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.budget import parse
from domain.measure import add
from domain.vocabulary import Action, Stage
from tests.promises.ways import begun, due, fired, kept, own_now, start
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_a_permit_that_the_engine_reached_ten_hours_late_has_fourteen_left(house: House) -> None:
    opening = kept(house, "hazmat-toxic-purchase", age=timedelta(hours=10))
    number = await begun(house, opening)

    appeal = await house.look(number)

    assert appeal.created_at == opening.created_at
    assert start(appeal, "handle") == start(appeal, "statutory") == opening.created_at
    assert due(appeal, "handle") == opening.created_at + timedelta(hours=24)
    left = due(appeal, "handle") - await own_now(house, number)
    assert timedelta(hours=13, minutes=50) < left <= timedelta(hours=14)
    # Its first entries say when it happened; the system was not late in the journal either.
    assert {e.at for e in await house.journal(number)} == {opening.created_at}


async def test_an_ordinary_appeals_working_day_counts_from_its_submission(house: House) -> None:
    opening = kept(house, age=timedelta(days=30))
    number = await begun(house, opening)

    appeal = await house.look(number)

    rules = opening.rules
    assert start(appeal, "accept") == opening.created_at
    assert due(appeal, "accept") == add(opening.created_at, parse("1 working day"), rules.calendar)
    assert appeal.stage is Stage.ACCEPT
    # Overdue when it was reached, so it is called for at once.
    assert (await fired(house, number, "accept"))[-1].action is Action.ESCALATE


async def test_starting_it_again_changes_nothing(house: House) -> None:
    opening = kept(house, "hazmat-toxic-purchase", age=timedelta(hours=2))
    number = await begun(house, opening)
    before = await house.look(number)

    await house.start(opening)

    assert await house.look(number) == before
