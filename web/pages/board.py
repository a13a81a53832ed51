"""The supervisor's board: what is open and where, what is about to turn, the rates, and where time is spent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode

from fastapi import Path, Request
from starlette.responses import Response

from api.context import Context
from api.deps import Ctx
from api.figure_links import LIST
from api.listing import ListQuery, find_page
from api.paper_words import CHANNELS
from api.problems import Problem, not_found, unprocessable
from api.reading import Found, list_view
from api.statistics import PeriodQuery, may_see_statistics, stretch_of, units_of_reach
from api.statistics_answers import clocks, heat, rates, stages
from domain.calendar import ZONE
from domain.people import Actor
from domain.routing import ORDINARY, WORDS
from domain.vocabulary import Channel, Tier
from storage.saved_views import SavedViews, SavedViewsWriter
from web.board_query import BY, Asked, checked
from web.deeds import DEEDS, deeds_for, picks_of
from web.excel import MOST, workbook
from web.filter_words import filter_words
from web.heat import shaded
from web.list_columns import columns
from web.shell import back, page_router, view
from web.visitor import Posted, Staff

router = page_router(live=True)
PAGE: Final = "board"
_TURNS_WITHIN: Final = timedelta(hours=24)
_SHOWN: Final = 6
_ON_A_PAGE: Final = 50
_TREND: Final = 6  # months
_AT_ONCE: Final = 100  # read for a file, while others are served
#: Of a list's address: where in it, and what is ticked.
_PLACES: Final = frozenset({"cursor", "pick"})
_LONGEST_NAME: Final = 40
_Id = Annotated[int, Path(ge=0, lt=2**31)]


@router.get("/board")
async def board(request: Request, ctx: Ctx, me: Staff) -> Response:
    """Everything at a glance."""
    may_see_statistics(me.actor)
    asked, faults = Asked.of(request.query_params), {}
    try:
        figures = await _figures(ctx, me.actor, asked)
    except Problem as problem:
        if not problem.errors:
            raise
        # Whoever filled it in goes on from there.
        figures, faults = {"told": []}, {fault.pointer.removeprefix("/"): fault.detail for fault in problem.errors}
    async with ctx.database.read() as r:
        views = await SavedViews(r).of(me.account.code, PAGE)
    return view(
        request,
        "board.html",
        HTTPStatus.UNPROCESSABLE_ENTITY if faults else HTTPStatus.OK,
        asked=asked,
        faults=faults,
        views=[(one, one.owner == me.account.code) for one in views],
        choices=_choices(ctx, me.actor),
        by=BY,
        behind=behind_path,
        **figures,
    )


async def _figures(ctx: Context, actor: Actor, asked: Asked) -> dict[str, Any]:
    """Everything that is counted. Raises a 422 problem that names each field."""
    period, now = asked.period(), ctx.now()
    stretch_of(ctx, period)
    standing, shares, trend, kept, spent, turning = await asyncio.gather(
        stages(ctx, actor, asked.standing()),
        rates(ctx, actor, period),
        rates(ctx, actor, _months(asked, now)),
        clocks(ctx, actor, period),
        heat(ctx, actor, period),
        _turning(ctx, actor, asked, now),
    )
    return {
        "standing": standing,
        "rates": shares,
        "trend": trend,
        "clocks": kept,
        "heat": shaded(spent),
        "turning": turning,
        "told": _told(ctx, period),
    }


@router.get("/board/list")
async def behind(request: Request, ctx: Ctx, me: Staff) -> Response:
    """The appeals behind a figure."""
    may_see_statistics(me.actor)
    query = _list_query(request)
    found, cursor = await find_page(ctx, me.actor, query)
    params = [(name, value) for name, value in request.query_params.multi_items() if name not in _PLACES]
    rows = [(one, deeds_for(one, me)) for one in found]
    able = {code for _, codes in rows for code in codes}
    return view(
        request,
        "board_list.html",
        appeals=[(list_view(one, me.actor), codes) for one, codes in rows],
        deeds=[deed for code, deed in DEEDS.items() if code in able],
        pick=request.query_params.get("pick", ""),
        picks=picks_of([codes for _, codes in rows]),
        here=f"/board/list?{urlencode([*params, *([('cursor', query.cursor)] if query.cursor else [])])}",
        words=_list_words(ctx, query),
        query=urlencode(params),
        next=f"/board/list?{urlencode([*params, ('cursor', cursor)])}" if cursor else None,
        first=f"/board/list?{urlencode(params)}" if query.cursor else None,
    )


@router.get("/board/export.xlsx")
async def export(request: Request, ctx: Ctx, me: Staff) -> Response:
    """The same list as a file."""
    may_see_statistics(me.actor)
    query = _list_query(request)
    told = columns(ctx.organisation.region_name)
    return await workbook(_every(ctx, me.actor, query), told, "诉求列表", _list_words(ctx, query), ctx.now())


@router.post("/board/views")
async def keep_view(ctx: Ctx, me: Staff, form: Posted) -> Response:
    """Keeps a filter by a name."""
    may_see_statistics(me.actor)
    asked = Asked.of(dict(parse_qsl(str(form.get("query", "")))))
    asked.period()
    name = " ".join(str(form.get("name", "")).split())[:_LONGEST_NAME]
    if not name:
        raise unprocessable("name-missing", "请为此视图起一个名称")
    query = asked.path("").removeprefix("?")
    async with ctx.database.write() as w:
        kept = await SavedViewsWriter(w).keep(
            me.account.code, PAGE, name, query, shared="shared" in form, now=ctx.now()
        )
    if not kept:
        raise unprocessable("too-many-views", "保存的视图过多，请先删除不用的")
    return back(asked.path(), done=f"已保存视图“{name}”")


@router.post("/board/views/{view_id}/remove")
async def remove_view(ctx: Ctx, me: Staff, form: Posted, view_id: _Id) -> Response:
    """Takes one of their own away."""
    async with ctx.database.write() as w:
        if not await SavedViewsWriter(w).remove(me.account.code, view_id):
            raise not_found("没有这个视图，或者不是您保存的")
    return back(Asked.of(dict(parse_qsl(str(form.get("query", ""))))).path(), done="已删除视图")


def _list_query(request: Request) -> ListQuery:
    given = {name: value for name, value in request.query_params.items() if name != "pick"}
    given.setdefault("sort", "due_at" if given.get("open") == "true" else "-created_at")
    query: ListQuery = checked(ListQuery, {"limit": _ON_A_PAGE, **given})
    return query


def _list_words(ctx: Context, query: ListQuery) -> list[str]:
    return filter_words(ctx, query.model_dump(exclude={"limit", "cursor", "sort"}))


async def _every(ctx: Context, actor: Actor, query: ListQuery) -> AsyncIterator[Found]:
    """Page by page, one more than a file takes."""
    query, count = query.model_copy(update={"limit": _AT_ONCE, "cursor": None}), 0
    while count <= MOST:
        found, cursor = await find_page(ctx, actor, query)
        for one in found:
            yield one
        count += len(found)
        if cursor is None:
            return
        query = query.model_copy(update={"cursor": cursor})


async def _turning(ctx: Context, actor: Actor, asked: Asked, now: datetime) -> dict[str, Any]:
    """What is due within a day and not overdue yet, first the first; and the list of all of them."""
    given = {k: v for k, v in asked.given.items() if k not in {"from", "to", "by"}}
    reach = units_of_reach(actor)
    minute = now.astimezone(ZONE).replace(second=0, microsecond=0)
    given |= {"under": given.get("under") or reach} if reach else {}
    given |= {"open": "true", "sort": "due_at", "due_from": minute.isoformat()}
    given |= {"due_before": (minute + _TURNS_WITHIN).isoformat()}
    found, cursor = await find_page(ctx, actor, checked(ListQuery, {**given, "limit": _SHOWN}))
    return {
        "appeals": [list_view(one, actor) for one in found],
        "more": cursor is not None,
        "path": f"/board/list?{urlencode({k: v for k, v in given.items() if v})}",
    }


def _months(asked: Asked, now: datetime) -> PeriodQuery:
    """The last months with the present one, whatever the period."""
    first = now.astimezone(ZONE).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    end = (first + timedelta(days=32)).replace(day=1)
    for _ in range(_TREND - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return asked.period(**{"from": first.isoformat(), "to": end.isoformat(), "by": "month"})


def _told(ctx: Context, period: PeriodQuery) -> list[str]:
    return filter_words(ctx, period.model_dump(exclude={"from_", "to", "by"}))


def _choices(ctx: Context, actor: Actor) -> dict[str, list[tuple[str, str]]]:
    reach = units_of_reach(actor)
    places = [(e.unit, ctx.organisation.place(e.unit.code)) for e in ctx.organisation.units()]
    units = [(u.code, u.name) for u, place in places if place and (reach is None or place.is_under(reach))]
    return {
        "under": units,
        "service": sorted(((s.code, s.name) for s in ctx.catalogue.services()), key=lambda one: one[1]),
        "channel": [(channel.value, CHANNELS[channel]) for channel in Channel],
        "region": [(code, ctx.organisation.region_name(code)) for code in ctx.organisation.regions()],
        "tier": [*((tier.value, WORDS[tier]) for tier in Tier), ("none", WORDS[ORDINARY])],
        "by": list(BY.items()),
    }


def behind_path(appeals: str) -> str:
    """The page of a list of the API."""
    return appeals.replace(LIST, "/board/list", 1)
