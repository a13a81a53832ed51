"""What was exchanged with outside bodies about one appeal, both ways in one list."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.context import Context
from api.reading import Found
from domain.wall import stamp
from storage.deliveries import Delivery, DeliveryReads, DeliveryStatus
from storage.partner_events import PartnerEvent, PartnerEventReads


async def exchanged(ctx: Context, found: Found, *, words: bool) -> list[dict[str, Any]]:
    """Oldest first; with ``words`` also what the outside body wrote."""
    number = found.appeal.number
    async with ctx.database.read() as r:
        sent, came = await DeliveryReads(r).of(number), await PartnerEventReads(r).of(number)
    lines = [(one.created_at, _sent(one)) for one in sent]
    lines += [(one.received_at, _came(one, words=words)) for one in came]
    return [
        {**line, "partner_name": _name(ctx, line["partner"])} for _, line in sorted(lines, key=lambda entry: entry[0])
    ]


def _sent(delivery: Delivery) -> dict[str, Any]:
    waits = delivery.status is DeliveryStatus.WAITING
    return {
        "direction": "out",
        "id": delivery.key,
        "type": delivery.kind,
        "partner": delivery.partner,
        "transfer": f"{delivery.number}/{delivery.transfer}" if delivery.transfer else None,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "created_at": stamp(delivery.created_at),
        "attempted_at": stamp(delivery.attempted_at),
        "next_at": stamp(delivery.due_at) if waits else None,
        "ended_at": stamp(delivery.ended_at),
        "error": delivery.error,
        "data": None,
    }


def _came(event: PartnerEvent, *, words: bool) -> dict[str, Any]:
    refused = event.status is not None and event.status >= HTTPStatus.BAD_REQUEST
    status = "pending" if event.status is None else "refused" if refused else "accepted"
    return {
        "direction": "in",
        "id": event.event,
        "type": event.type,
        "partner": event.partner,
        "transfer": f"{event.number}/{event.transfer}" if event.transfer else None,
        "status": status,
        "attempts": 1,
        "created_at": stamp(event.received_at),
        "attempted_at": stamp(event.received_at),
        "next_at": None,
        "ended_at": None if event.status is None else stamp(event.received_at),
        "error": event.answer["code"] if refused else None,
        "data": event.data if words else None,
    }


def _name(ctx: Context, unit: str) -> str:
    entry = ctx.organisation.entry(unit)
    return entry.unit.name if entry else unit
