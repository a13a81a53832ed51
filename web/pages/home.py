"""Where an enterprise begins: find what it needs by words or by need, go on with a draft, see where its matters are."""

from __future__ import annotations

from datetime import date
from typing import Any

from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.drafts import my_drafts
from api.finding import LONGEST, find, grouped
from api.listing import ListQuery, list_page
from domain.calendar import ZONE
from domain.vocabulary import Role
from storage.drafts import Draft
from web.service_reading import promise_of
from web.shell import page_router, view
from web.submission import may_submit
from web.visitor import Maybe, is_staff

router = page_router()

_LOOKED_AT = 20
_SHOWN = 5
_WAITS_FOR_THEM = "waiting_enterprise"


@router.get("/")
async def start(request: Request, ctx: Ctx, me: Maybe, q: str = "") -> Response:
    """Services by words, or by what people come for; and what the caller has going on."""
    words = q.strip()[:LONGEST]
    services = ctx.catalogue.services(_today(ctx))
    owns = me is not None and Role.ENTERPRISE in me.actor.roles and not me.only
    return view(
        request,
        "home.html",
        q=words,
        found=find(services, words) if words else [],
        groups=grouped(services),
        promise_of=promise_of,
        desk=is_staff(me),
        may_submit=may_submit(me),
        owns=owns,
        following=me.only if me else None,
        mine=await _open_ones(ctx, me) if me and owns else [],
        drafts=await _drafts(ctx, me) if me and not me.only else [],
    )


async def _open_ones(ctx: Context, me: Caller) -> list[dict[str, Any]]:
    """The enterprise's open appeals: first those that wait for itself, then by age."""
    newest, _ = await list_page(ctx, me.actor, ListQuery(open=True, limit=_LOOKED_AT))
    return sorted(newest, key=lambda one: not _is_theirs(one))[:_SHOWN]


def _is_theirs(one: dict[str, Any]) -> bool:
    return bool(one["status"] == _WAITS_FOR_THEM or one["stage"] == "evaluate")


async def _drafts(ctx: Context, me: Caller) -> list[tuple[Draft, str]]:
    """Drafts with the names of their services."""
    known = ((draft, ctx.catalogue.find(draft.service, _today(ctx))) for draft in await my_drafts(ctx, me))
    return [(draft, service.name) for draft, service in known if service]


def _today(ctx: Context) -> date:
    return ctx.now().astimezone(ZONE).date()
