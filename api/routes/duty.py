"""Duty: rosters, who is on duty, calendars."""

from __future__ import annotations

from datetime import time
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.security import HTTPAuthorizationCredentials
from starlette.responses import JSONResponse, Response

from api import watching
from api.bodies import read_object
from api.deps import Ctx, Me, bearer
from api.duty import EVENTS, OVERRIDES, SWAPS, Part, add_part, drop_part, etag, read_roster, unit_of, write_roster
from api.duty_coverage import look_ahead
from api.duty_import import Wanted, import_table
from api.duty_links import open_calendar, with_calendar
from api.moments import Moment
from api.schemas.document import (
    CALENDAR,
    IF_MATCH,
    OVERRIDE_BODY,
    ROSTER_BODY,
    SWAP_BODY,
    TEMPORARY_BODY,
    UPLOAD_BODY,
    answers,
    gone,
)
from api.uploading import read_upload
from api.watching import PERSON, UNIT, Stretch
from storage.duty_coverage import DAYS, MOST_DAYS

router = APIRouter(prefix="/v1/duty", tags=["值班"])
_Unit = Annotated[str, Path(description="单位", examples=["duty-room"])]
_Id = Annotated[str, Path(description="编号")]
_Code = Annotated[str, Path(description="民警（账号代码）", examples=["duty"])]
_WRITES = (401, 403, 404, 412, 413, 415, 422, 503)
_MEGABYTES = 2
_MAY = "管理员，或该单位及其上级单位的领导。记入审计日志。"


def _stretch(
    start: Annotated[Moment | None, Query(alias="from", description="自；默认今日零时")] = None,
    end: Annotated[Moment | None, Query(alias="until", description="至（不含）；默认 31 天后，最多 370 天")] = None,
) -> Stretch:
    return Stretch(start, end)


_Stretch = Annotated[Stretch, Depends(_stretch)]
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]
_Token = Annotated[str | None, Query(max_length=2048, description="签名链接中的凭证")]
_SUBSCRIBE = "凭密钥；或凭签名链接（links.calendar），无需密钥，领取者的账号停用即失效。"


@router.get(
    "/coverage",
    summary="值班预检",
    description="今后若干天：各单位值班表的空岗，各升级步骤无人可找的时段，任何渠道都联系不上的人，没有升级办法的时限。",
    responses=answers("DutyCoverage", problems=(401, 403, 422, 503)),
)
async def get_coverage(
    ctx: Ctx, me: Me, days: Annotated[int, Query(ge=1, le=MOST_DAYS, description="天数")] = DAYS
) -> dict[str, Any]:
    """What would go wrong, before it does."""
    return await look_ahead(ctx, me, days)


@router.get(
    "/{unit}/roster",
    summary="值班表",
    description="一个单位的值班表：轮值、替班、临时勤务、换班。原样修改后可用 PUT 送回。",
    responses=answers("Roster", problems=(401, 403, 404, 503)),
)
async def get_roster(request: Request, ctx: Ctx, me: Me, unit: _Unit) -> JSONResponse:
    """The unit's roster, with its version as ETag."""
    view, version = await read_roster(ctx, me, unit)
    return JSONResponse(with_calendar(request, ctx, me, (UNIT, unit), view), headers={"ETag": etag(version)})


@router.put(
    "/{unit}/roster",
    summary="编排值班表",
    description=f"编排整张值班表（以此为准，未列出的即取消）。If-Match 带上读到的 ETag，他人先改过的即拒绝。{_MAY}",
    responses=answers("Roster", problems=_WRITES),
    openapi_extra={"requestBody": ROSTER_BODY, "parameters": [IF_MATCH]},
)
async def put_roster(request: Request, ctx: Ctx, me: Me, unit: _Unit) -> JSONResponse:
    """Says the whole roster."""
    view, version = await write_roster(ctx, me, unit, _match(request), await read_object(request))
    return JSONResponse(with_calendar(request, ctx, me, (UNIT, unit), view), headers={"ETag": etag(version)})


@router.post(
    "/{unit}/roster/import",
    summary="导入值班安排表",
    description=(
        "导入 Excel（.xlsx）值班安排表：一列日期，其余各列为岗位，格内写姓名或账号，多人以顿号分隔。"
        f"先试算，列出谁在何时由谁变为谁、哪些换班失效、何处空岗；dry_run=false 才写入。{_MAY}"
    ),
    responses=answers("RosterImport", problems=_WRITES),
    openapi_extra={"requestBody": UPLOAD_BODY, "parameters": [IF_MATCH]},
)
async def post_import(
    request: Request,
    ctx: Ctx,
    me: Me,
    unit: _Unit,
    hand_over: Annotated[
        str | None,
        Query(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", description="交接班时间；默认沿用该岗位现有的，没有则 08:30"),
    ] = None,
    dry_run: Annotated[bool, Query(description="仅试算")] = True,  # noqa: FBT002 - a query parameter
) -> dict[str, Any]:
    """Takes in a table, tried first."""
    wanted = Wanted(time.fromisoformat(hand_over) if hand_over else None, dry_run, _match(request))
    unit_of(ctx, me, unit)
    file = await read_upload(request, _MEGABYTES)
    try:
        content = await file.read()
    finally:
        await file.close()
    return await import_table(ctx, me, unit, content, wanted)


@router.post(
    "/{unit}/overrides",
    status_code=HTTPStatus.CREATED,
    summary="替班",
    description=f"一段时间内由他人替班：替某一人，或替整班。同样的内容再送一次，答复原有的一条。{_MAY}",
    responses=answers("Override", 201, 200, problems=_WRITES),
    openapi_extra={"requestBody": OVERRIDE_BODY, "parameters": [IF_MATCH]},
)
async def post_override(request: Request, ctx: Ctx, me: Me, unit: _Unit) -> JSONResponse:
    """Adds an override."""
    return await _add(request, ctx, me, unit, OVERRIDES)


@router.delete(
    "/{unit}/overrides/{id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="撤销替班",
    description=f"撤销一条替班。{_MAY}",
    responses=gone(401, 403, 404, 412, 503),
    openapi_extra={"parameters": [IF_MATCH]},
)
async def delete_override(request: Request, ctx: Ctx, me: Me, unit: _Unit, id: _Id) -> Response:  # noqa: A002 - its name in the path
    """Takes an override back."""
    return await _drop(request, ctx, me, unit, OVERRIDES, id)


@router.post(
    "/{unit}/temporary",
    status_code=HTTPStatus.CREATED,
    summary="临时勤务",
    description=f"一段时间内某一岗位另行排班，优先于替班和轮值。{_MAY}",
    responses=answers("Temporary", 201, 200, problems=_WRITES),
    openapi_extra={"requestBody": TEMPORARY_BODY, "parameters": [IF_MATCH]},
)
async def post_temporary(request: Request, ctx: Ctx, me: Me, unit: _Unit) -> JSONResponse:
    """Adds a temporary roster."""
    return await _add(request, ctx, me, unit, EVENTS)


@router.delete(
    "/{unit}/temporary/{id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="撤销临时勤务",
    description=f"撤销一项临时勤务。{_MAY}",
    responses=gone(401, 403, 404, 412, 503),
    openapi_extra={"parameters": [IF_MATCH]},
)
async def delete_temporary(request: Request, ctx: Ctx, me: Me, unit: _Unit, id: _Id) -> Response:  # noqa: A002 - its name in the path
    """Takes a temporary roster back."""
    return await _drop(request, ctx, me, unit, EVENTS, id)


@router.post(
    "/{unit}/swaps",
    status_code=HTTPStatus.CREATED,
    summary="换班",
    description=f"两个人互换两个班次。换的是班次：交接班时间改动后，换班随班次走。{_MAY}",
    responses=answers("Swap", 201, 200, problems=_WRITES),
    openapi_extra={"requestBody": SWAP_BODY, "parameters": [IF_MATCH]},
)
async def post_swap(request: Request, ctx: Ctx, me: Me, unit: _Unit) -> JSONResponse:
    """Two people exchange two shifts."""
    return await _add(request, ctx, me, unit, SWAPS)


@router.delete(
    "/{unit}/swaps/{id}",
    status_code=HTTPStatus.NO_CONTENT,
    summary="撤销换班",
    description=f"撤销一次换班；后来的换班以此为前提的，先撤销后来的。{_MAY}",
    responses=gone(401, 403, 404, 409, 412, 503),
    openapi_extra={"parameters": [IF_MATCH]},
)
async def delete_swap(request: Request, ctx: Ctx, me: Me, unit: _Unit, id: _Id) -> Response:  # noqa: A002 - its name in the path
    """Takes a swap back."""
    return await _drop(request, ctx, me, unit, SWAPS, id)


@router.get(
    "/{unit}/now",
    summary="当前值班",
    description="此刻（或 at 所指时刻）谁在值班：轮值、换班、替班、临时勤务、不在岗与代理都已计入。",
    responses=answers("DutyNow", problems=(401, 403, 404, 422, 503)),
)
async def get_now(
    ctx: Ctx,
    me: Me,
    unit: _Unit,
    at: Annotated[Moment | None, Query(description="时刻；默认此刻")] = None,
) -> dict[str, Any]:
    """Who is on duty."""
    return await watching.now(ctx, me, unit, at)


@router.get(
    "/{unit}/shifts",
    summary="班次",
    description="一段时间内的全部班次与空岗；班次完整列出，不在首尾截断。",
    responses=answers("DutyShifts", problems=(401, 403, 404, 422, 503)),
)
async def get_shifts(ctx: Ctx, me: Me, unit: _Unit, stretch: _Stretch) -> dict[str, Any]:
    """The month."""
    return await watching.month(ctx, me, unit, stretch)


@router.get(
    "/people/{code}/shifts",
    summary="一人的班次",
    description="一名民警在各单位的班次，含代理他人的。本人还得到自己的日历订阅链接。",
    responses=answers("PersonShifts", problems=(401, 403, 404, 422, 503)),
)
async def get_own_shifts(request: Request, ctx: Ctx, me: Me, code: _Code, stretch: _Stretch) -> dict[str, Any]:
    """One person's shifts."""
    view = await watching.of_person(ctx, me, code, stretch)
    return with_calendar(request, ctx, me, (PERSON, code), view)


@router.get(
    "/{unit}/calendar.ics",
    summary="单位值班日历",
    description=f"供日历程序订阅单位的值班。{_SUBSCRIBE}",
    responses=CALENDAR,
)
async def get_unit_calendar(
    request: Request, ctx: Ctx, credentials: _Bearer, unit: _Unit, token: _Token = None
) -> Response:
    """The unit's duty as iCalendar."""
    await open_calendar(request, ctx, credentials, token, (UNIT, unit))
    return _ics(await watching.unit_calendar(ctx, unit))


@router.get(
    "/people/{code}/calendar.ics",
    summary="个人值班日历",
    description=f"供日历程序订阅一名民警在各单位的值班。{_SUBSCRIBE}",
    responses=CALENDAR,
)
async def get_own_calendar(
    request: Request, ctx: Ctx, credentials: _Bearer, code: _Code, token: _Token = None
) -> Response:
    """One person's duty as iCalendar."""
    await open_calendar(request, ctx, credentials, token, (PERSON, code))
    return _ics(await watching.person_calendar(ctx, code))


async def _add(request: Request, ctx: Ctx, me: Me, unit: str, part: Part) -> JSONResponse:
    kept, version, new = await add_part(ctx, me, unit, _match(request), part, await read_object(request))
    return JSONResponse(kept, HTTPStatus.CREATED if new else HTTPStatus.OK, {"ETag": etag(version)})


async def _drop(request: Request, ctx: Ctx, me: Me, unit: str, part: Part, id_: str) -> Response:
    version = await drop_part(ctx, me, unit, _match(request), part, id_)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers={"ETag": etag(version)})


def _match(request: Request) -> str:
    return request.headers.get("if-match", "*")


def _ics(content: bytes) -> Response:
    return Response(
        content, media_type="text/calendar; charset=utf-8", headers={"Cache-Control": "private, max-age=300"}
    )
