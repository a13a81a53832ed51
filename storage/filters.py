"""What a list of appeals may be narrowed down to, as SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import BindParameter, ColumnElement, and_, false, func, not_, or_, select, type_coerce

from domain.clock import Colour
from domain.vocabulary import Channel, Role, Stage
from storage.asked import holds, owes_a_word
from storage.column_types import Moment
from storage.mine import Mine, is_mine
from storage.narrowing import Narrowing, narrowed
from storage.tables import appeals as table
from storage.turn_columns import may_have_turn

#: What alone stands in numbers of appeals.
_IN_NUMBERS: Final = re.compile(r"[SQsq0-9-]+", re.ASCII)

Now = datetime | BindParameter[Any]
"""A moment, or what stands for it until a statement is asked."""

Sort = Literal["created_at", "-created_at", "due_at", "-due_at", "number"]


@dataclass(frozen=True, slots=True)
class AppealFilter(Narrowing):
    """Every field that is not None narrows the list.

    ``secret`` shows secret appeals (complaints, clues) to whoever asks; without it they are seen only by
    ``reader_unit``, where that unit leads them, does steps of them (``reader_services``) or owes them a word, by units
    above, which have ``reader_below`` them, as far as one of those leads, or nobody yet, and by ``reader``, who sent
    them in.
    """

    stage: Stage | None = None
    service: str | None = None
    unit: str | None = None
    colour: Colour | None = None
    enterprise: str | None = None
    channel: Channel | None = None
    number: str | None = None
    q: str | None = None
    created_after: datetime | None = None
    due_before: datetime | None = None
    mine: Mine | None = None
    sort: Sort = "-created_at"
    secret: bool = False
    reader_unit: str | None = None
    reader: str | None = None
    reader_services: tuple[str, ...] = ()
    reader_below: tuple[str, ...] = ()


def conditions(wanted: AppealFilter, now: Now) -> list[ColumnElement[bool]]:
    """The filter as conditions that must all hold."""
    found = [*_equal(wanted), *narrowed(wanted)]
    if wanted.created_after is not None:
        found.append(table.c.created_at > wanted.created_after)
    if wanted.unit is not None:
        found.append(_led_by(wanted.unit))
    if wanted.due_before is not None:
        found.append(table.c.due_at < wanted.due_before)
    if _is_of_the_open(wanted):
        # What is meant anyway, said so that the index of the open ones is found.
        found.append(table.c.closed_at.is_(None))
    if wanted.q:
        found.append(_contains(wanted.q))
    if wanted.colour is not None:
        found.append(has_colour(wanted.colour, now))
    if wanted.mine is not None:
        found.append(is_mine(wanted.mine))
    if not wanted.secret:
        found.append(_open_to(wanted))
    return found


def _is_of_the_open(wanted: AppealFilter) -> bool:
    is_coloured = wanted.colour is not None and wanted.colour is not Colour.GREEN
    return is_coloured or wanted.due_from is not None or wanted.stage not in {None, Stage.CLOSED}


def _equal(wanted: AppealFilter) -> Iterator[ColumnElement[bool]]:
    values = {
        table.c.stage: wanted.stage and wanted.stage.value,
        table.c.service: wanted.service,
        table.c.enterprise: wanted.enterprise,
        table.c.channel: wanted.channel and wanted.channel.value,
        table.c.number: wanted.number,
    }
    return (column == value for column, value in values.items() if value is not None)


def _contains(text: str) -> ColumnElement[bool]:
    # What no number has need not be looked for in all of them.
    numbers = (table.c.number,) if _IN_NUMBERS.fullmatch(text) else ()
    return or_(*(holds(c, text) for c in (*numbers, table.c.title, table.c.enterprise_name)))


def _open_to(wanted: AppealFilter) -> ColumnElement[bool]:
    """Apart: of what everybody may read, no row is looked at."""
    own: list[ColumnElement[bool]] = []
    if wanted.reader_unit is not None:
        own.append(_led_by(wanted.reader_unit))
        # Their state is looked into only where it is that unit's turn, too.
        asked = (table.c.closed_at.is_(None), may_have_turn(f"{Role.HANDLER.value}:{wanted.reader_unit}"))
        own.append(and_(*asked, owes_a_word(wanted.reader_unit)))
    if wanted.reader_below:
        own += [table.c.lead_unit.is_(None), table.c.lead_unit.in_(wanted.reader_below)]
    if wanted.reader_services:
        own.append(table.c.service.in_(wanted.reader_services))
    if wanted.reader is not None:
        own.append(table.c.submitter == wanted.reader)
    allowed = select(table.c.number).where(table.c.secret, or_(false(), *own))
    return or_(not_(table.c.secret), table.c.number.in_(allowed))


def _led_by(unit: str) -> ColumnElement[bool]:
    # As it stands, SQLite would look at each of the unit's rows before it knows the first of the list.
    return or_(func.coalesce(table.c.lead_unit, "") == unit, table.c.second_unit == unit)


#: Made once: making it costs more than asking it.
_MOMENTS: Final = [
    (moment.is_not(None), type_coerce(moment - table.c.offset_us, Moment()))
    for moment in (table.c.red_at, table.c.orange_at, table.c.yellow_at)
]


def has_colour(colour: Colour, now: Now) -> ColumnElement[bool]:
    """The colour at each appeal's own now: the worst whose moment has come."""
    # A moment that never comes is NULL; without the first condition its negation would be NULL, too.
    red, orange, yellow = (and_(comes, at <= now) for comes, at in _MOMENTS)
    return {
        Colour.RED: red,
        Colour.ORANGE: and_(orange, not_(red)),
        Colour.YELLOW: and_(yellow, not_(orange), not_(red)),
        Colour.GREEN: not_(or_(red, orange, yellow)),
    }.get(colour, false())
