"""Orders for several appeals of the board's list: chosen, filled in, looked at one by one, confirmed, done."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import Response

from api.acting import Asked
from api.context import Context
from api.deps import Caller, Ctx
from api.reading import Found
from api.statistics import may_see_statistics
from api.validation import faults_of
from web.bulk import MOST, Fields, Line, Many, numbers_of, once_of, seen_of
from web.deeds import Deed, deed_of, options_of, told
from web.forms import body_of, form_of
from web.meanwhile import SEEN
from web.pages.appeal_effects import effect_of
from web.shell import back, page_router, view
from web.visitor import ONCE, Posted, Staff
from web.words import stage

router = page_router()
_AT: Final = "/board/many"
#: What stands in an address beside the fields of the form.
_OURS: Final = frozenset({"do", "back", "number", "checked", "csrf", ONCE, SEEN})


@router.get("/board/many")
async def choose(request: Request, ctx: Ctx, me: Staff) -> Response:
    """What is to be ordered, and what would become of each; all of it in the address."""
    may_see_statistics(me.actor)
    given = request.query_params
    if not (numbers := numbers_of(given)):
        return back(_back(given), "请先选中诉求")
    deed = deed_of(given.get("do", ""))
    body, is_filled = body_of(deed.schema, given.multi_items()), "checked" in given
    faults = faults_of(deed.schema, body) if is_filled else ()
    lines = [] if faults or not is_filled else await _many(ctx, me, deed, body).check(numbers)
    return _page(
        request,
        "board_many.html",
        given,
        deed,
        status=422 if faults else 200,
        numbers=numbers,
        lines=lines,
        effects=_effects(lines),
        form=form_of(deed.schema, body, faults, options_of(ctx, me, deed)),
        said=told(ctx, deed, body) if lines else [],
    )


@router.post("/board/many/{code}")
async def do(ctx: Ctx, me: Staff, form: Posted, code: str) -> Response:
    """Each by itself, under a key of its own: pressed twice, nothing is done twice."""
    may_see_statistics(me.actor)
    deed, numbers, once = deed_of(code), numbers_of(form), once_of(form)
    body, seen = body_of(deed.schema, form.multi_items()), seen_of(form)
    if faults_of(deed.schema, body):
        return back(_address(_AT, form, ("do", code), ("checked", "1")))
    await _many(ctx, me, deed, body, once, seen).do(numbers)
    more = [(SEEN, f"{number}:{seq}") for number, seq in seen.items()]
    return back(_address(f"{_AT}/{code}", form, (ONCE, once), *more))


@router.get("/board/many/{code}")
async def done(request: Request, ctx: Ctx, me: Staff, code: str) -> Response:
    """What became of each, however often it is asked: the journals know the keys."""
    may_see_statistics(me.actor)
    deed, given = deed_of(code), request.query_params
    numbers = numbers_of(given)
    if not numbers or ONCE not in given:
        return back(_back(given))
    body, seen, once = body_of(deed.schema, given.multi_items()), seen_of(given), once_of(given)
    if faults_of(deed.schema, body):
        return back(_back(given))
    lines = await _many(ctx, me, deed, body, once, seen).look(numbers)
    return _page(
        request, "many_done.html", given, deed, lines=lines, once_more=once, said=told(ctx, deed, body), seen=seen
    )


def _many(
    ctx: Context, me: Caller, deed: Deed, body: dict[str, Any], once: str = "check", seen: dict[str, int] | None = None
) -> Many:
    def says(found: Found, asked: Asked) -> tuple[str, str]:
        return effect_of(found.appeal, me.actor, asked.action, asked.body), _stands(found)

    return Many(ctx, me, deed.action, {**body, **deed.fixed}, once, seen or {}, says)


def _stands(found: Found) -> str:
    """Where it is, and what was ordered before: 承办 · 甲派出所 · 已督办1次."""
    appeal = found.appeal
    orders = f"已督办{len(appeal.supervisions)}次" if appeal.supervisions else ""
    return " · ".join(filter(None, (stage(appeal.stage), appeal.lead.name if appeal.lead else "未交办", orders)))


def _effects(lines: list[Line]) -> list[tuple[str, int]]:
    """What would follow, and of how many."""
    return list(Counter(line.effect for line in lines if line.is_good).items())


def _page(request: Request, template: str, asked: Fields, deed: Deed, status: int = 200, **given: Any) -> Response:
    kept = [(name, value) for name, value in asked.multi_items() if name not in _OURS]
    shared: dict[str, Any] = {"action": deed.code, "title": f"批量{deed.title}", "base": _AT, "body": {}, "kept": kept}
    return view(request, template, status, **given, **shared, most=MOST, way_back=_back(asked), way_back_to="列表")


def _address(path: str, form: Fields, *more: tuple[str, str]) -> str:
    """Everything that was chosen and filled in, in an address."""
    kept = [(name, str(value)) for name, value in form.multi_items() if name not in _OURS]
    numbers = [("number", number) for number in numbers_of(form)]
    return f"{path}?{urlencode([*more, ('back', _back(form)), *numbers, *kept])}"


def _back(form: Fields) -> str:
    """To the list that they came from; nowhere else."""
    path = str(form.get("back", ""))
    return path if path == "/board/list" or path.startswith("/board/list?") else "/board/list?open=true"
