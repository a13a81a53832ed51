"""What outside bodies have told us: each event kept once, by the id its sender gave it, with what it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from storage.database import Read, Write
from storage.tables import partner_events as table
from storage.upsert import insert_or_ignore


@dataclass(frozen=True, slots=True)
class PartnerEvent:
    """One event. ``status`` is None until it has been answered for good; ``is_new``: nobody had sent this id before."""

    partner: str
    event: str
    digest: str
    type: str
    number: str | None
    transfer: int | None
    data: Any
    received_at: datetime
    status: int | None = None
    answer: Any = None
    is_new: bool = True


class PartnerEventReads:
    """Questions to what was received."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, partner: str, event: str) -> PartnerEvent | None:
        """One event."""
        row = await self._r.row(select(table).where(table.c.partner == partner, table.c.event == event))
        return _event(row) if row else None

    async def of(self, number: str) -> list[PartnerEvent]:
        """Every event about one appeal, oldest first."""
        query = select(table).where(table.c.number == number).order_by(table.c.received_at, table.c.event)
        return [_event(row) for row in await self._r.rows(query)]


class PartnerEvents(PartnerEventReads):
    """What was received, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def keep(self, new: PartnerEvent) -> PartnerEvent:
        """Keep an event, or give back what its sender sent by this id before, also under a race."""
        row = {
            "partner": new.partner,
            "event": new.event,
            "digest": new.digest,
            "type": new.type,
            "number": new.number,
            "transfer": new.transfer,
            "data": new.data,
            "received_at": new.received_at,
        }
        if await self._w.run(insert_or_ignore(self._w.dialect, table), row):
            return new
        return await self.get(new.partner, new.event) or new

    async def answered(self, event: PartnerEvent, status: int, answer: Mapping[str, Any], number: str | None) -> None:
        """Remember what it was told for good; ``number`` is the appeal's that it began, if it did."""
        mine = update(table).where(table.c.partner == event.partner, table.c.event == event.event)
        await self._w.run(mine.values(status=status, answer=dict(answer), number=number or event.number))


def _event(row: Row[Any]) -> PartnerEvent:
    return PartnerEvent(
        partner=row.partner,
        event=row.event,
        digest=row.digest,
        type=row.type,
        number=row.number,
        transfer=row.transfer,
        data=row.data,
        received_at=row.received_at,
        status=row.status,
        answer=row.answer,
        is_new=False,
    )
