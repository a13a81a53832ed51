"""Figures over all appeals: each is the length of a list, counted from indexes alone (ADR 0032).

Nothing here loads a state. What each figure counts stands in :mod:`storage.measures`; :mod:`storage.narrowing` has the
same as a filter.
A key that an appeal does not have (no unit leads it yet) is empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, not_, select, type_coerce

from domain.calendar import ZONE
from domain.clock import ClockName
from storage.answers import Rated, led_on, led_on_by_unit, ratings_by
from storage.column_types import Moment
from storage.complained_of import complains_of_none
from storage.database import Read
from storage.filters import AppealFilter, conditions
from storage.heat import Spent, spent_of, spent_where
from storage.measures import OF_ANSWERS, By, ClockCount, Measure, Scope, Share, Standing
from storage.narrowing import ANSWERED_AT_ALL, EXTENDED, HAS_RETURNED, REOPENED, SATISFIED, SOLVED, has_kept
from storage.tables import appeals as table
from storage.tally import BITS, Kept

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
        found = await self._of_each_unit((start, end)) if by is By.UNIT else []
        found += await self._of_units(self._units, by, (start, end)) if self._units is not None else []
        for moment, measures in _RATES:
            within = and_(moment >= start, moment < end)
            asked = [one for one in measures if self._units is None or one[0] not in OF_ANSWERS]
            if not asked:
                continue
            counts = [
                func.sum(case((of, 1), else_=0)).label(f"{measure.value}_{what}")
                for measure, part, whole in asked
                for what, of in (("part", part), ("whole", whole))
                if of is not None
            ]
            for key, beside in self._keys(by, moment, (start, end)):
                columns, all_of = (key.label("key"),), func.count().label("count")
                for row in await self._grouped(columns, (all_of, *counts), within, beside=beside):
                    shares = _shares(row, moment, [measure for measure, _, _ in asked], beside=beside)
                    found += _but_of_units(shares) if by is By.UNIT else shares
        return found + await self._returned(by, start, end)

    @property
    def _units(self) -> tuple[str, ...] | None:
        """Those whose answers are asked about; None for everybody's."""
        asked = self._scope.wanted
        return AppealFilter(answered_by=asked.unit, answered_under=asked.under).answerers

    def _numbers(self, *where: ColumnElement[bool]) -> Select[Any]:
        """Of the scope, whoever has them by now."""
        return select(table.c.number).where(*where, *self._asked(unit=None, under=None))

    async def _of_each_unit(self, within: tuple[datetime, datetime]) -> list[Share]:
        """What followed on each unit's own answers."""
        rated = ratings_by(self._numbers(table.c.rated_at >= within[0]), within, self._units)
        again = led_on_by_unit(self._numbers(_came_in(*within), REOPENED), self._units)
        asked = ((Measure.SATISFACTION, rated), (Measure.REOPENED, again))
        return [
            Share(measure, row["key"], row.get("part", row["whole"]), row["whole"], beside=True)
            for measure, query in asked
            for row in await self._r.records(query)
        ]

    async def _of_units(self, units: tuple[str, ...], by: By | None, within: tuple[datetime, datetime]) -> list[Share]:
        """What followed on their answers, taken together: an appeal counts once."""
        own = None if by is By.UNIT else by
        ((key, _),) = self._keys(own, table.c.created_at, within)
        whole = func.count().label("whole")
        again = select(key.label("key"), whole, whole.label("part"))
        again = again.where(table.c.number.in_(self._numbers(_came_in(*within), led_on(units)))).group_by("key")
        if own in {None, By.MONTH}:
            numbers = self._numbers(table.c.rated_at >= within[0])
            rated = ratings_by(
                numbers, within, units, lambda rating: _month(rating.c.at, *within) if own else literal("")
            )
        else:
            good = func.sum(case((Rated(units, *within, satisfied=True).holds(), 1), else_=0)).label("part")
            rated = select(key.label("key"), whole, good)
            rated = rated.where(table.c.number.in_(self._numbers(Rated(units, *within).holds()))).group_by("key")
        return [
            Share(measure, None if by is By.UNIT else row["key"], row["part"], row["whole"])
            for measure, query in ((Measure.SATISFACTION, rated), (Measure.REOPENED, again))
            for row in await self._r.records(query)
        ]

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

    def _asked(self, **but: Any) -> list[ColumnElement[bool]]:
        """The filter, and of the secret ones those that whoever asks may read."""
        return [self._readable(), *conditions(replace(self._scope.wanted, secret=True, **but), self._now)]

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


def _but_of_units(shares: Sequence[Share]) -> list[Share]:
    """What is about a unit's answers is told apart by itself: of it only the whole is left."""
    whole = [replace(one, key=None) for one in shares if one.measure in OF_ANSWERS and not one.beside]
    return [*whole, *(one for one in shares if one.measure not in OF_ANSWERS)]


def _came_in(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(table.c.created_at >= start, table.c.created_at < end)


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
