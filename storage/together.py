"""Writing together what comes at the same time: on a busy day each would otherwise wait for a disk of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

_PATIENCE_SECONDS = 10.0
T = TypeVar("T")
R = TypeVar("R")


@dataclass(slots=True)
class _Batch(Generic[T, R]):
    items: list[T] = field(default_factory=list)
    writing: asyncio.Task[R | None] | None = None


class Together(Generic[T, R]):
    """Gathers items while the batch before them is being written: one batch at a time, none waits for more to come."""

    def __init__(self, write: Callable[[list[T]], Awaitable[R]]) -> None:
        """``write`` is given every item of a batch, of which there is at least one."""
        self._write = write
        self._open: _Batch[T, R] = _Batch()
        # Kept here, or nobody might keep its task.
        self._under_way = self._open
        self._turn = asyncio.Lock()

    @property
    def gathered(self) -> int:
        """How many wait for their batch to begin."""
        return len(self._open.items)

    def leave(self, item: T) -> None:
        """Lets an item go with the next batch, whenever that is."""
        self._open.items.append(item)

    async def add(self, item: T) -> R | None:
        """What ``write`` returned for the item's batch, once it did. Raises what it raised."""
        self._open.items.append(item)
        return await self.flush()

    async def flush(self) -> R | None:
        """As :meth:`add`, without one more. What was being written before is written then, too."""
        batch = self._open
        if batch.writing is None:
            batch.writing = asyncio.create_task(self._put(batch))
        # Whoever stops waiting, also the first, takes nothing of the others with him.
        return await asyncio.shield(batch.writing)

    async def _put(self, batch: _Batch[T, R]) -> R | None:
        async with self._turn:
            # Whoever comes from here on gathers for the next turn.
            self._under_way, self._open = batch, _Batch()
            if not batch.items:
                return None
            # A server that is gone without a word would keep everybody waiting for this one.
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._write(batch.items)
