"""Where time is spent, from the journal's moves: a question whose answer no column keeps (ADR 0032)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, select, type_coerce, union_all

from domain.vocabulary import Stage
from storage.tables import MOVED, journal
from storage.tables import appeals as table


@dataclass(frozen=True, slots=True)
class Spent:
    """How long appeals that this unit leads spent in a stage that they left: of so many, on average, at the median.

    Of an appeal that was there several times, the sum.
    """

    unit: str
    stage: str
    count: int
    average: timedelta
    median: timedelta


def spent_of(row: Mapping[str, Any]) -> Spent:
    """A row of :func:`spent_where`."""
    average, median = (timedelta(microseconds=int(row[name])) for name in ("average", "median"))
    return Spent(row["unit"], row["stage"], row["count"], average, median)


def spent_where(where: ColumnElement[bool]) -> Select[Any]:
    """By unit and stage, of the appeals that ``where`` names; average and median in microseconds."""
    until = func.lead(journal.c.at).over(partition_by=journal.c.number, order_by=journal.c.seq)
    stays = (
        select(
            func.coalesce(table.c.lead_unit, "").label("unit"),
            table.c.second_unit,
            journal.c.number,
            journal.c.to_stage.label("stage"),
            type_coerce(until, Integer).label("until"),
            type_coerce(journal.c.at, Integer).label("since"),
        )
        .join(journal, journal.c.number == table.c.number)
        .where(where, MOVED)
        .subquery()
    )
    of_each = (stays.c.unit, stays.c.second_unit, stays.c.number, stays.c.stage)
    spent = (
        select(*of_each, func.sum(stays.c.until - stays.c.since).label("spent"))
        .where(stays.c.until.is_not(None), stays.c.stage != Stage.CLOSED.value)
        .group_by(*of_each)
        .cte("spent")
    )
    # Each of two leading units has had it.
    second = select(spent.c.second_unit.label("unit"), spent.c.stage, spent.c.spent)
    each = union_all(
        select(spent.c.unit, spent.c.stage, spent.c.spent), second.where(spent.c.second_unit.is_not(None))
    ).subquery()
    cell = (each.c.unit, each.c.stage)
    ranked = select(
        *each.c,
        func.row_number().over(partition_by=cell, order_by=each.c.spent).label("nth"),
        func.count().over(partition_by=cell).label("of"),
    ).subquery()
    middle = and_(ranked.c.nth * 2 >= ranked.c["of"], ranked.c.nth * 2 <= ranked.c["of"] + 2)
    return select(
        ranked.c.unit,
        ranked.c.stage,
        func.count().label("count"),
        func.avg(ranked.c.spent).label("average"),
        func.avg(case((middle, ranked.c.spent))).label("median"),
    ).group_by(ranked.c.unit, ranked.c.stage)
