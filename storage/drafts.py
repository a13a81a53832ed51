"""Drafts: what somebody has begun to write for a service and not sent yet; one for each account and service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select

from storage.database import Read, Write
from storage.tables import drafts as table
from storage.upsert import upsert

KEPT: Final = timedelta(days=30)
"""A draft that nobody touched for so long is gone."""
FORM: Final = "form:"
"""Before the address of a form that is kept past the end of a session, in place of a service's code."""


@dataclass(frozen=True, slots=True)
class Draft:
    """``body`` is the form as it was typed, right or not; ``attachments`` are the ids of what was uploaded for it."""

    account: str
    service: str
    body: dict[str, Any]
    attachments: tuple[str, ...]
    updated_at: datetime


_IS_FORM: Final = table.c.service.startswith(FORM)


class DraftReads:
    """Questions to the drafts."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, account: str, service: str, now: datetime) -> Draft | None:
        """A person's draft for a service."""
        row = await self._r.row(select(table).where(*_one(account, service), table.c.updated_at > now - KEPT))
        return _draft(row) if row else None

    async def of(self, account: str, now: datetime) -> list[Draft]:
        """A person's drafts, newest first."""
        mine = (table.c.account == account, table.c.updated_at > now - KEPT, ~_IS_FORM)
        rows = await self._r.rows(select(table).where(*mine).order_by(table.c.updated_at.desc(), table.c.service))
        return [_draft(row) for row in rows]


class Drafts(DraftReads):
    """Drafts, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def keep(self, draft: Draft) -> None:
        """From here on this is it; what of anybody's is too old goes."""
        row = {
            "account": draft.account,
            "service": draft.service,
            "body": draft.body,
            "attachments": list(draft.attachments),
            "updated_at": draft.updated_at,
        }
        await self._w.run(upsert(self._w.dialect, table, "account", "service"), [row])
        await self._w.run(delete(table).where(table.c.updated_at <= draft.updated_at - KEPT))

    async def sweep_forms(self, before: datetime) -> None:
        """Forms that were kept before then go."""
        await self._w.run(delete(table).where(_IS_FORM, table.c.updated_at <= before))

    async def drop(self, account: str, service: str) -> None:
        """It was sent, or is not wanted any more."""
        await self._w.run(delete(table).where(*_one(account, service)))


def _one(account: str, service: str) -> tuple[Any, Any]:
    return table.c.account == account, table.c.service == service


def _draft(row: Any) -> Draft:
    return Draft(row.account, row.service, row.body, tuple(row.attachments), row.updated_at)
