"""One action on many appeals: chosen, looked at, confirmed, done; a line for each of what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from domain.people import Place
from domain.relations import may_assign_to
from domain.vocabulary import Action, Role
from storage.accounts import Accounts
from web.bulk import MOST, TITLES, Many, action_of, numbers_of, once_of
from web.shell import back, page_router, view
from web.visitor import Posted, Staff

router = page_router()
_FIELDS = ("lead_unit", "officer")


@router.post("/desk/many")
async def choose(request: Request, ctx: Ctx, me: Staff, form: Posted) -> Response:
    """The chosen ones: what is to be done with them, and whether each of them can be."""
    action, numbers = action_of(str(form.get("action", ""))), numbers_of(form)
    if not numbers:
        return back(_back(form), "请先选中要办理的诉求")
    body, missing = _body(action, form), action is Action.ASSIGN and not form.get("lead_unit")
    lines = [] if missing else await Many(ctx, me, action, body).check(numbers)
    officers = [] if missing or action is not Action.ASSIGN else await _officers(ctx, body["lead_unit"])
    return _page(
        request,
        "many.html",
        form,
        action,
        numbers=numbers,
        lines=lines,
        body=body,
        units=_units(ctx, me) if action is Action.ASSIGN else [],
        helpers=_helpers(ctx) if action is Action.ASSIGN else [],
        officers=officers,
        said=_said(ctx, body, officers),
    )


@router.post("/desk/many/{action}")
async def do(request: Request, ctx: Ctx, me: Staff, form: Posted, action: str) -> Response:
    """Each by itself, under a key of its own: pressed twice, nothing is done twice."""
    what, numbers, once = action_of(action), numbers_of(form), once_of(form)
    body = _body(what, form)
    lines = await Many(ctx, me, what, body, once).do(numbers)
    said = _said(ctx, body, await _officers(ctx, body["lead_unit"]) if "lead_unit" in body else [])
    status = HTTPStatus.OK if all(line.is_good for line in lines) else HTTPStatus.MULTI_STATUS
    return _page(request, "many_done.html", form, what, status, lines=lines, body=body, once_more=once, said=said)


def _page(
    request: Request, template: str, form: FormData, action: Action, status: int = HTTPStatus.OK, **given: Any
) -> Response:
    shared = {"action": action.value, "title": TITLES[action], "most": MOST, "way_back": _back(form)}
    return view(request, template, status, **shared, **given)


def _back(form: FormData) -> str:
    """To the list that they came from; nowhere else."""
    path = str(form.get("back", ""))
    return path if path == "/desk" or path.startswith("/desk?") else "/desk"


def _body(action: Action, form: FormData) -> dict[str, Any]:
    """What is the same for all of them."""
    if action is not Action.ASSIGN:
        return {}
    body: dict[str, Any] = {name: said for name in _FIELDS if (said := str(form.get(name, "")))}
    helpers = list(dict.fromkeys(str(code) for code in form.getlist("cooperating") if code))
    return body | ({"cooperating": helpers} if helpers else {})


def _units(ctx: Context, me: Caller) -> list[Place]:
    """Where they may send it, what lies below them first."""
    places = [ctx.organisation.place(entry.unit.code) for entry in ctx.organisation.units()]
    able = [place for place in places if place and may_assign_to(me.actor, place)]
    return sorted(able, key=lambda place: not place.is_under(me.actor.unit_code or ""))


def _helpers(ctx: Context) -> list[Place]:
    places = (ctx.organisation.place(entry.unit.code) for entry in ctx.organisation.units())
    return [place for place in places if place]


async def _officers(ctx: Context, unit: str) -> list[tuple[str, str]]:
    """Who handles matters there."""
    async with ctx.database.read() as r:
        return [(a.code, a.name) for a in await Accounts(r).of_unit(unit) if Role.HANDLER in a.roles]


def _said(ctx: Context, body: dict[str, Any], officers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The common part in words."""

    def name(code: str) -> str:
        place = ctx.organisation.place(code)
        return place.name if place else code

    return [
        ("承办单位", name(body["lead_unit"]) if "lead_unit" in body else ""),
        ("协办单位", "、".join(map(name, body.get("cooperating", ())))),
        ("承办民警", dict(officers).get(body.get("officer", ""), body.get("officer", ""))),
    ]
