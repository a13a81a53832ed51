"""Passwords: argon2id with the parameters its authors recommend, computed in threads of their own.

Each takes 64 MiB and tens of milliseconds: two at a time, so that a crowd at the door costs neither the memory nor the
cores that the others work with.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import cache
from typing import Final

from pwdlib import PasswordHash
from sqlalchemy import bindparam, delete, select

from storage.database import Read, Write
from storage.tables import passwords as table
from storage.upsert import upsert

SHORTEST: Final = 10
LONGEST: Final = 200
"""Characters of a password; a longer one would be work without end for the hash."""

_HASH: Final = PasswordHash.recommended()
_THREADS: Final = ThreadPoolExecutor(2, "passwords")
_OF = select(table.c.hash).where(table.c.account == bindparam("account"))


def fault_of(password: str, *names: str) -> str:
    """Why this is no password for whoever goes by these names; empty for a good one. Length counts, not signs."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"密码应为{SHORTEST}至{LONGEST}个字符"
    if len(set(password)) < SHORTEST // 2 or password.lower() in {name.lower() for name in names}:
        return "密码过于简单，请换一个"
    return ""


async def hashed(password: str) -> str:
    """The password as it is kept."""
    return await asyncio.get_running_loop().run_in_executor(_THREADS, _HASH.hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Whether this is the password; it takes as long when there is none, so that time tells nothing."""
    found = await asyncio.get_running_loop().run_in_executor(_THREADS, _verify, password[:LONGEST], kept)
    return found and kept is not None


def _verify(password: str, kept: str | None) -> bool:
    return _HASH.verify(password, kept or _nobodys())


@cache
def _nobodys() -> str:
    return _HASH.hash("")


class Passwords:
    """Questions to the passwords."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, account: str) -> str | None:
        """The hash of an account's password; None without one."""
        kept: str | None = await self._r.value(_OF, {"account": account})
        return kept


class PasswordsWriter(Passwords):
    """Passwords, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def set(self, account: str, kept: str, now: datetime) -> None:
        """Let the password of this hash open the account, and no other."""
        row = {"account": account, "hash": kept, "changed_at": now}
        await self._w.run(upsert(self._w.dialect, table, "account"), [row])

    async def drop(self, account: str) -> None:
        """No password opens the account any more."""
        await self._w.run(delete(table).where(table.c.account == account))
