"""Whether the process lives, whether the system can work, and how it fares. Needs no key."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.deps import Ctx
from api.metrics import CONTENT_TYPE, Metrics
from api.problems import Problem
from api.readiness import checks
from api.schemas.document import answers

router = APIRouter(tags=["运行"])


@router.get("/healthz", summary="存活", description="进程是否存活。", responses=answers("Health"))
async def health() -> dict[str, str]:
    """Whether the process lives."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="就绪",
    description=(
        "数据库、引擎、办理进程、服务目录是否就绪。"
        "warnings 是不妨碍办理、但须处理的问题，如审计日志写不进（audit-unwritten）、"
        "服务目录的改动有漏洞而未采用（catalogue-not-taken）。"
    ),
    responses=answers("Readiness", problems=(503,)),
)
async def ready(ctx: Ctx) -> JSONResponse:
    """Whether everything that an appeal needs is there."""
    found = await checks(ctx)
    wrong = [name for name, state in found.items() if state != "ok"]
    if wrong:
        detail = f"尚未就绪：{'、'.join(wrong)}"
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not-ready", detail, more={"checks": found})
    warnings = ["audit-unwritten"] if ctx.trail.failing else []
    warnings += ["catalogue-not-taken"] if ctx.shelf.faults else []
    return JSONResponse({"status": "ready", "checks": found, "warnings": warnings})


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, ctx: Ctx) -> Response:
    """Prometheus."""
    kept: Metrics = request.app.state.metrics
    return Response(await kept.render(ctx), media_type=CONTENT_TYPE)
