"""Whose answer was rated, and whose led to another round: from the journal; no column keeps a round's unit (ADR 0032).

An answer is the unit's whose officer sent it (送达答复); a rating belongs to the last answer before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, Integer, Select, case, exists, func, not_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from domain.choices import LEAST_SATISFIED
from domain.vocabulary import Action
from storage.tables import ANSWERS, journal
from storage.tables import appeals as table

Where = ColumnElement[bool]
Lines = FromClause
Units = Sequence[str]

_SENT: Final = Action.SEND_ANSWER.value


@dataclass(frozen=True, slots=True)
class Rated:
    """The last rating of an appeal for an answer of one of ``units``: given in the half open stretch of time.

    ``satisfied``: with three points or more, or with fewer; None for either.
    """

    units: Units
    start: datetime | None = None
    end: datetime | None = None
    satisfied: bool | None = None

    def holds(self) -> Where:
        """As a condition of an appeal."""
        rating, later = journal.alias("rating"), journal.alias("later")
        asked = [*_ratings(rating, self.start, self.end), _unit_of(rating).in_(self.units)]
        asked.append(not_(_after(rating, later, _unit_of(later).in_(self.units))))
        if self.satisfied is not None:
            is_good = _grade(rating.c.data) >= LEAST_SATISFIED
            asked.append(is_good if self.satisfied else not_(is_good))
        return table.c.number.in_(select(rating.c.number).where(*asked))


def ratings_by(
    of: Select[Any], within: tuple[datetime, datetime], units: Units | None, key: Callable[[Lines], Any] | None = None
) -> Select[Any]:
    """Of the appeals whose numbers ``of`` selects: how many :class:`Rated` says it of, and how many were satisfied.

    By a ``key`` of the rating; without one by the unit, of each alone.
    """
    rating, later = journal.alias("rating"), journal.alias("later")
    rated = _unit_of(later) == _unit_of(rating) if key is None or units is None else _unit_of(later).in_(units)
    asked = [*_ratings(rating, *within), rating.c.number.in_(of), not_(_after(rating, later, rated))]
    columns = (
        (key or _unit_of)(rating).label("key"),
        _unit_of(rating).label("unit"),
        _grade(rating.c.data).label("grade"),
    )
    each = select(*columns).where(*asked).subquery()
    counts = (func.count().label("whole"), func.sum(case((each.c.grade >= LEAST_SATISFIED, 1), else_=0)).label("part"))
    return select(each.c.key, *counts).where(*_among(each.c.unit, units)).group_by(each.c.key)


def led_on(units: Units) -> Where:
    """Whether an answer of one of these units led to another round."""
    answer, again = journal.alias("answer"), select(table.c.number).where(table.c.round > 1).correlate(None)
    asked = (answer.c.number.in_(again), *_last_of_a_round(answer), *_among(_by(answer), units))
    return table.c.number.in_(select(answer.c.number).where(*asked))


def led_on_by_unit(of: Select[Any], units: Units | None) -> Select[Any]:
    """Of the appeals whose numbers ``of`` selects: of each unit alone how many there are, as :func:`led_on` says."""
    answer = journal.alias("answer")
    asked = (*_last_of_a_round(answer), answer.c.number.in_(of), *_among(_by(answer), units))
    counts = func.count(answer.c.number.distinct()).label("whole")
    return select(_by(answer).label("key"), counts).where(*asked).group_by(_by(answer))


def has_answered(units: Units) -> Where:
    """Whether one of these units has ever sent an answer."""
    answer = journal.alias("answer")
    asked: list[Any] = [ANSWERS, answer.c.action == _SENT, *_among(_by(answer), units)]
    return table.c.number.in_(select(answer.c.number).where(*asked))


def _ratings(rating: Lines, start: datetime | None, end: datetime | None) -> Iterator[Any]:
    yield from (ANSWERS, rating.c.action == Action.RATE.value)
    if start is not None:
        yield rating.c.at >= start
    if end is not None:
        yield rating.c.at < end


def _unit_of(rating: Lines) -> Any:
    """Who sent the answer that was rated."""
    answer = journal.alias()
    before = (ANSWERS, answer.c.action == _SENT, answer.c.number == rating.c.number, answer.c.seq < rating.c.seq)
    last = select(answer.c.actor_unit).where(*before).order_by(answer.c.seq.desc()).limit(1)
    return last.correlate(rating).scalar_subquery()


def _after(rating: Lines, later: Lines, of: Where) -> Where:
    """Whether the appeal was rated again, and that is ``of`` interest."""
    same = (later.c.number == rating.c.number, later.c.seq > rating.c.seq)
    return exists().where(*_ratings(later, None, None), *same, of)


def _last_of_a_round(answer: Lines) -> Iterator[Any]:
    """The answers after which another round began: the last of their round, which is not the appeal's."""
    later = journal.alias()
    same = (later.c.number == answer.c.number, later.c.round == answer.c.round, later.c.seq > answer.c.seq)
    yield from (ANSWERS, answer.c.action == _SENT)
    now = select(table.c.round).where(table.c.number == answer.c.number).correlate(answer).scalar_subquery()
    yield answer.c.round < now
    yield not_(exists().where(ANSWERS, later.c.action == _SENT, *same))


def _by(answer: Lines) -> ColumnElement[Any]:
    return answer.c.actor_unit


def _among(unit: ColumnElement[Any], units: Units | None) -> list[Where]:
    return [unit.is_not(None)] if units is None else [unit.in_(units)]


class _grade(FunctionElement[int]):  # noqa: N801 - it stands for a function of SQL
    """The points of a rating's entry."""

    inherit_cache = True
    name = "grade"
    type = Integer()


@compiles(_grade, "sqlite")
def _on_sqlite(element: _grade, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **kw)}, '$.grade')"


@compiles(_grade, "postgresql")
def _on_postgresql(element: _grade, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST(CAST({compiler.process(element.clauses, **kw)} AS JSON) ->> 'grade' AS INTEGER)"
