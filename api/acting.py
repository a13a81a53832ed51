"""One action on one appeal: checked, resolved into the domain's act, done by the workflow."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from api.asked import Asked, check_body
from api.calling import measure_acknowledged, with_calls
from api.context import Context
from api.deps import Caller
from api.idempotency import check_same, digest, update_id
from api.meanwhile import changed, demand_unchanged
from api.numbers import check_number
from api.reading import Found, entries_of, find, full_view, look_again
from api.resolving import resolved
from domain.act import Act
from domain.admission import admit
from domain.appeal import Appeal
from domain.errors import Conflict
from domain.loop import CHANGED, authorise, decide
from domain.moved import told
from domain.moved_view import render_moved
from domain.trial import trial
from domain.vocabulary import Action
from gateway.errors import NotStarted

#: What says in its entry which deadlines it moved.
_MOVING = frozenset({Action.SET_URGENCY, Action.CHANGE_SERVICE, Action.MIGRATE_POLICY})
_TRIES, _AGAIN_SECONDS = 20, 0.05


@dataclass(frozen=True, slots=True)
class Done:
    """The appeal as it stands then, as the caller sees it, and as it is. ``is_new``: the journal has a new entry.

    ``found`` is None when the caller may read it no longer: whoever hands a secret matter on is told that it is done,
    and nothing of what becomes of it.
    """

    view: dict[str, Any]
    found: Found | None
    is_new: bool


async def find_to_act(ctx: Context, me: Caller, number: str, key: str) -> Found:
    """The appeal, if the caller may read it, or has acted on it under this key. Raises a 404 problem."""
    return await find(ctx, me.actor, number, update_id(me.account.code, number, key))


async def perform(ctx: Context, me: Caller, found: Found, asked: Asked) -> Done:
    """Does it, or finds that it was done.

    Raises a problem, a refusal of the domain, or a gateway error.
    """
    number = found.appeal.number
    act, is_known = await _checked(ctx, me, found, asked)
    if not is_known:
        await _admitted(ctx, found, act)
    if act.body.get("dry_run"):
        tried = trial(found.appeal, act, found.now)
        would_be = replace(found, appeal=tried.appeal)
        view = {
            **full_view(would_be, me.actor),
            "dry_run": True,
            **render_moved(tried.appeal, told(tried.moved), me.actor),
        }
        return Done(view, would_be, is_new=False)
    seq = await _done_by(ctx, me, found, act)
    done, is_new = await look_again(ctx, me.actor, number), seq > found.appeal.seq
    if done is None:
        return Done(_out_of_reach(number, asked.action), None, is_new)
    if is_new and asked.action is Action.ACKNOWLEDGE:
        await measure_acknowledged(ctx, done, asked.body["escalation"])
    told_of = await _moved(ctx, me, done, seq) if asked.action in _MOVING else {}
    return Done({**full_view(done, me.actor), **told_of}, done, is_new)


async def _done_by(ctx: Context, me: Caller, found: Found, act: Act) -> int:
    """Sent to the workflow, which alone knows who is first; the tables tell a moment later who it was.

    What the workflow counts and we do not (the caller's own, a note) is no reason: then it is sent again.
    """
    number = found.appeal.number
    for _ in range(_TRIES):
        try:
            return await ctx.gateway.act(number, act)
        except Conflict as refusal:
            if refusal.code != CHANGED:
                raise
        if now := await look_again(ctx, me.actor, number):
            await demand_unchanged(ctx, me, now, act.read)
            act = replace(act, read=now.appeal.seq)
        await asyncio.sleep(_AGAIN_SECONDS)
    raise changed()


async def would_be_done(ctx: Context, me: Caller, found: Found, asked: Asked) -> Appeal:
    """The appeal as it would stand if this were done just now; nothing is. Raises what :func:`perform` would."""
    act, is_known = await _checked(ctx, me, found, asked)
    if is_known:
        return found.appeal
    await _admitted(ctx, found, act)
    return decide(found.appeal, act, found.now).appeal


async def _checked(ctx: Context, me: Caller, found: Found, asked: Asked) -> tuple[Act, bool]:
    """The domain's act, and whether its key was used before."""
    check_body(found, asked)
    content = digest(asked.action.value, asked.body)
    key = update_id(me.account.code, found.appeal.number, asked.key)
    # A key that the row knows is still asked of the workflow: the row may be a ghost's, and only the workflow knows.
    known = found.appeal.seen.get(key)
    if known:
        check_same(known.digest, content)
    if found.pending:
        raise NotStarted
    me = await with_calls(ctx, me, found)
    if not known and asked.read is not None:
        with suppress(Conflict):
            authorise(found.appeal, asked.action, me.actor, found.now)
        await demand_unchanged(ctx, me, found, asked.read)
    return await resolved(ctx, me, found, replace(asked, key=key), content), known is not None


async def _admitted(ctx: Context, found: Found, act: Act) -> None:
    admit(found.appeal, act, found.now)
    await check_number(ctx, found, act)


async def _moved(ctx: Context, me: Caller, done: Found, seq: int) -> dict[str, Any]:
    """Which deadlines the change moved, as its entry says: the same whenever its key is used again."""
    said = next((entry.data for entry in await entries_of(ctx, done) if entry.seq == seq), {})
    return render_moved(done.appeal, said, me.actor)


def _out_of_reach(number: str, action: Action) -> dict[str, Any]:
    """What whoever asked knows already, and no more."""
    detail = "已办理；该诉求已移交，不在您的查阅范围内"
    return {"number": number, "action": action.value, "done": True, "out_of_reach": True, "detail": detail}
