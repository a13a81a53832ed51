"""Where an appeal was sent and why, and which others it may be a duplicate of."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.deps import Ctx, Me, Number
from api.duplicates import duplicates_of
from api.reading import find
from api.routing import explained
from api.schemas.document import answers

router = APIRouter(prefix="/v1/appeals", tags=["诉求"])


@router.get(
    "/{number}/routing",
    summary="为何交办到此",
    description="每次交办、改派、退回、流转的缘由：所依规则的表、版本、行，以及命中的条件；规则表更换后仍然如实。",
    responses=answers("Routing", problems=(401, 404, 503)),
)
async def read_routing(ctx: Ctx, me: Me, number: Number) -> JSONResponse:
    """Why it is where it is."""
    found = await find(ctx, me.actor, number)
    return JSONResponse(await explained(ctx, me.actor, found))


@router.get(
    "/{number}/duplicates",
    summary="疑似重复",
    description="同一企业在一段时间内内容相近、或来源系统编号相同的诉求，按相似程度排列，只列出您有权查看的。仅供参考，是否并案由人决定（merge）。",
    responses=answers("Duplicates", problems=(401, 404, 503)),
)
async def read_duplicates(ctx: Ctx, me: Me, number: Number) -> JSONResponse:
    """What it may be a duplicate of."""
    found = await find(ctx, me.actor, number)
    return JSONResponse({"items": await duplicates_of(ctx, me.actor, found)})
