"""The work desk: what is to be done, by whom, and what is due first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from api.context import Context
from api.deps import Ctx
from api.desk import how_many, mine_of, next_work, of_each_colour
from api.listing import ListQuery, read_page
from api.paper_words import CHANNELS
from api.permissions import SUBMIT
from api.reading import Found, list_view, look_again
from domain.act import moment_of_text
from domain.parties import hidden_steps
from domain.people import Actor
from domain.vocabulary import Channel, Stage
from domain.wall import stamp
from storage.database import Read
from storage.desk_counts import Counted
from storage.mine import Mine
from web.bulk import selectable
from web.desk_query import MINE, OURS, TABS, Asked
from web.shell import page_router, view
from web.visitor import Staff
from web.words import COLOURS, STAGES
from web.work_words import next_step, told_of

router = page_router(live=True)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the list. ``fresh``: something was done to it since the page was opened."""

    appeal: Mapping[str, Any]
    next: Sequence[tuple[str, bool]]
    actions: tuple[str, ...]
    fresh: bool


@router.get("/desk")
async def desk(request: Request, ctx: Ctx, me: Staff) -> Response:
    """The list of a tab, narrowed down."""
    asked = Asked.of(request.query_params)
    if asked.number and await look_again(ctx, me.actor, asked.number):
        return RedirectResponse(f"/appeals/{asked.number}", 303, {"Cache-Control": "no-store"})
    async with ctx.database.read() as r:
        mine = await mine_of(r, ctx, me.actor)
        tabs = {tab: scope_of(me.actor, asked, tab, mine) for tab in TABS}
        counts, coloured = await _counted(r, ctx, me.actor, tabs, asked.tab)
        query, within = tabs[asked.tab]
        found, cursor = await read_page(r, ctx, me.actor, query.model_copy(update={"cursor": asked.cursor}), within)
    since = _since(request, ctx.now())
    return view(
        request,
        "desk.html",
        asked=asked,
        rows=[_row(one, me.actor, mine, since, ctx.now()) for one in found],
        cursor=cursor,
        since=stamp(since),
        pick=request.query_params.get("pick", ""),
        tabs=[(tab, TABS[tab], counts[tab]) for tab in TABS],
        coloured=coloured,
        choices=choices_of(ctx, me.actor),
        may_submit=bool(SUBMIT.roles & set(me.actor.roles)),
        unit=me.actor.unit.name if me.actor.unit else "",
        told_of=told_of(me.actor.roles, ctx.catalogue.policy),
    )


Scope = tuple[ListQuery, Mine | None]


def scope_of(me: Actor, asked: Asked, tab: str, mine: Mine) -> Scope:
    """What a tab shows: somebody's own work is open, whatever is asked for."""
    if tab == MINE:
        return asked.query(open="true"), mine
    # At the top, the unit's own is everything.
    ours = tab == OURS and me.unit is not None and me.unit.superior() is not None
    under = {"under": asked.given.get("under", me.unit_code)} if ours else {}
    return asked.query(**under), None


async def _counted(
    r: Read, ctx: Context, me: Actor, tabs: Mapping[str, Scope], here: str
) -> tuple[dict[str, int | None], Counted | None]:
    """How many each tab holds, and of which colours this one's are.

    Words, and what is closed, are looked for, not counted: they stand among all there ever was.
    """
    counts: dict[str, int | None] = dict.fromkeys(tabs)
    query, mine = tabs[here]
    coloured = None
    if _is_counted(query):
        coloured = await of_each_colour(r, ctx, me, query.model_copy(update={"colour": None}), mine)
    for tab, scope in tabs.items():
        if tab == here and coloured:
            counts[tab] = coloured.of(query.colour)
        elif _is_counted(scope[0]):
            counts[tab] = await how_many(r, ctx, me, *scope)
    return counts, coloured


def _is_counted(query: ListQuery) -> bool:
    return query.open is True and not query.q


def _row(found: Found, me: Actor, mine: Mine, since: datetime, now: datetime) -> Row:
    appeal, hidden = found.appeal, hidden_steps(found.appeal, me)
    work = [(one, theirs) for one, theirs in next_work(appeal, me, mine) if one.step not in hidden]
    # Its own clock may be ahead.
    changed = (appeal.last_at or appeal.created_at) - (found.now - now)
    return Row(
        appeal=list_view(found, me),
        next=list(dict.fromkeys((next_step(appeal, one, is_mine=theirs), theirs) for one, theirs in work)),
        actions=() if found.pending else tuple(selectable(me, work)),
        fresh=changed > since,
    )


def _since(request: Request, now: datetime) -> datetime:
    """When the page was opened: its list refreshes itself, and marks what changed since."""
    try:
        return min(moment_of_text(request.query_params.get("since", "")), now)
    except (ValueError, TypeError):
        return now


def choices_of(ctx: Context, me: Actor) -> dict[str, list[tuple[str, str]]]:
    """What the filters offer, by their names."""
    services = sorted(ctx.catalogue.services(), key=lambda service: service.name)
    return {
        "stage": [(stage.value, STAGES[stage.value]) for stage in Stage if stage is not Stage.CLOSED],
        "service": [(service.code, service.name) for service in services],
        "colour": list(COLOURS.items()),
        "under": list(_units(ctx, me)),
        "channel": [(channel.value, CHANNELS[channel]) for channel in Channel],
        "urgent": [("true", "紧急"), ("false", "普通")],
        "open": [("false", "已办结")],
    }


def _units(ctx: Context, me: Actor) -> Iterator[tuple[str, str]]:
    """Own ones first."""
    entries = [e.unit for e in ctx.organisation.units() if e.unit.kind.value != "outside"]
    for unit in sorted(entries, key=lambda unit: unit.code != me.unit_code):
        yield unit.code, unit.name
