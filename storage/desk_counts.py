"""How many appeals a list of work holds, and of which colour: counted in an index, not row by row."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from sqlalchemy import ColumnElement, Executable, bindparam, case, func, not_, or_, select

from domain.clock import Colour
from storage.column_types import Moment
from storage.complained_of import complains_of_none
from storage.database import Read
from storage.filters import AppealFilter, Now, conditions, has_colour
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

    def of(self, colour: Colour | None) -> int:
        """Those of a colour, or all of them."""
        return self.total if colour is None else int(getattr(self, colour.value))


async def count(r: Read, wanted: AppealFilter, now: datetime, barred: tuple[str, ...] = ()) -> int:
    """How many there are. Of secret ones that are not somebody's own work, those that the reader's unit leads.

    ``barred``: the codes of the reader and of the units above; what complains of one of them is not counted.
    """
    return int(await r.value(_counting(wanted, barred), {"now": now}))


async def count_by_colour(r: Read, wanted: AppealFilter, now: datetime, barred: tuple[str, ...] = ()) -> Counted:
    """As :func:`count`, and of which colours they are."""
    row = await r.row(_counting(wanted, barred, _COLOURED), {"now": now})
    return Counted(*(int(one or 0) for one in row)) if row else Counted(0, 0, 0, 0)


@lru_cache(maxsize=128)
def _counting(wanted: AppealFilter, barred: tuple[str, ...], colours: tuple[Colour, ...] = ()) -> Executable:
    """The question, which everybody asks again whenever something happens: making it costs as much as the answer."""
    now = bindparam("now", type_=Moment())
    coloured = (func.sum(case((has_colour(colour, now), 1), else_=0)) for colour in colours)
    return select(func.count(), *coloured).select_from(table).where(*_found(wanted, now, barred))


def _found(wanted: AppealFilter, now: Now, barred: tuple[str, ...]) -> list[ColumnElement[bool]]:
    free = complains_of_none(barred)
    if wanted.mine is not None or wanted.secret:
        return [*conditions(wanted, now), free]
    # The rest of what may be read of secret ones stands in their states, and would be looked up in each.
    led = (table.c.lead_unit == wanted.reader_unit, table.c.second_unit == wanted.reader_unit)
    return [*conditions(replace(wanted, secret=True), now), or_(not_(table.c.secret), *led), free]
