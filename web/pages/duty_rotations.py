"""Rotations by forms: a new one, another order, an end, gone; and who has changed the roster in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.duty import etag, read_roster, unit_of, write_roster
from api.duty_names import order_of
from api.problems import Problem, not_found
from domain.errors import Refusal
from web.pages.duty_shown import again, place_of
from web.roster_forms import rotation_of, text_of
from web.shell import back, page_router
from web.visitor import Posted, Staff

router = page_router()
Rotations = list[dict[str, Any]]
_GONE: Final = "没有这一条轮值，可能已被他人删去"
_LEANING: Final = "有替班、换班或临时勤务以现在的轮值为前提，请先撤销它们再改"


@router.post("/duty/rotations/{unit}")
async def add(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """One more: of several of a duty the last one that has begun holds."""
    return await _changed(request, ctx, me, unit, form, None, "已新增轮值")


@router.post("/duty/rotations/{unit}/{id}")
async def change(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str, id: str) -> Response:  # noqa: A002 - its name in the path
    """Another order, another time, an end."""
    return await _changed(request, ctx, me, unit, form, id, "已修改轮值")


@router.post("/duty/rotations/{unit}/{id}/remove")
async def remove(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str, id: str) -> Response:  # noqa: A002 - its name in the path
    """As if it had never been; what it said stays in the audit log."""

    def without(rotations: Rotations) -> Rotations:
        left = [one for one in rotations if one["id"] != id]
        if len(left) == len(rotations):
            raise not_found(_GONE, "unknown-rotation")
        return left

    try:
        await _write(ctx, me, unit, form, without)
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, _plain(error, ""), "/none")
    return back(place_of(unit, form), done="已删去轮值")


async def _changed(
    request: Request,
    ctx: Context,
    me: Caller,
    unit: str,
    form: FormData,
    id_: str | None,
    done: str,
) -> Response:
    prefix = ""
    try:
        known = (await read_roster(ctx, me, unit))[0]["rotations"]
        place = _place(known, id_)
        prefix = f"/rotations/{place}"
        order = await order_of(ctx, unit_of(ctx, me, unit), text_of(form, "order"), f"{prefix}/order")
        said = rotation_of(form, order)
        if any({**said, "id": one["id"]} == one for one in known):
            # Pressed twice, or nothing was changed.
            return back(place_of(unit, form), done=done)
        await _write(ctx, me, unit, form, lambda rotations: _with(rotations, place, said))
    except (Problem, Refusal) as error:
        return await again(request, ctx, me, unit, form, _plain(error, prefix), prefix)
    return back(place_of(unit, form), done=done)


def _place(known: Rotations, id_: str | None) -> int:
    """Where it stands among them; a new one stands last. Raises a 404 problem."""
    places = [n for n, one in enumerate(known) if one["id"] == id_]
    if id_ is not None and not places:
        raise not_found(_GONE, "unknown-rotation")
    return places[0] if places else len(known)


def _with(rotations: Rotations, place: int, said: dict[str, Any]) -> Rotations:
    if place == len(rotations):
        return [*rotations, said]
    return [{**said, "id": one["id"]} if n == place else one for n, one in enumerate(rotations)]


async def _write(ctx: Context, me: Caller, unit: str, form: FormData, to: Callable[[Rotations], Rotations]) -> None:
    """The whole roster with other rotations, if it still is as the form showed it. Raises a problem."""
    kept, version = await read_roster(ctx, me, unit)
    match = text_of(form, "match")
    if match == etag(version):
        kept = {**kept, "rotations": to(kept["rotations"])}
    await write_roster(ctx, me, unit, match, kept)


def _plain(error: Problem | Refusal, prefix: str) -> Problem | Refusal:
    """What is wrong with the form itself; what leans on it says so once."""
    if not isinstance(error, Problem) or not error.errors:
        return error
    if own := tuple(one for one in error.errors if prefix and one.pointer.startswith(f"{prefix}/")):
        return Problem(error.status, error.code, own[0].detail, errors=own)
    return Problem(error.status, error.code, _LEANING)
