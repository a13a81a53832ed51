"""INSERT … ON CONFLICT, which both databases know, but SQLAlchemy only by dialect.

Statements are made once and given their values on execution: making one anew costs more than the round trip.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite


@cache
def insert_or_ignore(dialect: str, table: Table) -> Any:
    """Insert; a row that would break any unique constraint is left out (its count is 0)."""
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def upsert(dialect: str, table: Table, *key: str, keep: tuple[str, ...] = (), fence: str = "") -> Any:
    """Insert, or update every column but ``key`` and those to ``keep``.

    With ``fence``, an existing row whose value there is higher than the new one's is left alone (its count is 0).
    """
    statement = _insert(dialect, table)
    new = statement.excluded
    values = {c.name: new[c.name] for c in table.columns if c.name not in {*key, *keep}}
    where = table.c[fence] <= new[fence] if fence else None
    return statement.on_conflict_do_update(index_elements=key, set_=values, where=where)


def _insert(dialect: str, table: Table) -> Any:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
