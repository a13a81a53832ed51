"""Notices that are written with their entry, and told when the engine has answered for it (ADR 0033).

A row for each write that has any. Whoever takes it tells it, in the same transaction; a ghost's goes with the ghost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select, type_coerce

from domain.notice import Notice
from storage.column_types import Moment
from storage.database import Read, Write
from storage.tables import held_notices as table
from storage.upsert import upsert

_TAKEN = (
    delete(table)
    .where(table.c.number == bindparam("of"), table.c.seq <= bindparam("upto"))
    .returning(table.c.seq, table.c.notices)
)


class Untold(NamedTuple):
    """An appeal, the last entry of which something is held, and since when."""

    number: str
    seq: int
    since: datetime


class HeldReads:
    """Questions to what is held."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def older(self, than: datetime, limit: int) -> list[Untold]:
        """Of what has been held since before then, the oldest first."""
        since = type_coerce(func.min(table.c.at), Moment).label("since")
        query = select(table.c.number, func.max(table.c.seq).label("seq"), since).where(table.c.at < than)
        rows = await self._r.records(query.group_by(table.c.number).order_by(since).limit(limit))
        return [Untold(**row) for row in rows]


class Held(HeldReads):
    """What is held, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def keep(self, number: str, seq: int, notices: Sequence[Notice]) -> None:
        """Hold these for the entries up to this one, instead of what was held there."""
        if notices:
            await self._w.run(upsert(self._w.dialect, table, "number", "seq"), row_of(number, seq, notices))

    async def take(self, upto: Iterable[tuple[str, int]]) -> list[Notice]:
        """What is held of each of these appeals, as far as that entry, in order; it is held no more."""
        found: list[Notice] = []
        for number, seq in sorted(upto):
            rows = await self._w.rows(_TAKEN, {"of": number, "upto": seq})
            for row in sorted(rows, key=lambda row: row.seq):
                found += [_notice(one) for one in row.notices]
        return found


def row_of(number: str, seq: int, notices: Sequence[Notice]) -> dict[str, Any]:
    """As the tables keep it, since now: the notices' own time may be ahead, in a rehearsal."""
    said = [asdict(notice) | {"at": notice.at.isoformat()} for notice in notices]
    return {"number": number, "seq": seq, "at": datetime.now(UTC), "notices": said}


def _notice(row: dict[str, Any]) -> Notice:
    return Notice(**row | {"at": datetime.fromisoformat(row["at"]), "audience": tuple(row["audience"])})
