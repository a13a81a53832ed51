"""Codes for an appeal's contact: few at a time, few tries each, for a short while, and nowhere in clear."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from storage.database import Database
from storage.messages import Message, MessageReads
from storage.tables import track_codes
from storage.tracking import MOST_TRIES, VALID, TrackCodes
from tests.storage.build import NOON

NUMBER, OTHER = "SQ20260907-00000001", "SQ20260907-00000002"


async def send(database: Database, now: datetime, number: str = NUMBER) -> bool:
    async with database.write() as w:
        return await TrackCodes(w).send(number, "branch", now)


async def tried(database: Database, now: datetime, number: str = NUMBER) -> datetime | None:
    async with database.write() as w:
        return await TrackCodes(w).tried(number, now)


async def messages(database: Database, number: str = NUMBER) -> list[Message]:
    async with database.read() as r:
        return await MessageReads(r).of(number)


async def test_a_code_is_a_message_to_the_contact_that_does_not_wait_and_says_nothing(database: Database) -> None:
    assert await send(database, NOON)
    (message,) = await messages(database)
    assert (message.account, message.to_enterprise, message.may_wait) == (None, True, False)
    assert (message.template, message.data, message.created_at) == ("track_code", {}, NOON)


async def test_only_so_many_are_sent_in_so_long_and_none_of_them_is_another_appeals(database: Database) -> None:
    minute = timedelta(minutes=1)
    assert [await send(database, NOON + n * minute) for n in range(5)] == [True, True, True, False, False]
    assert await send(database, NOON, OTHER)
    assert await send(database, NOON + 15 * minute)
    assert len(await messages(database)) == 4


async def test_only_so_many_are_sent_in_a_day_and_older_ones_are_forgotten(database: Database) -> None:
    quarters = [NOON + n * timedelta(minutes=15) for n in range(12)]
    assert [await send(database, at) for at in quarters] == [True] * 10 + [False] * 2
    assert await send(database, NOON + timedelta(days=2))
    async with database.read() as r:
        assert await r.value(select(func.count()).select_from(track_codes)) == 1


async def test_the_newest_is_tried_a_few_times_for_a_short_while(database: Database) -> None:
    assert await tried(database, NOON) is None
    await send(database, NOON)
    later = NOON + timedelta(minutes=2)
    await send(database, later)
    assert await tried(database, NOON + VALID) == later
    assert [await tried(database, later) for _ in range(MOST_TRIES)] == [later] * (MOST_TRIES - 1) + [None]
    assert await tried(database, later, OTHER) is None


@pytest.mark.parametrize("ended", ["used", "old"])
async def test_what_was_used_or_is_old_serves_no_more(database: Database, ended: str) -> None:
    await send(database, NOON)
    if ended == "used":
        async with database.write() as w:
            await TrackCodes(w).use(NUMBER, NOON, NOON)
        assert await tried(database, NOON) is None
    else:
        assert await tried(database, NOON + VALID) is None
