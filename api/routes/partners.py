"""Outside bodies: what they tell us, and what was exchanged with them about an appeal."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse

from api.deliveries import exchanged
from api.deps import Ctx, Me, Number
from api.permissions import EXCHANGED
from api.reading import find, is_privileged
from api.receiving import receive
from api.schemas.document import EVENT_BODY, SIGNATURE_HEADERS, SIGNED, answers

router = APIRouter(prefix="/v1", tags=["外单位"])


@router.post(
    "/partners/{unit}/events",
    summary="外单位回传事件",
    description="外单位签名回传的事件（CloudEvents 1.0，Standard Webhooks 签名）：签收、退回、答复，以及转入的新诉求。"
    "以 webhook-id 为幂等键：重复的事件得到同样的回答。400 以上、500 以下的回答是最终的，不必重发。",
    responses=answers("PartnerAnswer", 200, 201, 202, problems=(401, 403, 404, 409, 413, 415, 422, 503)),
    openapi_extra={"requestBody": EVENT_BODY, "parameters": SIGNATURE_HEADERS, "security": SIGNED},
)
async def receive_event(
    request: Request, ctx: Ctx, unit: Annotated[str, Path(description="外单位代码")]
) -> JSONResponse:
    """One event of an outside body."""
    status, answer = await receive(ctx, request, unit)
    return JSONResponse(answer, int(status))


@router.get(
    "/appeals/{number}/deliveries",
    summary="与外单位的往来",
    description="发给外单位的消息及其送达情况，外单位回传的事件及处理结果（含迟到、重复而未被采纳的）；民警可查。",
    responses=answers("Deliveries", problems=(401, 403, 404, 503)),
)
async def list_deliveries(ctx: Ctx, me: Me, number: Number) -> dict[str, Any]:
    """What went to outside bodies about an appeal, and what came."""
    found = await find(ctx, me.actor, number)
    EXCHANGED.demand(me.actor)
    shows_words = is_privileged(found, me.actor)
    if shows_words:
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, "deliveries", me.request_id)
    return {"items": await exchanged(ctx, found, words=shows_words)}
