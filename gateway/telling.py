"""Telling people what was done, once the engine has answered for it (ADR 0033).

Whoever gets the answer to an action knows that it is recorded, and lets its notices go: beside the request, many
together. What a caller did not live to tell, the relay tells.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

import structlog

from domain.notice import Notice
from runtime import tracing
from runtime.message_counts import count_ended
from storage.database import Database, is_transient
from storage.held_notices import Held
from storage.messages import MessageStatus
from storage.organisation import Organisation
from storage.telling import log_told, tell
from storage.together import Together

log = structlog.get_logger(__name__)

GATHER_SECONDS: Final = 0.5
"""So long what is to be told waits for more: nobody notices, and ten that are told together cost as much as two."""
Done = tuple[str, int]
"""An appeal, and the entry up to which it is recorded."""
_Told = dict[str, list[Notice]]


class Teller:
    """Tells what is held; the same twice is told once."""

    def __init__(
        self, database: Database, organisation: Callable[[], Organisation], gather: float = GATHER_SECONDS
    ) -> None:
        """``organisation`` as it is when something is told; it finds the people. ``gather``: seconds."""
        self._database = database
        self._organisation = organisation
        self._gather = gather
        self._together = Together(self._tell)
        self._next: asyncio.Task[_Told | None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()

    def answered(self, number: str, seq: int) -> None:
        """The engine has answered for this entry: what is held of it is told soon."""
        self._together.leave((number, seq))
        self._next = self._next or asyncio.create_task(self._gathered())
        task = asyncio.create_task(self._soon(number, seq, self._next))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def rest(self) -> None:
        """Returns when nothing is under way."""
        await asyncio.gather(*self._under_way)

    async def _gathered(self) -> _Told | None:
        await asyncio.sleep(self._gather)
        self._next = None
        return await self._together.flush()

    async def _soon(self, number: str, seq: int, turn: asyncio.Task[_Told | None]) -> None:
        """In the span and the log of whose doing it is, though it is written with others'."""
        with tracing.span("tell", "internal", number=number):
            try:
                told = await asyncio.shield(turn) or {}
            except Exception as error:  # noqa: BLE001 - whatever it is: it is held still, and the relay comes by
                log.warning("not_told", number=number, error=type(error).__name__)
                return
        log_told(_of_entry(told, number, seq))

    async def _tell(self, done: Sequence[Done]) -> _Told:
        """All in one transaction; one that fails fails alone."""
        try:
            return await self._write(done)
        except Exception as error:
            if len(done) == 1 or is_transient(error):
                raise
            alone = [await self._alone(one) for one in set(done)]
            return {number: notices for told in alone for number, notices in told.items()}

    async def _alone(self, one: Done) -> _Told:
        try:
            return await self._write([one])
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("not_told", number=one[0], error=type(error).__name__)
            return {}

    async def _write(self, done: Sequence[Done]) -> _Told:
        ended: Counter[MessageStatus] = Counter()
        async with self._database.write() as w:
            notices = await Held(w).take(set(done))
            if notices:
                await tell(w, notices, self._organisation(), datetime.now(UTC), ended)
        count_ended(ended.items())
        told: defaultdict[str, list[Notice]] = defaultdict(list)
        for notice in notices:
            told[notice.number].append(notice)
        return told


def _of_entry(told: _Told, number: str, seq: int) -> list[Notice]:
    """What was told of the entries up to this one, taken out of what was told: the rest is others' doing."""
    mine = [notice for notice in told.get(number, ()) if notice.entry <= seq]
    told[number] = [notice for notice in told.get(number, ()) if notice.entry > seq]
    return mine
