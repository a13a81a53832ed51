"""The audit log: refusals, who saw personal data in full, who signed in and out. Codes only, nothing personal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from storage.database import Database, Read, Write
from storage.tables import audit as table

_ADD = insert(table).inline()


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One line of the audit log."""

    id: int
    at: datetime
    account: str | None
    kind: str
    number: str | None
    code: str
    detail: dict[str, Any]
    request_id: str | None


class AuditReads:
    """Questions to the audit log."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def find(self, *, number: str | None = None, kind: str | None = None, limit: int = 100) -> list[AuditLine]:
        """Lines about this appeal, of this kind, newest first."""
        query = select(table).order_by(table.c.id.desc()).limit(limit)
        if number is not None:
            query = query.where(table.c.number == number)
        if kind is not None:
            query = query.where(table.c.kind == kind)
        return [AuditLine(**row) for row in await self._r.records(query)]


def audit_row(
    *,
    at: datetime,
    account: str | None,
    kind: str,
    number: str | None,
    code: str,
    detail: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> dict[str, Any]:
    """A line as its row. ``detail`` holds codes and counts, never what somebody wrote."""
    return {
        "at": at,
        "account": account,
        "kind": kind,
        "number": number,
        "code": code,
        "detail": detail or {},
        "request_id": request_id,
    }


async def add_line(w: Write, row: Mapping[str, Any]) -> None:
    """Add a line in the transaction of what it tells."""
    await w.run(_ADD, row)


async def add_lines(database: Database, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add lines, in a transaction of their own."""
    await database.append(_ADD, rows)
