"""Two rows a step: an entry and the state, in one transaction, by the shortest way to the database there is."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, Protocol

import asyncpg
from temporalio import activity

from bench.bare.contract import Rows

_CONNECTIONS = 10
_STATE = """
    INSERT INTO bare_state (number, seq, body) VALUES ($1, $2, $3)
    ON CONFLICT (number) DO UPDATE SET seq = excluded.seq, body = excluded.body
"""
_ENTRY = "INSERT INTO bare_journal (number, seq, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
_BOTH = f"WITH state AS ({_STATE}) {_ENTRY}"
TABLES = (
    "CREATE TABLE IF NOT EXISTS bare_state (number text PRIMARY KEY, seq integer, body text)",
    "CREATE TABLE IF NOT EXISTS bare_journal (number text, seq integer, body text, PRIMARY KEY (number, seq))",
)


class Store(Protocol):
    """Where the rows go."""

    async def write(self, rows: Rows) -> None:
        """Both rows, committed."""

    async def read(self, number: str) -> dict[str, Any]:
        """The state, as it was written last."""

    async def close(self) -> None:
        """Lets the database go."""


class Records:
    """The activity."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @activity.defn(name="write_bare")
    async def write(self, rows: Rows) -> None:
        """Both rows, committed."""
        await self._store.write(rows)


class Postgres:
    """A pool of connections; both rows by one prepared statement, which is its own transaction: one round trip."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str) -> Postgres:
        """Connects."""
        pool = await asyncpg.create_pool(url, min_size=_CONNECTIONS, max_size=_CONNECTIONS)
        for table in TABLES:
            await pool.execute(table)
        return cls(pool)

    async def write(self, rows: Rows) -> None:
        """Both rows, committed."""
        await self._pool.execute(_BOTH, rows.number, rows.seq, json.dumps(asdict(rows.step)))

    async def read(self, number: str) -> dict[str, Any]:
        """The state, as it was written last."""
        row = await self._pool.fetchrow("SELECT seq, body FROM bare_state WHERE number = $1", number)
        return {"number": number, "seq": row["seq"], "body": json.loads(row["body"])}

    async def close(self) -> None:
        """Closes the connections."""
        await self._pool.close()


class Sqlite:
    """One connection in a thread of its own, as durable as the product's."""

    def __init__(self, path: str) -> None:
        self._thread = ThreadPoolExecutor(1)
        self._connection = self._thread.submit(self._open, path).result()

    @staticmethod
    def _open(path: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, timeout=5)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")
        for table in TABLES:
            connection.execute(table)
        return connection

    async def write(self, rows: Rows) -> None:
        """Both rows, committed."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._write, rows)

    def _write(self, rows: Rows) -> None:
        values = (rows.number, rows.seq, json.dumps(asdict(rows.step)))
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(_STATE.replace("$", "?"), values)
        self._connection.execute(_ENTRY.replace("$", "?"), values)
        self._connection.execute("COMMIT")

    async def read(self, number: str) -> dict[str, Any]:
        """The state, as it was written last."""
        seq, body = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, number)
        return {"number": number, "seq": seq, "body": json.loads(body)}

    def _read(self, number: str) -> tuple[int, str]:
        found = self._connection.execute("SELECT seq, body FROM bare_state WHERE number = ?", (number,))
        row: tuple[int, str] = found.fetchone()
        return row

    async def close(self) -> None:
        """Closes the connection."""
        self._thread.submit(self._connection.close).result()
        self._thread.shutdown()


async def open_store(url: str) -> Store:
    """The store of a ``sqlite:///path`` or ``postgresql://…`` address."""
    if url.startswith("sqlite"):
        return Sqlite(url.partition(":///")[2])
    return await Postgres.open(url)
