"""Leave and who stands in, by forms: of the people of a unit, by whoever leads it."""

from __future__ import annotations

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.absences import add_absence, remove_absence
from api.deps import Ctx
from api.problems import Problem, unprocessable
from domain.errors import Fault, Refusal
from web.pages.duty_shown import again, place_of
from web.roster_forms import absence_of, text_of
from web.shell import back, page_router
from web.visitor import Posted, Staff

router = page_router()


@router.post("/duty/absences/{unit}")
async def add(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """Somebody is away from here until there, and who comes instead."""
    prefix = ""
    try:
        officer = _officer(form)
        prefix = "/absences/0"
        await add_absence(ctx, me, officer, absence_of(form))
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error, prefix)
    return back(place_of(unit, form), done="已登记请假与代理")


@router.post("/duty/absences/{unit}/remove")
async def remove(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """It is taken back."""
    try:
        await remove_absence(ctx, me, _officer(form), text_of(form, "from"))
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, error, "/none")
    return back(place_of(unit, form), done="已撤销")


def _officer(form: FormData) -> str:
    """Whose it is. Raises a 422 problem."""
    officer = text_of(form, "officer")
    if not officer:
        raise unprocessable("invalid", "请选择请假的人", Fault("/officer", "请选择请假的人"))
    return officer
