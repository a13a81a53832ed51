"""Links by which a calendar program reads duty: it cannot sign in, so that the link itself proves who took it."""

from __future__ import annotations

from typing import Any

from fastapi.security import HTTPAuthorizationCredentials
from starlette.requests import Request

from api.context import Context
from api.deps import Caller, actor_of, signed_in, unauthorized
from api.duty import only_staff
from api.permissions import demand_scope
from api.watching import PERSON
from runtime.links import BadLink
from storage.accounts import Accounts

What = tuple[str, str]
"""What a calendar is of: its kind, which the link is signed for, and the code of the unit or person."""


def with_calendar(request: Request, ctx: Context, me: Caller, what: What, view: dict[str, Any]) -> dict[str, Any]:
    """The answer with the caller's own link to the calendar; a person's is for himself alone."""
    kind, code = what
    links: dict[str, Any] = view.get("links", {}) | {"calendar": None}
    if ctx.links and (kind != PERSON or code == me.account.code):
        base = ctx.settings.public_url or str(request.base_url).rstrip("/")
        folder = "/v1/duty/people" if kind == PERSON else "/v1/duty"
        links["calendar"] = f"{base}{folder}/{code}/calendar.ics?token={ctx.links.sign(kind, code, me.account.code)}"
    return view | {"links": links}


async def open_calendar(
    request: Request, ctx: Context, credentials: HTTPAuthorizationCredentials | None, token: str | None, what: What
) -> None:
    """Lets in whoever has a key, or a link made for this calendar by an account that still is. Raises 401 or 403."""
    if token is None:
        me = await signed_in(request, ctx, credentials)
        demand_scope(request.method, request.scope["route"].path, me.scopes)
        only_staff(me.actor)
        return
    kind, code = what
    try:
        said, holder = ctx.links.read(kind, token) if ctx.links else ("", "")
    except (BadLink, ValueError):
        said, holder = "", ""
    async with ctx.database.read() as r:
        account = await Accounts(r).get(holder) if holder and said == code else None
    if account is None:
        raise unauthorized("日历链接无效或已失效，请重新获取", ', error="invalid_token"')
    only_staff(actor_of(ctx, account))
