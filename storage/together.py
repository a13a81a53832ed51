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
    written: R | None = None
    # What the others are told if whoever was writing for them is cancelled; nobody knows then how it ended.
    error: Exception | None = field(default_factory=lambda: ConnectionError("given up"))


class Together(Generic[T, R]):
    """Gathers items while the batch before them is being written: one batch at a time, none waits for more to come."""

    def __init__(self, write: Callable[[list[T]], Awaitable[R]]) -> None:
        """``write`` is given every item of a batch, of which there is at least one."""
        self._write = write
        self._open: _Batch[T, R] = _Batch()
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
        async with self._turn:
            if batch is self._open and batch.items:
                # Nobody has written it yet; whoever comes from here on gathers for the next turn.
                self._open = _Batch()
                await self._put(batch)
        if batch.items and batch.error:
            raise batch.error
        return batch.written

    async def _put(self, batch: _Batch[T, R]) -> None:
        try:
            # A server that is gone without a word would keep everybody waiting for this one.
            async with asyncio.timeout(_PATIENCE_SECONDS):
                batch.written = await self._write(batch.items)
            batch.error = None
        except Exception as error:  # noqa: BLE001 - it is told to each of them
            batch.error = error
