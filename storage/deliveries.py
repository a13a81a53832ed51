"""The outbox: what outside bodies are to be told, each message once, in order for each of them.

A worker takes the oldest message of a partner by a lease in its row, so that no two send it at once; when the worker
dies, the lease runs out and another one takes it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Text, bindparam, cast, func, or_, select, type_coerce, update

from domain.vocabulary import Stage
from storage.column_types import Moment
from storage.database import Read, Write
from storage.tables import appeals
from storage.tables import deliveries as table
from storage.upsert import insert_or_ignore


class DeliveryStatus(StrEnum):
    """Where a message stands. ``stopped``: the partner wants no more; ``refused``: it does not want this one."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    REFUSED = "refused"


#: What keeps its partner's later messages waiting.
_ANSWERED = (Stage.EVALUATE.value, Stage.CLOSED.value)
_UNDER_WAY = (DeliveryStatus.WAITING.value, DeliveryStatus.STOPPED.value)
_LEASED = (
    update(table)
    .where(
        table.c.id == bindparam("of"),
        table.c.status == DeliveryStatus.WAITING.value,
        or_(table.c.lease_until.is_(None), table.c.lease_until <= bindparam("now", type_=Moment)),
    )
    .values(
        lease=bindparam("by"),
        lease_until=bindparam("until", type_=Moment),
        attempted_at=bindparam("now", type_=Moment),
        attempts=table.c.attempts + 1,
    )
)


@dataclass(frozen=True, slots=True)
class Message:
    """A message for the outbox. ``key`` makes it one; ``body`` is sent as it is."""

    key: str
    partner: str
    number: str
    transfer: int
    kind: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message and what became of it so far. ``body`` is gone once it has arrived."""

    id: int
    key: str
    partner: str
    number: str
    transfer: int
    kind: str
    body: str | None
    status: DeliveryStatus
    attempts: int
    created_at: datetime
    due_at: datetime
    attempted_at: datetime | None
    ended_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Settled:
    """How an attempt ended. ``due_at``: when to try again, of one that waits."""

    status: DeliveryStatus
    at: datetime
    error: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """What waits for one partner: how many messages, since when; of the first, its attempts and how the last ended."""

    partner: str
    waiting: int
    since: datetime
    attempts: int
    error: str | None
    stopped: bool


class DeliveryReads:
    """Questions to the outbox."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, number: str) -> list[Delivery]:
        """Every message about one appeal, in order."""
        query = select(table).where(table.c.number == number).order_by(table.c.id)
        return [_delivery(row) for row in await self._r.rows(query)]

    async def handed_over(self) -> list[str]:
        """The appeals that were ever handed to an outside body, by their number."""
        has_transfers = cast(appeals.c.state, Text).like('%"transfers":[{%')
        return [row.number for row in await self._r.rows(select(appeals.c.number).where(has_transfers))]

    async def brought(self, channels: Collection[str]) -> list[str]:
        """The appeals that came by these channels and are answered or closed, by their number."""
        found = appeals.c.channel.in_(sorted(channels)) & appeals.c.stage.in_(_ANSWERED)
        return [row.number for row in await self._r.rows(select(appeals.c.number).where(found))]

    async def is_told(self, number: str, transfer: int) -> bool:
        """Whether the body of this transfer was ever to be told of it."""
        query = select(table.c.id).where(table.c.number == number, table.c.transfer == transfer)
        return await self._r.value(query.limit(1)) is not None

    async def due(self, now: datetime, partners: Sequence[str]) -> list[Delivery]:
        """The oldest message of each of these partners, if it may be sent now and nobody is sending it."""
        under_way = table.c.status.in_(_UNDER_WAY) & table.c.partner.in_(partners)
        oldest = select(func.min(table.c.id)).where(under_way).group_by(table.c.partner)
        query = select(table).where(
            table.c.id.in_(oldest),
            table.c.status == DeliveryStatus.WAITING.value,
            table.c.due_at <= now,
            or_(table.c.lease_until.is_(None), table.c.lease_until <= now),
        )
        return [_delivery(row) for row in await self._r.rows(query.order_by(table.c.id))]

    async def lanes(self) -> list[Lane]:
        """What waits, by partner."""
        counted = (
            select(
                func.min(table.c.id).label("first"),
                func.count().label("waiting"),
                type_coerce(func.min(table.c.created_at), Moment).label("since"),
            )
            .where(table.c.status.in_(_UNDER_WAY))
            .group_by(table.c.partner)
            .subquery()
        )
        first = select(table, counted.c.waiting, counted.c.since).join(counted, table.c.id == counted.c.first)
        return [
            Lane(r.partner, r.waiting, r.since, r.attempts, r.error, r.status == DeliveryStatus.STOPPED)
            for r in await self._r.rows(first.order_by(table.c.partner))
        ]

    async def refused(self) -> dict[str, int]:
        """How many messages each partner would not take, and nobody has sent again since."""
        query = select(table.c.partner, func.count().label("messages")).where(
            table.c.status == DeliveryStatus.REFUSED.value
        )
        return {row.partner: row.messages for row in await self._r.rows(query.group_by(table.c.partner))}


class Deliveries(DeliveryReads):
    """The outbox, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def add(self, message: Message) -> None:
        """Keep a message; one that was kept before, by its key, stays as it is."""
        row = {
            "key": message.key,
            "partner": message.partner,
            "number": message.number,
            "transfer": message.transfer,
            "kind": message.kind,
            "body": message.body,
            "status": DeliveryStatus.WAITING.value,
            "created_at": message.created_at,
            "due_at": message.created_at,
        }
        await self._w.run(insert_or_ignore(self._w.dialect, table), row)

    async def lease(self, delivery: Delivery, by: str, now: datetime, until: datetime) -> bool:
        """Whether it is ours to send until then."""
        return await self._w.run(_LEASED, {"of": delivery.id, "by": by, "now": now, "until": until}) == 1

    async def settle(self, delivery: Delivery, by: str, how: Settled) -> bool:
        """Say how the attempt ended; False when the lease was another's by then, who will say it."""
        ended = how.status is not DeliveryStatus.WAITING
        values: dict[str, Any] = {
            "status": how.status.value,
            "error": how.error,
            "ended_at": how.at if ended else None,
            "lease": None,
            "lease_until": None,
        }
        if how.due_at is not None:
            values["due_at"] = how.due_at
        if how.status is DeliveryStatus.DELIVERED:
            values["body"] = None
        mine = update(table).where(table.c.id == delivery.id, table.c.lease == by)
        return await self._w.run(mine.values(**values)) == 1

    async def resume(self, partner: str, now: datetime) -> int:
        """Send again, from now on, what a partner had stopped or refused; how many messages."""
        ended = (DeliveryStatus.STOPPED.value, DeliveryStatus.REFUSED.value)
        mine = update(table).where(table.c.partner == partner, table.c.status.in_(ended))
        again = {"status": DeliveryStatus.WAITING.value, "due_at": now, "ended_at": None}
        count = await self._w.run(mine.values(**again))
        waiting = update(table).where(table.c.partner == partner, table.c.status == DeliveryStatus.WAITING.value)
        await self._w.run(waiting.values(due_at=now))
        return count


def _delivery(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        key=row.key,
        partner=row.partner,
        number=row.number,
        transfer=row.transfer,
        kind=row.kind,
        body=row.body,
        status=DeliveryStatus(row.status),
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        attempted_at=row.attempted_at,
        ended_at=row.ended_at,
        error=row.error,
    )
