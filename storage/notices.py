"""Notices: whom the loop has told what. The row is the record; delivering it is another matter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from storage.database import Read, Write
from storage.tables import notices as table
from storage.upsert import insert_or_ignore


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """One notice. ``id`` is derived from what caused it, so that a repeated attempt is the same notice."""

    id: str
    number: str
    at: datetime
    audience: str
    unit: str | None
    template: str
    data: dict[str, Any]


class NoticeReads:
    """Questions to the notices."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, number: str) -> list[StoredNotice]:
        """The notices of one appeal, oldest first."""
        query = select(table).where(table.c.number == number).order_by(table.c.at, table.c.id)
        return [StoredNotice(**row) for row in await self._r.records(query)]


class Notices(NoticeReads):
    """Notices, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(
        self,
        *,
        id: str,  # noqa: A002 - the column's name
        number: str,
        at: datetime,
        audience: str,
        unit: str | None,
        template: str,
        data: dict[str, Any] | None = None,
    ) -> bool:
        """Keep a notice; False when it was kept before, which stays as it is."""
        row = {
            "id": id,
            "number": number,
            "at": at,
            "audience": audience,
            "unit": unit,
            "template": template,
            "data": data or {},
        }
        return bool(await self._w.run(insert_or_ignore(self._w.dialect, table).values(row)))
