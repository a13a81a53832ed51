"""The event stream."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.sse import EventSourceResponse
from starlette.responses import Response

from api.deps import Ctx, Me, Who
from api.problems import unprocessable
from api.schemas.document import EVENTS
from domain.errors import Fault

router = APIRouter(prefix="/v1/events", tags=["事件"])
_LONGEST = 18  # digits that every database's counter holds
AFTER = Annotated[
    int | None,
    Query(ge=0, lt=10**_LONGEST, description="从此事件之后推送，供首次连接使用；Last-Event-ID 优先"),
]
LAST_EVENT_ID = Annotated[str | None, Header(description="从此事件之后续传")]


@router.get(
    "",
    summary="诉求动态",
    description=(
        "诉求动态（Server-Sent Events）：编号、序号、操作、环节、时间，不含个人信息；"
        "断线后用 Last-Event-ID 续传，首次连接可用 after 接上已知的。"
        "密钥停用、过期后十秒内发送 signed-out 事件并结束；权限改变后只推送仍有权查看的。"
    ),
    responses=EVENTS,
)
async def events(ctx: Ctx, _me: Me, who: Who, last_event_id: LAST_EVENT_ID = None, after: AFTER = None) -> Response:
    """What happens, as it happens."""
    known = position_of(last_event_id, after)
    listener = await ctx.broadcaster.listen()
    headers = {"X-Accel-Buffering": "no"}
    return EventSourceResponse(ctx.broadcaster.stream(listener, who, known), headers=headers)


def position_of(text: str | None, after: int | None) -> int | None:
    """What ``Last-Event-ID`` says; ``after`` where it says nothing. Raises a 422 problem."""
    if not text:
        return after
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST):
        fault = Fault("/last-event-id", "Last-Event-ID 应为先前收到的事件编号")
        raise unprocessable("bad-last-event-id", fault.detail, fault)
    return int(text)
