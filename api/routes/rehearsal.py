"""Rehearsal: an appeal's own clock, moved on."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from api.bodies import read_object
from api.deps import Ctx, Me
from api.problems import not_found
from api.reading import find, full_view, is_privileged
from api.schemas.document import FAST_FORWARD_BODY, answers
from api.schemas.submission import FAST_FORWARD
from api.validation import check
from domain.errors import Conflict, Forbidden
from domain.vocabulary import Role
from gateway.errors import NotStarted

router = APIRouter(prefix="/v1/rehearsal", tags=["预演"])
_MAY = frozenset({Role.ADMIN, Role.SYSTEM})


@router.post(
    "/fast-forward",
    summary="快进",
    description="把一件诉求的时钟拨快;期间到期的一切都发生之后返回。仅预演环境。",
    responses=answers("Appeal", problems=(401, 403, 404, 409, 413, 415, 422, 503)),
    openapi_extra={"requestBody": FAST_FORWARD_BODY},
)
async def fast_forward(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """Moves one appeal's clock on."""
    if not ctx.settings.rehearsal:
        raise not_found("本系统不是预演环境,不能快进", "not-a-rehearsal")
    body = await read_object(request)
    check(FAST_FORWARD, body)
    found = await find(ctx, me.actor, body["number"])
    request.state.number = found.appeal.number
    if not _MAY & set(me.actor.roles):
        raise Forbidden("forbidden", "只有管理员或上游系统可以快进")
    if found.pending:
        raise NotStarted
    try:
        await ctx.gateway.fast_forward(found.appeal.number, body["seconds"])
    except Conflict as refusal:
        refusal.stage = refusal.stage or (await find(ctx, me.actor, found.appeal.number)).appeal.stage.value
        raise
    moved = await find(ctx, me.actor, found.appeal.number)
    if is_privileged(moved, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, found.appeal.number, "fast-forward", me.request_id)
    return JSONResponse(full_view(moved, me.actor))
