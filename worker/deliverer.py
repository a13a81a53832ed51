"""Delivers what waits in the outbox: beside the worker, in its process.

Each partner has a lane, in which one message is sent at a time and in order; a few lanes at once. Whose turn a message
is, is a lease in its row, longer than an attempt can take: of several workers one sends it, and when that one dies,
another does. It may then arrive twice, by the same id.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import Counter

from domain.notice import Notice
from runtime.message_counts import count_ended
from runtime.telemetry import REGISTRY
from runtime.webhooks import Secrets
from storage.appeals import Appeals
from storage.database import Database, Write
from storage.deliveries import Deliveries, Delivery, DeliveryReads, DeliveryStatus, Settled
from storage.messages import MessageStatus
from storage.organisation import Organisation
from storage.partners import Partner
from storage.telling import tell
from worker.retrying import settled
from worker.sending import ALTOGETHER, Sender

LEASE: Final = timedelta(seconds=4 * ALTOGETHER)
LANES: Final = 8
IDLE_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 4.0

ATTEMPTS: Final = Counter(
    "appeals_partner_attempts",
    "Messages sent to outside bodies, by how the attempt ended",
    ["partner", "result"],
    registry=REGISTRY,
)
#: What a person must hear of, and under which name.
_TOLD: Final = {DeliveryStatus.STOPPED: "partner-stopped", DeliveryStatus.REFUSED: "partner-refused"}

log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Deliverer:
    """Looks for what is due, and sends it."""

    def __init__(
        self,
        database: Database,
        partners: Mapping[str, Partner],
        sender: Sender,
        *,
        organisation: Organisation | None = None,
        lease: timedelta = LEASE,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``partners`` by unit. ``lease`` must outlast any attempt; ``now`` is the real time.

        ``organisation`` finds whoever must hear of a message that is not wanted.
        """
        self._database = database
        self._partners = partners
        self._sender = sender
        self._organisation = organisation
        self._lease = lease
        self._now = now
        self._lanes: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until it is cancelled; what is being sent then may still be answered."""
        try:
            while True:
                try:
                    await self.open_lanes()
                except Exception as error:  # noqa: BLE001 - a fault of one round is none of the next
                    log.warning("outbox_not_read", error=type(error).__name__)
                await asyncio.sleep(IDLE_SECONDS)
        finally:
            await self._drain()

    async def open_lanes(self) -> None:
        """Begins to send to every partner for whom something is due and to whom nothing is being sent."""
        if not (free := [code for code in self._partners if code not in self._lanes]):
            return
        async with self._database.read() as r:
            due = await DeliveryReads(r).due(self._now(), free)
        for first in due[: LANES - len(self._lanes)]:
            lane = asyncio.create_task(self._lane(first))
            self._lanes[first.partner] = lane
            lane.add_done_callback(partial(self._closed, first.partner))

    def _closed(self, partner: str, _lane: asyncio.Task[None]) -> None:
        del self._lanes[partner]

    async def idle(self) -> None:
        """Until nothing is being sent."""
        while self._lanes:
            await asyncio.gather(*self._lanes.values(), return_exceptions=True)

    async def _drain(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self.idle()

    async def _lane(self, first: Delivery) -> None:
        """One after the other, as long as each arrives or is not wanted."""
        delivery: Delivery | None = first
        while delivery:
            try:
                goes_on = await self._deliver(delivery)
                async with self._database.read() as r:
                    due = await DeliveryReads(r).due(self._now(), [first.partner]) if goes_on else []
            except Exception as error:  # noqa: BLE001 - its text may quote what was sent, which is personal
                log.warning("delivery_not_settled", partner=first.partner, error=type(error).__name__)
                return
            delivery = due[0] if due else None

    async def _deliver(self, delivery: Delivery) -> bool:
        """One attempt; whether the next message may follow."""
        by, now = uuid4().hex, self._now()
        async with self._database.write() as w:
            if not await Deliveries(w).lease(delivery, by, now, now + self._lease):
                return False
        answer = await self._sender.send(self._partners[delivery.partner], delivery)
        how = settled(answer, delivery.attempts + 1, self._now())
        ended: Tally[MessageStatus] = Tally()
        async with self._database.write() as w:
            mine = await Deliveries(w).settle(delivery, by, how)
            if mine and how.status in _TOLD:
                await tell(w, [await _told(w, delivery, how)], self._organisation, self._now(), ended)
        count_ended(ended.items())
        _tell(delivery, how)
        return mine and how.status in {DeliveryStatus.DELIVERED, DeliveryStatus.REFUSED}


def _tell(delivery: Delivery, how: Settled) -> None:
    ATTEMPTS.labels(delivery.partner, how.error or "delivered").inc()
    told = log.info if how.status is DeliveryStatus.DELIVERED else log.warning
    told(
        "delivery",
        number=delivery.number,
        partner=delivery.partner,
        kind=delivery.kind,
        status=how.status.value,
        attempt=delivery.attempts + 1,
        error=how.error,
    )


async def _told(w: Write, delivery: Delivery, how: Settled) -> Notice:
    """To the leader of the unit that handed the matter over: it stays ours to chase."""
    stored = await Appeals(w).get(delivery.number)
    unit = stored.appeal.submission.first_unit.code if stored else ""
    name = _TOLD[how.status]
    return Notice(
        id=f"{delivery.key}:{name}:{delivery.attempts + 1}",
        number=delivery.number,
        at=how.at + (stored.offset if stored else timedelta()),
        audience=("leader",),
        unit=unit,
        template=name,
        data={"body": delivery.partner, "transfer": delivery.transfer},
    )


@asynccontextmanager
async def delivering(
    database: Database, partners: Mapping[str, Partner], secrets: Secrets, organisation: Organisation | None = None
) -> AsyncIterator[None]:
    """Delivers while the block runs; where nobody is spoken to by machine, there is nothing to do."""
    if not partners:
        yield
        return
    async with Sender(secrets) as sender:
        task = asyncio.create_task(Deliverer(database, partners, sender, organisation=organisation).run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
