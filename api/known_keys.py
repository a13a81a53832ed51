"""Who a key opens, remembered for a moment: asking the tables at every request costs as much as answering it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from api.last_used import EVERY, LastUsed
from storage.accounts import Account, Accounts, AccountsWriter, Opened
from storage.database import Database

REMEMBERED: Final = timedelta(seconds=3)
"""So long a key that was taken back may still open its account in this process."""
_MOST: Final = 10_000


class KnownKeys:
    """What keys open, by the digest of the key. A key that opens nothing is not remembered.

    Those that come with one key at the same time ask the tables once: a crowd would take every connection for that.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], used: LastUsed | None = None) -> None:
        """``used`` writes down when a key was used last."""
        self._database = database
        self._now = now
        self._used = used
        self._known: dict[bytes, tuple[Opened, datetime]] = {}
        self._asking: dict[bytes, asyncio.Task[Opened | None]] = {}

    async def account(self, key: str) -> Account | None:
        """The active account of ``key``; None for a key that opens nothing."""
        opened = await self.opened(key)
        return opened.account if opened else None

    async def opened(self, key: str) -> Opened | None:
        """What ``key`` opens, and how far; None for nothing."""
        digest, now = hashlib.sha256(key.encode()).digest(), self._now()
        opened, asked_at = self._known.get(digest, (None, now))
        if opened is not None and timedelta() <= now - asked_at < REMEMBERED:
            return opened
        if (asking := self._asking.get(digest)) is None:
            asking = self._asking[digest] = asyncio.create_task(self._ask(key, digest, now))
            asking.add_done_callback(lambda _: self._asking.pop(digest))
        # Whoever goes away, also the first, leaves the others their answer.
        return await asyncio.shield(asking)

    def forget(self) -> None:
        """A key was taken back: it opens nothing any more, here at once."""
        self._known.clear()

    async def _ask(self, key: str, digest: bytes, now: datetime) -> Opened | None:
        async with self._database.read() as r:
            opened = await Accounts(r).by_key(key, now)
        if opened is None:
            self._known.pop(digest, None)
        else:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[digest] = (opened, now)
            self._remember_use(opened, now)
        return opened

    def _remember_use(self, opened: Opened, now: datetime) -> None:
        if self._used and (opened.last_used_at is None or now - opened.last_used_at >= EVERY):
            prefix = opened.prefix
            self._used.note(prefix, lambda w: AccountsWriter(w).touch(prefix, now))
