"""Reading escalations: who is called for, since when, and who was told."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, and_, func, or_, select, type_coerce

from domain.appeal import Escalation
from domain.clock import ClockName
from domain.vocabulary import EscalationState
from storage.column_types import Moment, from_micros, to_micros
from storage.database import Read
from storage.keyset import BadCursor
from storage.messages import MessageStatus, Result
from storage.tables import appeals, messages
from storage.tables import escalations as table
from storage.tables import message_attempts as attempts

_CURSOR: Final = re.compile(r"([0-9]{1,18})\.([!-~]{1,60})", re.ASCII)


@dataclass(frozen=True, slots=True)
class StoredEscalation:
    """An escalation with the appeal it belongs to. ``secret``: only the track of that appeal may see it."""

    number: str
    escalation: Escalation
    lead_unit: str | None
    secret: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which escalations: in this state, of this appeal, that call in this unit, that were sent to this account."""

    state: EscalationState | None = None
    number: str | None = None
    unit: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody whom an escalation called: at which level, and what became of the message."""

    escalation: str
    account: str
    level: int | None
    template: str
    at: datetime
    status: MessageStatus
    delivered_at: datetime | None
    read_at: datetime | None


_EVERY: Final = Wanted()


class Escalations:
    """Questions to the escalations."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, escalation_id: str) -> StoredEscalation | None:
        """One escalation."""
        row = await self._r.row(_select().where(table.c.id == escalation_id))
        return _stored(row) if row else None

    async def find(
        self, wanted: Wanted = _EVERY, *, cursor: str | None = None, limit: int = 100
    ) -> list[StoredEscalation]:
        """Those that are wanted, newest first, after the cursor. Raises BadCursor."""
        newest_first = (table.c.opened_at.desc(), table.c.id.desc())
        query = select(table.c.id).order_by(*newest_first).limit(limit)
        if wanted.state is not None:
            query = query.where(table.c.state == wanted.state.value)
        if wanted.number is not None:
            query = query.where(table.c.number == wanted.number)
        if wanted.unit is not None:
            query = query.where(table.c.owner_unit == wanted.unit)
        if wanted.account is not None:
            query = query.where(table.c.id.in_(_sent_to(wanted.account)))
        if cursor is not None:
            query = query.where(_after(cursor))
        # First which ones, then their appeals: of no others is anything looked at.
        found = _select().where(table.c.id.in_(query)).order_by(*newest_first)
        return [_stored(row) for row in await self._r.rows(found)]

    async def called(self, account: str, among: Iterable[str]) -> frozenset[str]:
        """Those of these escalations that were sent to the account."""
        wanted = list(among)
        if not wanted:
            return frozenset()
        rows = await self._r.rows(_sent_to(account).where(messages.c.escalation.in_(wanted)))
        return frozenset(row.escalation for row in rows)

    async def told(self, of: Iterable[str]) -> list[Told]:
        """Everybody whom these escalations called, in order."""
        arrived = func.min(attempts.c.ended_at).filter(attempts.c.result == Result.DELIVERED.value)
        query = (
            select(messages, type_coerce(arrived, Moment).label("delivered_at"))
            .outerjoin(attempts, attempts.c.message == messages.c.id)
            .where(messages.c.escalation.in_(list(of)), messages.c.account.is_not(None))
            .group_by(messages.c.id)
            .order_by(messages.c.id)
        )
        return [_told(row) for row in await self._r.rows(query)]


def cursor_of(escalation: Escalation) -> str:
    """After it the rest of a list begins."""
    return f"{to_micros(escalation.opened_at)}.{escalation.id}"


def _select() -> Any:
    return select(table, appeals.c.lead_unit, appeals.c.secret).join(appeals, appeals.c.number == table.c.number)


def _sent_to(account: str) -> Select[Any]:
    return (
        select(messages.c.escalation)
        .where(messages.c.account == account, messages.c.escalation.is_not(None))
        .distinct()
    )


def _after(cursor: str) -> Any:
    parts = _CURSOR.fullmatch(cursor)
    if parts is None:
        raise BadCursor("the cursor belongs to another list")
    try:
        at = from_micros(int(parts[1]))
    except OverflowError as error:
        raise BadCursor("the cursor's moment is beyond any date") from error
    return or_(table.c.opened_at < at, and_(table.c.opened_at == at, table.c.id < parts[2]))


def _told(row: Row[Any]) -> Told:
    return Told(
        escalation=row.escalation,
        account=row.account,
        level=row.data.get("level"),
        template=row.template,
        at=row.at,
        status=MessageStatus(row.status),
        delivered_at=row.delivered_at,
        read_at=row.read_at,
    )


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
