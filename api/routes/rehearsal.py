"""Rehearsal: an appeal's own clock, moved on."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from api.bodies import read_object
from api.deps import Ctx, Me
from api.reading import find, full_view
from api.rehearsing import check_rehearsal, move_on
from api.schemas.document import FAST_FORWARD_BODY, answers
from api.schemas.submission import FAST_FORWARD
from api.validation import check

router = APIRouter(prefix="/v1/rehearsal", tags=["预演"])


@router.post(
    "/fast-forward",
    summary="快进",
    description="把一件诉求的时钟拨快；期间到期的一切都发生之后返回。仅预演环境。",
    responses=answers("Appeal", problems=(401, 403, 404, 409, 413, 415, 422, 503)),
    openapi_extra={"requestBody": FAST_FORWARD_BODY},
)
async def fast_forward(request: Request, ctx: Ctx, me: Me) -> JSONResponse:
    """Moves one appeal's clock on."""
    check_rehearsal(ctx)
    body = await read_object(request)
    check(FAST_FORWARD, body)
    found = await find(ctx, me.actor, body["number"])
    request.state.number = found.appeal.number
    return JSONResponse(full_view(await move_on(ctx, me, found, body["seconds"]), me.actor))
