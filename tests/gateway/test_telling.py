"""What was answered for is told: once, together, and nobody's trouble keeps the others from it."""

from __future__ import annotations

import pytest

from domain.notice import Notice
from gateway.telling import Teller
from storage.database import Database
from storage.held_notices import HeldReads
from storage.notices import NoticeReads
from storage.organisation import Organisation
from storage.rules import store_rules
from storage.writer import write
from tests.gateway.test_relay import number
from tests.storage.build import NOON, begun, moments_at


async def hold(database: Database, of: str, *, unit: str = "branch") -> None:
    """An appeal whose first entry somebody is to be told of."""
    appeal, opening = begun(of)
    async with database.write() as w:
        await store_rules(w, appeal.rules)
    one = Notice(f"{of}:1:told", of, NOON, ("leader",), unit, "submit", {})
    assert await write(database, appeal, opening, 2, moments_at(), [one])


async def told(database: Database, of: str) -> list[str]:
    async with database.read() as r:
        return [one.id for one in await NoticeReads(r).of(of)]


@pytest.fixture
def teller(database: Database) -> Teller:
    return Teller(database, Organisation.load, gather=0)


async def test_what_was_answered_for_is_told_once_however_often_it_is_answered(
    database: Database, teller: Teller
) -> None:
    await hold(database, number(1))
    for _ in range(3):
        teller.answered(number(1), 1)
    await teller.rest()
    teller.answered(number(1), 1)
    await teller.rest()
    assert await told(database, number(1)) == [f"{number(1)}:1:told"]


async def test_what_was_not_answered_for_is_not_told(database: Database, teller: Teller) -> None:
    await hold(database, number(1))
    teller.answered(number(1), 0)
    teller.answered(number(2), 5)
    await teller.rest()
    assert await told(database, number(1)) == []


async def test_one_that_cannot_be_told_keeps_no_other_from_it_and_stays_held(database: Database) -> None:
    for n in (1, 2, 3):
        await hold(database, number(n))
    organisation = Organisation.load()
    asked = 0

    def sick() -> Organisation:
        nonlocal asked
        asked += 1
        if asked in {1, 3}:  # all of them together; then the second alone
            raise ValueError(asked)
        return organisation

    teller = Teller(database, sick, gather=0)
    for n in (1, 2, 3):
        teller.answered(number(n), 1)
    await teller.rest()
    left = [number(n) for n in (1, 2, 3) if not await told(database, number(n))]
    assert len(left) == 1
    async with database.read() as r:
        assert [one.number for one in await HeldReads(r).older(NOON.replace(year=2999), 9)] == left


async def test_a_database_that_is_away_loses_nothing(database: Database, teller: Teller) -> None:
    await hold(database, number(1))
    away = Database.create("sqlite:////nowhere/appeals.db")
    lost = Teller(away, Organisation.load, gather=0)
    lost.answered(number(1), 1)
    await lost.rest()
    await away.close()
    assert await told(database, number(1)) == []
    teller.answered(number(1), 1)
    await teller.rest()
    assert await told(database, number(1)) == [f"{number(1)}:1:told"]
