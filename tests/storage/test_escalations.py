"""Escalations on both databases: pages by key, who was told, how many call and whom nobody hears."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from domain.vocabulary import EscalationState
from storage.database import Database
from storage.escalations import Escalations, Wanted, cursor_of
from storage.figures import Called, Figures
from storage.keyset import BadCursor
from storage.messages import Attempt, Messages, MessageStatus, Result
from storage.tables import accounts
from tests.support.calling import ESCALATION, NOON, NUMBER, Room

OPEN, TAKEN = EscalationState.OPEN, EscalationState.ACKNOWLEDGED
AGES = [timedelta(minutes=10), timedelta(hours=1)]


@pytest.fixture
async def room(database: Database) -> Room:
    made = Room(database, {})
    await made.prepare()
    return made


async def test_pages_go_on_after_the_last_though_several_were_opened_at_one_moment(room: Room) -> None:
    others = [f"{NUMBER}-{n}-1" for n in (3, 4, 5)]
    for code in others:
        await room.escalate(code)
    room.now += timedelta(minutes=1)
    await room.escalate(f"{NUMBER}-6-1")
    found, cursor = [], None
    async with room.database.read() as r:
        while page := await Escalations(r).find(Wanted(number=NUMBER), cursor=cursor, limit=2):
            found += [one.escalation.id for one in page]
            cursor = cursor_of(page[-1].escalation)
        assert found == [f"{NUMBER}-6-1", *reversed(others), ESCALATION]
        for bad in ("", "1", "1.", "-1.x", f"{10**18 - 1}.x", "١.x"):
            with pytest.raises(BadCursor):
                await Escalations(r).find(cursor=bad)


async def test_whoever_was_called_is_known_with_what_became_of_it(room: Room) -> None:
    await room.escalate(f"{NUMBER}-3-1")
    await room.call("account:handler", level=1)
    room.now += timedelta(hours=4)
    await room.call("account:leader", "account:handler", rung="+1", level=2)
    async with room.database.write() as w:
        messages = Messages(w)
        first = (await messages.of(NUMBER))[0]
        later = NOON + timedelta(seconds=9)
        for nth, result in enumerate((Result.FAILED, Result.DELIVERED, Result.DELIVERED), 1):
            at = NOON + timedelta(seconds=nth)
            await messages.begin([Attempt(first.id, nth, "sms", at)], "me", later)
            await messages.settle([Attempt(first.id, nth, "sms", at, at, result)], "me")
        await messages.read("leader", first.id, later)
        await messages.read("handler", first.id, later)
    async with room.database.read() as r:
        reads = Escalations(r)
        told = await reads.told([ESCALATION, f"{NUMBER}-3-1"])
        assert [(t.account, t.level, t.at) for t in told] == [
            ("handler", 1, NOON),
            ("leader", 2, room.now),
            ("handler", 2, room.now),
        ]
        assert (told[0].delivered_at, told[0].read_at) == (NOON + timedelta(seconds=2), later)
        assert (told[1].delivered_at, told[1].status) == (None, MessageStatus.KEPT)
        ids = [ESCALATION, f"{NUMBER}-3-1"]
        assert await reads.called("handler", ids) == {ESCALATION}
        assert await reads.called("supervisor", ids) == await reads.called("handler", []) == frozenset()
        mine = await reads.find(Wanted(state=OPEN, unit="station-a", account="handler"))
        assert [one.escalation.id for one in mine] == [ESCALATION]
        assert await reads.find(Wanted(account="supervisor")) == []


async def test_they_are_counted_by_state_level_and_age(room: Room) -> None:
    room.now += timedelta(minutes=30)
    for n in (3, 4, 5):
        await room.escalate(f"{NUMBER}-{n}-1")
    await room.stand("acknowledged", f"{NUMBER}-4-1")
    await room.stand("ended", f"{NUMBER}-5-1")
    async with room.database.read() as r:
        counted = await Figures(r).calling(room.now + timedelta(minutes=35), AGES)
        assert sorted(counted, key=lambda one: (one.state, one.age)) == [
            Called(TAKEN, 1, 1, 1),
            Called(OPEN, 1, 1, 1),
            Called(OPEN, 1, 2, 1),
        ]
        assert await Figures(r).oldest_free() == NOON
    for code in (ESCALATION, f"{NUMBER}-3-1"):
        await room.stand("ended", code)
    async with room.database.read() as r:
        assert await Figures(r).oldest_free() is None


async def test_a_catch_all_that_nobody_hears_is_counted_until_somebody_has_the_matter(room: Room) -> None:
    async def unheard() -> int:
        async with room.database.read() as r:
            return await Figures(r).unheard()

    await room.call("on_duty")
    assert await unheard() == 0  # the ladder goes on
    async with room.database.write() as w:
        await w.run(update(accounts).values(active=False))
    await room.call("catch_all", rung="+1")
    assert await unheard() == 1
    await room.stand("acknowledged")
    assert await unheard() == 0
