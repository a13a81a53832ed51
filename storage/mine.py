"""What is somebody's among the open appeals, as SQL and of one appeal at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, false, select, union

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
    """By their numbers, each way found by its own index: what is somebody's is a handful among all."""
    numbers = [select(table.c.number).where(part) for part in _ways(mine)]
    return table.c.number.in_(union(*numbers) if len(numbers) > 1 else numbers[0]) if numbers else false()


def _ways(mine: Mine) -> list[ColumnElement[bool]]:
    """Nobody has a turn on a closed one."""
    found: list[ColumnElement[bool]] = []
    if turns := sorted(mine.turns):
        found += [table.c.turn.in_(turns), has_turn_beside(turns)]
    if mine.officers:
        found.append(and_(table.c.officer.in_(sorted(mine.officers)), table.c.closed_at.is_(None)))
    if mine.visits_not_of:
        found.append(and_(table.c.turn == _VISITS, table.c.answering_unit != mine.visits_not_of))
    return found


def has_mine(mine: Mine, appeal: Appeal) -> bool:
    """The same, asked of an appeal that the tables do not know yet."""
    officer, whose = appeal.assignment.officer, frozenset(turns_of(appeal))
    visits = _VISITS in whose and mine.visits_not_of not in {"", (appeal.lead or appeal.assigning_unit).code}
    handles = appeal.is_open and officer is not None and officer.id in mine.officers
    return visits or handles or bool(whose & mine.turns)
