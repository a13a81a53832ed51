"""What somebody has begun to write and not sent yet: kept for them alone, for each service one."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from api.bodies import MOST_BYTES
from api.context import Context
from api.deps import Caller
from api.problems import Problem
from domain.journal import canonical
from storage.drafts import Draft, DraftReads, Drafts


async def draft_of(ctx: Context, me: Caller, service: str) -> Draft | None:
    """The caller's draft for a service."""
    async with ctx.database.read() as r:
        return await DraftReads(r).get(me.account.code, service, ctx.now())


async def my_drafts(ctx: Context, me: Caller) -> list[Draft]:
    """The caller's drafts, newest first."""
    async with ctx.database.read() as r:
        return await DraftReads(r).of(me.account.code, ctx.now())


async def keep_draft(
    ctx: Context, me: Caller, service: str, body: dict[str, Any], attachments: Sequence[str] = ()
) -> Draft:
    """Keeps what was typed, right or wrong. Raises a 413 problem for what could never be submitted."""
    if len(canonical(body).encode()) > MOST_BYTES:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body-too-large", "内容太长，草稿没有保存")
    draft = Draft(me.account.code, service, body, tuple(attachments), ctx.now())
    async with ctx.database.write() as w:
        await Drafts(w).keep(draft)
    return draft


async def drop_draft(ctx: Context, me: Caller, service: str) -> None:
    """It was sent, or is not wanted any more."""
    async with ctx.database.write() as w:
        await Drafts(w).drop(me.account.code, service)
