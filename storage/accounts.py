"""Accounts and their keys. A key is ``prefix.secret``; only the digest of the secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from domain.vocabulary import Role, Tier
from storage.database import Read, Write
from storage.tables import accounts, api_keys
from storage.upsert import upsert

_PREFIX_BYTES = 6
_SECRET_BYTES = 32
_NOBODY = hashlib.sha256(b"").hexdigest()

_BY_KEY = (
    select(accounts, api_keys.c.hash, api_keys.c.expires_at)
    .join(api_keys, api_keys.c.account == accounts.c.code)
    .where(api_keys.c.prefix == bindparam("prefix"))
)
_ACTIVE = select(accounts).where(accounts.c.code == bindparam("code"), accounts.c.active)


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in: roles, and either a unit or an enterprise."""

    code: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None = None
    uscc: str | None = None
    tiers: tuple[Tier, ...] = ()


def new_key() -> str:
    """A fresh key with 256 random bits: nobody guesses it, so a plain digest of it is enough to keep."""
    return f"{secrets.token_hex(_PREFIX_BYTES)}.{secrets.token_urlsafe(_SECRET_BYTES)}"


def split_key(key: str) -> tuple[str, str]:
    """Prefix and digest of the secret."""
    prefix, _, secret = key.partition(".")
    return prefix, hashlib.sha256(secret.encode()).hexdigest()


class Accounts:
    """Questions to the accounts."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def by_key(self, key: str, now: datetime) -> Account | None:
        """The active account of a key that has not expired by ``now``; None for any other key."""
        prefix, digest = split_key(key)
        row = await self._r.row(_BY_KEY, {"prefix": prefix})
        # Compared in constant time, and compared at all for an unknown prefix, so that time tells nothing.
        matches = hmac.compare_digest(digest, row.hash if row else _NOBODY)
        if row is None or not matches or not row.active or (row.expires_at is not None and row.expires_at <= now):
            return None
        return _account(row)

    async def get(self, code: str) -> Account | None:
        """An active account by its code."""
        row = await self._r.row(_ACTIVE, {"code": code})
        return _account(row) if row else None

    async def by_uscc(self, uscc: str) -> Account | None:
        """The active account of an enterprise; of several the first by code."""
        query = select(accounts).where(accounts.c.uscc == uscc, accounts.c.active).order_by(accounts.c.code)
        row = await self._r.row(query.limit(1))
        return _account(row) if row else None

    async def of_enterprises(self, codes: Iterable[str | None]) -> list[Account]:
        """Every active account of these enterprises, by code."""
        query = select(accounts).where(accounts.c.uscc.in_(sorted({c for c in codes if c})), accounts.c.active)
        return [_account(row) for row in await self._r.rows(query.order_by(accounts.c.code))]

    async def all(self) -> list[Account]:
        """Every active account, by code."""
        query = select(accounts).where(accounts.c.active).order_by(accounts.c.code)
        return [_account(row) for row in await self._r.rows(query)]

    async def names(self) -> dict[str, str]:
        """What every account is called by people, closed ones too: what they once did is still told."""
        return {row.code: row.name for row in await self._r.rows(select(accounts.c.code, accounts.c.name))}


class AccountsWriter(Accounts):
    """Accounts and keys, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def upsert(self, account: Account, *, active: bool = True) -> None:
        """Create an account, or make it say this."""
        await self._w.run(upsert_accounts(self._w.dialect), [account_row(account, active=active)])

    async def add_key(self, code: str, key: str, now: datetime, expires_at: datetime | None = None) -> None:
        """Let ``key`` open the account ``code``."""
        await self._w.run(upsert_keys(self._w.dialect), [key_row(code, key, now, expires_at)])

    async def drop_keys(self, code: str) -> None:
        """No key opens the account any more, whatever the clock says."""
        await self._w.run(delete(api_keys).where(api_keys.c.account == code))

    async def touch(self, key: str, now: datetime) -> None:
        """Remember that a key was used."""
        prefix, _ = split_key(key)
        await self._w.run(update(api_keys).where(api_keys.c.prefix == prefix).values(last_used_at=now))


def upsert_accounts(dialect: str) -> Any:
    """The statement that takes rows of :func:`account_row`."""
    return upsert(dialect, accounts, "code")


def upsert_keys(dialect: str) -> Any:
    """The statement that takes rows of :func:`key_row`."""
    return upsert(dialect, api_keys, "prefix", keep=("created_at", "last_used_at"))


def account_row(account: Account, *, active: bool = True) -> dict[str, Any]:
    """An account as its row."""
    return {
        "code": account.code,
        "name": account.name,
        "roles": _values(account.roles),
        "unit": account.unit,
        "uscc": account.uscc,
        "tiers": _values(account.tiers),
        "active": active,
    }


def key_row(code: str, key: str, now: datetime, expires_at: datetime | None = None) -> dict[str, Any]:
    """A key as its row: without the secret."""
    prefix, digest = split_key(key)
    return {"prefix": prefix, "account": code, "hash": digest, "created_at": now, "expires_at": expires_at}


def _values(words: Iterable[Role | Tier]) -> list[str]:
    return [word.value for word in words]


def _account(row: Row[Any]) -> Account:
    return Account(
        code=row.code,
        name=row.name,
        roles=tuple(Role(role) for role in row.roles),
        unit=row.unit,
        uscc=row.uscc,
        tiers=tuple(Tier(tier) for tier in row.tiers),
    )
