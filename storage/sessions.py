"""Sessions of people in a browser, and how often somebody failed to begin one.

A session is known by 256 random bits in a cookie; the table holds their digest. It belongs to an account, or follows
one appeal by its number and ends with nothing else.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from domain.people import contact_id
from domain.vocabulary import Role
from storage.accounts import Account, account_of
from storage.database import Read, Write
from storage.tables import accounts, appeals, sessions, sign_in_failures
from storage.upsert import insert_or_ignore

_BYTES: Final = 32
MOST_FAILURES: Final = 5
"""So many in :data:`WINDOW`, and the name is locked for :data:`LOCKED`."""
WINDOW: Final = timedelta(minutes=15)
LOCKED: Final = timedelta(minutes=15)
_NAMELESS: Final = "诉求联系人"
_BY_CODE: Final = "（联系人，凭验证码）"
_FORGOTTEN: Final = timedelta(days=1)


class Kind(StrEnum):
    """What a session is for."""

    ACCOUNT = "account"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. ``digest`` is its id; ``number`` the one appeal that a session of kind ``track`` follows."""

    digest: str
    kind: Kind
    account: str | None
    number: str | None
    csrf: str
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A session and whose it is: of one that follows an appeal, its contact, by the name of the enterprise."""

    session: Session
    account: Account


_OURS = [accounts.c[name] for name in ("code", "name", "roles", "unit", "uscc", "tiers")]
_FIND = (
    select(
        *sessions.columns,
        *(column.label(f"of_{column.name}") for column in _OURS),
        appeals.c.enterprise_name,
    )
    .outerjoin(accounts, (accounts.c.code == sessions.c.account) & accounts.c.active)
    .outerjoin(appeals, appeals.c.number == sessions.c.number)
    .where(sessions.c.digest == bindparam("digest"))
    .where(sessions.c.expires_at > bindparam("now"), sessions.c.seen_at > bindparam("idle_since"))
)


def new_secret() -> str:
    """256 random bits, for a cookie or a form."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> str:
    """What is kept of a cookie: nobody guesses 256 random bits, so a plain digest is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


class Sessions:
    """Questions to the sessions."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def find(self, token: str, now: datetime, idle: timedelta) -> Opened | None:
        """The session of a cookie that is neither over nor idle, of an account that is not closed."""
        given = {"digest": digest_of(token), "now": now, "idle_since": now - idle}
        row = await self._r.row(_FIND, given)
        account = _whose(row) if row else None
        return Opened(_session(row), account) if row and account else None

    async def is_known(self, token: str) -> bool:
        """Whether there is a session of this cookie, open or not."""
        query = select(sessions.c.digest).where(sessions.c.digest == digest_of(token))
        return await self._r.row(query) is not None

    async def of(self, account: str, now: datetime, idle: timedelta) -> list[Session]:
        """The account's sessions that are neither over nor idle, the one seen last first."""
        open_ones = (sessions.c.expires_at > now) & (sessions.c.seen_at > now - idle)
        query = select(sessions).where(sessions.c.account == account, open_ones)
        return [_session(row) for row in await self._r.rows(query.order_by(sessions.c.seen_at.desc()))]


class SessionsWriter(Sessions):
    """Sessions, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def open(self, session: Session) -> None:
        """Keep a session; those that are over by now go."""
        await self._w.run(delete(sessions).where(sessions.c.expires_at <= session.created_at))
        await self._w.run(insert(sessions), {name: getattr(session, name) for name in Session.__slots__})

    async def seen(self, digest: str, now: datetime) -> None:
        """It was used just now."""
        await self._w.run(update(sessions).where(sessions.c.digest == digest).values(seen_at=now))

    async def end(self, digest: str) -> None:
        """The cookie opens nothing any more."""
        await self._w.run(delete(sessions).where(sessions.c.digest == digest))

    async def end_all(self, account: str, but: str = "") -> int:
        """Every session of the account ends, except the one of digest ``but``; how many there were."""
        return await self._w.run(delete(sessions).where(sessions.c.account == account, sessions.c.digest != but))


class Failures:
    """Who tried a name how often: counted before the password is looked at, so that a crowd gets no more tries.

    Names are kept as digests: people type all sorts of things there, also passwords.
    """

    def __init__(self, w: Write) -> None:
        self._w = w

    async def count(self, name: str, now: datetime) -> datetime | None:
        """Count one more try of ``name``; None if it may go on, else until when the name is locked."""
        key, table = digest_of(name), sign_in_failures
        await self._w.run(delete(table).where(table.c.since <= now - _FORGOTTEN))
        fresh = {"name": key, "tries": 0, "since": now, "locked_until": None}
        await self._w.run(insert_or_ignore(self._w.dialect, table), fresh)
        row = await self._w.row(select(table).where(table.c.name == key).with_for_update())
        if row is None or (row.locked_until and row.locked_until > now):
            return row.locked_until if row else now
        is_over = row.locked_until is not None or row.since <= now - WINDOW
        tries, since = (1, now) if is_over else (row.tries + 1, row.since)
        locked_until = now + LOCKED if tries >= MOST_FAILURES else None
        changed = {"tries": tries, "since": since, "locked_until": locked_until}
        await self._w.run(update(table).where(table.c.name == key).values(**changed))
        return None

    async def forget(self, name: str) -> None:
        """The right password was given, or somebody in charge unlocks the name."""
        await self._w.run(delete(sign_in_failures).where(sign_in_failures.c.name == digest_of(name)))


async def lock_of(r: Read, name: str, now: datetime) -> datetime | None:
    """Until when the name is locked; None for one that is not."""
    until: datetime | None = await r.value(
        select(sign_in_failures.c.locked_until).where(sign_in_failures.c.name == digest_of(name))
    )
    return until if until and until > now else None


def contact(number: str, name: str) -> Account:
    """Who follows one appeal without an account. Without a code of an enterprise, so that they own nothing else."""
    return Account(contact_id(number), name, (Role.ENTERPRISE,))


def _whose(row: Row[Any]) -> Account | None:
    if row.kind == Kind.TRACK:
        # What intake keeps until the engine is back has no row among the appeals yet.
        # The journal says who it was, and that nobody signed in.
        return contact(row.number, f"{row.enterprise_name}{_BY_CODE}" if row.enterprise_name else _NAMELESS)
    return account_of(row, "of_") if row.of_code is not None else None


def _session(row: Row[Any]) -> Session:
    values = {name: getattr(row, name) for name in Session.__slots__}
    return Session(**{**values, "kind": Kind(row.kind)})
