"""Absences of officers and who stands in for them; who changed them is in the audit log, in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, insert, select

from storage.audit import audit_row
from storage.column_types import to_micros
from storage.database import Read, Write
from storage.locks import Lock, take
from storage.tables import absences as table
from storage.tables import audit

KIND: Final = "absence"
"""Of the lines in the audit log."""


@dataclass(frozen=True, slots=True)
class Absence:
    """不在岗: from a moment until another, half-open; ``substitutes`` are accounts, the first one asked first."""

    account: str
    starts_at: datetime
    ends_at: datetime
    substitutes: tuple[str, ...]


class Absences:
    """Questions to the absences."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, account: str) -> list[Absence]:
        """All of an officer, earliest first."""
        rows = await self._r.rows(select(table).where(table.c.account == account).order_by(table.c.starts_at))
        return [_absence(row) for row in rows]

    async def at(self, now: datetime) -> dict[str, tuple[str, ...]]:
        """Whoever is away at that moment, with the substitutes."""
        query = select(table).where(table.c.ends_at > now, table.c.starts_at <= now)
        return {row.account: tuple(row.substitutes) for row in await self._r.rows(query)}

    async def between(self, start: datetime, end: datetime) -> list[Absence]:
        """Everybody's that touch the stretch, earliest first."""
        query = select(table).where(table.c.ends_at > start, table.c.starts_at < end)
        return [_absence(row) for row in await self._r.rows(query.order_by(table.c.starts_at, table.c.account))]


class AbsencesWriter(Absences):
    """Absences, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def alone(self) -> None:
        """Until the transaction ends nobody else changes any: what is read from here on is what will be replaced."""
        if (statement := take(self._w.dialect, Lock.ABSENCES)) is not None:
            await self._w.rows(statement)

    async def replace(self, account: str, wanted: Sequence[Absence], by: str, at: datetime, request_id: str) -> None:
        """From here on these are all of the officer; the audit log keeps what they were before."""
        before = await self.of(account)
        await self._w.run(delete(table).where(table.c.account == account))
        if wanted:
            await self._w.run(insert(table), [_row(one) for one in wanted])
        detail = {"officer": account, "before": [_told(one) for one in before], "after": [_told(one) for one in wanted]}
        line = audit_row(
            at=at, account=by, kind=KIND, number=None, code="absences-set", detail=detail, request_id=request_id
        )
        await self._w.run(insert(audit).inline(), line)


def _absence(row: Any) -> Absence:
    return Absence(row.account, row.starts_at, row.ends_at, tuple(row.substitutes))


def _row(one: Absence) -> dict[str, Any]:
    return {
        "account": one.account,
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "substitutes": list(one.substitutes),
    }


def _told(one: Absence) -> dict[str, Any]:
    """For the audit log: codes and moments (microseconds, as in the tables)."""
    return {"from": to_micros(one.starts_at), "until": to_micros(one.ends_at), "substitutes": list(one.substitutes)}
