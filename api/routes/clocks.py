"""A clock tried out: when a limit would end, and why."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Query

from api.deps import Ctx, Me
from api.moments import Moment
from api.preview import Trial, preview
from api.schemas.document import answers

router = APIRouter(prefix="/v1/clocks", tags=["时限"])


@router.get(
    "/preview",
    summary="试算时限",
    description="试算时限：到期时间、是否暂定，以及逐段说明。",
    responses=answers("Preview", problems=(401, 422, 503)),
)
async def preview_clock(
    ctx: Ctx,
    _me: Me,
    start: Annotated[Moment, Query(description="起始时间", examples=["2026-09-30T16:00:00+08:00"])],
    budget: Annotated[str, Query(max_length=40, description="时长，如 5 working days", examples=["5 working days"])],
    pause: Annotated[list[str], Query(max_length=50, description="暂停 FROM/TO，可重复")] = [],  # noqa: B006 - FastAPI copies it
    statutory: Annotated[bool, Query(description="法定时限：末日为休息日的顺延")] = False,  # noqa: FBT002 - a query parameter
) -> dict[str, Any]:
    """When a limit would end, and why."""
    trial = Trial(start, budget, tuple(pause), statutory=statutory)
    # Long budgets explain themselves at length; that must not hold up everybody else.
    return await to_thread.run_sync(preview, trial, ctx.catalogue.calendar)
