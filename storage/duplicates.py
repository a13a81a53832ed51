"""The appeals of one enterprise in a stretch of time, as far as they are compared: two indexed looks, bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from domain.duplicates import LONGEST, Matter
from storage.database import Read
from storage.tables import appeals as table

MOST: Final = 200
"""So many of the newest are compared: an upstream system may send thousands for one enterprise."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An appeal that may be a duplicate."""

    number: str
    matter: Matter


class Neighbours:
    """Questions to the appeals around one."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, uscc: str | None, name: str, since: datetime, until: datetime) -> list[Candidate]:
        """The appeals of the enterprise between two moments; by name where its code, or theirs, is not known yet."""
        by_name = table.c.enterprise_name == name
        if uscc is None:
            return await self._some(by_name, since, until)
        nameless = await self._some(by_name & table.c.enterprise.is_(None), since, until)
        return await self._some(table.c.enterprise == uscc, since, until) + nameless

    async def _some(self, whose: ColumnElement[bool], since: datetime, until: datetime) -> list[Candidate]:
        said, ref = self._said("description"), self._said("external_ref")
        query = (
            select(table.c.number, table.c.title, func.substr(said, 1, LONGEST).label("said"), ref.label("ref"))
            .where(whose, table.c.created_at.between(since, until))
            .order_by(table.c.created_at.desc(), table.c.number.desc())
            .limit(MOST)
        )
        return [Candidate(row.number, Matter(row.title, row.said or "", row.ref)) for row in await self._r.rows(query)]

    def _said(self, name: str) -> ColumnElement[Any]:
        """A text of the submission, taken out where it lies: the whole state is a hundred times as much."""
        if self._r.dialect == "postgresql":
            return func.json_extract_path_text(table.c.state, "submission", name)
        return func.json_extract(table.c.state, f"$.submission.{name}")
