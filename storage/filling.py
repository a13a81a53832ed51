"""Rows that an earlier release wrote get what the figures and the lists of work count by, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import structlog
from pydantic import ValidationError
from sqlalchemy import Row, bindparam, select, update

from storage.codec import load_appeal
from storage.database import Database
from storage.rules import rules_by_version
from storage.tables import UNFILLED
from storage.tables import appeals as table
from storage.tally import TALLIED, tally

log = structlog.get_logger(__name__)

_AT_ONCE: Final = 100
_COLUMNS: Final = sorted(TALLIED)
# Only while the row is as it was read: whoever writes it meanwhile brings its own.
_FILL: Final = (
    update(table)
    .where(table.c.number == bindparam("of"), table.c.seq == bindparam("upto"), UNFILLED)
    .values({table.c[name]: bindparam(f"new_{name}") for name in _COLUMNS})
)


async def fill_in(database: Database) -> int:
    """Every row that lacks them; how many there were. Several processes may do it, and it may be cut off."""
    filled, after = 0, ""
    while True:
        async with database.read() as r:
            query = select(table.c.number, table.c.seq, table.c.state, table.c.rules_version)
            rows = await r.rows(query.where(UNFILLED, table.c.number > after).order_by(table.c.number).limit(_AT_ONCE))
            rules = await rules_by_version(r, {row.rules_version for row in rows})
        if not rows:
            return filled
        values = _values(rows, rules)
        if values:
            async with database.write() as w:
                await w.run(_FILL, values)
        filled, after = filled + len(values), rows[-1].number


def _values(rows: Sequence[Row[Any]], rules: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for row in rows:
        try:
            columns = tally(load_appeal(row.state, rules[row.rules_version]))
        except (KeyError, ValidationError) as error:
            # Reconcile tells of it; the others are not to wait.
            log.warning("figures_not_derived", number=row.number, error=type(error).__name__)
            continue
        found.append({"of": row.number, "upto": row.seq, **{f"new_{name}": columns[name] for name in _COLUMNS}})
    return found
