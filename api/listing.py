"""Pages of appeals: first what intake still keeps, then the tables, both by key, so that nothing is hidden."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import structlog
from pydantic import ConfigDict, Field, model_validator

from api.context import Context
from api.moments import Moment
from api.narrowing import Narrowed, fits, names_of_figures, units_under
from api.problems import Problem
from api.reading import Found, list_view, stored, waiting
from domain.clock import Colour
from domain.colours import colour, moments
from domain.identity import NUMBER
from domain.parties import parties
from domain.people import Actor, contact_id
from domain.relations import may_read
from domain.vocabulary import STAFF_ROLES, Channel, Role, Stage
from storage.appeals import Appeals
from storage.database import Read
from storage.filters import AppealFilter, Sort
from storage.intake import IntakeReads, Kept
from storage.keyset import BadCursor
from storage.mine import Mine, has_mine

log = structlog.get_logger(__name__)

MOST = 500
#: Into the tables for a page, when what they find is not all the reader's; after them it stays a short one.
_LOOKS = 10
#: Those who may have to act on what others lead, or nobody yet.
_ABOVE = frozenset({Role.LEADER, Role.DISPATCHER, Role.WINDOW})
#: The cursor of the stored appeals' first page, when waiting ones filled the page before it.
_STORED = "stored"
#: Before the number of the last waiting one that was shown.
_WAITING = "waiting."

Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class ListQuery(Narrowed):
    """What a list may be narrowed down to.

    A parameter that does not exist is refused: silently ignored, it would show what was not asked for.
    """

    model_config = ConfigDict(extra="forbid")

    stage: Annotated[Stage | None, Field(description="环节")] = None
    service: Annotated[Text | None, Field(description="服务事项代码")] = None
    unit: Annotated[Text | None, Field(description="牵头单位代码")] = None
    colour: Annotated[Colour | None, Field(description="颜色，按诉求自己的当前时间")] = None
    enterprise: Annotated[Text | None, Field(description="统一社会信用代码")] = None
    channel: Annotated[Channel | None, Field(description="渠道")] = None
    number: Annotated[Text | None, Field(description="诉求编号")] = None
    q: Annotated[Text | None, Field(description="在编号、标题、企业名称中查找")] = None
    created_after: Annotated[Moment | None, Field(description="在此之后提交")] = None
    due_before: Annotated[Moment | None, Field(description="在此之前到期")] = None
    sort: Annotated[Sort, Field(description="排序")] = "-created_at"
    cursor: Annotated[str | None, Field(max_length=600, description="翻页游标")] = None
    limit: Annotated[int, Field(ge=1, le=MOST, description="每页条数")] = 50

    @model_validator(mode="before")
    @classmethod
    def _left_empty(cls, given: Any) -> Any:
        """A field of a form that was left empty is none."""
        return {k: v for k, v in given.items() if v != ""} if isinstance(given, dict) else given


async def list_page(ctx: Context, actor: Actor, query: ListQuery) -> tuple[list[dict[str, Any]], str | None]:
    """The lines of a page for ``actor``, and the cursor of the next. Raises BadCursor."""
    found, cursor = await find_page(ctx, actor, query)
    return [list_view(f, actor) for f in found], cursor


async def find_page(
    ctx: Context, actor: Actor, query: ListQuery, mine: Mine | None = None
) -> tuple[list[Found], str | None]:
    """The appeals of a page for ``actor``, within what is ``mine``, and the cursor of the next. Raises BadCursor."""
    async with ctx.database.read() as r:
        return await read_page(r, ctx, actor, query, mine)


async def read_page(
    r: Read, ctx: Context, actor: Actor, query: ListQuery, mine: Mine | None = None
) -> tuple[list[Found], str | None]:
    """As :func:`find_page`, beside what else is read."""
    wanted, now = filter_of(ctx, actor, query, mine), ctx.now()
    if wanted is None:
        return [], None
    first, cursor = await _first(r, actor, query, wanted, now)
    room = query.limit - len(first)
    if cursor is not None and (cursor.startswith(_WAITING) or not room):
        return first, cursor
    rest, cursor = await _known(r, actor, wanted, None if cursor == _STORED else cursor, room, now)
    return first + rest, cursor


async def _known(
    r: Read, actor: Actor, wanted: AppealFilter, cursor: str | None, room: int, now: datetime
) -> tuple[list[Found], str | None]:
    """What the tables know, at most ``room``, and the cursor of the next.

    Whoever is complained of, or has no step of this very one, is found by the tables, but may not read it.
    """
    found: list[Found] = []
    for _ in range(_LOOKS):
        page = await Appeals(r).page(wanted, now, cursor, room - len(found))
        found += [f for one in page.items if may_read((f := stored(one, now)).appeal, actor)]
        cursor = page.next_cursor
        if cursor is None or len(found) == room:
            break
    return found, cursor


async def _first(
    r: Read, actor: Actor, query: ListQuery, wanted: AppealFilter, now: datetime
) -> tuple[list[Found], str | None]:
    """The waiting ones of this page, and the cursor from which to go on: among them, or in the tables."""
    cursor = query.cursor
    if cursor is not None and not cursor.startswith(_WAITING):
        return [], cursor
    last = await _last_shown(r, actor, cursor, now) if cursor else None
    found = await _waiting(r, actor, wanted, query.limit + 1, now, last)
    first = found[: query.limit]
    return first, _WAITING + first[-1].appeal.number if len(found) > len(first) else _STORED


async def _last_shown(r: Read, actor: Actor, cursor: str, now: datetime) -> Kept:
    """The waiting one that a cursor names. Raises the same BadCursor for what is another's and for what never was."""
    number = cursor.removeprefix(_WAITING)
    kept = await IntakeReads(r).get(number) if number.isascii() and NUMBER.fullmatch(number) else None
    found = _begun(kept, now) if kept else None
    if kept is None or found is None or not may_read(found.appeal, actor):
        raise BadCursor("the cursor names nothing that was shown")
    return kept


def filter_of(ctx: Context, actor: Actor, query: ListQuery, mine: Mine | None = None) -> AppealFilter | None:
    """The filter within what the caller may read; None when that is nothing."""
    asked = query.model_dump(exclude={"cursor", "limit"}) | {"mine": mine}
    if names_of_figures(asked) and not _is_of_the_house(actor):
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", "这些筛选供公安机关工作人员使用")
    for name in ("under", "answered_under"):
        asked[name] = None if asked[name] is None else units_under(ctx, asked[name])
    if own := _followed(actor):
        # They follow one appeal and own nothing else.
        return AppealFilter(**{**asked, "number": own, "secret": True}) if query.number in {None, own} else None
    if Role.ENTERPRISE in actor.roles:
        if actor.uscc is None or query.enterprise not in {None, actor.uscc}:
            return None
        return AppealFilter(**{**asked, "enterprise": actor.uscc, "secret": True})
    if not _is_of_the_house(actor):
        return None
    steps = tuple(s.code for s in ctx.catalogue.services() if s.secret and actor.unit_code in parties(s))
    below = (e.unit.code for e in ctx.organisation.units() if _stands_below(ctx, e.unit.code, actor))
    return AppealFilter(
        **asked,
        secret=Role.SUPERVISOR in actor.roles,
        reader=actor.id,
        reader_unit=actor.unit_code,
        reader_services=steps,
        reader_below=tuple(below) if _ABOVE & set(actor.roles) else (),
    )


def _is_of_the_house(actor: Actor) -> bool:
    return any(role in STAFF_ROLES or role is Role.SYSTEM for role in actor.roles)


def _followed(actor: Actor) -> str:
    """The number of the one appeal that whoever has no account follows; empty for all others."""
    return actor.id.removeprefix(contact_id("")) if actor.id.startswith(contact_id("")) else ""


def _stands_below(ctx: Context, code: str, actor: Actor) -> bool:
    place = ctx.organisation.place(code)
    return bool(place and actor.unit_code and place.is_under(actor.unit_code))


async def _waiting(
    r: Read, actor: Actor, wanted: AppealFilter, most: int, now: datetime, last: Kept | None
) -> list[Found]:
    """What intake keeps and the tables do not know yet, newest first, after ``last``."""
    found: list[Found] = []
    while len(found) < most:
        kept = await IntakeReads(r).unknown(MOST, last)
        begun = [f for one in kept if (f := _begun(one, now))]
        found += [f for f in begun if may_read(f.appeal, actor) and _fits(f, wanted)]
        if len(kept) < MOST:
            break
        last = kept[-1]
    return found[:most]


def _begun(kept: Kept, now: datetime) -> Found | None:
    """How it stands; None for one that cannot begin, which must not hide the others."""
    try:
        return waiting(kept, now)
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, the list goes on
        log.warning("waiting_cannot_begin", number=kept.number, error=type(error).__name__)
        return None


def _fits(found: Found, wanted: AppealFilter) -> bool:
    """The filter of the tables, asked of one appeal."""
    appeal = found.appeal
    said, due = appeal.submission, moments(appeal).due_at
    pairs = (
        (wanted.stage, appeal.stage),
        (wanted.service, appeal.rules.service.code),
        (wanted.colour, colour(appeal, found.now)),
        (wanted.enterprise, said.enterprise.uscc),
        (wanted.channel, said.channel),
        (wanted.number, appeal.number),
    )
    return (
        all(asked is None or asked == has for asked, has in pairs)
        and (wanted.unit is None or appeal.assignment.leads(wanted.unit))
        and (wanted.mine is None or has_mine(wanted.mine, appeal))
        and fits(appeal, wanted)
        and (wanted.created_after is None or appeal.created_at > wanted.created_after)
        and (wanted.due_before is None or (due is not None and due < wanted.due_before))
        and _contains(wanted.q, appeal.number, said.title, said.enterprise.name)
    )


def _contains(text: str | None, *places: str) -> bool:
    return not text or any(text.lower() in place.lower() for place in places)
