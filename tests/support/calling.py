"""People with channels, escalations that call them, and a messenger whose clock is moved by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from domain.calendar import ZONE
from domain.clock import ClockName
from domain.notice import Notice
from domain.vocabulary import Role
from storage.accounts import Account, AccountsWriter
from storage.appeals import Appeals
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.database import Database
from storage.message_texts import Texts
from storage.messages import Attempt, Message, MessageReads
from storage.tables import escalations
from storage.telling import tell
from tests.storage.build import USCC, begun, organisation, put, write
from worker.channels.channel import Channel
from worker.messenger import Messenger

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=ZONE)
NUMBER = "SQ20260901-00000001"
ESCALATION = f"{NUMBER}-2-1"
PHONE = "13900000001"
PEOPLE = (
    Account("handler", "郑承办", (Role.HANDLER,), "station-a"),
    Account("handler2", "王协理", (Role.HANDLER,), "station-a"),
    Account("leader", "杨分局", (Role.LEADER,), "branch"),
    Account("supervisor", "朱督办", (Role.SUPERVISOR,), "city"),
    Account("enterprise", "宁波示例制造有限公司", (Role.ENTERPRISE,), uscc=USCC),
)


class Room:
    """A database with an appeal and people, and whoever sends them messages."""

    def __init__(self, database: Database, channels: Mapping[str, Channel], **more: Any) -> None:
        self.now = NOON
        self.database = database
        self.messenger = self.another(channels, **more)

    def another(self, channels: Mapping[str, Channel], **more: Any) -> Messenger:
        """A messenger as another process would have it."""
        texts = Texts(None, organisation(), public_url="https://appeals.example")
        return Messenger(self.database, channels, texts, quiet="22:00-07:00", now=lambda: self.now, **more)

    async def prepare(self, service: str = "appeal-general", **changes: Any) -> None:
        """People, an appeal, and an escalation that is open."""
        appeal, entries = begun(NUMBER, service, **changes)
        await put(self.database, appeal, entries)
        async with self.database.write() as w:
            for account in PEOPLE:
                await AccountsWriter(w).upsert(account)
        await self.escalate(ESCALATION)

    async def escalate(self, code: str, number: str = NUMBER) -> None:
        async with self.database.write() as w:
            row = {"clock": "handle", "generation": 2, "level": 1, "owner_unit": "station-a", "owner": "handler"}
            row |= {"id": code, "number": number, "state": "open", "opened_at": self.now}
            await w.run(insert(escalations), row)

    async def stand(self, state: str, code: str = ESCALATION) -> None:
        """How the escalation stands from here on."""
        async with self.database.write() as w:
            await w.run(update(escalations).where(escalations.c.id == code).values(state=state))

    async def end_a_clock(self) -> tuple[int, int]:
        """A clock of the appeal is over; the generation of one that runs, and its own."""
        async with self.database.write() as w:
            stored = await Appeals(w).get(NUMBER)
            assert stored is not None
            first = stored.appeal.clocks[0]
            over = replace(first, name=ClockName.SIGN, generation=99, ended_at=self.now, ending="met")
            await write(w, replace(stored.appeal, clocks=(*stored.appeal.clocks, over), seq=stored.appeal.seq + 1))
        return first.generation, over.generation

    async def points(self, account: str, *points: ContactPoint) -> None:
        async with self.database.write() as w:
            await ContactPointsWriter(w).replace(account, points, self.now, "r")

    async def tell(self, *notices: Notice) -> tuple[str, ...]:
        """As the activity does."""
        async with self.database.write() as w:
            return await tell(w, notices, organisation(), self.now)

    async def call(self, *audience: str, rung: str = "100", template: str = "escalation", **data: Any) -> None:
        """A step of the escalation."""
        await self.tell(self.notice(rung, *audience, template=template, escalation=ESCALATION, rung=rung, **data))

    def notice(self, mark: str, *audience: str, template: str = "warning", **data: Any) -> Notice:
        said = {"clock": "handle", "generation": 2, **data}
        return Notice(
            f"{NUMBER}:{mark}", NUMBER, self.now, audience or ("account:handler",), "station-a", template, said
        )

    async def send(self, **later: float) -> list[Message]:
        """What is due then is sent; how every message stands after that."""
        self.now += timedelta(**later)
        while await self.messenger.turn():
            pass
        await self.messenger.idle()
        async with self.database.read() as r:
            return await MessageReads(r).of(NUMBER)

    async def attempts(self) -> dict[int, list[Attempt]]:
        async with self.database.read() as r:
            reads = MessageReads(r)
            return await reads.attempts(one.id for one in await reads.of(NUMBER))

    async def tries(self) -> list[tuple[str, str | None]]:
        """Channel and result of each attempt, message by message."""
        return [(a.channel, a.result) for made in (await self.attempts()).values() for a in made]


def sms(address: str = PHONE, wait: int = 300) -> ContactPoint:
    return ContactPoint("sms", address, wait)


def mail(address: str = "officer@example.com", wait: int = 300) -> ContactPoint:
    return ContactPoint("email", address, wait)


def states(messages: Sequence[Message]) -> list[str]:
    return [one.status.value for one in messages]
