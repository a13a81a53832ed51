"""What the activity answers to the appeal, and what it leaves for the messenger: on both databases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from activities.messages import Messages
from storage.database import Database
from storage.messages import MessageReads
from tests.storage.build import organisation
from tests.storage.conftest import database, empty_url, postgres, url
from tests.support.calling import ESCALATION, NUMBER, Room, sms, states
from workflows.contract import Mail, Told

__all__ = ["database", "empty_url", "postgres", "url"]


class Woken:
    times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
async def room(database: Database) -> Room:
    made = Room(database, {})
    await made.prepare()
    return made


async def test_a_step_that_finds_nobody_is_told_back_and_told_twice_is_told_once(room: Room) -> None:
    woken = Woken()
    activity = Messages(room.database, organisation=organisation(), wake=woken)
    await room.points("handler", sms())
    nobody = room.notice("100", "on_duty", template="escalation", escalation=ESCALATION, ladder="ordinary")
    somebody = room.notice("+1", "account:handler", template="escalation", escalation=ESCALATION, ladder="ordinary")
    warned = room.notice("75", "on_duty", rung="75")
    for _ in range(2):
        assert await activity.tell(Mail((nobody, somebody, warned))) == Told((nobody.id,))
    assert woken.times == 2
    async with room.database.read() as r:
        found = await MessageReads(r).of(NUMBER)
        # What is no step goes to the catch-all, who has no channel.
        told = [(one.account, one.escalation, one.may_wait) for one in found]
        assert told == [("handler", ESCALATION, False), ("supervisor", None, True)]
        assert states(found) == ["waiting", "kept"]
        assert await MessageReads(r).contact_phone(NUMBER) == "13800001234"
        assert await MessageReads(r).contact_phone("none") == ""


async def test_a_call_by_rules_without_ladders_that_finds_nobody_goes_to_the_catch_all(room: Room) -> None:
    """By them nothing is skipped, so somebody must hear of it now."""
    calls = [
        room.notice(word, "account:gone", template=word, escalation=ESCALATION) for word in ("lease_ended", "hand_over")
    ]
    assert await Messages(room.database, organisation=organisation()).tell(Mail(tuple(calls))) == Told()
    async with room.database.read() as r:
        told = [(one.account, one.escalation, one.may_wait) for one in await MessageReads(r).of(NUMBER)]
    assert told == [("supervisor", ESCALATION, False)] * 2


async def test_a_retry_answers_by_what_was_kept_though_people_have_come_meanwhile(room: Room) -> None:
    activity = Messages(room.database, organisation=organisation())
    step = room.notice("100", "account:late", template="escalation", escalation=ESCALATION, ladder="ordinary")
    assert await activity.tell(Mail((step,))) == Told((step.id,))
    late = replace(step, audience=("account:handler",))
    assert await activity.tell(Mail((late,))) == Told((step.id,))


async def test_without_an_organisation_nobody_is_looked_for_and_nothing_is_empty(room: Room) -> None:
    step = room.notice("100", "on_duty", template="escalation", escalation=ESCALATION, ladder="ordinary")
    assert await Messages(room.database).tell(Mail((step,))) == Told()


async def test_what_ends_with_its_telling_is_counted_as_well(room: Room) -> None:
    counted: Counter[str] = Counter()
    activity = Messages(room.database, organisation=organisation(), count=lambda how: counted.update(dict(how)))
    await room.points("handler2", sms())
    first = room.notice("100", "account:handler", "account:handler2", template="escalation", escalation=ESCALATION)
    await activity.tell(Mail((first,)))
    await activity.tell(Mail((first,)))
    assert +counted == {"kept": 1}
    anew = room.notice("lease", "account:handler", template="lease_ended", escalation=ESCALATION)
    await activity.tell(Mail((anew,)))
    assert +counted == {"kept": 2, "silenced": 1}


async def test_a_hand_over_silences_what_earlier_calls_still_had_to_send(room: Room) -> None:
    await room.points("handler", sms())
    await room.points("leader", sms("13900000009"))
    await room.call("account:handler")
    room.now += timedelta(minutes=1)
    await room.call("account:leader", rung="h", template="hand_over")
    async with room.database.read() as r:
        assert states(await MessageReads(r).of(NUMBER)) == ["silenced", "waiting"]
