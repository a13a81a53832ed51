"""How many appeals a list of work holds, and of which colour: counted in an index, not row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, not_, or_, select

from domain.clock import Colour
from storage.complained_of import complains_of_none
from storage.database import Read
from storage.filters import AppealFilter, conditions, has_colour
from storage.tables import appeals as table

_COLOURED = (Colour.RED, Colour.ORANGE, Colour.YELLOW)


@dataclass(frozen=True, slots=True)
class Counted:
    """``total`` with how many of them are of each colour but green."""

    total: int
    red: int
    orange: int
    yellow: int

    @property
    def green(self) -> int:
        """The others."""
        return self.total - self.red - self.orange - self.yellow


async def count(r: Read, wanted: AppealFilter, now: datetime, barred: Sequence[str] = ()) -> int:
    """How many there are. Of secret ones that are not somebody's own work, those that the reader's unit leads.

    ``barred``: the codes of the reader and of the units above; what complains of one of them is not counted.
    """
    found = _found(wanted, now, barred)
    return int(await r.value(select(func.count()).select_from(table).where(*found)))


async def count_by_colour(r: Read, wanted: AppealFilter, now: datetime, barred: Sequence[str] = ()) -> Counted:
    """As :func:`count`, and of which colours they are."""
    coloured = [func.sum(case((has_colour(colour, now), 1), else_=0)) for colour in _COLOURED]
    row = await r.row(select(func.count(), *coloured).select_from(table).where(*_found(wanted, now, barred)))
    return Counted(*(int(one or 0) for one in row)) if row else Counted(0, 0, 0, 0)


def _found(wanted: AppealFilter, now: datetime, barred: Sequence[str]) -> list[ColumnElement[bool]]:
    free = complains_of_none(barred)
    if wanted.mine is not None or wanted.secret:
        return [*conditions(wanted, now), free]
    # The rest of what may be read of secret ones stands in their states, and would be looked up in each.
    led = (table.c.lead_unit == wanted.reader_unit, table.c.second_unit == wanted.reader_unit)
    return [*conditions(replace(wanted, secret=True), now), or_(not_(table.c.secret), *led), free]
