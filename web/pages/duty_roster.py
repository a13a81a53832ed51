"""The month of duty: who is on, where nobody is; standing in, swapping, events, and taking in a table from Excel."""

from __future__ import annotations

from datetime import time
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.duty import EVENTS, OVERRIDES, SWAPS, add_part, drop_part, etag, unit_of
from api.duty_coverage import look_ahead
from api.duty_import import Wanted, import_table
from api.duty_names import order_of
from api.problems import Problem, not_found, unprocessable
from api.uploading import too_large
from domain.errors import Refusal
from web.coverage import gaps, weak
from web.pages.duty_shown import Asked, again, page_of, place_of
from web.roster_forms import SAID, carried, temporary_of, text_of, uncarried
from web.shell import back, page_router, view
from web.visitor import Posted, Staff

router = page_router()
_PARTS: Final = {"overrides": OVERRIDES, "swaps": SWAPS, "temporary": EVENTS}
_DONE: Final = {"overrides": "已安排替班", "swaps": "已换班", "temporary": "已安排临时勤务"}
_LARGEST: Final = 2 * 2**20
_AHEAD: Final = 30  # days


@router.get("/duty/roster")
async def roster(request: Request, ctx: Ctx, me: Staff, unit: str = "", month: str = "", day: str = "") -> Response:
    """The month, and a day of it in full."""
    return await page_of(request, ctx, me, _unit(ctx, me, unit), Asked(month, day))


@router.get("/duty/coverage")
async def coverage(request: Request, ctx: Ctx, me: Staff) -> Response:
    """What would go wrong in the next days, in every unit."""
    found = await look_ahead(ctx, me, _AHEAD)
    return view(
        request,
        "duty_coverage.html",
        days=found["days"],
        holes=gaps(found["holes"]),
        empty_steps=gaps(found["empty_steps"]),
        clocks=found["clocks_without_ladder"],
        weak=weak(found["unreachable"], me.account.code),
    )


@router.post("/duty/roster/{unit}/import")
async def take_in(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """A table from Excel: tried, then written as it was shown."""
    hand_over, really = text_of(form, "hand_over"), "write" in form
    try:
        content = await _content(form)
        wanted = Wanted(_time(hand_over), not really, str(form.get("match", "*")) if really else "*")
        found = await import_table(ctx, me, unit, content, wanted)
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error)
    if really:
        return back(f"/duty/roster?unit={unit}&month={found['from'][:7]}", done="已导入值班表")
    tried = {**found, "match": etag(found["version"]), "hand_over": hand_over, "content": carried(content)}
    return await page_of(request, ctx, me, unit, Asked(str(found["from"])[:7], tried=tried))


@router.post("/duty/roster/{unit}/{part}")
async def add(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str, part: str) -> Response:
    """Somebody stands in, two swap, or an event has an order of its own."""
    if part not in _DONE:
        raise not_found("没有这个页面", "unknown-part")
    try:
        await add_part(ctx, me, unit, "*", _PARTS[part], await _said(ctx, me, unit, part, form))
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error)
    return back(place_of(unit, form), done=_DONE[part])


@router.post("/duty/roster/{unit}/{part}/{id}/remove")
async def remove(
    request: Request,
    ctx: Ctx,
    me: Staff,
    form: Posted,
    unit: str,
    part: str,
    id: str,  # noqa: A002 - its name in the path
) -> Response:
    """Takes one of them back."""
    if part not in _PARTS:
        raise not_found("没有这个页面", "unknown-part")
    try:
        await drop_part(ctx, me, unit, "*", _PARTS[part], id)
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error)
    return back(place_of(unit, form), done="已撤销")


async def _said(ctx: Context, me: Caller, unit: str, part: str, form: FormData) -> dict[str, Any]:
    if part == EVENTS.name:
        return temporary_of(form, await order_of(ctx, unit_of(ctx, me, unit), text_of(form, "order")))
    return SAID[part](form)


async def _content(form: FormData) -> bytes:
    """The table: a file, or what the form of a trial carried on. Raises a 413 or 422 problem."""
    file = form.get("file")
    try:
        if isinstance(file, UploadFile) and file.size:
            if file.size > _LARGEST:
                raise too_large(_LARGEST // 2**20)
            return await file.read()
    finally:
        await form.close()
    if content := uncarried(str(form.get("content", ""))):
        return content
    raise unprocessable("attachment-empty", "请选择值班安排表（.xlsx 文件）")


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise unprocessable("bad-parameter", "交接班时间应为 08:30 这样的时刻") from None


def _unit(ctx: Context, me: Caller, asked: str) -> str:
    return asked or me.account.unit or ctx.organisation.units()[0].unit.code
