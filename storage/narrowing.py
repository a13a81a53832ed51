"""What figures count, as conditions: the list behind a figure is asked for in the same words (ADR 0032).

Each question is written once, here; :mod:`storage.statistics` counts by it, and a list is narrowed down by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Column, ColumnElement, and_, exists, not_, or_, select

from domain.choices import LEAST_SATISFIED
from domain.clock import ClockName
from domain.vocabulary import Outcome, Stage, Status, Tier, VisitResult
from storage.answers import Rated, has_answered, led_on
from storage.tables import MOVED, RETURNED, journal
from storage.tables import appeals as table
from storage.tally import BITS, Kept

#: How the clocks of a name were kept; ``judged``: that is decided, one way or the other.
KeptAs = Literal["met", "late", "running", "breached", "judged"]

#: Closed with an answer. What was withdrawn, merged or refused at the door had none that anybody could be asked about.
ANSWERED: Final = (Outcome.SOLVED, Outcome.PARTLY_SOLVED, Outcome.NOT_SOLVABLE, Outcome.NOT_OURS, Outcome.UNREACHABLE)
_COLUMNS: Final = {how: table.c[f"clocks_{how.value}"] for how in Kept}
_MEANS: Final[dict[str, tuple[Kept, ...]]] = {
    **{how.value: (how,) for how in Kept},
    "judged": (Kept.MET, Kept.LATE, Kept.BREACHED),
}
_EVERY: Final = sum(BITS.values())


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The part of a filter that figures are made of; every field that is not None narrows the list.

    ``under``: units that answer for it, or lead it beside another. Stretches of time are half open: ``*_from`` is in,
    ``*_before`` is not.

    ``answered_by``, ``answered_under``: of these units' answers speak ``rated_*``, ``satisfied`` and ``reopened``, too,
    each of the last rating that one of them got (:mod:`storage.answers`).
    """

    open: bool | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    urgent: bool | None = None
    region: str | None = None
    tier: Tier | Literal["none"] | None = None
    under: tuple[str, ...] | None = None
    unassigned: bool | None = None
    confidential: bool | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    closed_from: datetime | None = None
    closed_before: datetime | None = None
    rated_from: datetime | None = None
    rated_before: datetime | None = None
    due_from: datetime | None = None
    clock: ClockName | None = None
    kept: KeptAs | None = None
    answered: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    reopened: bool | None = None
    extended: bool | None = None
    returned: bool | None = None
    left: Stage | None = None
    answered_by: str | None = None
    answered_under: tuple[str, ...] | None = None

    @property
    def answerers(self) -> tuple[str, ...] | None:
        """The units whose answers are asked for; None for whoever's."""
        if self.answered_by is None:
            return self.answered_under
        units = (self.answered_by,) if self.answered_under is None else self.answered_under
        return tuple(code for code in units if code == self.answered_by)


def narrowed(wanted: Narrowing) -> Iterator[ColumnElement[bool]]:
    """The conditions that must all hold."""
    if (units := wanted.answerers) is not None:
        yield from _of_answers(wanted, units)
        wanted = replace(wanted, rated_from=None, rated_before=None, satisfied=None, reopened=None)
    yield from _equal(wanted)
    yield from _between(wanted)
    yield from (ask if said else not_(ask) for said, ask in _questions(wanted) if said is not None)
    if wanted.tier is not None:
        yield has_tier(wanted.tier)
    if wanted.under is not None:
        yield or_(table.c.answering_unit.in_(wanted.under), table.c.second_unit.in_(wanted.under))
    if wanted.clock is not None or wanted.kept is not None:
        yield has_kept(wanted.kept, wanted.clock)
    if wanted.left is not None:
        yield _left(wanted.left)


def _of_answers(wanted: Narrowing, units: tuple[str, ...]) -> Iterator[ColumnElement[bool]]:
    rated = Rated(units, wanted.rated_from, wanted.rated_before, wanted.satisfied)
    if rated != Rated(units):
        yield rated.holds()
    if wanted.reopened is not None:
        yield led_on(units) if wanted.reopened else not_(led_on(units))
    if rated == Rated(units) and wanted.reopened is None:
        yield has_answered(units)


def _equal(wanted: Narrowing) -> Iterator[ColumnElement[bool]]:
    values: dict[Column[Any], Any] = {
        table.c.status: wanted.status and wanted.status.value,
        table.c.outcome: wanted.outcome and wanted.outcome.value,
        table.c.urgent: wanted.urgent,
        table.c.region: wanted.region,
        table.c.secret: wanted.confidential,
    }
    return (column == value for column, value in values.items() if value is not None)


def _between(wanted: Narrowing) -> Iterator[ColumnElement[bool]]:
    for column, first, end in (
        (table.c.created_at, wanted.created_from, wanted.created_before),
        (table.c.closed_at, wanted.closed_from, wanted.closed_before),
        (table.c.rated_at, wanted.rated_from, wanted.rated_before),
        (table.c.due_at, wanted.due_from, None),
    ):
        if first is not None:
            yield column >= first
        if end is not None:
            yield column < end


def _questions(wanted: Narrowing) -> tuple[tuple[bool | None, ColumnElement[bool]], ...]:
    return (
        (wanted.open, table.c.closed_at.is_(None)),
        (wanted.unassigned, table.c.lead_unit.is_(None)),
        (wanted.answered, ANSWERED_AT_ALL),
        (wanted.solved, SOLVED),
        (wanted.satisfied, SATISFIED),
        (wanted.reopened, REOPENED),
        (wanted.extended, EXTENDED),
        (wanted.returned, HAS_RETURNED),
    )


#: Nothing of these is ever unknown: ``not`` must mean the rest.
ANSWERED_AT_ALL: Final = and_(table.c.outcome.is_not(None), table.c.outcome.in_([o.value for o in ANSWERED]))
SOLVED: Final = and_(
    and_(table.c.outcome.is_not(None), table.c.outcome == Outcome.SOLVED.value),
    and_(table.c.visit.is_not(None), table.c.visit == VisitResult.SATISFIED.value),
)
SATISFIED: Final = and_(table.c.grade.is_not(None), table.c.grade >= LEAST_SATISFIED)
REOPENED: Final = table.c.round > 1
EXTENDED: Final = and_(table.c.extensions.is_not(None), table.c.extensions > 0)
# The words of the index it is found by.
HAS_RETURNED: Final = table.c.number.in_(select(journal.c.number).where(RETURNED))


def has_kept(kept: KeptAs | None, clock: ClockName | None) -> ColumnElement[bool]:
    """Whether its clocks of that name, or any, were kept in that way, or there are any."""
    bits = BITS[clock] if clock else _EVERY
    return or_(*(_COLUMNS[how].bitwise_and(bits) != 0 for how in (_MEANS[kept] if kept else Kept)))


def has_tier(tier: Tier | Literal["none"]) -> ColumnElement[bool]:
    """Whether the enterprise has that mark, or none; they are words with blanks between, none part of another."""
    if tier == "none":
        return table.c.tiers == ""
    return table.c.tiers.contains(tier.value)


def _left(stage: Stage) -> ColumnElement[bool]:
    """Whether it has ever gone on from a stage."""
    went = (journal.c.from_stage == stage.value, journal.c.to_stage != stage.value)
    return exists().where(journal.c.number == table.c.number, MOVED, *went)
