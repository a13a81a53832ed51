"""Leave and who stands in, by forms: of the people of a unit, by whoever leads it."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.absences import read_absences, set_absences
from api.context import Context
from api.deps import Caller, Ctx
from api.problems import Problem, not_found, unprocessable
from domain.errors import Fault, Refusal
from web.pages.duty_shown import again, place_of
from web.roster_forms import absence_of, text_of
from web.shell import back, page_router
from web.visitor import Posted, Staff

router = page_router()
_SECOND: Final = len("2026-09-01T12:00:00")


@router.post("/duty/absences/{unit}")
async def add(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """Somebody is away from here until there, and who comes instead."""
    said, prefix = absence_of(form), ""
    try:
        officer, known = await _known(ctx, me, form)
        prefix = f"/absences/{len(known)}"
        if not any(_is_same(said, one) for one in known):  # else the button was pressed twice
            await set_absences(ctx, me, officer, {"absences": [*known, said]})
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error, prefix)
    return back(place_of(unit, form), done="已登记请假与代理")


@router.post("/duty/absences/{unit}/remove")
async def remove(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """It is taken back."""
    try:
        officer, known = await _known(ctx, me, form)
        left = [one for one in known if one["from"] != text_of(form, "from")]
        if len(left) == len(known):
            raise not_found("没有这一条，可能已被撤销", "unknown-absence")
        await set_absences(ctx, me, officer, {"absences": left})
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error, "/none")
    return back(place_of(unit, form), done="已撤销")


def _is_same(said: dict[str, Any], one: dict[str, Any]) -> bool:
    same_time = all(said[name][:_SECOND] == one[name][:_SECOND] for name in ("from", "until"))
    return same_time and said["substitutes"] == one["substitutes"]


async def _known(ctx: Context, me: Caller, form: FormData) -> tuple[str, list[dict[str, Any]]]:
    """Whose they are, and those there are. Raises a 404 or 422 problem."""
    officer = text_of(form, "officer")
    if not officer:
        raise unprocessable("invalid", "请选择请假的人", Fault("/officer", "请选择请假的人"))
    return officer, (await read_absences(ctx, me, officer))["absences"]
