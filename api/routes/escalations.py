"""Escalations: the list, one of them, and what whoever was called does about it."""

from __future__ import annotations

from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Path, Query, Request
from starlette.responses import JSONResponse

from api.asked import Asked
from api.bodies import read_object
from api.deps import Ctx, Me, idempotency_key
from api.escalations import EscalationQuery, act_on, find_escalation, known_action, list_escalations, meaning, view
from api.schemas.document import ESCALATION_BODY, KEY_HEADER, answers

router = APIRouter(prefix="/v1/escalations", tags=["升级督办"])
_Id = Annotated[str, Path(description="升级督办编号", examples=["SQ20260930-00000001-2-1"])]


@router.get(
    "",
    summary="升级督办列表",
    description='最新的在前；保密诉求的只列给有权查看的人和收到通知的人。下一页见 Link 头的 rel="next"。',
    responses=answers("Escalations", problems=(401, 422, 503)),
)
async def get_escalations(
    request: Request, ctx: Ctx, me: Me, query: Annotated[EscalationQuery, Query()]
) -> JSONResponse:
    """A page of escalations."""
    items, cursor = await list_escalations(ctx, me, query)
    headers = {"Link": f'<{request.url.include_query_params(cursor=cursor)}>; rel="next"'} if cursor else None
    return JSONResponse({"items": items}, headers=headers)


@router.get(
    "/{id}",
    summary="查看升级督办",
    description="升级督办的级别、认领情况、通知过谁、何时再次催办。",
    responses=answers("EscalationSeen", problems=(401, 404, 503)),
)
async def get_escalation(ctx: Ctx, me: Me, id: _Id) -> dict[str, Any]:  # noqa: A002 - its name in the path
    """One escalation."""
    return await view(ctx, await find_escalation(ctx, me, id))


@router.post(
    "/{id}/actions/{action}",
    summary="处理升级督办",
    description=(
        "认领（acknowledge）、移交（hand_over）、再升一级（raise）、结束（end）：由值班人员和收到通知的人办理。"
        "与 POST /v1/appeals/{number}/actions/{action} 相同，请求体不必再写 escalation。他人已认领的，409 说明是谁。"
    ),
    responses=answers("EscalationSeen", problems=(401, 403, 404, 409, 413, 415, 422, 503)),
    openapi_extra={"requestBody": ESCALATION_BODY, "parameters": [KEY_HEADER]},
)
async def act(
    request: Request,
    ctx: Ctx,
    me: Me,
    id: _Id,  # noqa: A002 - its name in the path
    action: Annotated[str, Path(description="操作")],
) -> JSONResponse:
    """One action on one escalation."""
    one = await find_escalation(ctx, me, id, request.headers.get("idempotency-key", ""))
    request.state.number = one.found.appeal.number
    known = known_action(action)
    structlog.contextvars.bind_contextvars(action=known.value)
    key = idempotency_key(request)
    asked = Asked(known, meaning(one, await read_object(request)), key)
    return JSONResponse(await view(ctx, await act_on(ctx, me, one, asked)))
