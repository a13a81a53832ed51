"""Duty at night, on a phone: what calls, one button to take it, and everything else one tap further."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api import watching
from api.acting import Asked
from api.calling import near, with_calls
from api.context import Context
from api.deps import Caller, Ctx
from api.escalations import (
    ACTIONS,
    EscalationQuery,
    Seen,
    act_on,
    find_escalation,
    known_action,
    list_escalations,
    meaning,
)
from api.escalations import view as view_of
from api.handlers import told
from api.inbox import cursor_of, messages_about, read_one
from api.offers import offers
from api.problems import Problem, problem_of
from api.reading import full_view, is_privileged
from domain.act import moment_of_text
from domain.errors import Refusal
from domain.vocabulary import Action, EscalationState, Role
from domain.wall import ZONE
from gateway.errors import GatewayError
from web.bulk import once_of
from web.calls import Ways, calls_of, phones_of, ways_of
from web.shell import back, page_router, view
from web.visitor import Posted, Staff

router = page_router(live=True)
_SHOWN: Final = 50
_ENDED_SHOWN: Final = 20
DONE: Final = {
    Action.ACKNOWLEDGE: "已认领。请在认领期限内推进办理，届时仍无进展的将再次催办。",
    Action.HAND_OVER: "已移交，对方会立即收到通知。",
    Action.RAISE: "已升级，上一级会立即收到通知。",
    Action.END: "已结束该升级督办。",
}


@dataclass(frozen=True, slots=True)
class Calls:
    """What calls the reader or their unit: free, taken, and ended today. ``more``: not all of it is shown."""

    free: list[dict[str, Any]]
    taken: list[dict[str, Any]]
    ended: list[dict[str, Any]]
    more: bool


@router.get("/duty")
async def duty(request: Request, ctx: Ctx, me: Staff) -> Response:
    """What calls, and who is on duty."""
    calls = await _calls(ctx, me)
    on_duty = await watching.now(ctx, me, me.account.unit, None) if me.account.unit else None
    return view(request, "duty.html", calls=calls, me=me.account.code, takes=_takes_any(me), on_duty=on_duty)


@router.get("/duty/calls/{id}")
async def call(request: Request, ctx: Ctx, me: Staff, id: str) -> Response:  # noqa: A002 - its name in the path
    """One of them, and everything that can be done about it."""
    return await _shown(request, ctx, me, await find_escalation(ctx, me, id))


@router.post("/duty/calls/{id}/{action}")
async def act(request: Request, ctx: Ctx, me: Staff, form: Posted, id: str, action: str) -> Response:  # noqa: A002
    """A button was pressed, on a page of duty or beside the message in the inbox; twice is once."""
    known, key = known_action(action), once_of(form)
    message = cursor_of(str(form.get("message", "")))
    one = await find_escalation(ctx, me, id, key)
    request.state.number = one.found.appeal.number
    try:
        now = await act_on(ctx, me, one, Asked(known, meaning(one, _said(form)), key))
    except (Problem, Refusal, GatewayError) as error:
        problem = problem_of(error)
        await told(request, problem)
        # How it stands now says more than the refusal: above all who was first. Perhaps it was done: the same key then.
        again = await find_escalation(ctx, me, id, key)
        key = "" if isinstance(error, Refusal) else key
        return await _shown(request, ctx, me, again, problem=problem, tried=known.value, typed=form, key=key)
    if message:
        await read_one(ctx, me, message)
        return back("/inbox", done=DONE[known])
    return back("/duty", done=await _done(ctx, known, now))


async def _done(ctx: Context, action: Action, one: Seen) -> str:
    """What was done; of one that was handed over, who really gets it."""
    gets = (await view_of(ctx, one))["handed_to"] if action is Action.HAND_OVER else None
    if gets is None or not gets["instead_of"]:
        return DONE[action]
    away = f"{gets['instead_of_name'] or gets['instead_of']}现在不在岗"
    if gets["account"] is None:
        return f"已移交，但{away}，也没有代理人，将按阶梯继续催办。"
    return f"已移交。{away}，由代理人{gets['name']}接到通知。"


def _said(form: FormData) -> dict[str, str]:
    """The fields of whichever button was pressed."""
    given = ((name, str(form.get(name, "")).strip()) for name in ("to", "reason"))
    return {name: value for name, value in given if value}


async def _shown(
    request: Request,
    ctx: Context,
    me: Caller,
    one: Seen,
    *,
    problem: Problem | None = None,
    tried: str = "",
    typed: FormData | None = None,
    key: str = "",
) -> Response:
    said, number = await view_of(ctx, one), one.found.appeal.number
    me = await with_calls(ctx, me, one.found)
    may = {offer["action"] for offer in offers(one.found, me.actor)} & set(ACTIONS) if _is_ours(me, said) else set()
    if one.is_readable and is_privileged(one.found, me.actor):
        await ctx.trail.saw_personal_data(me.account.code, number, "escalation", me.request_id)
    called = [who["account"] for who in said["called"]]
    people = await near(ctx, me, one.found, one.escalation.id, called) if Action.HAND_OVER.value in may else []
    return view(
        request,
        "duty_call.html",
        problem.status if problem else 200,
        call=said,
        calls=calls_of(said["called"], await _ways(ctx, me, one)),
        phones=phones_of(said),
        appeal=full_view(one.found, me.actor) if one.is_readable else None,
        may=may if one.escalation.ended_at is None else set(),
        people=[(a.code, a.name, _unit(ctx, a.unit)) for a in people],
        me=me.account.code,
        problem=problem,
        tried=tried,
        typed=typed or FormData(),
        key=key,
    )


async def _ways(ctx: Context, me: Caller, one: Seen) -> Ways:
    """On which channels people were told, and what came of it."""
    return ways_of(await messages_about(ctx, me, one.found.appeal), one.escalation.id) if one.is_readable else {}


def _unit(ctx: Context, code: str | None) -> str:
    place = ctx.organisation.place(code) if code else None
    return place.name if place else ""


async def _calls(ctx: Context, me: Caller) -> Calls:
    free, some_left = await _of(ctx, me, EscalationState.OPEN, _SHOWN)
    taken, more_left = await _of(ctx, me, EscalationState.ACKNOWLEDGED, _SHOWN)
    ended, _ = await _of(ctx, me, EscalationState.ENDED, _ENDED_SHOWN)
    today = ctx.now().astimezone(ZONE).date()
    # In a rehearsal an appeal's own day may be ahead.
    ended = [one for one in ended if _at(one["ended_at"]).astimezone(ZONE).date() >= today]
    # What was taken by the reader first, and by whoever it is running out soonest.
    taken.sort(key=lambda one: (one["acknowledged_by"] != me.account.code, one["lease_until"]))
    return Calls(free, taken, ended, some_left or more_left)


async def _of(ctx: Context, me: Caller, state: EscalationState, most: int) -> tuple[list[dict[str, Any]], bool]:
    """Those in this state that were sent to the reader, or call in their unit; a duty officer's are all."""
    found: dict[str, dict[str, Any]] = {}
    left = False
    for scope in _scopes(me):
        items, cursor = await list_escalations(ctx, me, EscalationQuery(state=state, limit=most, **scope))
        found |= {one["id"]: {**one, "ours": _is_ours(me, one), "calls": calls_of(one["called"])} for one in items}
        left = left or cursor is not None
    return sorted(found.values(), key=lambda one: one["opened_at"], reverse=True), left


def _scopes(me: Caller) -> list[dict[str, Any]]:
    if _takes_any(me):
        return [{}]
    return [{"mine": True}, *([{"unit": me.account.unit}] if me.account.unit else [])]


def _is_ours(me: Caller, one: dict[str, Any]) -> bool:
    return bool(one["mine"]) or _takes_any(me)


def _takes_any(me: Caller) -> bool:
    return Role.DUTY in me.actor.roles


def _at(text: str) -> datetime:
    return moment_of_text(text)
