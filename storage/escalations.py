"""Reading escalations: who is called for, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from domain.appeal import Escalation
from domain.clock import ClockName
from domain.vocabulary import EscalationState
from storage.database import Read
from storage.tables import appeals
from storage.tables import escalations as table


@dataclass(frozen=True, slots=True)
class StoredEscalation:
    """An escalation with the appeal it belongs to. ``secret``: only the track of that appeal may see it."""

    number: str
    escalation: Escalation
    lead_unit: str | None
    secret: bool


class Escalations:
    """Questions to the escalations."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, escalation_id: str) -> StoredEscalation | None:
        """One escalation."""
        row = await self._r.row(_select().where(table.c.id == escalation_id))
        return _stored(row) if row else None

    async def find(
        self,
        *,
        state: EscalationState | None = None,
        number: str | None = None,
        limit: int = 100,
    ) -> list[StoredEscalation]:
        """Escalations in this state, of this appeal, newest first."""
        query = _select().order_by(table.c.opened_at.desc(), table.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(table.c.state == state.value)
        if number is not None:
            query = query.where(table.c.number == number)
        return [_stored(row) for row in await self._r.rows(query)]


def _select() -> Any:
    return select(table, appeals.c.lead_unit, appeals.c.secret).join(appeals, appeals.c.number == table.c.number)


def _stored(row: Row[Any]) -> StoredEscalation:
    escalation = Escalation(
        id=row.id,
        clock=ClockName(row.clock),
        generation=row.generation,
        level=row.level,
        owner_unit=row.owner_unit,
        owner=row.owner,
        opened_at=row.opened_at,
        state=EscalationState(row.state),
        acknowledged_by=row.acknowledged_by,
        lease_until=row.lease_until,
        ended_at=row.ended_at,
    )
    return StoredEscalation(row.number, escalation, row.lead_unit, row.secret)
