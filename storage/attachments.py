"""What was uploaded, by whom, and to which appeal it belongs. The bytes are elsewhere (:mod:`storage.vault`)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, TextClause, and_, cast, delete, func, or_, select, update

from domain.attachments import Attachment, State
from storage.database import Read, Write
from storage.tables import PENDING, UNSETTLED, intake, journal
from storage.tables import attachments as table
from storage.upsert import insert_or_ignore


class AttachmentReads:
    """Questions about uploads."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, attachment: str) -> Attachment | None:
        """One by its id."""
        found = await self.many([attachment])
        return found.get(attachment)

    async def many(self, ids: Collection[str]) -> dict[str, Attachment]:
        """Those of them that there are, by id."""
        return {one.id: one for one in await self._of(select(table).where(table.c.id.in_(ids)))}

    async def by_key(self, account: str, key: str) -> Attachment | None:
        """What this account uploaded with this idempotency key."""
        found = await self._of(select(table).where(table.c.account == account, table.c.idempotency_key == key))
        return found[0] if found else None

    async def of_appeal(self, number: str) -> list[Attachment]:
        """Those of an appeal, oldest first."""
        return await self._of(select(table).where(table.c.number == number).order_by(table.c.created_at, table.c.id))

    async def unused(self, account: str) -> int:
        """How many of this account's uploads nobody has referred to."""
        query = select(func.count()).where(UNSETTLED, table.c.account == account, table.c.number.is_(None))
        return int(await self._r.value(query))

    async def pending(self, limit: int) -> list[Attachment]:
        """Those that the scanner has not seen, oldest first."""
        return await self._of(_oldest(PENDING, limit))

    async def unsettled(self, before: datetime, limit: int) -> list[Attachment]:
        """Those of which it is not known that anything refers to them, and which nobody has touched since."""
        touched = func.coalesce(table.c.bound_at, table.c.created_at, type_=table.c.created_at.type)
        return await self._of(_oldest(UNSETTLED, limit).where(table.c.created_at < before, touched < before))

    async def referred_by(self, one: Attachment) -> str | None:
        """The number of the appeal that refers to it in what it keeps, if any: its journal, or what intake has kept."""
        if one.number is not None:
            entries = select(journal.c.number).where(journal.c.number == one.number, _names(journal.c.data, one.id))
            if await self._r.value(entries.limit(1)) is not None:
                return one.number
        theirs = and_(intake.c.caller == one.account, intake.c.created_at >= one.created_at)
        kept = select(intake.c.number).where(or_(intake.c.number == one.number, theirs), _names(intake.c.body, one.id))
        number = await self._r.value(kept.limit(1))
        return None if number is None else str(number)

    async def _of(self, query: Select[Any]) -> list[Attachment]:
        found = await self._r.records(query)
        return [Attachment(**{**row, "state": State(row["state"])}) for row in found]


class Attachments(AttachmentReads):
    """Uploads, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(self, new: Attachment) -> bool:
        """Keep it, unless this account has used its key before."""
        row = {**asdict(new), "state": new.state.value}
        return bool(await self._w.run(insert_or_ignore(self._w.dialect, table), row))

    async def bind(self, ids: Collection[str], number: str | None, at: datetime) -> int:
        """They belong to this appeal, or are about to be sent in with a new one; how many there still are."""
        values = {"bound_at": at} if number is None else {"bound_at": at, "number": number}
        usable = table.c.id.in_(ids) & (table.c.state != State.EXPIRED.value)
        return await self._w.run(update(table).where(usable).values(**values))

    async def scanned(self, attachment: str, state: State, at: datetime) -> None:
        """What the scanner says of one that waited for it."""
        waiting = update(table).where(table.c.id == attachment, table.c.state == State.PENDING.value)
        await self._w.run(waiting.values(state=state.value, scanned_at=at))

    async def settle(self, attachment: str, number: str) -> None:
        """This appeal keeps a reference to it: it stays for good."""
        await self._w.run(update(table).where(table.c.id == attachment).values(number=number, settled=True))

    async def expire(self, one: Attachment) -> bool:
        """Nothing refers to it: it is given out no more. False when somebody has referred to it since it was read."""
        untouched = table.c.bound_at.is_(None) if one.bound_at is None else table.c.bound_at == one.bound_at
        gone = update(table).where(table.c.id == one.id, untouched, UNSETTLED).values(state=State.EXPIRED.value)
        return bool(await self._w.run(gone))

    async def forget(self, attachment: str) -> None:
        """Its bytes are gone, and now the row."""
        await self._w.run(delete(table).where(table.c.id == attachment, table.c.state == State.EXPIRED.value))


def _oldest(which: TextClause, limit: int) -> Select[Any]:
    return select(table).where(which).order_by(table.c.created_at).limit(limit)


def _names(column: Any, attachment: str) -> Any:
    """Whether the JSON in this column speaks of it anywhere."""
    return cast(column, Text).contains(attachment)
