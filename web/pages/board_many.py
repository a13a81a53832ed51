"""Orders for several appeals of the board's list: chosen, filled in, looked at one by one, confirmed, done.

What is filled in stands in no address: it is kept for a day for whoever filled it in (:mod:`api.kept_forms`), and the
pages that look at it, and that tell what became of it, are reloaded and gone back to like any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.datastructures import ImmutableMultiDict
from starlette.responses import Response

from api.asked import Asked
from api.context import Context
from api.deps import Caller, Ctx
from api.kept_forms import form_kept, keep_form
from api.problems import not_found
from api.reading import Found
from api.statistics import may_see_statistics
from api.validation import faults_of
from domain.errors import Fault
from web.bulk import MOST, Fields, Line, Many, numbers_of, once_of, seen_of
from web.deeds import Deed, deed_of, options_of, told
from web.forms import body_of, form_of
from web.meanwhile import SEEN
from web.pages.appeal_effects import effect_of
from web.shell import back, page_router, view
from web.visitor import ONCE, Posted, Staff, typed
from web.words import stage

router = page_router()
_AT: Final = "/board/many"
_NOT_KEPT: Final = (
    "填写的内容已经不在了：只保留一天，也只有填写人自己能打开。"
    "已经办理的，结果见各件的办理记录；还要办理的，请到看板的列表里重新选中"
)


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be done with several, as it was filled in. ``once`` makes the keys under which each is done."""

    deed: Deed
    given: Fields
    once: str

    @property
    def path(self) -> str:
        """Where it is looked at, and confirmed."""
        return f"{_AT}/{self.deed.code}/{self.once}"

    @property
    def kept_as(self) -> str:
        """What its form is kept as: apart from the form at :attr:`path`, which a session's end may keep as well."""
        return f"{_AT}/{self.deed.code}?{ONCE}={self.once}"

    @property
    def body(self) -> dict[str, Any]:
        return body_of(self.deed.schema, self.given.multi_items())

    @property
    def faults(self) -> Sequence[Fault]:
        return faults_of(self.deed.schema, self.body)


@router.get("/board/many")
async def choose(request: Request, ctx: Ctx, me: Staff) -> Response:
    """What is to be ordered of those that were chosen."""
    may_see_statistics(me.actor)
    given = request.query_params
    if not numbers_of(given):
        return back(_back(given), "请先选中诉求")
    deed = deed_of(given.get("do", ""))
    form = form_of(deed.schema, {}, (), options_of(ctx, me, deed))
    return _page(request, "board_many.html", deed, given, form=form, lines=[])


@router.post("/board/many/{code}")
async def fill_in(ctx: Ctx, me: Staff, form: Posted, code: str) -> Response:
    """It is kept as it was filled in, right or not."""
    may_see_statistics(me.actor)
    order = _Order(deed_of(code), form, once_of(form))
    if not numbers_of(form):
        return back(_back(form), "请先选中诉求")
    await keep_form(ctx, me, order.kept_as, typed(form))
    return back(order.path)


@router.get("/board/many/{code}/{once}")
async def check(request: Request, ctx: Ctx, me: Staff, code: str, once: str) -> Response:
    """What would become of each; or what is wrong with what was filled in."""
    order = await _kept(ctx, me, code, once)
    faults, deed, given = order.faults, order.deed, order.given
    lines = [] if faults else await _many(ctx, me, order).check(numbers_of(given))
    return _page(
        request,
        "board_many.html",
        deed,
        given,
        HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        form=form_of(deed.schema, order.body, faults, options_of(ctx, me, deed)),
        lines=lines,
        effects=_effects(lines),
        said=told(ctx, deed, order.body) if lines else [],
        goes=order.path,
    )


@router.post("/board/many/{code}/{once}")
async def do(ctx: Ctx, me: Staff, form: Posted, code: str, once: str) -> Response:
    """Each by itself, under a key of its own: pressed twice, nothing is done twice."""
    order = await _kept(ctx, me, code, once)
    numbers, seen = numbers_of(form), seen_of(form)
    if order.faults or not numbers:
        return back(order.path)
    await _many(ctx, me, order, seen).do(numbers)
    chosen = [("number", number) for number in numbers] + [(SEEN, f"{number}:{seq}") for number, seq in seen.items()]
    return back(f"{order.path}/done?{urlencode(chosen)}")


@router.get("/board/many/{code}/{once}/done")
async def done(request: Request, ctx: Ctx, me: Staff, code: str, once: str) -> Response:
    """What became of each, however often it is asked: the journals know the keys."""
    order = await _kept(ctx, me, code, once)
    numbers, seen = numbers_of(request.query_params), seen_of(request.query_params)
    if order.faults or not numbers:
        return back(order.path)
    return _page(
        request,
        "many_done.html",
        order.deed,
        order.given,
        lines=await _many(ctx, me, order, seen).look(numbers),
        said=told(ctx, order.deed, order.body),
        seen=seen,
        goes=order.path,
        once_more=once,
        body={},
        way_back_to="列表",
    )


async def _kept(ctx: Context, me: Caller, code: str, once: str) -> _Order:
    """What the caller has filled in. Raises a 404 problem for what is kept no more, or was filled in by another."""
    may_see_statistics(me.actor)
    order = _Order(deed_of(code), ImmutableMultiDict(), once)
    if pairs := await form_kept(ctx, me, order.kept_as):
        return _Order(order.deed, ImmutableMultiDict(pairs), once)
    raise not_found(_NOT_KEPT)


def _many(ctx: Context, me: Caller, order: _Order, seen: Mapping[str, int] | None = None) -> Many:
    def says(found: Found, asked: Asked) -> tuple[str, str]:
        return effect_of(found.appeal, me.actor, asked.action, asked.body), _stands(found)

    body = {**order.body, **order.deed.fixed}
    return Many(ctx, me, order.deed.action, body, order.once, seen or {}, says)


def _stands(found: Found) -> str:
    """Where it is, and what was ordered before: 承办 · 甲派出所 · 已督办1次."""
    appeal = found.appeal
    orders = f"已督办{len(appeal.supervisions)}次" if appeal.supervisions else ""
    return " · ".join(filter(None, (stage(appeal.stage), appeal.lead.name if appeal.lead else "未交办", orders)))


def _effects(lines: Sequence[Line]) -> list[tuple[str, int]]:
    """What would follow, and of how many."""
    return list(Counter(line.effect for line in lines if line.is_good).items())


def _page(
    request: Request, template: str, deed: Deed, asked: Fields, status: int = HTTPStatus.OK, **given: Any
) -> Response:
    shared: dict[str, Any] = {"action": deed.code, "title": f"批量{deed.title}", "way_back": _back(asked)}
    return view(request, template, status, **given, **shared, numbers=numbers_of(asked), most=MOST)


def _back(form: Fields) -> str:
    """To the list that they came from; nowhere else."""
    path = str(form.get("back", ""))
    return path if path == "/board/list" or path.startswith("/board/list?") else "/board/list?open=true"
