"""Drafts: one for each person and service, theirs alone, gone when nobody has touched them for long."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.database import Database
from storage.drafts import KEPT, Draft, DraftReads, Drafts
from tests.storage.build import NOON

MINE = Draft("enterprise", "appeal-general", {"title": "门前乱停车", "form": {"lots": "3"}}, ("att-1",), NOON)


async def keep(database: Database, *drafts: Draft) -> None:
    async with database.write() as w:
        for draft in drafts:
            await Drafts(w).keep(draft)


async def test_a_draft_comes_back_as_it_was_last_kept_to_whoever_wrote_it(database: Database) -> None:
    later = replace(MINE, body={"title": "乱停车"}, attachments=(), updated_at=NOON + timedelta(minutes=1))
    other = replace(later, service="truck-pass", updated_at=NOON + timedelta(minutes=2))
    await keep(database, MINE, later, other)
    async with database.read() as r:
        reads = DraftReads(r)
        assert await reads.get("enterprise", "appeal-general", NOON) == later
        assert await reads.of("enterprise", NOON) == [other, later]
        assert await reads.get("enterprise2", "appeal-general", NOON) is None
        assert await reads.of("enterprise2", NOON) == []


async def test_a_draft_goes_when_it_was_sent_or_left_for_long(database: Database) -> None:
    other = replace(MINE, service="truck-pass")
    await keep(database, MINE, other)
    async with database.write() as w:
        await Drafts(w).drop("enterprise", "appeal-general")
    much_later = NOON + KEPT
    async with database.read() as r:
        assert await DraftReads(r).of("enterprise", NOON) == [other]
        assert await DraftReads(r).get("enterprise", "truck-pass", much_later) is None
        assert await DraftReads(r).of("enterprise", much_later) == []
    await keep(database, replace(MINE, account="enterprise2", updated_at=much_later))
    async with database.read() as r:
        assert await DraftReads(r).of("enterprise", NOON) == []
