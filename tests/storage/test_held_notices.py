"""What is to be told of an entry is held with it, goes with a ghost's, and is taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.appeal import Appeal
from domain.journal import Entry
from domain.notice import Notice
from storage.comparison import Claim
from storage.database import Database
from storage.held_notices import Held, HeldReads
from storage.mending import AppealMender
from storage.ordinary import is_written_ordinarily
from storage.rules import store_rules
from storage.writer import write
from tests.storage.build import NOON, begun, chain, moments_at, put, rules

pytestmark = pytest.mark.filterwarnings("error")
NUMBER, OTHER = "SQ20260901-00000001", "SQ20260901-00000002"
LATER = timedelta(minutes=1)


def notice(seq: int, mark: str = "told", number: str = NUMBER) -> Notice:
    return Notice(f"{number}:{seq}:{mark}", number, NOON, ("leader",), "branch", "accept", {"by": "窗口", "n": 1})


async def held(database: Database, limit: int = 100, *, of: timedelta = LATER) -> list[tuple[str, int]]:
    async with database.read() as r:
        return [(one.number, one.seq) for one in await HeldReads(r).older(datetime.now(UTC) + of, limit)]


async def take(database: Database, *upto: tuple[str, int]) -> list[Notice]:
    async with database.write() as w:
        return await Held(w).take(upto)


async def put_next(database: Database, appeal: Appeal, entry: Entry, *told: Notice, fence: int = 2) -> bool:
    return await write(database, replace(appeal, seq=entry.seq), [entry], fence, moments_at(), told)


async def test_what_is_held_with_an_entry_is_taken_once_as_it_was(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    await put(database, appeal, opening)
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    assert await put_next(database, appeal, second, notice(2, "a"), notice(2, "b"))
    assert await held(database) == [(NUMBER, 2)]
    assert await take(database, (NUMBER, 1)) == []
    assert await take(database, (NUMBER, 2), (OTHER, 9)) == [notice(2, "a"), notice(2, "b")]
    assert await take(database, (NUMBER, 2)) == []
    assert await held(database) == []


async def test_the_beginning_is_held_too_and_an_ordinary_write_holds_in_its_one_statement(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    await put(database, *begun(OTHER))
    first = await write(database, appeal, opening, 1, moments_at(), [notice(1)])
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    done = (replace(appeal, seq=2), [second], 2, moments_at(), [notice(2)])
    assert await is_written_ordinarily(database, *done) is (database.dialect == "postgresql")
    assert first
    assert await write(database, *done)
    assert await take(database, (NUMBER, 2)) == [notice(1), notice(2)]


async def test_the_same_write_again_holds_the_same_once_more_and_no_more(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    await put(database, appeal, opening)
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    for fence in (2, 3):
        assert await put_next(database, appeal, second, notice(2), fence=fence)
    assert await take(database, (NUMBER, 2)) == [notice(2)]


@pytest.mark.parametrize("told", [(), (notice(2, "true"),)])
async def test_what_a_ghost_had_to_say_goes_with_the_ghost(database: Database, told: tuple[Notice, ...]) -> None:
    appeal, opening = begun(NUMBER)
    await put(database, appeal, opening)
    (ghost,) = chain(NUMBER, "ghost", first=2, after=opening[-1])
    (true,) = chain(NUMBER, "true", first=2, after=opening[-1])
    assert await put_next(database, appeal, ghost, notice(2, "ghost"))
    assert await put_next(database, appeal, true, *told, fence=3)
    assert await take(database, (NUMBER, 2)) == list(told)


async def test_tables_that_are_written_as_the_workflow_knows_them_hold_nothing_of_a_ghost_and_all_else(
    database: Database,
) -> None:
    appeal, opening = begun(NUMBER)
    assert await put(database, *begun(OTHER))
    assert await write(database, appeal, opening, 1, moments_at(), [notice(1)])
    (ghost,) = chain(NUMBER, "ghost", first=2, after=opening[-1])
    assert await put_next(database, appeal, ghost, notice(2))
    assert await put(database, appeal, (), fence=3)
    assert await take(database, (NUMBER, 9)) == [notice(1)]


async def test_a_late_writer_holds_nothing(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    await put(database, appeal, opening, fence=9)
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    assert not await put_next(database, appeal, second, notice(2), fence=8)
    assert await held(database) == []


async def test_the_longest_held_are_named_first_each_appeal_once(database: Database) -> None:
    async with database.write() as w:
        await store_rules(w, rules())
    for number in (NUMBER, OTHER):
        appeal, opening = begun(number)
        assert await write(database, appeal, opening, 1, moments_at(), [notice(1, number=number)])
    appeal, opening = begun(NUMBER)
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    assert await put_next(database, appeal, second, notice(2))
    assert await held(database) == [(NUMBER, 2), (OTHER, 1)]
    assert await held(database, 1) == [(NUMBER, 2)]
    assert await held(database, of=-LATER) == []


async def test_an_appeal_that_is_mended_holds_nothing_of_what_never_was(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    await put(database, appeal, opening)
    (ghost,) = chain(NUMBER, "ghost", first=2, after=opening[-1])
    (true,) = chain(NUMBER, "true", first=2, after=opening[-1])
    assert await put_next(database, appeal, ghost, notice(2, "ghost"))
    async with database.write() as w:
        await AppealMender(w).mend(Claim(replace(appeal, seq=2), moments_at(), 3), [*opening, true])
    assert await held(database) == []
