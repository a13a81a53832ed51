"""The event stream: one broadcaster per process looks at the journal, every listener gets what it may read.

An event names the appeal, the entry, the action, the stage and the moment; never a person or a word somebody wrote.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from weakref import WeakSet

import structlog
from fastapi.sse import format_sse_event

from domain.appeal import Appeal
from domain.journal import Entry
from domain.people import Actor
from domain.relations import may_read
from domain.view import stamp
from storage.appeals import Appeals
from storage.database import Database, Read
from storage.journal import JournalReads

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
HEARTBEAT_SECONDS = 15.0
#: A stream then ends, and whoever comes back shows the key again: one that was withdrawn hears nothing more.
LIFETIME_SECONDS = 900.0
_BATCH = 500
_CACHED = 1_000
_BACKLOG = 1_000  # events that a slow listener may lag behind before it is told to come back

HELLO = format_sse_event(comment="appeals", retry=3000)
HEARTBEAT = format_sse_event(comment="heartbeat")


@dataclass(frozen=True, slots=True)
class Event:
    """A journal entry on its way to listeners."""

    position: int
    entry: Entry
    appeal: Appeal

    def encoded(self) -> bytes:
        """As it goes over the wire; the id is what ``Last-Event-ID`` brings back."""
        entry = self.entry
        data = {
            "number": entry.number,
            "seq": entry.seq,
            "action": entry.action.value,
            "stage": entry.to_stage.value,
            "at": stamp(entry.at),
        }
        return format_sse_event(data_str=json.dumps(data), id=str(self.position))


class Listener:
    """One open stream's share of what happens."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Event | None] = asyncio.Queue(_BACKLOG)

    def offer(self, event: Event | None) -> None:
        """Hand over an event; None ends the stream. One that cannot keep up is ended, and resumes by its last id."""
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            event = None
        self.queue.put_nowait(event)


class Broadcaster:
    """Polls while anybody listens, from the position it has told up to.

    The writer gives positions out in the order of commits, so whatever becomes visible lies beyond; a ghost's successor
    is a new row with a position of its own.
    """

    def __init__(self, database: Database, *, poll: float = POLL_SECONDS, heartbeat: float = HEARTBEAT_SECONDS) -> None:
        """``poll`` and ``heartbeat`` are in seconds."""
        self._database = database
        self._poll = poll
        self._heartbeat = heartbeat
        # Weak: a stream that was never begun, because its client had gone, must not be kept.
        self._listeners: WeakSet[Listener] = WeakSet()
        self._position: int | None = None
        self._appeals: OrderedDict[str, Appeal] = OrderedDict()
        self._closed = False

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(self._poll)
            if not self._listeners:
                self._position = None
                continue
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001 - a database that is away must not end the streams
                log.warning("events_failed", error=type(error).__name__)

    def close(self) -> None:
        """End every stream, so that the process can stop."""
        self._closed = True
        for listener in self._listeners:
            listener.offer(None)

    async def listen(self) -> Listener:
        """From here on nothing is missed. Raises what the database raises when it is away."""
        if self._position is None:
            async with self._database.read() as r:
                last = await JournalReads(r).last_position()
            if self._position is None:  # another listener may have come first meanwhile, and must not miss anything
                self._position = last
        listener = Listener()
        self._listeners.add(listener)
        if self._closed:
            listener.offer(None)
        return listener

    async def stream(self, listener: Listener, actor: Actor, after: int | None) -> AsyncIterator[bytes]:
        """What ``actor`` may read after position ``after``, or from now on; comments keep the line open."""
        yield HELLO
        told, clock = 0, asyncio.get_running_loop().time
        if after is not None:
            async for event in self._past(after):
                told = event.position
                if may_read(event.appeal, actor):
                    yield event.encoded()
        ends = clock() + LIFETIME_SECONDS
        while clock() < ends:
            try:
                event_or_end = await asyncio.wait_for(listener.queue.get(), self._heartbeat)
            except TimeoutError:
                yield HEARTBEAT
                continue
            if event_or_end is None:
                return
            if event_or_end.position > told and may_read(event_or_end.appeal, actor):
                yield event_or_end.encoded()

    async def _past(self, after: int) -> AsyncIterator[Event]:
        """Everything after a position, page by page, up to what is there now."""
        while True:
            async with self._database.read() as r:
                found = await JournalReads(r).after(after, _BATCH)
                page = await self._events(r, found)
            for event in page:
                yield event
            if len(found) < _BATCH:
                return
            after = found[-1][0]

    async def _look(self) -> None:
        """One look at what has become visible."""
        before = self._position or 0
        async with self._database.read() as r:
            found = await JournalReads(r).after(before, _BATCH)
            events = await self._events(r, found)
        for event in events:
            for listener in list(self._listeners):
                listener.offer(event)
        # Only now: a look that failed halfway is taken again.
        self._position = found[-1][0] if found else before

    async def _events(self, r: Read, found: Iterable[tuple[int, Entry]]) -> list[Event]:
        return [Event(p, e, a) for p, e in found if (a := await self._appeal(r, e.number))]

    async def _appeal(self, r: Read, number: str) -> Appeal | None:
        """Whose it is never changes, so it may be remembered; who leads a secret one does, so that may not."""
        if number in self._appeals:
            return self._appeals[number]
        one = await Appeals(r).get(number)
        if one and not one.appeal.rules.service.secret:
            self._appeals[number] = one.appeal
            if len(self._appeals) > _CACHED:
                self._appeals.popitem(last=False)
        return one.appeal if one else None
