"""Breaking tables, a fault at a time; each says what a report must name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, Table

from storage.column_types import Json, Moment, Span
from storage.tables import appeals, escalations, journal
from tests.repair.tables import Tables

_ROW_COLUMNS = [c.name for c in appeals.columns if c.name not in {"number", "offset_us"}]
_LINE_COLUMNS = [c.name for c in journal.columns if c.name not in {"position", "number", "seq"}]
_CALL_COLUMNS = [c.name for c in escalations.columns if c.name not in {"id", "number"}]


@dataclass(frozen=True, slots=True)
class Broken:
    """One fault: whose, of which kind, and what its place must contain."""

    number: str
    kind: str
    where: str = ""


class Breaker:
    """Goes round all columns, so that each is broken sooner or later."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._row, self._line, self._call = cycle(_ROW_COLUMNS), cycle(_LINE_COLUMNS), cycle(_CALL_COLUMNS)
        self._turn = 0

    def break_much(self, number: str) -> Iterator[Broken]:
        """Thirteen faults of one appeal, none hidden by another."""
        self._turn += 1
        seqs = [row[0] for row in self._tables.rows("SELECT seq FROM journal WHERE number = ? ORDER BY seq", number)]
        # Each time other lines: the first, the last, neighbours.
        turned = seqs[self._turn % len(seqs) :] + seqs[: self._turn % len(seqs)]
        yield from (self.row(number) for _ in range(4))
        yield from (self.line(number, seq) for seq in turned[:3])
        yield from (self.extra_line(number, turned[2], seq) for seq in (98, 99))
        yield from (self.no_line(number, seq) for seq in turned[3:5])
        yield (self.call, self.no_call, self.extra_call)[self._turn % 3](number)
        yield (self.no_intake, self.unmarked)[self._turn % 2](number)

    def row(self, number: str) -> Broken:
        column = next(self._row)
        self._change(appeals, column, "number = ?", number)
        return Broken(number, "row-changed", column)

    def line(self, number: str, seq: int) -> Broken:
        column = next(self._line)
        self._change(journal, column, "number = ? AND seq = ?", number, seq)
        return Broken(number, "journal-changed", f"#{seq}:{column}")

    def no_line(self, number: str, seq: int) -> Broken:
        assert self._tables.run("DELETE FROM journal WHERE number = ? AND seq = ?", number, seq) == 1
        return Broken(number, "journal-missing", f"#{seq}")

    def extra_line(self, number: str, like: int, seq: int = 99) -> Broken:
        names = [c for c in self._tables.columns("journal") if c not in {"position", "seq"}]
        columns = ", ".join(names)
        source = f"SELECT {seq}, {columns} FROM journal WHERE number = ? AND seq = ?"  # noqa: S608
        self._tables.run(f"INSERT INTO journal (seq, {columns}) {source}", number, like)
        return Broken(number, "journal-extra", f"#{seq}")

    def call(self, number: str) -> Broken:
        column, one = next(self._call), self._first_call(number)
        self._change(escalations, column, "id = ?", one)
        return Broken(number, "escalation-changed", f"{one}:{column}")

    def no_call(self, number: str) -> Broken:
        one = self._first_call(number)
        assert self._tables.run("DELETE FROM escalations WHERE id = ?", one) == 1
        return Broken(number, "escalation-missing", one)

    def extra_call(self, number: str) -> Broken:
        one, names = self._first_call(number), [c for c in self._tables.columns("escalations") if c != "id"]
        columns = ", ".join(names)
        self._tables.run(
            f"INSERT INTO escalations (id, {columns}) SELECT ?, {columns} FROM escalations WHERE id = ?",  # noqa: S608
            *(f"{one}-extra", one),
        )
        return Broken(number, "escalation-extra", f"{one}-extra")

    def no_intake(self, number: str) -> Broken:
        assert self._tables.run("DELETE FROM intake WHERE number = ?", number) == 1
        return Broken(number, "intake-missing")

    def unmarked(self, number: str) -> Broken:
        assert self._tables.run("UPDATE intake SET started_at = NULL WHERE number = ?", number) == 1
        return Broken(number, "intake-unmarked")

    def no_row(self, number: str) -> Broken:
        assert self._tables.run("DELETE FROM appeals WHERE number = ?", number) == 1
        return Broken(number, "row-missing")

    def nothing_left(self, number: str) -> Iterator[Broken]:
        """As if the tables had never heard of it."""
        yield self.no_row(number)
        yield self.no_intake(number)
        for seq in [row[0] for row in self._tables.rows("SELECT seq FROM journal WHERE number = ?", number)]:
            yield self.no_line(number, seq)
        for row in self._tables.rows("SELECT id FROM escalations WHERE number = ?", number):
            self._tables.run("DELETE FROM escalations WHERE id = ?", row[0])
            yield Broken(number, "escalation-missing", row[0])

    def extra_row(self, like: str, number: str) -> Broken:
        names = [c for c in self._tables.columns("appeals") if c != "number"]
        columns = ", ".join(names)
        self._tables.run(
            f"INSERT INTO appeals (number, {columns}) SELECT ?, {columns} FROM appeals WHERE number = ?",  # noqa: S608
            *(number, like),
        )
        return Broken(number, "tables-unproven")

    def _first_call(self, number: str) -> str:
        return str(self._tables.rows("SELECT min(id) FROM escalations WHERE number = ?", number)[0][0])

    def _change(self, table: Table, column: str, where: str, *values: Any) -> None:
        (before,) = self._tables.rows(f"SELECT {column} FROM {table.name} WHERE {where}", *values)[0]  # noqa: S608
        after = _another(table.c[column].type, before)
        changed = self._tables.run(f"UPDATE {table.name} SET {column} = ? WHERE {where}", after, *values)  # noqa: S608
        assert changed == 1


def _another(kind: Any, value: Any) -> Any:
    """A value of the same type that is not the one there."""
    if isinstance(kind, Boolean):
        return (not value) if isinstance(value, bool) else 1 - value
    if isinstance(kind, Json):
        return json.dumps({**(json.loads(value) if isinstance(value, str) else value), "planted": 1})
    if isinstance(kind, Moment | Span | Integer | BigInteger):
        return (value or 0) + 1
    return f"{value or ''}x"
