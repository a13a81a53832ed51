"""Following an appeal: who may is shown where it is and does what is asked; who is not signed in proves the phone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api.acting import find_to_act, perform
from api.asked import Asked, known_action
from api.attaching import attach
from api.context import Context
from api.deps import Caller, Ctx, by_session
from api.problems import Problem, problem_of
from api.reading import find
from api.sessions import open_tracking, sign_out
from api.tracking import ASKED, ask, check, number_of
from domain.errors import Refusal
from domain.vocabulary import Action
from gateway.errors import GatewayError
from web.entry import Pairs, device_of, give_cookie, kept_of, own_path, word
from web.following import thanks
from web.held import form_held, hold_if_possible
from web.own_list import Line, list_lines, owns, waiting_lines
from web.pages.rate import Grade
from web.shell import back, page_router, view
from web.tracked import DONE, Shown, Tried, body_from, key_of, lacking_from, page_of
from web.visitor import ANYWAY, Maybe, Person, Posted, SignInNeededError, is_staff

router = page_router(live=True)

_AT_ONCE = 20
"""So many of an enterprise's appeals stand on a page."""


@dataclass(frozen=True, slots=True)
class Held:
    """What was typed into a form of this appeal when its session had ended, and where it goes; else nothing."""

    to: str = ""
    kept: Pairs = field(default_factory=list)


_NOTHING = Held()


@router.get("/track")
async def look_for(request: Request, ctx: Ctx, me: Maybe, number: str = "", cursor: str = "") -> Response:
    """By number and phone; and an enterprise's own, newest first."""
    return await _entry(request, ctx, me, number=number[:40], cursor=cursor)


@router.post("/track")
async def send_code(request: Request, ctx: Ctx, me: Maybe, form: Posted) -> Response:
    """The contact is sent a code; the page says the same whether there is such an appeal or not."""
    number, phone = number_of(word(form, "number")), word(form, "phone")
    held = _held(form, number)
    if not held.kept and me and await _reads(ctx, me, number):
        return back(f"/track/{number}")
    if not number or not phone.strip():
        problem = "请填写诉求编号和联系电话。"
        return await _entry(request, ctx, me, number=number, problem=problem, held=held, status=422)
    digits, work = await ask(ctx, number, phone)
    answer = _code(request, number, phone, held, told=ASKED, digits=digits)
    answer.background = work
    return answer


@router.post("/track/{number}/code")
async def enter_code(request: Request, ctx: Ctx, earlier: Maybe, number: str, form: Posted) -> Response:
    """With the right code a session begins that follows this appeal and nothing else.

    A browser has one: whoever was signed in in it is out. What was typed when an earlier one had ended is shown once
    more, to be sent.
    """
    number, phone = number_of(number), word(form, "phone")
    held = _held(form, number)
    try:
        await check(ctx, number, phone, word(form, "code").strip())
    except Problem as problem:
        await ctx.trail.refused(None, None, problem.code, request.state.request_id)
        return _code(request, number, phone, held, problem=problem.detail, status=problem.status)
    if earlier and earlier.session:
        await sign_out(ctx, earlier.session, request_id=request.state.request_id)
    token = await open_tracking(ctx, number, request_id=request.state.request_id, device=device_of(request))
    request.state.caller = await by_session(request, ctx, token)
    me = request.state.caller
    place, done = f"/track/{number}", ""
    if held.kept and me:
        place, done = await hold_if_possible(ctx, me, held.to, held.kept, place)
    answer: Response = back(place, done)
    give_cookie(answer, ctx, token)
    return answer


@router.get("/track/{number}")
async def follow(
    request: Request, ctx: Ctx, me: Maybe, number: str, new: str = "", grade: Grade = None, do: str = "", kept: str = ""
) -> Response:
    """Where it is, by when, with whom. Whoever is not signed in is asked for a code first; the house has its desk.

    ``kept``: with the form of the action ``do`` as it was left when a session had ended.
    """
    number = number_of(number)
    if me is None or (me.only and me.only != number):
        return back(f"/track?number={number}" if number.isascii() and number.isprintable() else "/track")
    if is_staff(me):
        return back(f"/appeals/{number}")
    found = await find(ctx, me.actor, number)
    shown = Shown(is_new=bool(new), grade=grade)
    form = await form_held(request, ctx, me, f"/track/{number}/actions/{do}") if kept else None
    if form is not None:
        action = known_action(do)
        tried = Tried(action, await body_from(ctx, me, found, action, form), once=key_of(form), typed=form)
        shown = Shown(grade=_grade(tried.values), tried=tried)
    return await page_of(request, ctx, me, found, shown)


@router.post("/track/{number}/actions/{action}")
async def act(request: Request, ctx: Ctx, me: Person, number: str, action: str, form: Posted) -> Response:
    """The enterprise does something; what was refused is shown again as it was filled in. The house has its desk."""
    if is_staff(me):
        return back(f"/appeals/{number}")
    if me.only and me.only != number:
        raise SignInNeededError
    found = await find_to_act(ctx, me, number, key_of(form))
    request.state.number = found.appeal.number
    known, body = known_action(action), {}
    structlog.contextvars.bind_contextvars(action=known.value)
    try:
        body = await body_from(ctx, me, found, known, form)
        if ANYWAY not in form and (lacking := lacking_from(me, found, known, body)):
            asked = Tried(known, body, typed=form, lacking=lacking)
            return await page_of(request, ctx, me, found, Shown(tried=asked, status=HTTPStatus.UNPROCESSABLE_ENTITY))
        body = await attach(ctx, me, key_of(form), body, number)
        await perform(ctx, me, found, Asked(known, body, key_of(form)))
    except (Problem, Refusal, GatewayError) as error:
        problem, perhaps = problem_of(error), isinstance(error, GatewayError)
        tried = Tried(known, body, problem.errors, problem.detail, key_of(form) if perhaps else "", form)
        again = await find(ctx, me.actor, number)
        return await page_of(request, ctx, me, again, Shown(grade=_grade(body), tried=tried, status=problem.status))
    done = DONE.get(known, "已提交。")
    if known is Action.RATE:
        done = thanks((await find(ctx, me.actor, number)).appeal, body.get("grade"))
    return back(f"/track/{number}", done=done)


def _grade(body: Mapping[str, Any]) -> int | None:
    """The grade that was tapped."""
    said = body.get("grade")
    return said if isinstance(said, int) else None


def _held(form: FormData, number: str) -> Held:
    to = own_path(word(form, "next"))
    return Held(to, kept_of(form)) if to.startswith(f"/track/{number}/actions/") else _NOTHING


def _code(request: Request, number: str, phone: str, held: Held, *, status: int = 200, **said: str) -> Response:
    """Where the code is entered."""
    given = {"told": "", "digits": "", "problem": "", **said}
    return view(request, "track_code.html", status, number=number, phone=phone, held=held, **given)


async def _reads(ctx: Context, me: Caller, number: str) -> bool:
    try:
        await find(ctx, me.actor, number)
    except Problem:
        return False
    return True


async def _entry(
    request: Request,
    ctx: Context,
    me: Caller | None,
    *,
    number: str,
    cursor: str = "",
    problem: str = "",
    status: int = 200,
    held: Held = _NOTHING,
) -> Response:
    waits: list[Line] = []
    mine: list[Line] = []
    more = None
    if me and owns(me):
        waits = [] if cursor else (await waiting_lines(ctx, me))[0]
        mine, more = await list_lines(ctx, me, cursor, _AT_ONCE)
        above = {one.view["number"] for one in waits}
        mine = [one for one in mine if one.view["number"] not in above]
    return view(
        request,
        "track.html",
        status=status,
        number=number,
        owns=owns(me),
        following=me.only if me else None,
        waits=waits,
        mine=mine,
        next=f"/track?cursor={more}" if more else None,
        first="/track" if cursor else None,
        problem=problem,
        held=held,
    )
