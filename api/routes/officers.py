"""Officers: when they are away, and who stands in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import JSONResponse

from api.absences import read_absences, set_absences
from api.bodies import read_object
from api.deps import Ctx, Me
from api.schemas.document import ABSENCES_BODY, answers

router = APIRouter(prefix="/v1/officers", tags=["组织"])
_Code = Annotated[str, Path(description="民警（账号代码）", examples=["handler"])]


@router.get(
    "/{code}/absences",
    summary="不在岗与代理",
    description="一名民警登记的全部不在岗时间和代理民警。",
    responses=answers("Absences", problems=(401, 404, 503)),
)
async def get_absences(ctx: Ctx, me: Me, code: _Code) -> dict[str, Any]:
    """When an officer is away."""
    return await read_absences(ctx, me, code)


@router.put(
    "/{code}/absences",
    summary="登记不在岗与代理",
    description="登记一名民警的全部不在岗时间（以此为准，未列出的即取消）。管理员，或其单位及上级单位的领导。记入审计日志。",
    responses=answers("Absences", problems=(401, 403, 404, 413, 415, 422, 503)),
    openapi_extra={"requestBody": ABSENCES_BODY},
)
async def put_absences(request: Request, ctx: Ctx, me: Me, code: _Code) -> JSONResponse:
    """Says when an officer is away, whole: asking twice does it once."""
    return JSONResponse(await set_absences(ctx, me, code, await read_object(request)))
