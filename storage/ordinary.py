"""The ordinary write on PostgreSQL: an appeal goes on by one entry, in one statement and one round trip.

The first case of :class:`~storage.writer.AppealWriter` in one piece: the row is moved on from just before the entry (or
begun), the journal's lock is taken, the entry is inserted, or nothing of it happens. Nearly all writes are so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    CTE,
    BindParameter,
    Column,
    ColumnElement,
    Executable,
    Insert,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError

from domain.appeal import Appeal
from domain.colours import Moments
from domain.journal import Entry
from domain.notice import Notice
from storage.codec import entry_row
from storage.database import Database
from storage.held_notices import row_of
from storage.locks import Lock
from storage.rows import appeal_row
from storage.tables import appeals, held_notices, intake, journal

_KEPT = frozenset({"number", "offset_us"})
_ENTRY = [c for c in journal.columns if c.name != "position"]


async def is_written_ordinarily(
    database: Database,
    appeal: Appeal,
    entries: Sequence[Entry],
    fence: int,
    moments: Moments,
    held: Sequence[Notice] = (),
) -> bool:
    """Whether it was written so. False, and nothing has happened, for whatever is not ordinary."""
    if database.dialect != "postgresql" or len(entries) != 1 or appeal.escalations:
        return False
    values = _named("appeal", appeal_row(appeal, fence, moments)) | _named("entry", entry_row(entries[0]))
    first = entries[0].seq == 1
    values |= {} if first else {"of": appeal.number, "upto": fence, "before": entries[0].seq - 1}
    values |= _named("held", row_of(appeal.number, appeal.seq, held)) if held else {}
    statement = _begun if first else _moved_on
    try:
        return await database.alone(statement(holds=bool(held)), values) == 1
    except IntegrityError:
        # An entry where none can be: for the writer that replaces what differs.
        return False


@cache
def _moved_on(*, holds: bool) -> Executable:
    moved = (
        update(appeals)
        .where(appeals.c.number == bindparam("of"))
        .where(appeals.c.fence <= bindparam("upto"), appeals.c.seq == bindparam("before"))
        .values({c: _given("appeal", c) for c in appeals.columns if c.name not in _KEPT})
        .returning(appeals.c.number)
        .cte("moved")
    )
    return _entered(moved, holds=holds)


@cache
def _begun(*, holds: bool) -> Executable:
    columns = [c for c in appeals.columns if c.name != "offset_us"]
    begun = (
        postgresql.insert(appeals)
        .values({c: _given("appeal", c) for c in columns})
        .on_conflict_do_nothing()
        .returning(appeals.c.number, appeals.c.created_at)
        .cte("begun")
    )
    # The engine has it: nobody need start it again. Counted, so that its row is locked before the journal is, as
    # everywhere.
    started = (
        update(intake)
        .where(intake.c.number == begun.c.number)
        .values(started_at=func.coalesce(intake.c.started_at, begun.c.created_at), last_error=None)
        .returning(intake.c.number)
        .cte("started")
    )
    return _entered(begun, select(func.count()).select_from(started).scalar_subquery() >= 0, holds=holds)


def _entered(row: CTE, *first: ColumnElement[bool], holds: bool) -> Insert:
    """The entry, once the row is ours and then the journal: no position becomes visible before a smaller one."""
    if holds:
        first = (*first, select(func.count()).select_from(_held(row)).scalar_subquery() >= 0)
    alone = (
        select(row.c.number, func.pg_advisory_xact_lock(Lock.JOURNAL.value).label("taken"))
        .where(*first)
        .cte("alone")
        .prefix_with("MATERIALIZED", dialect="postgresql")
    )
    values = select(*(_given("entry", c) for c in _ENTRY)).select_from(alone)
    return insert(journal).from_select([c.name for c in _ENTRY], values, include_defaults=False)


def _held(row: CTE) -> CTE:
    """What is to be told of it; nothing can be held there, or the row would be further."""
    values = select(*(_given("held", c) for c in held_notices.columns)).select_from(row)
    names = [c.name for c in held_notices.columns]
    return insert(held_notices).from_select(names, values).returning(held_notices.c.number).cte("held")


def _named(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Values by the names of their parameters: under a column's own name, SQLAlchemy would set it in every table."""
    return {f"{table}_{name}": value for name, value in row.items()}


def _given(table: str, column: Column[Any]) -> BindParameter[Any]:
    return bindparam(f"{table}_{column.name}", type_=column.type)
