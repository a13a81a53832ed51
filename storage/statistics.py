"""Figures over all appeals: each is the length of a list, counted from indexes alone (ADR 0032).

Nothing here loads a state. What each figure counts stands beside it; :mod:`storage.narrowing` has the same as a filter.
A key that an appeal does not have (no unit leads it yet) is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, select, type_coerce

from domain.calendar import ZONE
from domain.clock import ClockName
from storage.column_types import Moment
from storage.complained_of import complains_of_none
from storage.database import Read
from storage.filters import AppealFilter, conditions
from storage.heat import Spent, spent_of, spent_where
from storage.narrowing import ANSWERED_AT_ALL, EXTENDED, HAS_RETURNED, REOPENED, SATISFIED, SOLVED, has_kept
from storage.tables import appeals as table
from storage.tally import BITS, Kept


class By(StrEnum):
    """What figures may be told apart by."""

    UNIT = "unit"
    SERVICE = "service"
    CHANNEL = "channel"
    REGION = "region"
    TIER = "tier"
    COLOUR = "colour"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which appeals are counted: those of ``wanted``, and of the secret ones those that whoever asks may read.

    ``barred``: the codes of whom that is, and of the units above: what complains of one of them is not counted. None:
    no secret matter is.
    """

    wanted: AppealFilter
    barred: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """So many open appeals in a stage, of a key, of a colour. ``beside``: counted under their first lead, too."""

    stage: str
    key: str
    colour: str
    count: int
    beside: bool = False


class Measure(StrEnum):
    """三率, the measure of the 12345 hotlines (DOMAIN.md, *Supervision in numbers*), and counts.

    ``response`` 响应率: of the appeals that came in within the period and whose ``accept`` clock is decided (met, late
    or running past its deadline), those where it was met in time. ``solution`` 解决率: of those closed within it with
    an answer (solved, partly, not solvable, not ours, unreachable), those that were solved as the last return visit
    confirmed; what nobody confirmed is not solved. ``satisfaction`` 满意率: of those whose last rating was given within
    it, those with three points or more; who did not rate counts nowhere.

    ``submitted``: came in within the period; ``reopened`` (重办), ``extended`` (延期, granted), ``returned`` (退回): of
    those. ``closed``: closed within it.
    """

    RESPONSE = "response"
    SOLUTION = "solution"
    SATISFACTION = "satisfaction"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    REOPENED = "reopened"
    EXTENDED = "extended"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    measure: Measure
    key: str
    part: int
    whole: int
    beside: bool = False


@dataclass(frozen=True, slots=True)
class ClockCount:
    """So many appeals whose clocks of that name were kept in that way."""

    clock: ClockName
    kept: Kept
    key: str
    count: int
    beside: bool = False


_KEYS: Final = {
    By.UNIT: table.c.lead_unit,
    By.SERVICE: table.c.service,
    By.CHANNEL: table.c.channel,
    By.REGION: table.c.region,
    By.TIER: table.c.tiers,
}
_IS_OPEN: Final = table.c.closed_at.is_(None)
#: By the moment that must lie in the stretch: each measure with what counts, and among what; None is all.
_RATES: Final[tuple[tuple[Any, tuple[tuple[Measure, ColumnElement[bool], ColumnElement[bool] | None], ...]], ...]] = (
    (
        table.c.created_at,
        (
            (Measure.RESPONSE, has_kept("met", ClockName.ACCEPT), has_kept("judged", ClockName.ACCEPT)),
            (Measure.REOPENED, REOPENED, None),
            (Measure.EXTENDED, EXTENDED, None),
        ),
    ),
    (table.c.closed_at, ((Measure.SOLUTION, SOLVED, ANSWERED_AT_ALL),)),
    (table.c.rated_at, ((Measure.SATISFACTION, SATISFIED, None),)),
)


class Statistics:
    """Questions to all appeals of a scope at once."""

    def __init__(self, r: Read, scope: Scope, now: datetime) -> None:
        self._r = r
        self._scope = scope
        self._now = now

    async def stages(self, by: By) -> list[Standing]:
        """The open appeals by stage, colour and ``by``; under by unit, each of two leading units counts its own."""
        colour = self._colour()
        found: list[Standing] = []
        for key, beside in self._keys(by, table.c.created_at, None):
            columns = (table.c.stage, key.label("key"), colour.label("colour"))
            rows = await self._grouped(
                columns, (func.count().label("count"),), table.c.closed_at.is_(None), beside=beside
            )
            found += [Standing(**row, beside=beside) for row in rows]
        return found

    async def rates(self, by: By | None, start: datetime, end: datetime) -> list[Share]:
        """The three rates and the counts of the stretch from ``start`` until before ``end``."""
        found: list[Share] = []
        for moment, asked in _RATES:
            within = and_(moment >= start, moment < end)
            counts = [
                func.sum(case((of, 1), else_=0)).label(f"{measure.value}_{what}")
                for measure, part, whole in asked
                for what, of in (("part", part), ("whole", whole))
                if of is not None
            ]
            for key, beside in self._keys(by, moment, (start, end)):
                columns, all_of = (key.label("key"),), func.count().label("count")
                for row in await self._grouped(columns, (all_of, *counts), within, beside=beside):
                    found += _shares(row, moment, [measure for measure, _, _ in asked], beside=beside)
        return found + await self._returned(by, start, end)

    async def _returned(self, by: By | None, start: datetime, end: datetime) -> list[Share]:
        """Few ever are: found by them."""
        found: list[Share] = []
        within = and_(table.c.created_at >= start, table.c.created_at < end, HAS_RETURNED)
        for key, beside in self._keys(by, table.c.created_at, (start, end)):
            rows = await self._grouped((key.label("key"),), (func.count().label("count"),), within, beside=beside)
            found += [Share(Measure.RETURNED, row["key"], row["count"], row["count"], beside) for row in rows]
        return found

    async def clocks(self, by: By | None, start: datetime, end: datetime) -> list[ClockCount]:
        """How the clocks were kept of the appeals that came in from ``start`` until before ``end``."""
        found: list[ClockCount] = []
        masks = [table.c[f"clocks_{how.value}"] for how in Kept]
        within = and_(table.c.created_at >= start, table.c.created_at < end, table.c.clocks_met.is_not(None))
        for key, beside in self._keys(by, table.c.created_at, (start, end)):
            columns = (key.label("key"), *masks)
            counted: dict[tuple[str, ClockName, Kept], int] = {}
            for row in await self._grouped(columns, (func.count().label("count"),), within, beside=beside):
                for how in Kept:
                    for name, bit in BITS.items():
                        if row[f"clocks_{how.value}"] & bit:
                            at = (row["key"], name, how)
                            counted[at] = counted.get(at, 0) + row["count"]
            found += [ClockCount(name, how, key, n, beside) for (key, name, how), n in counted.items()]
        return found

    async def heat(self, start: datetime, end: datetime) -> list[Spent]:
        """How long the appeals that came in from ``start`` until before ``end`` were in the stages that they left.

        From the journal's moves: each stay lasts from the entry that led to the stage until the one that led away.
        """
        within = and_(table.c.created_at >= start, table.c.created_at < end, *self._asked())
        return [spent_of(row) for row in await self._r.records(spent_where(within))]

    def _keys(
        self, by: By | None, moment: Any, within: tuple[datetime, datetime] | None
    ) -> list[tuple[ColumnElement[Any], bool]]:
        """What is grouped by, and whether it counts what has been counted before."""
        if by is None:
            return [(literal(""), False)]
        if by is By.COLOUR:
            return [(self._colour(), False)]
        if by is By.MONTH:
            start, end = within or (self._now, self._now)
            return [(_month(moment, start, end), False)]
        # As it stands, SQLite would take the groups from another index in their order, and look at each row.
        keys = [(_KEYS[by], False), *([(table.c.second_unit, True)] if by is By.UNIT else [])]
        return [(func.coalesce(key, ""), beside) for key, beside in keys]

    async def _grouped(
        self, columns: Sequence[Any], counts: Sequence[Any], where: ColumnElement[bool], *, beside: bool = False
    ) -> list[dict[str, Any]]:
        query: Select[Any] = select(*columns, *counts).where(where, *self._asked()).group_by(*columns)
        return await self._r.records(query.where(table.c.second_unit.is_not(None)) if beside else query)

    def _asked(self) -> list[ColumnElement[bool]]:
        """The filter, and of the secret ones those that whoever asks may read."""
        return [self._readable(), *conditions(replace(self._scope.wanted, secret=True), self._now)]

    def _readable(self) -> ColumnElement[bool]:
        barred = self._scope.barred
        return not_(table.c.secret) if barred is None else complains_of_none(barred)

    def _colour(self) -> ColumnElement[str]:
        """At each appeal's own now, the worst whose moment has come."""
        own = ((c, type_coerce(table.c[f"{c}_at"] - table.c.offset_us, Moment)) for c in ("red", "orange", "yellow"))
        return case(*((and_(table.c[f"{c}_at"].is_not(None), at <= self._now), c) for c, at in own), else_="green")


def _shares(row: dict[str, Any], moment: Any, measures: Sequence[Measure], *, beside: bool) -> list[Share]:
    def of(measure: Measure) -> Share:
        part, whole = (int(row.get(f"{measure.value}_{what}", row["count"]) or 0) for what in ("part", "whole"))
        return Share(measure, row["key"], part, whole, beside)

    whole = {id(table.c.created_at): Measure.SUBMITTED, id(table.c.closed_at): Measure.CLOSED}.get(id(moment))
    all_of = [] if whole is None else [Share(whole, row["key"], row["count"], row["count"], beside)]
    return [*all_of, *map(of, measures)]


def _month(moment: Any, start: datetime, end: datetime) -> ColumnElement[str]:
    """The month of a moment in Beijing, as 2026-09."""
    months = months_between(start, end)
    return case(*((moment < after, f"{first:%Y-%m}") for first, after in months), else_=f"{end.astimezone(ZONE):%Y-%m}")


def months_between(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """The months in Beijing that lie at least in part between the two, each by its first moment and the next one's."""
    first = start.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    found = []
    while first < end:
        after = (first + timedelta(days=32)).replace(day=1)
        found.append((first, after))
        first = after
    return found
