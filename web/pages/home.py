"""Where an enterprise begins: find what it needs by words or by need, go on with a draft, see where its matters are."""

from __future__ import annotations

from datetime import date

from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.drafts import my_drafts
from api.finding import LONGEST, find, grouped, offered
from domain.calendar import ZONE
from storage.drafts import Draft
from web.own_list import owns, waiting_lines
from web.service_reading import promise_of
from web.shell import page_router, view
from web.submission import may_submit
from web.visitor import Maybe, is_staff

router = page_router()

_SHOWN = 5


@router.get("/")
async def start(request: Request, ctx: Ctx, me: Maybe, q: str = "") -> Response:
    """Services by words, or by what people come for; and what the caller has going on."""
    words = q.strip()[:LONGEST]
    services = offered(ctx.catalogue.services(_today(ctx)), inside=is_staff(me))
    waits, others = await waiting_lines(ctx, me) if me and owns(me) else ([], [])
    return view(
        request,
        "home.html",
        q=words,
        found=find(services, words) if words else [],
        groups=grouped(services),
        promise_of=promise_of,
        desk=is_staff(me),
        may_submit=may_submit(me),
        owns=owns(me),
        following=me.only if me else None,
        mine=(waits + others)[:_SHOWN],
        waits=len(waits),
        drafts=await _drafts(ctx, me) if me and not me.only else [],
    )


async def _drafts(ctx: Context, me: Caller) -> list[tuple[Draft, str]]:
    """Drafts with the names of their services."""
    known = ((draft, ctx.catalogue.find(draft.service, _today(ctx))) for draft in await my_drafts(ctx, me))
    return [(draft, service.name) for draft, service in known if service]


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ZONE).date()
