"""Notices: whom the loop has told what. The row is the record; delivering it is another matter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import select

from domain.loop import Notice
from storage.database import Read, Write
from storage.tables import notices as table
from storage.upsert import insert_or_ignore


class NoticeReads:
    """Questions to the notices."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, number: str) -> list[Notice]:
        """The notices of one appeal, oldest first."""
        query = select(table).where(table.c.number == number).order_by(table.c.at, table.c.id)
        return [Notice(**row | {"audience": tuple(row["audience"])}) for row in await self._r.records(query)]


class Notices(NoticeReads):
    """Notices, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(self, notices: Sequence[Notice]) -> None:
        """Keep notices, in one round trip. One that was kept before, by its id, stays as it is."""
        if notices:
            await self._w.run(insert_or_ignore(self._w.dialect, table), [asdict(notice) for notice in notices])
