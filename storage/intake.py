"""The intake: what came in is kept here before anything else, so that nothing can be lost while the engine is away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from domain.appeal import Submission
from domain.rules import Rules
from storage.codec import dump_submission, load_submission
from storage.column_types import Moment
from storage.database import Database, Read, Write, is_transient
from storage.rules import rules_by_version, store_rules
from storage.tables import appeals
from storage.tables import intake as table
from storage.together import Together
from storage.upsert import insert_or_ignore

_BY_NUMBER = select(table).where(table.c.number == bindparam("of"))
_BY_KEY = select(table).where(table.c.caller == bindparam("by"), table.c.idempotency_key == bindparam("under"))
_OURS = select(table.c.salt).where(table.c.number.in_(bindparam("drawn", expanding=True)))
_STARTED = (
    update(table)
    .where(table.c.number == bindparam("of"))
    .values(started_at=func.coalesce(table.c.started_at, bindparam("at", type_=Moment)), last_error=None)
)


class NumberTaken(Exception):  # noqa: N818 - an answer: draw another number
    """Another appeal has this number already."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One submission as it was kept. ``is_new`` is False when this key had been used before."""

    number: str
    caller: str
    key: str
    digest: str
    created_at: datetime
    submission: Submission
    rules: Rules
    salt: str
    started_at: datetime | None = None
    attempts: int = 0
    last_error: str | None = None
    is_new: bool = True


class IntakeReads:
    """Questions to the intake."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def get(self, number: str) -> Kept | None:
        """What was kept under this number."""
        return await self._one(_BY_NUMBER, {"of": number})

    async def by_key(self, caller: str, key: str) -> Kept | None:
        """What this caller sent with this idempotency key."""
        return await self._one(_BY_KEY, {"by": caller, "under": key})

    async def last_of(self, caller: str) -> str | None:
        """The number of what this caller sent last."""
        query = select(table.c.number).where(table.c.caller == caller)
        number: str | None = await self._r.value(query.order_by(table.c.created_at.desc()).limit(1))
        return number

    async def waiting(self, limit: int = 100) -> list[Kept]:
        """What has not been started yet, oldest first; what failed comes after what was not tried."""
        order = (table.c.attempts, table.c.created_at, table.c.number)
        query = select(table).where(table.c.started_at.is_(None)).order_by(*order)
        return await self._kept(await self._r.rows(query.limit(limit)))

    async def unknown(self, limit: int, before: Kept | None = None) -> list[Kept]:
        """What the appeal table does not know yet, newest first; older than ``before``."""
        known = select(appeals.c.number).where(appeals.c.number == table.c.number).exists()
        query = select(table).where(table.c.started_at.is_(None), ~known)
        if before:
            at = literal(before.created_at, Moment)
            query = query.where(tuple_(table.c.created_at, table.c.number) < tuple_(at, literal(before.number)))
        query = query.order_by(table.c.created_at.desc(), table.c.number.desc())
        return await self._kept(await self._r.rows(query.limit(limit)))

    async def _one(self, query: Select[Any], given: dict[str, str]) -> Kept | None:
        kept = await self._kept(await self._r.rows(query, given))
        return kept[0] if kept else None

    async def _kept(self, rows: Sequence[Row[Any]]) -> list[Kept]:
        rules = await rules_by_version(self._r, {row.rules_version for row in rows})
        return [_kept(row, rules[row.rules_version]) for row in rows]


class Intake(IntakeReads):
    """The intake, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def keep(
        self,
        *,
        number: str,
        caller: str,
        key: str,
        digest: str,
        created_at: datetime,
        submission: Submission,
        rules: Rules,
        salt: str,
    ) -> Kept:
        """Keep a submission, or give back what this caller kept with this key before, also under a race.

        Whether an older one is the same body is for the caller to see by ``digest``. Raises NumberTaken.
        """
        new = Kept(number, caller, key, digest, created_at, submission, rules, salt)
        await store_rules(self._w, rules)
        if await self._w.run(insert_or_ignore(self._w.dialect, table), _row(new)):
            return new
        if older := await self.by_key(caller, key):
            return older
        raise NumberTaken(number)

    async def mark_started(self, number: str, at: datetime) -> None:
        """The engine has it; the first such moment stays."""
        await self._w.run(_STARTED, {"of": number, "at": at})

    async def mark_failed(self, number: str, code: str) -> None:
        """An attempt to start it failed; ``code`` names why and holds nothing personal."""
        await self._w.run(
            update(table)
            .where(table.c.number == number, table.c.started_at.is_(None))
            .values(attempts=table.c.attempts + 1, last_error=code),
        )


class Keeper:
    """The intake of a process that takes in many at a time: one round trip for each, or for those that come together.

    It remembers which rules are kept: they carry years of holidays.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together = Together(self._write)
        self._stored: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many submissions wait for their turn to be written."""
        return self._together.gathered

    async def keep(self, new: Kept) -> Kept:
        """Keep a submission, or give back what its caller kept with its key before, also under a race.

        Whether an older one is the same body is for the caller to see by ``digest``. Raises NumberTaken.
        """
        if new.salt in await self._kept(new):
            return new
        async with self._database.read() as r:
            older = await IntakeReads(r).by_key(new.caller, new.key)
        if older is None:
            raise NumberTaken(new.number)
        return older

    async def _kept(self, new: Kept) -> frozenset[str]:
        try:
            return await self._together.add(new) or frozenset()
        except Exception as error:
            if is_transient(error):
                raise
            # Whatever is wrong with another one must not keep this one out.
            return await self._write([new])

    async def _write(self, new: list[Kept]) -> frozenset[str]:
        """The salts of those that were kept."""
        rules = {kept.rules.version: kept.rules for kept in new}
        await self._store(rules[version] for version in rules.keys() - self._stored)
        try:
            return await _insert(self._database, new)
        except IntegrityError:
            # Rules that were there are gone: the tables are those of an older backup.
            await self._store(rules.values())
            return await _insert(self._database, new)

    async def _store(self, some: Iterable[Rules]) -> None:
        if not (missing := list(some)):
            return
        async with self._database.write() as w:
            for rules in missing:
                await store_rules(w, rules)
        self._stored.update(rules.version for rules in missing)


async def _insert(database: Database, new: Sequence[Kept]) -> frozenset[str]:
    """The salts of those whose number and key are not taken; two of them may have drawn the same number."""
    # In one order, so that two processes with the same keys cannot wait for each other.
    rows = [_row(kept) for kept in sorted(new, key=lambda kept: (kept.caller, kept.key))]
    statement = insert_or_ignore(database.dialect, table)
    if len(new) == 1:
        return frozenset([new[0].salt] if await database.alone(statement, rows[0]) else [])
    async with database.write() as w:
        await w.run(statement, rows)
        return frozenset(row.salt for row in await w.rows(_OURS, {"drawn": [kept.number for kept in new]}))


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "number": kept.number,
        "caller": kept.caller,
        "idempotency_key": kept.key,
        "digest": kept.digest,
        "created_at": kept.created_at,
        "rules_version": kept.rules.version,
        "salt": kept.salt,
        "body": dump_submission(kept.submission),
    }


def _kept(row: Row[Any], rules: Rules) -> Kept:
    return Kept(
        number=row.number,
        caller=row.caller,
        key=row.idempotency_key,
        digest=row.digest,
        created_at=row.created_at,
        submission=load_submission(row.body),
        rules=rules,
        salt=row.salt,
        started_at=row.started_at,
        attempts=row.attempts,
        last_error=row.last_error,
        is_new=False,
    )
