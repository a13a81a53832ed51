"""Who a key opens, remembered for a moment: asking the tables at every request costs as much as answering it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from storage.accounts import Account, Accounts
from storage.database import Database

REMEMBERED: Final = timedelta(seconds=3)
"""So long a key that was taken back may still open its account in this process."""
_MOST: Final = 10_000


class KnownKeys:
    """Accounts by the digest of the key that opened them. A key that opens nothing is not remembered.

    Those that come with one key at the same time ask the tables once: a crowd would take every connection for that.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._known: dict[bytes, tuple[Account, datetime]] = {}
        self._asking: dict[bytes, asyncio.Task[Account | None]] = {}

    async def account(self, key: str) -> Account | None:
        """The active account of ``key``; None for a key that opens nothing."""
        digest, now = hashlib.sha256(key.encode()).digest(), self._now()
        account, asked_at = self._known.get(digest, (None, now))
        if account is not None and timedelta() <= now - asked_at < REMEMBERED:
            return account
        if (asking := self._asking.get(digest)) is None:
            asking = self._asking[digest] = asyncio.create_task(self._ask(key, digest, now))
            asking.add_done_callback(lambda _: self._asking.pop(digest))
        # Whoever goes away, also the first, leaves the others their answer.
        return await asyncio.shield(asking)

    async def _ask(self, key: str, digest: bytes, now: datetime) -> Account | None:
        async with self._database.read() as r:
            account = await Accounts(r).by_key(key, now)
        if account is None:
            self._known.pop(digest, None)
        else:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[digest] = (account, now)
        return account
