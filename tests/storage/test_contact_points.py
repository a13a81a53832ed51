"""How people are reached, who cannot be, and whom a step of an escalation finds: on both databases."""

from __future__ import annotations

from datetime import date

import pytest

from domain.notice import Notice
from domain.roster import Roster, Rotation
from domain.vocabulary import Role
from storage.absences import Absence, AbsencesWriter
from storage.accounts import Account, AccountsWriter
from storage.audit import AuditReads
from storage.contact_points import ContactPoint, ContactPoints, ContactPointsWriter, address_fault
from storage.database import Database
from storage.messages import MessageReads, Messages
from storage.recipients import Recipients
from storage.rosters import Kept, RostersWriter
from storage.telling import tell
from tests.storage.build import NOON, begun, organisation, put

NUMBER = "SQ20260901-00000001"
PEOPLE = (
    Account("handler", "郑承办", (Role.HANDLER,), "station-a"),
    Account("handler2", "王协理", (Role.HANDLER,), "station-a"),
    Account("leader", "杨分局", (Role.LEADER,), "branch"),
    Account("duty", "尤值班", (Role.DUTY,), "duty-room"),
    Account("duty2", "许值班", (Role.DUTY,), "duty-room"),
    Account("supervisor", "朱督办", (Role.SUPERVISOR,), "city"),
)


@pytest.fixture
async def peopled(database: Database) -> Database:
    appeal, entries = begun(NUMBER)
    await put(database, appeal, entries)
    async with database.write() as w:
        for account in PEOPLE:
            await AccountsWriter(w).upsert(account)
    return database


@pytest.mark.parametrize(
    ("channel", "good", "bad"),
    [
        ("sms", "13900000001", ("1390000000", "12900000001", "+8613900000001", "1390000000１", "13900000001\n")),
        ("email", "a.b+c@mail.example.com", ("a@b", "a@@b.cn", "a b@c.cn", "a@b.cn?to=x", "a@b.cn\n", "<a@b.cn>")),
        ("wecom", "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa", ("short", "key/../x-x", "key?debug=1")),
        ("dingtalk", "13900000001", ("all",)),
        ("feishu", "3c3c-44-token", ("a b c d e",)),
        ("pigeon", "", ("roof",)),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_words(channel: str, good: str, bad: tuple[str, ...]) -> None:
    assert not good or address_fault(channel, good) == ""
    assert all(address_fault(channel, one) for one in bad)


async def test_points_keep_their_order_and_the_audit_log_has_channels_only(peopled: Database) -> None:
    points = (ContactPoint("email", "a@example.com", 0), ContactPoint("sms", "13900000001"))
    async with peopled.write() as w:
        await ContactPointsWriter(w).replace("handler", points, NOON, "r-1")
        await ContactPointsWriter(w).replace("handler", points[::-1], NOON, "r-2")
        assert (await ContactPoints(w).of(["handler", "leader"])) == {"handler": list(points[::-1])}
        lines = await AuditReads(w).find(kind="contact-points")
    assert [line.detail for line in lines] == [
        {"before": ["email", "sms"], "after": ["sms", "email"]},
        {"before": [], "after": ["email", "sms"]},
    ]


async def recipients(database: Database, *audience: str, unit: str = "station-a", **data: str) -> list[str]:
    notice = Notice(f"{NUMBER}:2:x", NUMBER, NOON, audience, unit, "escalation", dict(data))
    async with database.read() as r:
        return [one.account for one in await Recipients(r, organisation()).of(notice)]


async def roster(database: Database, unit: str, *people: str) -> None:
    rotation = Rotation("r1", "值班员", (people,), date(2026, 8, 1))
    async with database.write() as w:
        await RostersWriter(w).save(
            Kept(Roster(unit)), Roster(unit, rotations=(rotation,)), "set", "admin", NOON, "r-1"
        )


async def test_a_step_finds_whoever_is_on_duty_or_nobody_and_only_the_last_falls_back(peopled: Database) -> None:
    """GoAlert #4548: an empty step waited out a weekend."""
    step = {"escalation": f"{NUMBER}-1-1", "ladder": "ordinary"}
    assert await recipients(peopled, "on_duty", **step) == []
    assert await recipients(peopled, "duty", **step) == ["duty", "duty2"]
    assert await recipients(peopled, "account:gone", **step) == []
    assert await recipients(peopled, "catch_all", **step) == ["supervisor"]
    assert await recipients(peopled, "on_duty") == ["supervisor"]
    async with peopled.write() as w:
        await AccountsWriter(w).upsert(Account("chief", "何督办", (Role.SUPERVISOR,), "city"))
        away = Absence("supervisor", NOON, NOON.replace(day=2), ())
        await AbsencesWriter(w).replace("supervisor", [away], "admin", NOON, "r")
    assert await recipients(peopled, "catch_all", **step) == ["chief"]
    assert await recipients(peopled, "on_duty", **step) == []
    await roster(peopled, "duty-room", "duty2")
    await roster(peopled, "station-a", "handler2")
    assert await recipients(peopled, "duty", **step) == ["duty2"]
    assert await recipients(peopled, "on_duty", "account:leader", **step) == ["handler2", "leader"]
    async with peopled.write() as w:
        away = Absence("handler2", NOON, NOON.replace(day=2), ("handler",))
        await AbsencesWriter(w).replace("handler2", [away], "admin", NOON, "r")
    assert await recipients(peopled, "on_duty", **step) == ["handler"]


async def test_the_inbox_is_ones_own_newest_first_and_reading_counts_once(peopled: Database) -> None:
    async with peopled.write() as w:
        for n in range(3):
            notice = Notice(f"{NUMBER}:{n}:step", NUMBER, NOON, ("account:leader",), "branch", "step", {})
            await tell(w, [notice], organisation(), NOON)
    async with peopled.write() as w:
        messages = Messages(w)
        found = await messages.inbox("leader")
        assert [one.notice for one in found] == [f"{NUMBER}:{n}:step" for n in (2, 1, 0)]
        assert [one.notice for one in await messages.inbox("leader", before=found[0].id, limit=1)] == [found[1].notice]
        assert await messages.inbox("handler") == []
        await messages.read("handler", found[0].id, NOON)
        assert await messages.unread("leader") == 3
        await messages.read("leader", found[0].id, NOON)
        await messages.read("leader", found[0].id, NOON.replace(hour=13))
        assert (await messages.unread("leader"), len(await messages.inbox("leader", unread=True))) == (2, 2)
        again = await messages.one_of("leader", found[0].id)
        assert again is not None
        assert again.read_at == NOON
        assert await MessageReads(w).one_of("handler", found[0].id) is None
        assert await MessageReads(w).last_position() == found[0].id


async def test_where_nobody_handles_whoever_receives_is_told_and_never_everybody_elsewhere(peopled: Database) -> None:
    assert await recipients(peopled, "handler", unit="branch") == ["leader"]
    async with peopled.write() as w:
        for account in (
            Account("window", "沈窗口", (Role.WINDOW,), "branch"),
            Account("visitor", "吕联络", (Role.VISITOR,), "liaison-a"),
        ):
            await AccountsWriter(w).upsert(account)
    assert await recipients(peopled, "handler", unit="branch") == ["window"]
    assert await recipients(peopled, "visitor", unit="station-a") == ["visitor"]
    assert await recipients(peopled, "visitor", unit="nowhere") == ["supervisor"]
