"""Everything that the tables say of one appeal, as it stands there: also what no appeal could have written.

Values are read raw (moments as numbers, JSON as text), so that a row that cannot be understood can still be compared.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ColumnElement, Integer, Table, Text, cast, select, type_coerce

from domain.journal import Entry
from domain.vocabulary import Stage
from storage.codec import entry_of
from storage.column_types import Json, Moment, Span, Words, dump_json, from_micros, to_micros
from storage.database import Read
from storage.tables import appeals, escalations, intake, journal

Raw = Mapping[str, Any]

#: What stands for JSON that is none.
UNREADABLE = object()


@dataclass(frozen=True, slots=True)
class Dossier:
    """The rows of one appeal; ``journal`` in order, ``escalations`` by id."""

    number: str
    row: Raw | None
    journal: tuple[Raw, ...]
    escalations: tuple[Raw, ...]
    kept: bool
    """Whether intake has it."""
    started: bool
    """Whether intake says that the engine has it."""

    def entries(self) -> list[Entry | None]:
        """Its journal; None for a line that cannot be read."""
        return [entry_from(line) for line in self.journal]


def entry_from(line: Raw) -> Entry | None:
    """A journal line as the entry it says to be; None when it cannot be one."""
    try:
        found = {**line, "at": from_micros(line["at"])}
        found.pop("position")
        return entry_of(found)
    except (ValueError, TypeError, OverflowError):  # pydantic's own error is a ValueError
        return None


class Dossiers:
    """Reads them, many at a time."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def numbers(self, after: str, limit: int, closed_since: datetime) -> list[str]:
        """Appeals in order of their number: open ones, and what was last written since ``closed_since``."""
        wanted = (appeals.c.stage != Stage.CLOSED.value) | (appeals.c.updated_at >= closed_since)
        query = select(appeals.c.number).where(appeals.c.number > after, wanted).order_by(appeals.c.number)
        return [row.number for row in await self._r.rows(query.limit(limit))]

    async def unstarted(self) -> list[str]:
        """What intake has and the engine or the appeal table has not, as far as the tables know."""
        known = select(appeals.c.number).where(appeals.c.number == intake.c.number).exists()
        query = select(intake.c.number).where(intake.c.started_at.is_(None) | ~known)
        return [row.number for row in await self._r.rows(query)]

    async def of(self, numbers: Sequence[str]) -> dict[str, Dossier]:
        """The dossier of each number, also of one that the tables do not know."""
        rows = {row["number"]: row for row in await self._raw(appeals, numbers)}
        lines, calls = defaultdict(list), defaultdict(list)
        for line in await self._raw(journal, numbers, journal.c.number, journal.c.seq):
            lines[line["number"]].append(line)
        for call in await self._raw(escalations, numbers, escalations.c.id):
            calls[call["number"]].append(call)
        query = select(intake.c.number, intake.c.started_at).where(intake.c.number.in_(numbers))
        began = {row.number: row.started_at is not None for row in await self._r.rows(query)}
        return {
            number: Dossier(
                number,
                rows.get(number),
                tuple(lines[number]),
                tuple(calls[number]),
                kept=number in began,
                started=began.get(number, False),
            )
            for number in numbers
        }

    async def _raw(self, table: Table, numbers: Sequence[str], *order: Column[Any]) -> list[Raw]:
        query = select(*(_raw_column(c) for c in table.columns)).where(table.c.number.in_(numbers)).order_by(*order)
        read = [c.name for c in table.columns if isinstance(c.type, Json)]
        return [{**found, **{name: _parsed(found[name]) for name in read}} for found in await self._r.records(query)]


def _raw_column(column: Column[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Json):
        return cast(column, Text).label(column.name)
    if isinstance(column.type, Moment | Span):
        return type_coerce(column, BigInteger).label(column.name)
    return type_coerce(column, Integer).label(column.name) if isinstance(column.type, Boolean) else column


def _parsed(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        return UNREADABLE


def raw(table: Table, row: Raw) -> dict[str, Any]:
    """A row to be written, as it will be read here."""
    return {name: _raw_value(table.c[name], value) for name, value in row.items()}


def _raw_value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(column.type, Moment):
        return to_micros(value)
    if isinstance(column.type, Json):
        return json.loads(dump_json(value))
    return value.replace("\0", "\ufffd") if isinstance(column.type, Words) else value
