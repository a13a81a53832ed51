"""A form whose session ended while it was filled in: whose it is, and the page that shows it again, filled in."""

from __future__ import annotations

import hashlib
import re
from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.datastructures import FormData

from api.context import Context
from api.deps import Caller
from api.kept_forms import Pairs, form_kept, keep_form
from api.metrics import count_problem
from api.middleware import log_failure
from api.problems import Problem, problem_of
from domain.people import contact_id

_DIGITS: Final = 16
_NOT_KEPT: Final = "刚才填写的内容没有保留"
ACTION: Final = re.compile(r"/(?P<page>appeals|track)/(?P<number>[^/?#]+)/actions/(?P<action>[a-z_]+)")
"""Where the form of an action on an appeal goes."""
_FORM: Final = re.compile(r"/(?:submit|desk/new)/[^/?#]+")


def owner_of(account: str) -> str:
    """Whose form it is, as the form itself says it, to tell one's own from another's.

    No secret and no proof: whoever knows the accounts' codes finds whose it is.
    """
    return hashlib.sha256(account.encode()).hexdigest()[:_DIGITS]


def is_theirs(owner: str, account: str, to: str) -> bool:
    """Whether what was typed is handed on to this account: its own, or what the contact of that very appeal has typed.

    A form that does not say whose it is stands before whoever signs in.
    """
    found = ACTION.fullmatch(to)
    contact = owner_of(contact_id(found["number"])) if found and found["page"] == "track" else ""
    return owner in {"", owner_of(account), contact}


async def hold(ctx: Context, me: Caller, to: str, pairs: Pairs) -> str:
    """Keeps what was typed into the form that goes ``to``; the address of the page that shows it again, filled in."""
    await keep_form(ctx, me, to, pairs)
    place = place_of(to)
    return f"{place}{'&' if '?' in place else '?'}kept=1#held" if place else f"/sign-in/kept?to={quote(to, safe='')}"


async def hold_if_possible(ctx: Context, me: Caller, to: str, pairs: Pairs, place: str) -> tuple[str, str]:
    """As :func:`hold`; else ``place``, with a sentence: whoever has come in is in, also when nothing can be kept."""
    try:
        return await hold(ctx, me, to, pairs), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, the session is open, and its cookie must go out
        problem = problem_of(error)
        count_problem(problem.status, problem.code)
        if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
            log_failure(error)
        return place, f"您已登录。{problem.detail if isinstance(error, Problem) else _NOT_KEPT}，请重新填写。"


def place_of(to: str) -> str:
    """The address of the page on which the form that goes ``to`` stands; none for a form that cannot be shown again."""
    if found := ACTION.fullmatch(to):
        return f"/{found['page']}/{quote(found['number'])}?do={found['action']}"
    return quote(to) if _FORM.fullmatch(to) else ""


async def form_held(request: Request, ctx: Context, me: Caller, to: str) -> FormData | None:
    """What was typed into the form that goes ``to``. The page says that it was not sent; its forms say it, too."""
    pairs = await form_kept(ctx, me, to)
    request.state.held = to if pairs else ""
    return FormData([(name, value) for name, value in pairs]) if pairs else None
