"""Reading the journal: of one appeal, or of all in the order in which entries became visible."""

from __future__ import annotations

from sqlalchemy import func, select

from domain.journal import Entry, EntryActor
from storage.codec import entry_of
from storage.database import Read
from storage.tables import journal as table

_ENTRY = [c for c in table.columns if c.name != "position"]


class JournalReads:
    """Questions to the journal."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, number: str) -> list[Entry]:
        """The journal of one appeal, in order."""
        query = select(*_ENTRY).where(table.c.number == number).order_by(table.c.seq)
        return [entry_of(row) for row in await self._r.records(query)]

    async def actors(self, number: str) -> dict[str, EntryActor]:
        """Those who acted on one appeal, by their ids; of one who has moved, as of the last time."""
        who = (table.c.actor_id, table.c.actor_name, table.c.actor_unit, table.c.actor_role)
        rows = await self._r.rows(select(*who).where(table.c.number == number).order_by(table.c.seq))
        acted = (EntryActor(row.actor_id, row.actor_name, row.actor_unit, row.actor_role) for row in rows)
        return {actor.id: actor for actor in acted}

    async def after(self, position: int, limit: int = 100) -> list[tuple[int, Entry]]:
        """Entries of all appeals that became visible after ``position``, with theirs."""
        query = select(table).where(table.c.position > position).order_by(table.c.position).limit(limit)
        return [(row.pop("position"), entry_of(row)) for row in await self._r.records(query)]

    async def last_position(self) -> int:
        """The position of the newest entry, 0 when there is none."""
        return int(await self._r.value(select(func.coalesce(func.max(table.c.position), 0))))

    async def newest_numbers(self, entries: int) -> list[str]:
        """The numbers of the appeals to which the newest ``entries`` entries of all belong."""
        newest = select(table.c.number).order_by(table.c.position.desc()).limit(entries).subquery()
        return [row.number for row in await self._r.rows(select(newest.c.number).distinct())]

    async def all_numbers(self) -> list[str]:
        """The numbers of all appeals that have a journal, in order."""
        return [row.number for row in await self._r.rows(select(table.c.number).distinct().order_by(table.c.number))]
