"""Accounts and their keys. A key is ``prefix.secret``; only the digest of the secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, cast, delete, insert, select, update

from domain.vocabulary import Role, Tier
from storage.column_types import Words
from storage.database import Read, Write
from storage.tables import accounts, api_keys
from storage.upsert import upsert

_PREFIX_BYTES = 6
_SECRET_BYTES = 32
_NOBODY = hashlib.sha256(b"").hexdigest()

_BY_KEY = (
    select(accounts, *(api_keys.c[c] for c in ("prefix", "hash", "expires_at", "last_used_at", "kind", "scopes")))
    .join(api_keys, api_keys.c.account == accounts.c.code)
    .where(api_keys.c.prefix == bindparam("prefix"))
)
_ACTIVE = select(accounts).where(accounts.c.code == bindparam("code"), accounts.c.active)
_NAMED = select(*(accounts.c[c] for c in ("code", "name", "unit", "active"))).where(
    accounts.c.code.in_(bindparam("wanted", expanding=True))
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who signs in: roles, and either a unit or an enterprise."""

    code: str
    name: str
    roles: tuple[Role, ...]
    unit: str | None = None
    uscc: str | None = None
    tiers: tuple[Tier, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """What somebody is called, and the unit of whoever still is there: None for a closed account's."""

    name: str
    unit: str | None
    is_active: bool


class KeyKind(StrEnum):
    """A key is its account; a personal token stands in for a person, as far as its scopes go."""

    KEY = "key"
    TOKEN = "token"  # noqa: S105 - a kind of key


@dataclass(frozen=True, slots=True)
class Opened:
    """What a key opens. ``scopes`` limit what it may be used for; None for everything the account may."""

    account: Account
    prefix: str
    kind: KeyKind
    scopes: frozenset[str] | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """A personal token, without its secret; ``prefix`` is its id."""

    prefix: str
    name: str
    scopes: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


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

    async def by_key(self, key: str, now: datetime) -> Opened | None:
        """What a key opens that has not expired by ``now``, of an active account; None for any other key."""
        prefix, digest = split_key(key)
        row = await self._r.row(_BY_KEY, {"prefix": prefix})
        # Compared in constant time, and compared at all for an unknown prefix, so that time tells nothing.
        matches = hmac.compare_digest(digest, row.hash if row else _NOBODY)
        if row is None or not matches or not row.active or (row.expires_at is not None and row.expires_at <= now):
            return None
        scopes = None if row.scopes is None else frozenset(row.scopes)
        return Opened(account_of(row), row.prefix, KeyKind(row.kind), scopes, row.last_used_at)

    async def tokens(self, code: str) -> list[Token]:
        """The account's personal tokens, the newest first."""
        mine = (api_keys.c.account == code) & (api_keys.c.kind == KeyKind.TOKEN)
        query = select(api_keys).where(mine).order_by(api_keys.c.created_at.desc(), api_keys.c.prefix)
        return [_token(row) for row in await self._r.rows(query)]

    async def get(self, code: str) -> Account | None:
        """An active account by its code."""
        row = await self._r.row(_ACTIVE, {"code": code})
        return account_of(row) if row else None

    async def by_uscc(self, uscc: str) -> Account | None:
        """The active account of an enterprise; of several the first by code."""
        query = select(accounts).where(accounts.c.uscc == uscc, accounts.c.active).order_by(accounts.c.code)
        row = await self._r.row(query.limit(1))
        return account_of(row) if row else None

    async def of_enterprises(self, codes: Iterable[str | None]) -> list[Account]:
        """Every active account of these enterprises, by code."""
        query = select(accounts).where(accounts.c.uscc.in_(sorted({c for c in codes if c})), accounts.c.active)
        return [account_of(row) for row in await self._r.rows(query.order_by(accounts.c.code))]

    async def all(self) -> list[Account]:
        """Every active account, by code."""
        query = select(accounts).where(accounts.c.active).order_by(accounts.c.code)
        return [account_of(row) for row in await self._r.rows(query)]

    async def of_unit(self, unit: str) -> list[Account]:
        """Every active account of the unit, by code."""
        query = select(accounts).where(accounts.c.unit == unit, accounts.c.active).order_by(accounts.c.code)
        return [account_of(row) for row in await self._r.rows(query)]

    async def posts(self) -> frozenset[tuple[str, Role]]:
        """Which roles active accounts have in which unit."""
        roles = cast(accounts.c.roles, Words).label("roles")
        query = select(accounts.c.unit, roles).where(accounts.c.unit.is_not(None), accounts.c.active).distinct()
        return frozenset((row.unit, Role(role)) for row in await self._r.rows(query) for role in json.loads(row.roles))

    async def names(self) -> dict[str, str]:
        """What every account is called by people, closed ones too: what they once did is still told."""
        return {row.code: row.name for row in await self._r.rows(select(accounts.c.code, accounts.c.name))}

    async def named(self, codes: Iterable[str]) -> dict[str, Named]:
        """Those of these accounts that there are, closed ones too."""
        if not (wanted := sorted(set(codes))):
            return {}
        rows = await self._r.rows(_NAMED, {"wanted": wanted})
        return {row.code: Named(row.name, row.unit if row.active else None, row.active) for row in rows}


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

    async def add_token(self, code: str, key: str, token: Token) -> None:
        """Let ``key`` open the account ``code`` as far as the token's scopes go; its prefix must be the key's."""
        scopes = None if token.scopes is None else list(token.scopes)
        row = key_row(code, key, token.created_at, token.expires_at)
        row |= {"kind": KeyKind.TOKEN.value, "name": token.name, "scopes": scopes}
        await self._w.run(insert(api_keys), row)

    async def drop_token(self, code: str, prefix: str) -> bool:
        """Whether there was such a token of the account; it opens nothing any more."""
        mine = (api_keys.c.account == code) & (api_keys.c.kind == KeyKind.TOKEN)
        return bool(await self._w.run(delete(api_keys).where(mine, api_keys.c.prefix == prefix)))

    async def drop_keys(self, code: str) -> None:
        """No key opens the account any more, whatever the clock says."""
        await self._w.run(delete(api_keys).where(api_keys.c.account == code))

    async def touch(self, prefix: str, now: datetime) -> None:
        """Remember that a key was used."""
        await self._w.run(update(api_keys).where(api_keys.c.prefix == prefix).values(last_used_at=now))


def upsert_accounts(dialect: str) -> Any:
    """The statement that takes rows of :func:`account_row`."""
    return upsert(dialect, accounts, "code")


def upsert_keys(dialect: str) -> Any:
    """The statement that takes rows of :func:`key_row`."""
    return upsert(dialect, api_keys, "prefix", keep=("created_at", "last_used_at", "kind", "name", "scopes"))


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


def account_of(row: Row[Any], before: str = "") -> Account:
    """The account of a row that holds its columns, their names after ``before``."""

    def said(name: str) -> Any:
        return getattr(row, before + name)

    return Account(
        code=said("code"),
        name=said("name"),
        roles=tuple(Role(role) for role in said("roles")),
        unit=said("unit"),
        uscc=said("uscc"),
        tiers=tuple(Tier(tier) for tier in said("tiers")),
    )


def _token(row: Row[Any]) -> Token:
    scopes = None if row.scopes is None else tuple(row.scopes)
    return Token(row.prefix, row.name or "", scopes, row.created_at, row.expires_at, row.last_used_at)
