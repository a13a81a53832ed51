"""Who a key opens, remembered for a moment: asking the tables at every request costs as much as answering it."""

from __future__ import annotations

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
    """Accounts by the digest of the key that opened them. A key that opens nothing is asked for every time."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._known: dict[bytes, tuple[Account, datetime]] = {}

    async def account(self, key: str) -> Account | None:
        """The active account of ``key``; None for a key that opens nothing."""
        digest, now = hashlib.sha256(key.encode()).digest(), self._now()
        account, asked_at = self._known.get(digest, (None, now))
        if account is not None and timedelta() <= now - asked_at < REMEMBERED:
            return account
        async with self._database.read() as r:
            account = await Accounts(r).by_key(key, now)
        if account is None:
            self._known.pop(digest, None)
        else:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[digest] = (account, now)
        return account
