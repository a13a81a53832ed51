"""Reading appeals: one, or a page of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, select

from domain.appeal import Appeal
from storage.codec import load_appeal
from storage.database import Read
from storage.filters import AppealFilter, conditions
from storage.keyset import Keyset
from storage.rules import rules_by_version
from storage.tables import appeals as table

_COLUMNS = (
    table.c.number,
    table.c.created_at,
    table.c.due_at,
    table.c.updated_at,
    table.c.offset_us,
    table.c.rules_version,
    table.c.state,
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An appeal as the tables know it. ``offset`` is how far its own now is ahead (rehearsal)."""

    appeal: Appeal
    offset: timedelta
    updated_at: datetime


_ONE = select(*_COLUMNS).where(table.c.number == bindparam("wanted"))


@dataclass(frozen=True, slots=True)
class Page:
    """Some of a list, and where the rest begins."""

    items: list[Stored]
    next_cursor: str | None


class Appeals:
    """Questions to the appeal table."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, number: str) -> Stored | None:
        """One appeal by its number."""
        found = await self._stored(await self._r.rows(_ONE, {"wanted": number}))
        return found[0] if found else None

    async def several(self, numbers: Iterable[str]) -> dict[str, Stored]:
        """Those of these numbers that there are."""
        query = select(*_COLUMNS).where(table.c.number.in_(sorted(set(numbers))))
        return {one.appeal.number: one for one in await self._stored(await self._r.rows(query))}

    async def page(
        self,
        filter: AppealFilter,  # noqa: A002 - what it is
        now: datetime,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """At most ``limit`` appeals from ``cursor`` on; each is seen once, whatever is written in between.

        Raises BadCursor for a cursor that is not one of this list's.
        """
        keyset = Keyset.of(filter.sort)
        found: list[ColumnElement[bool]] = conditions(filter, now)
        if cursor is not None:
            found.append(keyset.after(cursor))
        query: Select[Any] = select(*_COLUMNS).where(*found).order_by(*keyset.order()).limit(limit + 1)
        # Found by an index that holds all that is asked of, and sorted without their states: only the rows of the page
        # are looked at.
        numbers = query.with_only_columns(table.c.number)
        rows = await self._r.rows(select(*_COLUMNS).where(table.c.number.in_(numbers)).order_by(*keyset.order()))
        more = keyset.cursor(rows[limit - 1]) if len(rows) > limit else None
        return Page(await self._stored(rows[:limit]), more)

    async def _stored(self, rows: Sequence[Row[Any]]) -> list[Stored]:
        rules = await rules_by_version(self._r, {row.rules_version for row in rows})
        return [Stored(load_appeal(row.state, rules[row.rules_version]), row.offset_us, row.updated_at) for row in rows]
