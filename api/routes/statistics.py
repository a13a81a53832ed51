"""Figures, each with the list behind it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from api.deps import Ctx, Me
from api.schemas.document import answers
from api.statistics import PeriodQuery, StageQuery
from api.statistics_answers import clocks, heat, rates, stages

router = APIRouter(prefix="/v1/statistics", tags=["统计"])
_PROBLEMS = (401, 403, 422, 503)
_WHO = "供督办人员、管理员查看全部，单位领导查看本单位及下级单位。每个数字都附有对应诉求的列表地址。"


@router.get(
    "/stages",
    summary="在办诉求按环节统计",
    description=f"此刻尚未办结的诉求，按环节、颜色和所选维度分列。{_WHO}",
    responses=answers("StageFigures", problems=_PROBLEMS),
)
async def get_stages(ctx: Ctx, me: Me, query: Annotated[StageQuery, Query()]) -> dict[str, Any]:
    """How many open appeals stand where."""
    return await stages(ctx, me.actor, query)


@router.get(
    "/rates",
    summary="三率",
    description=f"响应率、解决率、满意率及其分子分母，受理、办结、重办、延期、退回件数；默认近30日。{_WHO}",
    responses=answers("RateFigures", problems=_PROBLEMS),
)
async def get_rates(ctx: Ctx, me: Me, query: Annotated[PeriodQuery, Query()]) -> dict[str, Any]:
    """The three rates."""
    return await rates(ctx, me.actor, query)


@router.get(
    "/clocks",
    summary="时限统计",
    description=f"期内提交的诉求各项时限按时、逾期、进行中、已超期的件数和按时率；默认近30日。{_WHO}",
    responses=answers("ClockFigures", problems=_PROBLEMS),
)
async def get_clocks(ctx: Ctx, me: Me, query: Annotated[PeriodQuery, Query()]) -> dict[str, Any]:
    """How limits were kept."""
    return await clocks(ctx, me.actor, query)


@router.get(
    "/heat",
    summary="各环节用时",
    description=f"期内提交的诉求在已离开的各环节所用的小时数（平均、中位），按环节和牵头单位；默认近30日。{_WHO}",
    responses=answers("HeatFigures", problems=_PROBLEMS),
)
async def get_heat(ctx: Ctx, me: Me, query: Annotated[PeriodQuery, Query()]) -> dict[str, Any]:
    """Where time is spent."""
    return await heat(ctx, me.actor, query)
