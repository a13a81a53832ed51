"""Counts over the tables for whoever watches the system; cheap enough to be asked every few seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_, select, type_coerce

from domain.ladder import CATCH_ALL
from domain.vocabulary import EscalationState, Stage
from storage.column_types import Moment
from storage.database import Read
from storage.tables import appeals, escalations, intake, notices


@dataclass(frozen=True, slots=True)
class Waiting:
    """What intake keeps and nobody has started: how many, and since when the oldest."""

    count: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Called:
    """Escalations that are not over: so many in this state, at this level, younger than the age of this index."""

    state: EscalationState
    level: int
    age: int
    count: int


_CALLING = escalations.c.state != EscalationState.ENDED.value
_FREE = escalations.c.state == EscalationState.OPEN.value


class Figures:
    """Questions to all appeals at once."""

    def __init__(self, r: Read) -> None:
        self._r = r

    async def waiting(self) -> Waiting:
        """Of the intake."""
        count, oldest = func.count().label("count"), type_coerce(func.min(intake.c.created_at), Moment).label("since")
        found = await self._r.records(select(count, oldest).where(intake.c.started_at.is_(None)))
        return Waiting(**found[0])

    async def open_by_stage(self) -> dict[str, int]:
        """How many open appeals stand in each stage; from an index alone, however many are closed."""
        count = func.count().label("count")
        found = select(appeals.c.stage, count).where(appeals.c.stage != Stage.CLOSED.value).group_by(appeals.c.stage)
        counted = {row["stage"]: row["count"] for row in await self._r.records(found)}
        return {stage.value: counted.get(stage.value, 0) for stage in Stage if stage is not Stage.CLOSED}

    async def overdue(self, before: datetime) -> int:
        """Open appeals with a moment before ``before``, of their own time, that left no entry: a timer that is late.

        A reminder (75 %) and the end of a limit (100 %) always leave one; between them it depends on whose limit it
        is. What has happened later leaves one too, so an appeal is late only while its last entry is older.
        """
        late = or_(*(_passed_unheard(moment, before) for moment in (appeals.c.yellow_at, appeals.c.red_at)))
        found = select(func.count()).where(appeals.c.due_at.is_not(None), appeals.c.stage != Stage.CLOSED.value, late)
        return int(await self._r.value(found))

    async def calling(self, now: datetime, ages: Sequence[timedelta]) -> list[Called]:
        """Escalations that are not over, by state, level and which of these ages they are younger than."""
        opened, older = escalations.c.opened_at, literal(len(ages))
        age = case(*((opened > now - limit, n) for n, limit in enumerate(ages)), else_=older).label("age")
        each = select(escalations.c.state, escalations.c.level, age).where(_CALLING).subquery()
        found = select(*each.c, func.count().label("count")).group_by(*each.c)
        return [Called(**row | {"state": EscalationState(row["state"])}) for row in await self._r.records(found)]

    async def oldest_free(self) -> datetime | None:
        """Since when the oldest escalation calls that nobody has."""
        oldest: datetime | None = await self._r.value(
            select(type_coerce(func.min(escalations.c.opened_at), Moment)).where(_FREE)
        )
        return oldest

    async def unheard(self) -> int:
        """Escalations that nobody has and whose last step, the catch-all, has found nobody."""
        nobody, last = cast(notices.c.recipients, String) == "[]", cast(notices.c.audience, String)
        found = (
            select(func.count(escalations.c.id.distinct()))
            .join(notices, notices.c.number == escalations.c.number)
            .where(_FREE, notices.c.template == "escalation", nobody, last.contains(f'"{CATCH_ALL}"'))
        )
        return int(await self._r.value(found))


def _passed_unheard(moment: ColumnElement[datetime | None], before: datetime) -> ColumnElement[bool]:
    return and_(
        moment.is_not(None),
        appeals.c.updated_at < moment,
        type_coerce(moment - appeals.c.offset_us, Moment) < before,
    )
