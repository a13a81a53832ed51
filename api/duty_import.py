"""A table of shifts from Excel: what it would change, shown before it is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from typing import Any

from anyio import to_thread

from api.context import Context
from api.deps import Caller
from api.duty import names, opened, save, unit_of
from api.duty_bodies import Who, hole_view, new_id, swap_view
from api.problems import unprocessable
from api.uploading import FIELD
from domain.duty_holes import Hole
from domain.duty_table import Difference, Plan, Row, plan
from domain.errors import Fault
from domain.people import Place
from domain.wall import stamp
from storage.accounts import Accounts
from storage.duty_people import DutyPeople
from storage.duty_table import BadTable, read_table
from storage.rosters import Kept
from storage.watches import Watches


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a table is taken in: with which hand-over (None: as the duty has it already), and whether it is written.

    ``match`` is If-Match.
    """

    hand_over: time | None
    dry_run: bool
    match: str = "*"


async def import_table(ctx: Context, me: Caller, code: str, content: bytes, wanted: Wanted) -> dict[str, Any]:
    """What the table changes, and whether it has. Raises a problem."""
    unit = unit_of(ctx, me, code)
    rows = await _rows(ctx, unit, content)
    async with ctx.database.write() as w:
        before = await opened(ctx, w, me, unit, wanted.match)
        planned = plan(before.roster, rows, wanted.hand_over, new_id)
        after = before
        if not wanted.dry_run and planned.roster != before.roster:
            after = await save(ctx, w, me, before, planned.roster, "roster-imported")
        holes = await Watches(w).holes_of(planned.roster, planned.start, planned.end)
        return {
            "unit": unit.code,
            "unit_name": unit.name,
            "version": after.version,
            "dry_run": wanted.dry_run,
            "rows": len(rows),
            **_view(planned, before, holes, await names(w)),
        }


async def _rows(ctx: Context, unit: Place, content: bytes) -> tuple[Row, ...]:
    async with ctx.database.read() as r:
        people = DutyPeople(unit, await Accounts(r).all(), ctx.organisation)
    try:
        # A file may be large, and reading it holds up whoever waits for this thread.
        return await to_thread.run_sync(read_table, content, people)
    except BadTable as error:
        faults = [Fault(f"/{FIELD}", fault) for fault in error.faults[:100]]
        more = f"（共{len(error.faults)}处有误）" if len(error.faults) > 1 else ""
        raise unprocessable(BadTable.code, f"{error.faults[0]}{more}", *faults) from None


def _view(planned: Plan, before: Kept, holes: tuple[Hole, ...], who: Who) -> dict[str, Any]:
    return {
        "from": stamp(planned.start),
        "until": stamp(planned.end),
        "changes": [_change(change, who) for change in planned.changes],
        "lost_swaps": [swap_view(before.roster, swap) for swap in planned.lost],
        "holes": [hole_view(hole, who) for hole in holes],
    }


def _change(change: Difference, who: Who) -> dict[str, Any]:
    return {
        "duty": change.duty,
        "from": stamp(change.starts_at),
        "until": stamp(change.ends_at),
        "was": [who(person) for person in change.was],
        "becomes": [who(person) for person in change.becomes],
    }
