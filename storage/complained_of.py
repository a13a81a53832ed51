"""Which secret matters complain of somebody: they are not counted for them, for a figure tells that there is one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, not_, or_

from storage.tables import appeals as table
from storage.tally import EVERYBODY


def complains_of_none(codes: Iterable[str]) -> ColumnElement[bool]:
    """Ordinary ones, and secret ones that complain of nobody among ``codes``: a person, and the units above."""
    named = (table.c.against.contains(f"\n{code}\n", autoescape=True) for code in codes)
    # One that is not derived yet says nothing of whom it complains of.
    known = table.c.clocks_met.is_not(None)
    free = or_(table.c.against.is_(None), not_(or_(table.c.against == EVERYBODY, *named)))
    return or_(not_(table.c.secret), and_(known, free))
