"""A form whose session ended while it was filled in: whose it is, and the page that shows it again, filled in."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import FormData

from api.context import Context
from api.deps import Caller
from api.kept_forms import Pairs, form_kept, keep_form
from domain.people import contact_id

_DIGITS: Final = 16
_ACTION: Final = re.compile(r"/(?P<page>appeals|track)/(?P<number>[^/?#]+)/actions/(?P<action>[a-z_]+)")
_FORM: Final = re.compile(r"/(?:submit|desk/new)/[^/?#]+")


def owner_of(account: str) -> str:
    """Whose form it is, as the form itself says it: nobody reads an account from that."""
    return hashlib.sha256(account.encode()).hexdigest()[:_DIGITS]


def is_theirs(owner: str, account: str, to: str) -> bool:
    """Whether what was typed is handed on to this account: its own, or what the contact of that very appeal has typed.

    A form that does not say whose it is stands before whoever signs in.
    """
    found = _ACTION.fullmatch(to)
    contact = owner_of(contact_id(found["number"])) if found and found["page"] == "track" else ""
    return owner in {"", owner_of(account), contact}


async def hold(ctx: Context, me: Caller, to: str, pairs: Pairs) -> str:
    """Keeps what was typed into the form that goes ``to``; the address of the page that shows it again, filled in."""
    await keep_form(ctx, me, to, pairs)
    if found := _ACTION.fullmatch(to):
        return f"/{found['page']}/{quote(found['number'])}?do={found['action']}&kept=1#held"
    return f"{quote(to)}?kept=1#held" if _FORM.fullmatch(to) else f"/sign-in/kept?to={quote(to, safe='')}"


async def form_held(request: Request, ctx: Context, me: Caller, to: str) -> FormData | None:
    """What was typed into the form that goes ``to``. The page says that it was not sent; its forms say it, too."""
    pairs = await form_kept(ctx, me, to)
    request.state.held = bool(pairs)
    return FormData([(name, value) for name, value in pairs]) if pairs else None
