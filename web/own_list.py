"""An enterprise's own appeals as a list: first those that wait for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from api.context import Context
from api.deps import Caller
from api.listing import ListQuery, find_page
from api.reading import Found, list_view
from domain.vocabulary import Role
from web.following import own_turn

_LOOKED_AT: Final = 100
"""So many open ones, those due first, are looked through for what waits for the enterprise."""


@dataclass(frozen=True, slots=True)
class Line:
    """An appeal of the list; ``turn``: what waits for the enterprise itself, in a word."""

    view: dict[str, Any]
    turn: str


def owns(me: Caller | None) -> bool:
    """Whether they have appeals of their own, by an account."""
    return me is not None and Role.ENTERPRISE in me.actor.roles and not me.only


async def waiting_lines(ctx: Context, me: Caller) -> tuple[list[Line], list[Line]]:
    """Open ones: those that wait for the enterprise itself, and the others; each with what is due first on top."""
    found, _ = await find_page(ctx, me.actor, ListQuery(open=True, limit=_LOOKED_AT, sort="due_at"))
    lines = [_line(me, one) for one in found]
    return [one for one in lines if one.turn], [one for one in lines if not one.turn]


async def list_lines(ctx: Context, me: Caller, cursor: str, limit: int) -> tuple[list[Line], str | None]:
    """A page of all of them, newest first, and the cursor of the next."""
    found, more = await find_page(ctx, me.actor, ListQuery(cursor=cursor or None, limit=limit))
    return [_line(me, one) for one in found], more


def _line(me: Caller, found: Found) -> Line:
    return Line(list_view(found, me.actor), own_turn(found.appeal))
