"""The list of appeals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse

from api.deps import Ctx, Me
from api.listing import ListQuery, list_page
from api.schemas.document import answers

router = APIRouter(prefix="/v1/appeals", tags=["诉求"])


@router.get(
    "",
    summary="诉求列表",
    description='联系人和正文已遮蔽；下一页见 Link 头的 rel="next"，沿用同样的筛选。引擎尚未接手的排在最前。',
    responses=answers("Appeals", problems=(401, 422, 503)),
)
async def list_appeals(request: Request, ctx: Ctx, me: Me, query: Annotated[ListQuery, Query()]) -> JSONResponse:
    """A page of appeals."""
    items, cursor = await list_page(ctx, me.actor, query)
    headers = {"Link": f'<{request.url.include_query_params(cursor=cursor)}>; rel="next"'} if cursor else None
    return JSONResponse({"items": items}, headers=headers)
