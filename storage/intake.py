"""The intake: what came in is kept here before anything else, so that nothing can be lost while the engine is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, bindparam, func, literal, select, tuple_, update

from domain.appeal import Submission
from domain.rules import Rules
from storage.codec import dump_submission, load_submission
from storage.column_types import Moment
from storage.database import Read, Write
from storage.rules import rules_by_version, store_rules
from storage.tables import appeals
from storage.tables import intake as table
from storage.upsert import insert_or_ignore

_BY_NUMBER = select(table).where(table.c.number == bindparam("of"))
_BY_KEY = select(table).where(table.c.caller == bindparam("by"), table.c.idempotency_key == bindparam("under"))
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
    started_at: datetime | None
    attempts: int
    last_error: str | None
    is_new: bool


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
        if older := await self.by_key(caller, key):
            return older
        await store_rules(self._w, rules)
        new = Kept(number, caller, key, digest, created_at, submission, rules, salt, None, 0, None, is_new=True)
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
