"""A form whose session had ended under it: kept for whoever filled it in, until it is sent or a day has passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from api.context import Context
from api.deps import Caller
from api.problems import Problem
from domain.journal import canonical
from storage.database import Database
from storage.drafts import FORM, Draft, DraftReads, Drafts

Pairs = Sequence[tuple[str, str]]

KEPT: Final = timedelta(days=1)
_MOST_BYTES: Final = 1024 * 1024


async def keep_form(ctx: Context, me: Caller, to: str, pairs: Pairs) -> None:
    """Keeps what was typed into the form that goes ``to``, for the caller alone. Raises a 413 problem."""
    body = {"pairs": [[name, value] for name, value in pairs]}
    if len(canonical(body).encode()) > _MOST_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "内容太长，没有保留")
    now = ctx.now()
    async with ctx.database.write() as w:
        await Drafts(w).keep(Draft(me.account.code, FORM + to, body, (), now))


async def form_kept(ctx: Context, me: Caller, to: str) -> list[tuple[str, str]]:
    """What the caller has typed into the form that goes ``to``; nothing once it was sent, or is too old."""
    async with ctx.database.read() as r:
        found = await DraftReads(r).get(me.account.code, FORM + to, ctx.now())
    if found is None or found.updated_at <= ctx.now() - KEPT:
        return []
    return [(name, value) for name, value in found.body["pairs"]]


async def forget_form(ctx: Context, me: Caller, to: str) -> None:
    """It was sent, or is not wanted any more."""
    async with ctx.database.write() as w:
        await Drafts(w).drop(me.account.code, FORM + to)


async def sweep_forms(database: Database, now: datetime) -> None:
    """What was kept for a day goes, whoever comes back for it or not."""
    async with database.write() as w:
        await Drafts(w).sweep_forms(now - KEPT)
