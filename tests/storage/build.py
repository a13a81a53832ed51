"""What the tests of the store put into it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from domain.appeal import Appeal, Contact, Enterprise, Submission
from domain.calendar import ZONE
from domain.colours import Moments
from domain.journal import GENESIS, Entry, EntryActor, seal
from domain.opening import Opening, begin
from domain.people import Actor, Place
from domain.rules import Rules
from domain.vocabulary import Action, Channel, Role, Stage
from storage import writer
from storage.appeals import Appeals
from storage.catalogue import Catalogue
from storage.database import Database, Write
from storage.organisation import Organisation
from storage.rules import store_rules
from storage.sample import sample_uscc
from storage.writer import AppealWriter

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=ZONE)
USCC = sample_uscc("91330205MA2AEX001")
ENTERPRISE = Actor("enterprise", "宁波示例制造有限公司", (Role.ENTERPRISE,), uscc=USCC)


@lru_cache
def catalogue() -> Catalogue:
    """The packaged catalogue."""
    return Catalogue.load()


@lru_cache
def organisation() -> Organisation:
    """The sample organisation."""
    return Organisation.load()


def unit(code: str) -> Place:
    """A unit of the sample."""
    place = organisation().place(code)
    assert place is not None
    return place


def rules(service: str = "appeal-general") -> Rules:
    """The rules of a new appeal."""
    return catalogue().rules_for(service)


def submission(**changes: Any) -> Submission:
    """What an enterprise sends in."""
    plain = Submission(
        channel=Channel.WEB,
        enterprise=Enterprise(USCC, "宁波示例制造有限公司"),
        contact=Contact("张三", "13800001234"),
        region="330205",
        title="厂区周边夜间治安",
        description="夜间有人翻墙",
        submitter=ENTERPRISE,
        first_unit=unit("branch"),
    )
    return replace(plain, **changes)


def moments_at(
    due_at: datetime | None = None,
    yellow_at: datetime | None = None,
    orange_at: datetime | None = None,
    red_at: datetime | None = None,
) -> Moments:
    """When the appeal is due, and when its colour changes."""
    return Moments(due_at, yellow_at, orange_at, red_at)


def begun(
    number: str, service: str = "appeal-general", at: datetime = NOON, **changes: Any
) -> tuple[Appeal, list[Entry]]:
    """An appeal at its first moment, with its journal."""
    sent = submission(lead=unit("public-order") if rules(service).service.automatic else None, **changes)
    decision = begin(Opening(number, rules(service), sent, at, "salt"))
    return decision.appeal, list(decision.entries)


def chain(
    number: str, *ids: str, first: int = 1, after: Entry | None = None, data: Any = None, at: datetime | None = None
) -> list[Entry]:
    """Entries of one appeal that follow each other, a minute apart or all ``at`` one moment."""
    entries: list[Entry] = []
    for offset, entry_id in enumerate(ids):
        plain = Entry(
            entry_id=entry_id,
            number=number,
            seq=first + offset,
            at=at or NOON + timedelta(minutes=first + offset),
            actor=EntryActor("handler", "郑承办", "station-a", "handler"),
            action=Action.NOTE,
            from_stage=Stage.HANDLE,
            to_stage=Stage.HANDLE,
            round=1,
            reason=None,
            data=data or {"text": f"进展 {entry_id}"},
            salt=f"salt {entry_id}",
        )
        previous = entries[-1] if entries else after
        entries.append(seal(plain, previous.hash if previous else GENESIS))
    return entries


async def put(
    database: Database,
    appeal: Appeal,
    entries: Sequence[Entry] = (),
    fence: int = 1,
    moments: Moments | None = None,
) -> bool:
    """Write an appeal as the worker does; its rules come before it, as from intake."""
    async with database.write() as w:
        await store_rules(w, appeal.rules)
    return await writer.write(database, appeal, entries, fence, moments or moments_at())


async def write(
    w: Write,
    appeal: Appeal,
    entries: Sequence[Entry] = (),
    fence: int = 1,
    moments: Moments | None = None,
) -> bool:
    """Write an appeal in this transaction; its rules come before it, as from intake."""
    await store_rules(w, appeal.rules)
    return await AppealWriter(w).write(appeal, entries, fence, moments or moments_at())


async def stored(database: Database, number: str) -> Appeal:
    """The appeal as the tables know it."""
    async with database.read() as r:
        found = await Appeals(r).get(number)
    assert found is not None
    return found.appeal
