"""Duty at night, on a phone: what calls, one button to take it, and everything else one tap further."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api import watching
from api.asked import Asked
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
    meaning,
    page_of,
    views,
)
from api.escalations import view as view_of
from api.handlers import told
from api.inbox import cursor_of, messages_about, read_one
from api.offers import offers
from api.problems import Problem, problem_of
from api.reading import entries_of, full_view, is_privileged
from domain.appeal import Escalation
from domain.budget import parse
from domain.errors import Refusal
from domain.vocabulary import Action, EscalationState, Role
from domain.wall import ZONE
from domain.wording import length
from gateway.errors import GatewayError
from storage.database import Read
from web.bulk import once_of
from web.calls import Ways, acted_on, calls_of, phones_of, ways_of, whom
from web.shell import back, page_router, view
from web.visitor import Posted, Staff

router = page_router(live=True)
#: Of each state, and in the order in which they stand.
_MOST: Final = {EscalationState.OPEN: 50, EscalationState.ACKNOWLEDGED: 50, EscalationState.ENDED: 20}
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
    acted = acted_on(await entries_of(ctx, one.found))
    people = await near(ctx, me, one.found, one.escalation.id, called) if Action.HAND_OVER.value in may else []
    return view(
        request,
        "duty_call.html",
        problem.status if problem else 200,
        call={**said, **_in_words(said, await _ways(ctx, me, one), acted.get(one.escalation.id, ()))},
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
    seen: dict[str, Seen] = {}
    more = False
    async with ctx.database.read() as r:
        for state, most in _MOST.items():
            found, left = await _of(r, ctx, me, state, most)
            seen |= found
            more = more or (left and state is not EscalationState.ENDED)
        # In a rehearsal an appeal's own day may be ahead. Nothing is said of what is not shown.
        today = ctx.now().astimezone(ZONE).date()
        said = await views(ctx, r, [one for one in seen.values() if _is_of(today, one.escalation)])
    known = [{**one, **_in_words(one), "ours": _is_ours(me, one)} for one in said]
    known.sort(key=lambda one: one["opened_at"], reverse=True)
    free, taken, ended = ([one for one in known if one["state"] == state] for state in _MOST)
    # What was taken by the reader first, and by whoever it is running out soonest.
    taken.sort(key=lambda one: (one["acknowledged_by"] != me.account.code, one["lease_until"]))
    return Calls(free, taken, ended, more)


def _in_words(said: dict[str, Any], ways: Ways | None = None, acted: Collection[str] = ()) -> dict[str, Any]:
    """Whom it has called, whom its level stands for, and for how long taking it silences it."""
    calls = calls_of(said, ways, acted)
    return {"calls": calls, "whom": whom(said), "lease_said": length(parse(said["lease"])).chinese}


def _is_of(today: date, escalation: Escalation) -> bool:
    """Whether it goes on, or has ended today."""
    return escalation.ended_at is None or escalation.ended_at.astimezone(ZONE).date() >= today


async def _of(r: Read, ctx: Context, me: Caller, state: EscalationState, most: int) -> tuple[dict[str, Seen], bool]:
    """Those in this state that were sent to the reader, or call in their unit; a duty officer's are all."""
    found: dict[str, Seen] = {}
    left = False
    for scope in _scopes(me):
        seen, cursor = await page_of(r, ctx, me, EscalationQuery(state=state, limit=most, **scope))
        found |= {one.escalation.id: one for one in seen}
        left = left or cursor is not None
    return found, left


def _scopes(me: Caller) -> list[dict[str, Any]]:
    if _takes_any(me):
        return [{}]
    return [{"mine": True}, *([{"unit": me.account.unit}] if me.account.unit else [])]


def _is_ours(me: Caller, one: dict[str, Any]) -> bool:
    return bool(one["mine"]) or _takes_any(me)


def _takes_any(me: Caller) -> bool:
    return Role.DUTY in me.actor.roles
