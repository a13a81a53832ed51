"""Notices: whom the loop has told what. The row is the record; delivering it is another matter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import select

from domain.notice import Notice
from storage.database import Read, Write
from storage.recipients import Recipient
from storage.tables import notices as table
from storage.upsert import insert_or_ignore

_SAID = [table.c[field.name] for field in fields(Notice)]


class NoticeReads:
    """Questions to the notices."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, number: str) -> list[Notice]:
        """The notices of one appeal, oldest first."""
        query = select(*_SAID).where(table.c.number == number).order_by(table.c.at, table.c.id)
        return [Notice(**row | {"audience": tuple(row["audience"])}) for row in await self._r.records(query)]

    async def recipients(self, number: str) -> dict[str, tuple[Recipient, ...] | None]:
        """Who each notice of an appeal was for, by the notice's id; None where nobody has looked for them."""
        rows = await self._r.rows(select(table.c.id, table.c.recipients).where(table.c.number == number))
        return {row.id: _read(row.recipients) for row in rows}

    async def kept(self, ids: Sequence[str]) -> dict[str, tuple[Recipient, ...] | None]:
        """Those of these notices that are kept already, with whom each was for."""
        rows = await self._r.rows(select(table.c.id, table.c.recipients).where(table.c.id.in_(ids)))
        return {row.id: _read(row.recipients) for row in rows}


def _read(kept: list[dict[str, Any]] | None) -> tuple[Recipient, ...] | None:
    return None if kept is None else tuple(Recipient(**one) for one in kept)


class Notices(NoticeReads):
    """Notices, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(self, notices: Sequence[Notice], recipients: Mapping[str, Sequence[Recipient]] | None = None) -> None:
        """Keep notices, in one round trip. One that was kept before, by its id, stays as it is.

        ``recipients`` of each notice, by its id; None where nobody has looked for them.
        """
        if notices:
            rows = [asdict(notice) | {"recipients": _rows(notice, recipients)} for notice in notices]
            await self._w.run(insert_or_ignore(self._w.dialect, table), rows)


def _rows(notice: Notice, recipients: Mapping[str, Sequence[Recipient]] | None) -> list[dict[str, Any]] | None:
    return None if recipients is None else [one.as_row() for one in recipients.get(notice.id, ())]
