"""The database as whoever breaks it sees it: plain SQL, no rules, both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from sqlalchemy import make_url

TABLES = ("rules", "intake", "appeals", "journal", "escalations", "notices", "meta")
Rows = dict[str, list[tuple[Any, ...]]]


class Tables:
    """One connection that checks nothing."""

    def __init__(self, connection: Any, mark: str) -> None:
        self._connection, self._mark = connection, mark

    def run(self, statement: str, *values: Any) -> int:
        """Executes it; how many rows it touched. Values stand for ``?``."""
        return int(self._connection.execute(statement.replace("?", self._mark), values).rowcount)

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """All rows."""
        return list(self._connection.execute(statement.replace("?", self._mark), values).fetchall())

    def dump(self) -> Rows:
        """Everything, positions included."""
        return {table: sorted(self.rows(f"SELECT * FROM {table}"), key=repr) for table in TABLES}  # noqa: S608 - ours

    def columns(self, table: str) -> list[str]:
        """Their names."""
        cursor = self._connection.execute(f"SELECT * FROM {table} LIMIT 0")  # noqa: S608 - ours
        return [column[0] for column in cursor.description]

    def of(self, table: str, number: str, *but: str) -> list[tuple[Any, ...]]:
        """An appeal's rows in a table, without some columns."""
        names = [name for name in self.columns(table) if name not in but]
        return sorted(self.rows(f"SELECT {', '.join(names)} FROM {table} WHERE number = ?", number), key=repr)  # noqa: S608


@contextmanager
def opened(url: str) -> Iterator[Tables]:
    """Committed at the end; foreign keys are not looked at."""
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        connection = sqlite3.connect(str(target.database), timeout=20)
        try:
            yield Tables(connection, "?")
            connection.commit()
        finally:
            connection.close()
        return
    plain = target.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as server:
        server.execute("SET session_replication_role = replica")
        yield Tables(server, "%s")
