"""Signing in and out. What was typed into a form whose session had ended is carried on and sent after all."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query, Request
from starlette.responses import Response

from api import sessions
from api.deps import Ctx, by_session, check_origin
from api.handlers import told
from api.kept_forms import forget_form
from api.problems import Problem
from web.carrying import page_for
from web.entry import Pairs, device_of, give_cookie, kept_of, own_path, take_cookie, word
from web.held import form_held, hold_if_possible, is_theirs, place_of
from web.navigation import home_of
from web.shell import back, page_router, view
from web.visitor import OWNER, Maybe, Person, Posted, read_form

router = page_router()

_OTHER: Final = "other-account"
_ANOTHERS: Final = "刚才填写的内容属于另一个账号，请用那个账号登录"


@router.get("/sign-in")
async def ask(request: Request, me: Maybe, to: Annotated[str, Query(alias="next", max_length=2000)] = "") -> Response:
    """Name and password; who is in already goes on."""
    if me and not me.only:
        return back(own_path(to) or home_of(me))
    return _page(request, to=own_path(to))


@router.post("/sign-in")
async def sign_in(request: Request, ctx: Ctx, earlier: Maybe) -> Response:
    """Comes in, or is told why not. A form that was filled in meanwhile is shown once more where it stands, to be sent.

    A browser has one session: whoever was signed in in it is out.
    """
    check_origin(request, ctx.settings.public_url)
    form = await read_form(request, 1)
    name, password = word(form, "name"), word(form, "password")
    to, kept, owner = own_path(word(form, "next")), kept_of(form), word(form, OWNER)
    if kept and not is_theirs(owner, name.strip().lower(), to):
        problem = Problem(HTTPStatus.CONFLICT, _OTHER, _ANOTHERS)
        return _page(request, to=to, kept=kept, owner=owner, name=name, problem=problem)
    try:
        token = await sessions.sign_in(
            ctx, name, password, request_id=request.state.request_id, device=device_of(request)
        )
    except Problem as problem:
        await told(request, problem)
        return _page(request, to=to, kept=kept, owner=owner, name=name, problem=problem)
    if earlier and earlier.session:
        await sessions.sign_out(ctx, earlier.session, request_id=request.state.request_id)
    me = request.state.caller = await by_session(request, ctx, token)
    place = to or home_of(me) if me else "/"
    done = ""
    if me and kept and to:
        place, done = await hold_if_possible(ctx, me, to, kept, page_for(request, to) or home_of(me))
    answer = back(place, done)
    give_cookie(answer, ctx, token)
    return answer


@router.get("/sign-in/kept")
async def confirm(request: Request, ctx: Ctx, me: Person, to: Annotated[str, Query(max_length=2000)] = "") -> Response:
    """What was typed into a form that no page shows filled in, to be sent; without any, the page on which it stood."""
    path = own_path(to)
    form = await form_held(request, ctx, me, path)
    if form is None:
        return back((page_for(request, path) if path else "") or home_of(me))
    return view(request, "kept.html", next=path, kept=form.multi_items())


@router.post("/sign-in/forget")
async def forget(request: Request, ctx: Ctx, me: Person, form: Posted) -> Response:
    """What was kept is not wanted any more: on to the form as it is for everybody."""
    path = own_path(word(form, "to"))
    if path:
        await forget_form(ctx, me, path)
    return back(place_of(path) or (page_for(request, path) if path else "") or home_of(me))


@router.post("/sign-out")
async def sign_out(request: Request, ctx: Ctx, me: Maybe, _form: Posted) -> Response:
    """The session ends. Whoever has none any more is out, too."""
    if me and me.session:
        await sessions.sign_out(ctx, me.session, request_id=request.state.request_id)
    answer = back("/", done="已退出登录。")
    take_cookie(answer)
    return answer


def _page(
    request: Request,
    *,
    to: str,
    kept: Pairs | None = None,
    owner: str = "",
    name: str = "",
    problem: Problem | None = None,
) -> Response:
    status = problem.status if problem else HTTPStatus.OK
    detail = problem.detail if problem else ""
    is_other = problem is not None and problem.code == _OTHER
    said = {"next": to, "kept": kept or [], "owner": owner, "problem": detail, "name": name, "other": is_other}
    answer = view(request, "sign_in.html", status, **said)
    answer.headers.update(problem.headers if problem else {})
    return answer
