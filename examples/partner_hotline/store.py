"""What the hotline keeps, in a SQLite file of its own: events received, matters handed over, answers to send."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from typing import Any
from uuid import uuid4

_SCHEMA = """
CREATE TABLE IF NOT EXISTS received (
    id TEXT PRIMARY KEY, type TEXT, body TEXT, at REAL, times INTEGER DEFAULT 1, position INTEGER);
CREATE TABLE IF NOT EXISTS matters (
    transfer TEXT PRIMARY KEY, data TEXT, state TEXT, at REAL);
CREATE TABLE IF NOT EXISTS answers (
    id TEXT PRIMARY KEY, type TEXT, transfer TEXT, data TEXT, at REAL, attempts INTEGER DEFAULT 0,
    due REAL DEFAULT 0, status INTEGER, told TEXT);
CREATE TABLE IF NOT EXISTS behaviour (name TEXT PRIMARY KEY, value TEXT);
"""

#: Events that change where a matter stands here.
_STATES = {
    "appeals.transfer": "待签收",
    "appeals.transfer.recall": "已追回",
    "appeals.transfer.receipt": "已签收",
    "appeals.transfer.refused": "已退回",
    "appeals.transfer.reply": "已答复",
}


class Store:
    """The file. Each call is a transaction, so that page, command and server may use it together."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as db:
            db.executescript(_SCHEMA)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self._path, timeout=10)
        db.row_factory = sqlite3.Row
        try:
            with db:
                yield db
        finally:
            db.close()

    def receive(self, event_id: str, event: dict[str, Any]) -> bool:
        """Keeps an event, and what it says of a matter; False for one that was here before: nothing is done twice."""
        with self._open() as db:
            known = db.execute("UPDATE received SET times = times + 1 WHERE id = ?", (event_id,)).rowcount
            if known:
                return False
            position = db.execute("SELECT count(*) FROM received").fetchone()[0]
            row = (event_id, event["type"], json.dumps(event, ensure_ascii=False), time.time(), position)
            db.execute("INSERT INTO received (id, type, body, at, position) VALUES (?, ?, ?, ?, ?)", row)
            if event["type"] == "appeals.transfer":
                data = json.dumps(event["data"], ensure_ascii=False)
                db.execute(
                    "INSERT OR REPLACE INTO matters VALUES (?, ?, ?, ?)",
                    (event["subject"], data, _STATES[event["type"]], time.time()),
                )
            elif event["type"] in _STATES:
                self._move(db, event["subject"], event["type"])
            return True

    def answer(self, event_type: str, transfer: str | None, data: dict[str, Any]) -> str:
        """Puts an answer, or a new matter, where the server finds it to send; its id."""
        event_id = f"12345-{uuid4()}"
        with self._open() as db:
            row = (event_id, event_type, transfer, json.dumps(data, ensure_ascii=False), time.time())
            db.execute("INSERT INTO answers (id, type, transfer, data, at) VALUES (?, ?, ?, ?, ?)", row)
            if transfer:
                self._move(db, transfer, event_type)
        return event_id

    @staticmethod
    def _move(db: sqlite3.Connection, transfer: str, event_type: str) -> None:
        db.execute("UPDATE matters SET state = ? WHERE transfer = ?", (_STATES[event_type], transfer))

    def unsent(self) -> list[dict[str, Any]]:
        """Answers that may be sent now, in order: behind one that has to wait, all wait."""
        rows = self._rows("SELECT * FROM answers WHERE status IS NULL ORDER BY rowid")
        now = time.time()
        return list(takewhile(lambda row: row["due"] <= now, rows))

    def sent(self, event_id: str, status: int, told: str) -> None:
        """The system has taken it, or refused it for good."""
        with self._open() as db:
            db.execute("UPDATE answers SET status = ?, told = ? WHERE id = ?", (status, told, event_id))

    def later(self, event_id: str, seconds: float) -> None:
        """It did not arrive; it is sent again."""
        with self._open() as db:
            again = (time.time() + seconds, event_id)
            db.execute("UPDATE answers SET attempts = attempts + 1, due = ? WHERE id = ?", again)

    def matters(self) -> list[dict[str, Any]]:
        """Everything that was handed over, newest first."""
        rows = self._rows("SELECT * FROM matters ORDER BY at DESC")
        return [{**row, "data": json.loads(row["data"])} for row in rows]

    def received(self) -> list[dict[str, Any]]:
        """Every event, in the order of its first arrival, and how often it came."""
        rows = self._rows("SELECT * FROM received ORDER BY position")
        return [{**row, "body": json.loads(row["body"])} for row in rows]

    def answers(self) -> list[dict[str, Any]]:
        """Every answer and what it was told, newest first."""
        return self._rows("SELECT * FROM answers ORDER BY rowid DESC")

    def behave(self, **changes: str) -> None:
        """How to behave from now on: names and values of :class:`~examples.partner_hotline.app.Behaviour`."""
        with self._open() as db:
            db.executemany("INSERT OR REPLACE INTO behaviour VALUES (?, ?)", list(changes.items()))

    def behaviour(self) -> dict[str, str]:
        """As it was told."""
        return {row["name"]: row["value"] for row in self._rows("SELECT * FROM behaviour")}

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> list[dict[str, Any]]:
        with self._open() as db:
            return [dict(row) for row in db.execute(query, values)]
