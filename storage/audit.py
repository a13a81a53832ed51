"""The audit log: refusals, and who saw personal data in full. Codes only, nothing personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from storage.database import Read, Write
from storage.tables import audit as table


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


class Audit(AuditReads):
    """The audit log, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(
        self,
        *,
        at: datetime,
        account: str | None,
        kind: str,
        number: str | None,
        code: str,
        detail: dict[str, Any] | None = None,
        request_id: str | None = None,
    ) -> None:
        """Add a line. ``detail`` holds codes and counts, never what somebody wrote."""
        row = {
            "at": at,
            "account": account,
            "kind": kind,
            "number": number,
            "code": code,
            "detail": detail or {},
            "request_id": request_id,
        }
        await self._w.run(insert(table).inline().values(row))
