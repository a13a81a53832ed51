"""Figures for those in charge: what is open, how limits are kept, the three rates, where time is spent.

What each figure counts: :mod:`storage.measures`. Every one comes with the list behind it, in the list's own words.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.context import Context
from api.figure_links import Links, name_of, narrowing
from api.moments import Moment
from api.narrowing import units_under
from api.permissions import STATISTICS
from api.problems import unprocessable
from api.rights import Subject
from domain.calendar import ZONE
from domain.clock import Colour
from domain.errors import Fault, Forbidden
from domain.people import Actor
from domain.vocabulary import Channel, Role, Tier
from storage.filters import AppealFilter
from storage.measures import By, Scope
from storage.statistics import Statistics

_DAYS: Final = timedelta(days=30)
_LONGEST: Final = timedelta(days=3660)
_DAY: Final = timedelta(days=1)

_Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class FigureQuery(BaseModel):
    """What figures are narrowed down to."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    unit: Annotated[_Text | None, Field(description="牵头单位代码")] = None
    under: Annotated[_Text | None, Field(description="由该单位或其下级单位负责")] = None
    service: Annotated[_Text | None, Field(description="服务事项代码")] = None
    channel: Annotated[Channel | None, Field(description="渠道")] = None
    region: Annotated[_Text | None, Field(description="行政区划代码")] = None
    tier: Annotated[Tier | Literal["none"] | None, Field(description="企业分层；none 为普通企业")] = None

    @model_validator(mode="before")
    @classmethod
    def _left_empty(cls, given: Any) -> Any:
        """A field of a form that was left empty is none."""
        return {k: v for k, v in given.items() if v != ""} if isinstance(given, dict) else given


class StageQuery(FigureQuery):
    """Of the open appeals; they are of the moment, so there is no stretch of time but that in which they came in."""

    from_: Annotated[Moment | None, Field(alias="from", description="提交不早于")] = None
    to: Annotated[Moment | None, Field(description="提交早于")] = None
    colour: Annotated[Colour | None, Field(description="颜色")] = None
    by: Annotated[
        Literal["unit", "service", "channel", "colour", "region", "tier"], Field(description="按什么分列")
    ] = "unit"


class PeriodQuery(FigureQuery):
    """Of a stretch of time, half open; by default the last 30 days with today."""

    from_: Annotated[Moment | None, Field(alias="from", description="统计自（含）")] = None
    to: Annotated[Moment | None, Field(description="统计至（不含）")] = None
    by: Annotated[Literal["unit", "service", "channel", "region", "tier", "month"], Field(description="按什么分列")] = (
        "unit"
    )


def may_see_statistics(actor: Actor) -> Reach:
    """How far somebody sees figures: supervisors everywhere, leaders their own unit and below, administrators all.

    Secret matters count for supervisors only, and not those that complain of them or of a unit above them. Raises
    Forbidden for everybody else.
    """
    STATISTICS.demand(actor, Subject(place=actor.unit))
    if Role.SUPERVISOR in actor.roles:
        above = [unit.code for unit in actor.unit.chain] if actor.unit else []
        return Reach(None, (actor.id, *above))
    # Whoever may for no unit in particular may for all.
    return Reach(None if STATISTICS.allows(actor) else actor.unit_code, None)


def units_of_reach(actor: Actor) -> str | None:
    """The unit at and below which somebody sees figures; None for everywhere. Raises Forbidden."""
    return may_see_statistics(actor).under


@dataclass(frozen=True, slots=True)
class Reach:
    """``under``: the unit at and below which; ``barred``: see :class:`storage.measures.Scope`."""

    under: str | None
    barred: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question by somebody who may ask it: over which appeals, over which time, and how their lists are found."""

    ctx: Context
    scope: Scope
    links: Links
    by: By | None
    within: tuple[datetime, datetime]
    told: tuple[datetime | None, datetime | None]

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for the same figures, whoever asks."""
        return (self.scope, self.by, self.within)

    async def count(
        self, kind: str, of: Callable[[Statistics, By | None, datetime, datetime], Awaitable[list[Any]]]
    ) -> tuple[list[Any], datetime]:
        """The figures, and as of when: what is open is of this moment, whatever it costs."""

        async def now(at: datetime) -> list[Any]:
            async with self.ctx.database.read() as r:
                return await of(Statistics(r, self.scope, at), self.by, *self.within)

        if self.told != self.within:
            return await now(at := self.ctx.now()), at
        return await self.ctx.figures.get((kind, *self.key), now)

    def more(self, key: str, moments: str = "created") -> dict[str, Any]:
        """The parameters of a key."""
        return narrowing(self.by, key, moments, self.within)

    def named(self, key: str) -> dict[str, str]:
        """A key and what it is called."""
        return {"key": key, "name": name_of(self.ctx, self.by, key)}

    def answer(self, as_of: datetime, **more: Any) -> dict[str, Any]:
        """What all answers have."""
        start, end = (at and at.astimezone(ZONE).isoformat() for at in self.told)
        return {"as_of": as_of.astimezone(ZONE).isoformat(), "from": start, "to": end, "by": self.by, **more}


def asked(ctx: Context, actor: Actor, query: StageQuery | PeriodQuery, by: By | None) -> Asked:
    """The question within what ``actor`` may see. Raises Forbidden, and a 422 problem for a time that ends too soon."""
    reach = may_see_statistics(actor)
    within = stretch_of(ctx, query)
    said = query.model_dump(exclude={"from_", "to", "by", "under"})
    units = _units(ctx, query.under, reach.under)
    if isinstance(query, StageQuery):
        said |= {"created_from": query.from_, "created_before": query.to}
    told = (query.from_, query.to) if isinstance(query, StageQuery) else within
    confidential = False if reach.barred is None else None
    links = {**said, "under": query.under or reach.under, "confidential": confidential}
    return Asked(ctx, Scope(AppealFilter(**said, under=units), reach.barred), Links(links), by, within, told)


def _units(ctx: Context, wanted: str | None, reach: str | None) -> tuple[str, ...] | None:
    if reach is None:
        return units_under(ctx, wanted) if wanted else None
    place = ctx.organisation.place(wanted) if wanted else None
    if wanted and not (place and place.is_under(reach)):
        raise Forbidden("forbidden", "只能查看本单位及下级单位的统计数据")
    return units_under(ctx, wanted or reach)


def stretch_of(ctx: Context, query: StageQuery | PeriodQuery) -> tuple[datetime, datetime]:
    """From when until before when. Raises a 422 problem."""
    today = ctx.now().astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    end = query.to or today + _DAY
    start = query.from_ or end - _DAYS
    if not start < end <= start + _LONGEST:
        detail = "统计的截止时间应晚于起始时间，且不超过十年"
        raise unprocessable("bad-period", detail, Fault("/to", detail))
    return start, end
