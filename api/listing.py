"""Pages of appeals: from the tables by key, with what intake still keeps in front, so that nothing is hidden."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.context import Context
from api.moments import Moment
from api.reading import Found, list_view, stored, waiting
from domain.clock import Colour
from domain.people import Actor
from domain.relations import may_read
from domain.view import colour, moments
from domain.vocabulary import STAFF_ROLES, Channel, Role, Stage
from storage.appeals import Appeals
from storage.database import Read
from storage.filters import AppealFilter, Sort
from storage.intake import IntakeReads

MOST = 500
#: The cursor of the stored appeals' first page, when waiting ones filled the page before it.
_STORED = "stored"

Text = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]


class ListQuery(BaseModel):
    """What a list may be narrowed down to.

    A parameter that does not exist is refused: silently ignored, it would show what was not asked for.
    """

    model_config = ConfigDict(extra="forbid")

    stage: Annotated[Stage | None, Field(description="环节")] = None
    service: Annotated[Text | None, Field(description="服务事项代码")] = None
    unit: Annotated[Text | None, Field(description="牵头单位代码")] = None
    colour: Annotated[Colour | None, Field(description="颜色,按诉求自己的当前时间")] = None
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
    wanted, now = _filter(actor, query), ctx.now()
    if wanted is None:
        return [], None
    async with ctx.database.read() as r:
        first = await _waiting(ctx, r, actor, wanted) if query.cursor is None else []
        first = first[: query.limit]
        room = query.limit - len(first)
        if not room:
            return [list_view(f, actor) for f in first], _STORED
        cursor = None if query.cursor == _STORED else query.cursor
        page = await Appeals(r).page(wanted, now, cursor, room)
    found = first + [stored(one, now) for one in page.items]
    return [list_view(f, actor) for f in found], page.next_cursor


def _filter(actor: Actor, query: ListQuery) -> AppealFilter | None:
    """The filter within what the caller may read; None when that is nothing."""
    asked = query.model_dump(exclude={"cursor", "limit"})
    if Role.ENTERPRISE in actor.roles:
        if actor.uscc is None or query.enterprise not in {None, actor.uscc}:
            return None
        return AppealFilter(**{**asked, "enterprise": actor.uscc, "secret": True})
    if not any(role in STAFF_ROLES or role is Role.SYSTEM for role in actor.roles):
        return None
    return AppealFilter(**asked, reader=actor.id, reader_unit=actor.unit_code)


async def _waiting(ctx: Context, r: Read, actor: Actor, wanted: AppealFilter) -> list[Found]:
    """What intake keeps and the tables do not know yet, newest first."""
    kept = await IntakeReads(r).waiting(MOST)
    found = [waiting(one, ctx.now()) for one in reversed(kept)]
    fitting = [f for f in found if may_read(f.appeal, actor) and _fits(f, wanted)]
    return [f for f in fitting if await Appeals(r).get(f.appeal.number) is None]


def _fits(found: Found, wanted: AppealFilter) -> bool:
    """The filter of the tables, asked of one appeal."""
    appeal = found.appeal
    said, due = appeal.submission, moments(appeal).due_at
    lead = appeal.lead.code if appeal.lead else None
    pairs = (
        (wanted.stage, appeal.stage),
        (wanted.service, appeal.rules.service.code),
        (wanted.unit, lead),
        (wanted.colour, colour(appeal, found.now)),
        (wanted.enterprise, said.enterprise.uscc),
        (wanted.channel, said.channel),
        (wanted.number, appeal.number),
    )
    return (
        all(asked is None or asked == has for asked, has in pairs)
        and (wanted.created_after is None or appeal.created_at > wanted.created_after)
        and (wanted.due_before is None or (due is not None and due < wanted.due_before))
        and _contains(wanted.q, appeal.number, said.title, said.enterprise.name)
    )


def _contains(text: str | None, *places: str) -> bool:
    return not text or any(text.lower() in place.lower() for place in places)
