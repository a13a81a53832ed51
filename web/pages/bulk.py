"""One action on many appeals: chosen, looked at, confirmed, done; a line for each of what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Ctx
from domain.people import Place
from domain.vocabulary import Action, Role, UnitKind
from storage.accounts import Accounts
from web.bulk import MOST, TITLES, Fields, Many, action_of, in_reach, numbers_of, once_of, seen_of
from web.meanwhile import SEEN
from web.shell import back, page_router, view
from web.visitor import ONCE, Posted, Staff

router = page_router()
_FIELDS = ("lead_unit", "officer")


@router.post("/desk/many")
async def chosen(_me: Staff, form: Posted) -> Response:
    """The chosen ones get an address: going back to it, or opening it anew, sends nothing twice."""
    action, numbers = action_of(str(form.get("action", ""))), numbers_of(form)
    if not numbers:
        return back(_back(form), "请先选中要办理的诉求")
    return back(_address("/desk/many", form, _body(action, form), ("action", action.value)))


@router.get("/desk/many")
async def choose(request: Request, ctx: Ctx, me: Staff) -> Response:
    """What is to be done with them, and whether each of them can be."""
    given = request.query_params
    if not (numbers := numbers_of(given)):
        return back("/desk")
    action = action_of(given.get("action", ""))
    body, missing = _body(action, given), action is Action.ASSIGN and not given.get("lead_unit")
    lines = [] if missing else await Many(ctx, me, action, body).check(numbers)
    officers = [] if missing or action is not Action.ASSIGN else await _officers(ctx, body["lead_unit"])
    return _page(
        request,
        "many.html",
        given,
        action,
        numbers=numbers,
        lines=lines,
        body=body,
        units=in_reach(ctx, me) if action is Action.ASSIGN else [],
        helpers=_helpers(ctx) if action is Action.ASSIGN else [],
        officers=officers,
        said=_said(ctx, body, officers),
    )


@router.post("/desk/many/{action}")
async def do(ctx: Ctx, me: Staff, form: Posted, action: str) -> Response:
    """Each by itself, under a key of its own: pressed twice, nothing is done twice."""
    what, numbers, once = action_of(action), numbers_of(form), once_of(form)
    body, seen = _body(what, form), seen_of(form)
    await Many(ctx, me, what, body, once, seen).do(numbers)
    more = [(SEEN, f"{number}:{seq}") for number, seq in seen.items()]
    return back(_address(f"/desk/many/{what.value}", form, body, (ONCE, once), *more))


@router.get("/desk/many/{action}")
async def done(request: Request, ctx: Ctx, me: Staff, action: str) -> Response:
    """What became of each, however often it is asked: the journals know the keys."""
    what, given = action_of(action), request.query_params
    if not (numbers := numbers_of(given)):
        return back("/desk")
    body, seen, once = _body(what, given), seen_of(given), once_of(given)
    lines = await Many(ctx, me, what, body, once, seen).look(numbers)
    said = _said(ctx, body, await _officers(ctx, body["lead_unit"]) if "lead_unit" in body else [])
    return _page(request, "many_done.html", given, what, lines=lines, body=body, once_more=once, said=said, seen=seen)


def _address(path: str, form: Fields, body: Mapping[str, Any], *more: tuple[str, str]) -> str:
    """Everything that was chosen, in an address."""
    pairs = [*more, ("back", _back(form)), *(("number", number) for number in numbers_of(form)), *body.items()]
    return f"{path}?{urlencode(pairs, doseq=True)}"


def _page(request: Request, template: str, form: Fields, action: Action, **given: Any) -> Response:
    shared: dict[str, Any] = {"action": action.value, "title": TITLES[action], "most": MOST, "way_back": _back(form)}
    return view(request, template, **given, **shared, goes=f"/desk/many/{action.value}", way_back_to="工作台")


def _back(form: Fields) -> str:
    """To the list that they came from; nowhere else."""
    path = str(form.get("back", ""))
    return path if path == "/desk" or path.startswith("/desk?") else "/desk"


def _body(action: Action, form: Fields) -> dict[str, Any]:
    """What is the same for all of them."""
    if action is not Action.ASSIGN:
        return {}
    body: dict[str, Any] = {name: said for name in _FIELDS if (said := str(form.get(name, "")))}
    helpers = list(dict.fromkeys(str(code) for code in form.getlist("cooperating") if code))
    return body | ({"cooperating": helpers} if helpers else {})


def _helpers(ctx: Context) -> list[Place]:
    """Outside bodies help by a transfer."""
    places = (ctx.organisation.place(entry.unit.code) for entry in ctx.organisation.units())
    return [place for place in places if place and place.kind is not UnitKind.OUTSIDE]


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
        ("牵头单位", name(body["lead_unit"]) if "lead_unit" in body else ""),
        ("配合单位", "、".join(map(name, body.get("cooperating", ())))),
        ("承办民警", dict(officers).get(body.get("officer", ""), body.get("officer", ""))),
    ]
