"""Duty rosters in their table: one row for each unit, changed whole, and every change in the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import bindparam, select, update

from domain.duty import on_duty
from domain.roster import Roster
from storage.audit import add_line, audit_row
from storage.database import Read, Write
from storage.tables import rosters as table
from storage.upsert import insert_or_ignore

KIND: Final = "roster"
"""Of the lines in the audit log."""

_ROSTER = TypeAdapter(Roster)
_OF_UNIT = select(table).where(table.c.unit == bindparam("unit"))


class StaleRoster(Exception):  # noqa: N818 - an answer to whoever changed it
    """Somebody else changed the roster in between; ``version`` is the present one."""

    code = "stale-roster"

    def __init__(self, version: int) -> None:
        super().__init__(f"the roster is at version {version}")
        self.version = version


@dataclass(frozen=True, slots=True)
class Kept:
    """A roster with its version, 0 for one that nobody has written yet; who changed it last, and when."""

    roster: Roster
    version: int = 0
    changed_at: datetime | None = None
    changed_by: str | None = None


class Rosters:
    """Questions to the rosters."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def of(self, unit: str) -> Kept:
        """The unit's; an empty one where it has none."""
        row = await self._r.row(_OF_UNIT, {"unit": unit})
        return _kept(row) if row else Kept(Roster(unit))

    async def several(self, units: Iterable[str]) -> dict[str, Roster]:
        """Those of these units that have one, in one query."""
        rows = await self._r.rows(select(table).where(table.c.unit.in_(sorted(set(units)))))
        return {row.unit: _kept(row).roster for row in rows}

    async def all(self) -> list[Kept]:
        """Every unit's that has one, by code."""
        return [_kept(row) for row in await self._r.rows(select(table).order_by(table.c.unit))]

    async def on_duty(self, unit: str, at: datetime) -> tuple[str, ...]:
        """Accounts on duty in the unit at that moment, by rotations, swaps, overrides and temporary rosters.

        Who of them is away, and who stands in, is a question to the absences.
        """
        return on_duty((await self.of(unit)).roster, at)


class RostersWriter(Rosters):
    """Rosters, for writing."""

    def __init__(self, w: Write) -> None:
        super().__init__(w)
        self._w = w

    async def save(self, before: Kept, roster: Roster, code: str, by: str, at: datetime, request_id: str) -> Kept:
        """The roster from here on, if it still is as it was ``before``. ``code`` says in the audit log what was done.

        Raises StaleRoster.
        """
        now = Kept(roster, before.version + 1, at, by)
        if not await self._write(before.version, _row(now)):
            raise StaleRoster((await self.of(roster.unit)).version)
        detail = {
            "unit": roster.unit,
            "version": now.version,
            "before": dump_roster(before.roster),
            "after": dump_roster(roster),
        }
        line = audit_row(
            at=at, account=by, kind=KIND, number=None, code=code, detail=detail, request_id=request_id or None
        )
        await add_line(self._w, line)
        return now

    async def _write(self, version: int, row: dict[str, Any]) -> bool:
        """Whether the row was as it was known; of two who write at once, one finds that it was not."""
        if not version:
            return bool(await self._w.run(insert_or_ignore(self._w.dialect, table), row))
        unchanged = (table.c.unit == row["unit"], table.c.version == version)
        return bool(await self._w.run(update(table).where(*unchanged).values(**row)))


def dump_roster(roster: Roster) -> dict[str, Any]:
    """A roster as JSON, without its unit."""
    body: dict[str, Any] = _ROSTER.dump_python(roster, mode="json", exclude={"unit"})
    return body


def load_roster(unit: str, body: dict[str, Any]) -> Roster:
    """A roster of a kept body. Raises pydantic's ValidationError for one that is none."""
    return _ROSTER.validate_python({**body, "unit": unit})


def roster_rows(rosters: Sequence[Roster], by: str, at: datetime) -> list[dict[str, Any]]:
    """First rosters as rows."""
    return [_row(Kept(roster, 1, at, by)) for roster in rosters]


def _row(kept: Kept) -> dict[str, Any]:
    return {
        "unit": kept.roster.unit,
        "version": kept.version,
        "body": dump_roster(kept.roster),
        "changed_at": kept.changed_at,
        "changed_by": kept.changed_by,
    }


def _kept(row: Any) -> Kept:
    return Kept(load_roster(row.unit, row.body), row.version, row.changed_at, row.changed_by)
