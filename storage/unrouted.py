"""What no rule sent anywhere and nobody has assigned yet: it waits for a named person."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from domain.routing import By
from domain.vocabulary import Stage
from storage.database import Read
from storage.tables import appeals as table

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Unrouted:
    """How many wait, and the first of them."""

    count: int
    numbers: tuple[str, ...]


async def unrouted(r: Read) -> Unrouted:
    """Of the accepted appeals that no unit leads: few, and found by an index."""
    path = ("submission", "routed", "by")
    if r.dialect == "postgresql":
        by = func.json_extract_path_text(table.c.state, *path)
    else:
        by = func.json_extract(table.c.state, "$." + ".".join(path))
    waiting = (table.c.stage == Stage.ASSIGN.value, table.c.lead_unit.is_(None), by == By.CATCH_ALL.value)
    count = int(await r.value(select(func.count()).select_from(table).where(*waiting)))
    oldest = select(table.c.number).where(*waiting).order_by(table.c.created_at, table.c.number).limit(_SHOWN)
    return Unrouted(count, tuple(row.number for row in await r.rows(oldest)))
