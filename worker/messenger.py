"""Sends people their messages: beside the worker, in its process, on the channels that each has chosen.

A turn is one transaction: how the last attempts ended, what to do with whatever is due by now, and the next attempts,
written down before they are made. They are made at the same time, so many on each channel; the next turn comes when one
of them has ended or somebody is told something, and now and then anyway, for what another process wrote. Of several
workers one makes an attempt; when it dies in between, another sees that it was cut off.
"""

from __future__ import annotations

import asyncio
from collections import Counter as Tally
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import product
from typing import Final
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram

from runtime.message_counts import count_ended
from runtime.telemetry import REGISTRY
from storage.contact_points import KINDS, SMS, ContactPoint, ContactPoints, address_fault
from storage.database import Database, Write
from storage.message_texts import Texts
from storage.messages import Attempt, Matter, Message, MessageReads, Messages, MessageStatus, Result
from worker.channels.channel import ALTOGETHER, Answer, Channel
from worker.message_plan import Begin, End, Hold, Situation, plan

LEASE: Final = timedelta(seconds=2.5 * ALTOGETHER)
"""Longer than any attempt takes; so long a message waits whose worker died."""
BATCH: Final = 200
IDLE_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 4.0
_WARNING: Final = "warning"
_REHEARSAL_LOOK: Final = timedelta(seconds=2)
"""The clock of a rehearsal may be moved at any time: what waits for the morning looks often."""

ATTEMPTS: Final = Counter(
    "appeals_message_attempts",
    "Messages sent to people, by how the attempt ended",
    ["channel", "result"],
    registry=REGISTRY,
)
FIRST_ATTEMPT: Final = Histogram(
    "appeals_message_first_attempt_seconds",
    "From the row of a message that need not wait to the first attempt to send it",
    buckets=(0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 300.0),
    registry=REGISTRY,
)
for _pair in product(KINDS, Result):
    # There before the first: Prometheus sees no increase in a series that begins with one.
    ATTEMPTS.labels(*_pair)

log = structlog.get_logger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Sending:
    """An attempt that has been written down."""

    attempt: Attempt
    point: ContactPoint
    message: Message
    matter: Matter | None


@dataclass(slots=True)
class _Turn:
    """What one transaction says of the messages that it looked at."""

    begun: list[_Sending] = field(default_factory=list)
    held: dict[int, tuple[datetime, str | None]] = field(default_factory=dict)
    ended: dict[int, tuple[MessageStatus, str | None]] = field(default_factory=dict)


class Messenger:
    """Looks for what is due, and sends it."""

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        texts: Texts,
        *,
        quiet: str = "",
        rehearsal: bool = False,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """``channels`` by name; ``now`` is the real time. In a ``rehearsal`` an appeal's own may be ahead.

        ``quiet``: where the appeal's policy is from before it said that.
        """
        self._database = database
        self._channels = channels
        self._texts = texts
        self._quiet = quiet
        self._rehearsal = rehearsal
        self._now = now
        self._me = uuid4().hex
        self._woken = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: Tally[str] = Tally()
        self._results: list[Attempt] = []
        self._repeatable = frozenset(name for name, channel in channels.items() if channel.repeatable)

    def wake(self) -> None:
        """There is something to send."""
        self._woken.set()

    async def run(self) -> None:
        """Until it is cancelled; what is being sent then may still be answered."""
        turn: asyncio.Task[bool] | None = None
        try:
            while True:
                try:
                    # A turn is finished: cut off in its transaction, what it was to write down would be lost.
                    turn = asyncio.create_task(self.turn())
                    more = await asyncio.shield(turn)
                except Exception as error:  # noqa: BLE001 - a fault of one turn is none of the next
                    log.warning("messages_not_read", error=type(error).__name__)
                    await asyncio.sleep(IDLE_SECONDS)
                    continue
                if not more:
                    await self._rest()
        finally:
            await self._drain(turn)

    async def turn(self) -> bool:
        """Settles what has ended and begins what is due; whether there may be more to do at once."""
        self._woken.clear()
        full, now = self._full(), self._now()
        if not self._results:
            async with self._database.read() as r:
                if not await MessageReads(r).is_any_due(now, full):
                    return False
        results = list(self._results)
        async with self._database.write() as w:
            await Messages(w).settle(results, self._me)
            due = await Messages(w).due(now, full, BATCH)
            turn = await self._look(w, due, now)
            await self._write(w, turn, now)
        del self._results[: len(results)]
        _count(turn, now)
        for sending in turn.begun:
            self._start(sending)
        return len(due) == BATCH

    async def idle(self) -> None:
        """Until nothing is being sent, and all that was is settled."""
        while self._tasks or self._results:
            if self._tasks:
                await asyncio.gather(*self._tasks, return_exceptions=True)
            await self.turn()

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_SECONDS):
                await self._woken.wait()

    async def _drain(self, turn: asyncio.Task[bool] | None) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                if turn:
                    await asyncio.wait([turn])
                if self._tasks:
                    await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS / 2)
                async with self._database.write() as w:
                    await Messages(w).settle(self._results, self._me)
                self._results.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _full(self) -> frozenset[str]:
        return frozenset(name for name, channel in self._channels.items() if self._under_way[name] >= channel.at_once)

    async def _look(self, w: Write, due: Sequence[Message], now: datetime) -> _Turn:
        """What to do with each message that is due, as far as the channels have room."""
        turn, reads = _Turn(), Messages(w)
        if not due:
            return turn
        attempts = await reads.attempts(one.id for one in due)
        await self._close_cut_off(reads, attempts, now)
        points = await ContactPoints(w).of(one.account for one in due if one.account)
        matters = await reads.matters(one.number for one in due)
        states = await reads.escalation_states(one.escalation for one in due)
        over = await reads.ended_clocks(one.number for one in due if _may_be_over(one))
        room = {name: channel.at_once - self._under_way[name] for name, channel in self._channels.items()}
        for message in due:
            matter = matters.get(message.number)
            situation = Situation(
                message=message,
                points=await self._points(reads, message, points),
                attempts=attempts.get(message.id, ()),
                repeatable=self._repeatable,
                now=now,
                local=max(message.at, now + (matter.offset if matter else timedelta())),
                quiet=matter.quiet if matter and matter.quiet is not None else self._quiet,
                escalation=states.get(message.escalation or ""),
                is_over=_may_be_over(message) and message.data.get("generation") in over.get(message.number, ()),
            )
            self._decide(turn, situation, matter, room)
        return turn

    def _decide(self, turn: _Turn, situation: Situation, matter: Matter | None, room: dict[str, int]) -> None:
        message, now = situation.message, situation.now
        match plan(situation):
            case End(status, why):
                turn.ended[message.id] = (status, why)
            case Hold(until, channel):
                turn.held[message.id] = (min(until, now + _REHEARSAL_LOOK) if self._rehearsal else until, channel)
            case Begin(point, nth) if room[point.channel] > 0:
                room[point.channel] -= 1
                attempt = Attempt(message.id, nth, point.channel, now)
                turn.begun.append(_Sending(attempt, point, message, matter))
            case Begin(point, _):
                # Its turn comes when there is room; until then it is not looked at again.
                turn.held[message.id] = (message.due_at, point.channel)

    async def _points(
        self, reads: Messages, message: Message, points: Mapping[str, Sequence[ContactPoint]]
    ) -> list[ContactPoint]:
        """Where the message may go; an enterprise without a channel of its own: to the appeal's contact."""
        mine = [p for p in points.get(message.account or "", ()) if p.channel in self._channels]
        if mine or not message.to_enterprise or SMS not in self._channels:
            return mine
        phone = await reads.contact_phone(message.number)
        return [] if address_fault(SMS, phone) else [ContactPoint(SMS, phone)]

    async def _close_cut_off(self, writes: Messages, attempts: dict[int, list[Attempt]], now: datetime) -> None:
        """Of messages that are nobody's turn, an attempt without an end was cut off: it may have arrived."""
        cut = [one for made in attempts.values() for one in made if one.ended_at is None]
        known = [replace(one, ended_at=now, result=Result.UNKNOWN, answer="cut-off") for one in cut]
        await writes.settle(known, "")
        for one in known:
            attempts[one.message][one.nth - 1] = one
            ATTEMPTS.labels(one.channel, Result.UNKNOWN.value).inc()

    async def _write(self, w: Write, turn: _Turn, now: datetime) -> None:
        messages = Messages(w)
        await messages.begin([one.attempt for one in turn.begun], self._me, now + LEASE)
        await messages.hold(turn.held)
        await messages.end(turn.ended, now)

    def _start(self, sending: _Sending) -> None:
        channel = sending.point.channel
        self._under_way[channel] += 1
        task = asyncio.create_task(self._send(sending))
        self._tasks.add(task)
        task.add_done_callback(partial(self._sent, channel))

    def _sent(self, channel: str, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._under_way[channel] -= 1
        if not task.cancelled() and (error := task.exception()):
            # It stays without an end, as if it had been cut off. The error's words may quote what was sent.
            log.error("message_attempt_failed", channel=channel, error=type(error).__name__)
        self._woken.set()

    async def _send(self, sending: _Sending) -> None:
        """Whatever happens to it is written down with the next turn."""
        channel, message = self._channels[sending.point.channel], sending.message
        key = f"{message.key}:{channel.name}"
        text = self._texts.of(message, sending.matter)
        answer = await channel.send(key, sending.point.address, text)
        ended = self._now()
        self._results.append(
            replace(
                sending.attempt,
                ended_at=ended,
                result=answer.result,
                answer=answer.code or None,
                again_at=ended + answer.again if answer.again else None,
            )
        )
        _tell(sending, answer)


def _may_be_over(message: Message) -> bool:
    """Whether it warns of a clock, and was held: that may have ended meanwhile."""
    return message.template == _WARNING and message.due_at > message.created_at


def _count(turn: _Turn, now: datetime) -> None:
    count_ended(Tally(status for status, _ in turn.ended.values()).items())
    for sending in turn.begun:
        # What was held for the morning is due later than it was made.
        if sending.attempt.nth == 1 and sending.message.due_at == sending.message.created_at:
            FIRST_ATTEMPT.observe(max((now - sending.message.created_at).total_seconds(), 0.0))


def _tell(sending: _Sending, answer: Answer) -> None:
    ATTEMPTS.labels(sending.point.channel, answer.result.value).inc()
    told = log.info if answer.result is Result.DELIVERED else log.warning
    told(
        "message",
        number=sending.message.number,
        template=sending.message.template,
        channel=sending.point.channel,
        attempt=sending.attempt.nth,
        result=answer.result.value,
        answer=answer.code or None,
    )
