"""What is somebody's among the open appeals, as SQL and of one appeal at hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, false, or_, select

from domain.appeal import Appeal
from domain.open_work import turns_of
from domain.vocabulary import Role
from storage.tables import appeals as table
from storage.turn_columns import has_turn_beside

_VISITS: Final = f"{Role.VISITOR.value}:"
"""Whose turn a return visit is: any visitor's."""


@dataclass(frozen=True, slots=True)
class Mine:
    """Open appeals that one of ``officers`` handles, or whose turn it is among ``turns``.

    ``visits_not_of``: return visits are theirs, too, but of what that unit answers for.
    """

    turns: frozenset[str] = frozenset()
    officers: frozenset[str] = frozenset()
    visits_not_of: str = ""


def is_mine(mine: Mine) -> ColumnElement[bool]:
    """Among the open ones, whose index says it: no row is looked at but where it is several people's turn."""
    return and_(table.c.closed_at.is_(None), or_(false(), *_ways(mine)))


def _ways(mine: Mine) -> Iterator[ColumnElement[bool]]:
    """Nobody has a turn on a closed one."""
    if turns := sorted(mine.turns):
        yield table.c.turn.in_(turns)
        yield table.c.number.in_(select(table.c.number).where(has_turn_beside(turns)))
    if mine.officers:
        yield table.c.officer.in_(sorted(mine.officers))
    if mine.visits_not_of:
        yield and_(table.c.turn == _VISITS, table.c.answering_unit != mine.visits_not_of)


def has_mine(mine: Mine, appeal: Appeal) -> bool:
    """The same, asked of an appeal that the tables do not know yet."""
    officer, whose = appeal.assignment.officer, frozenset(turns_of(appeal))
    visits = _VISITS in whose and mine.visits_not_of not in {"", (appeal.lead or appeal.assigning_unit).code}
    handles = appeal.is_open and officer is not None and officer.id in mine.officers
    return visits or handles or bool(whose & mine.turns)
