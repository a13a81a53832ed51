"""Rehearsal: an appeal's own clock is moved on, and all that falls due in between happens."""

from __future__ import annotations

from api.context import Context
from api.deps import Caller
from api.permissions import FAST_FORWARD
from api.problems import not_found
from api.reading import Found, find, is_privileged
from domain.errors import Conflict
from gateway.errors import NotStarted


def check_rehearsal(ctx: Context) -> None:
    """Raises a 404 problem where it is no exercise."""
    if not ctx.settings.rehearsal:
        raise not_found("本系统不是预演环境，不能快进", "not-a-rehearsal")


async def move_on(ctx: Context, me: Caller, found: Found, seconds: int) -> Found:
    """The appeal after so many seconds. Raises a problem, a refusal, or a gateway error."""
    check_rehearsal(ctx)
    FAST_FORWARD.demand(me.actor)
    number = found.appeal.number
    if found.pending:
        raise NotStarted
    try:
        await ctx.gateway.fast_forward(number, seconds)
    except Conflict as refusal:
        refusal.stage = refusal.stage or (await find(ctx, me.actor, number)).appeal.stage.value
        raise
    moved = await find(ctx, me.actor, number)
    if is_privileged(moved, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, number, "fast-forward", me.request_id)
    return moved
