"""The event stream: one broadcaster per process looks at the journal, every listener gets what it may read.

An event names the appeal, the entry, the action, the stage and the moment; never a person or a word somebody wrote.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol
from weakref import WeakSet

import structlog
from fastapi.sse import format_sse_event

from domain.appeal import Appeal
from domain.journal import Entry
from domain.people import Actor
from domain.relations import may_read
from domain.vocabulary import Action
from domain.wall import stamp
from storage.appeals import Appeals
from storage.database import Database, Read
from storage.journal import JournalReads

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.5
#: So often a quiet stream shows that it lives, and any stream asks again whom its key opens and what they may read.
HEARTBEAT_SECONDS = 5.0
#: After these an appeal may be of another service.
_MAKES_SECRET = frozenset({Action.CHANGE_SERVICE, Action.MIGRATE_POLICY, Action.CORRECT})
_BATCH = 500
_CACHED = 1_000
_BACKLOG = 1_000  # events that a slow listener may lag behind before it is told to come back

HELLO = format_sse_event(comment="appeals", retry=3000)
HEARTBEAT = format_sse_event(comment="heartbeat")
#: The last word of a stream whose key was taken back, has expired, or belongs to an account that was closed.
SIGNED_OUT = format_sse_event(event="signed-out", data_str=json.dumps({"code": "unauthorized"}))

Who = Callable[[], Awaitable[Actor | None]]
"""Asks whom the listener's key opens just now; None for nobody. Raises what the database raises when it is away."""


class Told(Protocol):
    """Something on its way to listeners; ``position`` is what ``Last-Event-ID`` brings back."""

    @property
    def position(self) -> int:
        """Where it stands in what is told; only grows."""

    def encoded(self) -> bytes:
        """As it goes over the wire."""

    def concerns(self, actor: Actor) -> bool:
        """Whether it is for this listener."""


class Source(Protocol):
    """What is told, by positions that come in the order of commits."""

    async def last(self, r: Read) -> int:
        """The last position that can be seen."""

    async def after(self, r: Read, position: int, limit: int) -> Sequence[tuple[int, Told | None]]:
        """What lies beyond, in order; None stands for what is no news."""


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

    def concerns(self, actor: Actor) -> bool:
        """Whether the listener may read the appeal."""
        return may_read(self.appeal, actor)


class Listener:
    """One open stream's share of what happens."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Told | None] = asyncio.Queue(_BACKLOG)

    def offer(self, event: Told | None) -> None:
        """Hand over an event; None ends the stream. One that cannot keep up is ended, and resumes by its last id."""
        if self.queue.full():
            while not self.queue.empty():
                self.queue.get_nowait()
            event = None
        self.queue.put_nowait(event)


class _Watch:
    """Who listens, asked again every few seconds: a stream may be open for days, a key may be taken back at noon."""

    def __init__(self, who: Who, every: float) -> None:
        self._who = who
        self._every = every
        self._actor: Actor | None = None
        self._next = 0.0

    @property
    def patience(self) -> float:
        """Seconds for which the last answer still holds."""
        return self._next - _clock()

    async def actor(self) -> Actor | None:
        if self.patience <= 0:
            self._actor = await self._who()
            self._next = _clock() + self._every
        return self._actor


def _clock() -> float:
    return asyncio.get_running_loop().time()


def _shown_to(actor: Actor | None, event: Told) -> bytes:
    """What is sent for an event; nothing for one that the listener may not read."""
    if actor is None:
        return SIGNED_OUT
    return event.encoded() if event.concerns(actor) else b""


class Broadcaster:
    """Polls while anybody listens, from the position it has told up to.

    The writer gives positions out in the order of commits, so whatever becomes visible lies beyond; a ghost's successor
    is a new row with a position of its own.
    """

    def __init__(
        self,
        database: Database,
        source: Source | None = None,
        *,
        poll: float = POLL_SECONDS,
        heartbeat: float = HEARTBEAT_SECONDS,
    ) -> None:
        """``source`` is the journal unless said otherwise; ``poll`` and ``heartbeat`` are in seconds."""
        self._database = database
        self._source: Source = source or Journal()
        self._poll = poll
        self._heartbeat = heartbeat
        # Weak: a stream that was never begun, because its client had gone, must not be kept.
        self._listeners: WeakSet[Listener] = WeakSet()
        self._position: int | None = None
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
                last = await self._source.last(r)
            if self._position is None:  # another listener may have come first meanwhile, and must not miss anything
                self._position = last
        listener = Listener()
        self._listeners.add(listener)
        if self._closed:
            listener.offer(None)
        return listener

    async def stream(self, listener: Listener, who: Who, after: int | None) -> AsyncIterator[bytes]:
        """What ``who`` may read after position ``after``, or from now on; comments keep the line open.

        Nothing is told before it is known whom the key opens; when that is nobody any more, the stream says so and
        ends.
        """
        yield HELLO
        told, watch = 0, _Watch(who, self._heartbeat)
        if after is not None:
            told = await self._known(after)
            async for event in self._past(after):
                told, past = event.position, _shown_to(await watch.actor(), event)
                if past:
                    yield past
                if past is SIGNED_OUT:
                    return
        while (chunk := await self._next(listener, watch, told)) is not None:
            if chunk:
                yield chunk
            if chunk is SIGNED_OUT:
                return

    async def _next(self, listener: Listener, watch: _Watch, told: int) -> bytes | None:
        """What comes next on a stream that has told everything up to ``told``; None when it ends."""
        try:
            actor = await watch.actor()
        except Exception as error:  # noqa: BLE001 - a database that is away must not end the streams
            log.warning("listener_not_known", error=type(error).__name__)
            await asyncio.sleep(self._poll)
            return HEARTBEAT
        if actor is None:
            return SIGNED_OUT
        try:
            event = await asyncio.wait_for(listener.queue.get(), watch.patience)
        except TimeoutError:
            return HEARTBEAT
        if event is None:
            return None
        return _shown_to(actor, event) if event.position > told else b""

    async def _known(self, after: int) -> int:
        """Up to where the listener need be told nothing; not at all, if tables that were restored end before that."""
        async with self._database.read() as r:
            return after if after <= await self._source.last(r) else 0

    async def _past(self, after: int) -> AsyncIterator[Told]:
        """Everything after a position, page by page, up to what is there now."""
        while True:
            async with self._database.read() as r:
                found = await self._source.after(r, after, _BATCH)
            for _, event in found:
                if event:
                    yield event
            if len(found) < _BATCH:
                return
            after = found[-1][0]

    async def _look(self) -> None:
        """One look at what has become visible."""
        before = self._position or 0
        async with self._database.read() as r:
            found = await self._source.after(r, before, _BATCH)
        for _, event in found:
            for listener in list(self._listeners) if event else ():
                listener.offer(event)
        # Only now: a look that failed halfway is taken again.
        self._position = found[-1][0] if found else before


class Journal:
    """What happens to appeals."""

    def __init__(self) -> None:
        self._appeals: OrderedDict[str, Appeal] = OrderedDict()
        self._forgotten = 0

    async def last(self, r: Read) -> int:
        """The last entry's position."""
        return await JournalReads(r).last_position()

    async def after(self, r: Read, position: int, limit: int) -> list[tuple[int, Event | None]]:
        """The entries beyond, each with its appeal."""
        found: list[tuple[int, Event | None]] = []
        for at, entry in await JournalReads(r).after(position, limit):
            appeal = await self._appeal(r, entry)
            found.append((at, Event(at, entry, appeal) if appeal else None))
        return found

    async def _appeal(self, r: Read, entry: Entry) -> Appeal | None:
        """Whose it is never changes, so it may be remembered; who leads a secret one does, so that may not.

        It may become a secret one: then what was remembered is forgotten, also what is being read just now.
        """
        if entry.action in _MAKES_SECRET:
            self._appeals.pop(entry.number, None)
            self._forgotten += 1
        if entry.number in self._appeals:
            return self._appeals[entry.number]
        forgotten = self._forgotten
        one = await Appeals(r).get(entry.number)
        if one and not one.appeal.rules.service.secret and forgotten == self._forgotten:
            self._appeals[entry.number] = one.appeal
            if len(self._appeals) > _CACHED:
                self._appeals.popitem(last=False)
        return one.appeal if one else None
