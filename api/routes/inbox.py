"""The inbox, the channels by which a person is reached, and what became of messages."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.sse import EventSourceResponse
from starlette.responses import JSONResponse, Response

from api.bodies import read_object
from api.deps import Ctx, Me, Number, Who, idempotency_key
from api.inbox import MOST, channels, cursor_of, inbox, messages_about, reachable, read_all, read_one, set_channels
from api.permissions import MESSAGES
from api.reading import find
from api.routes.events import AFTER, LAST_EVENT_ID, position_of
from api.schemas.document import CHANNELS_BODY, INBOX_EVENTS, KEY_HEADER, READ_UNTIL_BODY, answers

router = APIRouter(prefix="/v1", tags=["消息"])


@router.get(
    "/inbox",
    summary="我的消息",
    description='发给本人的消息，最新的在前；不含当事人的个人信息。下一页见 Link 头的 rel="next"。',
    responses=answers("Inbox", problems=(401, 422, 503)),
)
async def list_inbox(
    request: Request,
    ctx: Ctx,
    me: Me,
    *,
    unread: Annotated[bool, Query(description="只列未读")] = False,
    cursor: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> JSONResponse:
    """What the caller was told."""
    found = await inbox(ctx, me, before=cursor_of(cursor), unread=unread, limit=limit)
    more = found["items"][-1]["id"] if len(found["items"]) == limit else None
    headers = {"Link": f'<{request.url.include_query_params(cursor=more)}>; rel="next"'} if more else None
    return JSONResponse(found, headers=headers)


@router.get(
    "/inbox/events",
    summary="我的消息（实时）",
    description=(
        "发给本人的新消息（Server-Sent Events）；断线后用 Last-Event-ID 续传，首次连接可用 after 接上已知的。"
        "密钥停用后十秒内结束。"
    ),
    responses=INBOX_EVENTS,
)
async def inbox_events(
    ctx: Ctx, _me: Me, who: Who, last_event_id: LAST_EVENT_ID = None, after: AFTER = None
) -> Response:
    """Messages as they come."""
    known = position_of(last_event_id, after)
    listener = await ctx.inbox.listen()
    return EventSourceResponse(ctx.inbox.stream(listener, who, known), headers={"X-Accel-Buffering": "no"})


@router.post(
    "/inbox/{message}/read",
    summary="标为已读",
    description="标为已读；尚未发出的非督办消息不再通过其他渠道发送。",
    responses=answers("InboxMessage", problems=(401, 404, 422, 503)),
    openapi_extra={"parameters": [KEY_HEADER]},
)
async def read_message(
    request: Request, ctx: Ctx, me: Me, message: Annotated[int, Path(ge=0, lt=2**62)]
) -> JSONResponse:
    """It has been read."""
    idempotency_key(request)
    return JSONResponse(await read_one(ctx, me, message))


@router.post(
    "/inbox/read",
    summary="全部标为已读",
    description="把到这一条为止（含）的全部消息标为已读；之后到的不受影响。同样的请求再送一次，结果相同。",
    responses=answers("Unread", problems=(401, 413, 415, 422, 503)),
    openapi_extra={"requestBody": READ_UNTIL_BODY, "parameters": [KEY_HEADER]},
)
async def read_messages(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """They have all been read."""
    idempotency_key(request)
    return JSONResponse(await read_all(ctx, me, await read_object(request)))


@router.get(
    "/me/channels",
    summary="我的通知渠道",
    description="本人登记的通知渠道，依次使用，以及可以登记的渠道。",
    responses=answers("Channels", problems=(401, 503)),
)
async def get_channels(ctx: Ctx, me: Me) -> dict[str, Any]:
    """How the caller is reached."""
    return await channels(ctx, me.account.code)


@router.put(
    "/me/channels",
    summary="登记我的通知渠道",
    description="登记本人的全部通知渠道及次序（以此为准）；地址有误时指出位置。每人只能登记自己的；审计日志只记渠道，不记地址。",
    responses=answers("Channels", problems=(401, 413, 415, 422, 503)),
    openapi_extra={"requestBody": CHANNELS_BODY},
)
async def put_channels(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """Says how the caller is reached, whole: asking twice does it once."""
    return JSONResponse(await set_channels(ctx, me, await read_object(request)))


@router.get(
    "/officers/{code}/reachable",
    summary="能否通知到",
    description="一名民警登记了哪些渠道（不含地址）、消息能否送达：本人、管理员、其单位及上级单位的领导可查。",
    responses=answers("Reachable", problems=(401, 403, 404, 503)),
)
async def get_reachable(
    ctx: Ctx, me: Me, code: Annotated[str, Path(description="民警（账号代码）", examples=["handler"])]
) -> dict[str, Any]:
    """Whether an officer can be reached."""
    return await reachable(ctx, me, code)


@router.get(
    "/appeals/{number}/messages",
    summary="通知及送达情况",
    description="就本诉求发给各人的消息、经由的渠道、每次发送的结果和时间；不含地址和正文。民警可查。",
    responses=answers("SentMessages", problems=(401, 403, 404, 503)),
)
async def list_messages(ctx: Ctx, me: Me, number: Number) -> dict[str, Any]:
    """What became of the messages about an appeal."""
    found = await find(ctx, me.actor, number)
    MESSAGES.demand(me.actor)
    return {"items": await messages_about(ctx, me, found.appeal)}
