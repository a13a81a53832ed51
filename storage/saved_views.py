"""Filters of a page that people keep by a name of their own, for themselves or for all who may see the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, or_, select

from storage.database import Read, Write
from storage.tables import accounts
from storage.tables import saved_views as table

MOST: Final = 50
"""Of one person, for one page."""


@dataclass(frozen=True, slots=True)
class SavedView:
    """``query`` is what stands after the question mark of the page's address."""

    id: int
    owner: str
    owner_name: str
    name: str
    query: str
    shared: bool


class SavedViews:
    """Questions to them."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, account: str, page: str) -> list[SavedView]:
        """Their own, and what others share, by name; their own first."""
        query = (
            select(
                table.c.id,
                table.c.owner,
                accounts.c.name.label("owner_name"),
                table.c.name,
                table.c.query,
                table.c.shared,
            )
            .join(accounts, accounts.c.code == table.c.owner)
            .where(table.c.page == page, or_(table.c.owner == account, table.c.shared))
            .order_by(table.c.owner != account, table.c.name, table.c.id)
        )
        return [SavedView(**row) for row in await self._r.records(query)]


class SavedViewsWriter(SavedViews):
    """Changes of them."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def keep(self, account: str, page: str, name: str, query: str, *, shared: bool, now: datetime) -> bool:
        """In place of one of the same name; False when there are too many."""
        mine = (table.c.owner == account, table.c.page == page)
        await self._w.run(delete(table).where(*mine, table.c.name == name))
        if await self._w.value(select(func.count()).select_from(table).where(*mine)) >= MOST:
            return False
        row = {"owner": account, "page": page, "name": name, "query": query, "shared": shared, "created_at": now}
        await self._w.run(insert(table), row)
        return True

    async def remove(self, account: str, view: int) -> bool:
        """One of their own; False when there is none."""
        return await self._w.run(delete(table).where(table.c.owner == account, table.c.id == view)) == 1
