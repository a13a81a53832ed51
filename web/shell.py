"""What all pages have in common: their frame, their words, and how they answer what goes wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote, unquote

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.context import Context
from api.deps import Caller, Ctx, check_origin, visitor
from api.handlers import told
from api.kept_forms import forget_form
from api.middleware import log_failure
from api.problems import Problem, problem_of
from api.static_files import asset
from domain.vocabulary import Role
from runtime.version import VERSION
from storage.journal import JournalReads
from storage.messages import MessageReads
from web import words
from web.carrying import page_for, whither
from web.carrying import told as told_of
from web.held import hold, is_theirs, owner_of
from web.navigation import Place, home_of, navigation
from web.visitor import CSRF, HELD, ONCE, OWNER, SignInNeededError, StaleFormError, most_megabytes, read_form, typed

log = structlog.get_logger(__name__)

FLASH: Final = "appeals_flash"
"""The cookie that carries one sentence to the next page."""
_HEADERS: Final = {"Cache-Control": "no-store"}
_LONGEST_FLASH: Final = 300
_ANOTHERS: Final = "这份表单是用另一个账号打开的，没有提交。请返回上一页，用原来的账号重新登录后再提交"
_AGAIN: Final = "登录已更换，刚才的操作没有办理，请再按一次。"

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.filters |= words.FILTERS
_ENVIRONMENT.globals |= {"version": VERSION, "asset": asset}


@dataclass(frozen=True, slots=True)
class Shell:
    """The frame around a page."""

    me: Caller | None
    nav: tuple[Place, ...]
    path: str
    """Where we are, with the query: where a form or a sign-in leads back to."""
    office: str
    rehearsal: bool
    sample: bool
    flash: str
    unread: int
    """Messages in the inbox that have not been read."""
    held: str
    """Where the form on it goes that holds what was typed when a session had ended; empty where none does."""
    temporal_ui: str | None
    """For administrators: it shows everything, and often on the server's own address only."""

    @property
    def is_engineer(self) -> bool:
        """Whether the engine's own pages are for them."""
        return self.me is not None and Role.ADMIN in self.me.actor.roles

    @property
    def is_staff(self) -> bool:
        """Whether the desk is theirs."""
        return any(place.path == "/desk" for place in self.nav)


def view(request: Request, template: str, status: int = HTTPStatus.OK, **given: Any) -> HTMLResponse:
    """The page of this template. Its forms hold ``{{ csrf() }}``, and ``{{ once() }}`` where they write."""
    ctx: Context = request.state.context
    me: Caller | None = getattr(request.state, "caller", None)
    flash = unquote(request.cookies.get(FLASH, ""))[:_LONGEST_FLASH]
    shell = Shell(
        me=me,
        nav=navigation(me),
        path=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
        office=ctx.organisation.name,
        rehearsal=ctx.settings.rehearsal,
        sample=ctx.settings.sample_keys_file.exists(),
        flash=flash,
        unread=getattr(request.state, "unread", 0),
        held=getattr(request.state, "held", ""),
        temporal_ui=ctx.settings.temporal_ui_url if me and Role.ADMIN in me.actor.roles else None,
    )
    # One proof for all forms of a page.
    proof = cache(lambda: _proof(me, held=bool(shell.held)))
    hidden = {"csrf": proof, "once": _once, "live": partial(_live, request)}
    words_of = {
        "kept_goes": partial(whither, ctx),
        "kept_words": partial(told_of, ctx),
        "kept_page": partial(page_for, request),
    }
    page = _ENVIRONMENT.get_template(template).render(shell=shell, **hidden, **words_of, **given)
    answer = HTMLResponse(page, status, _HEADERS)
    if flash:
        answer.delete_cookie(FLASH)
    return answer


def back(path: str, done: str = "") -> RedirectResponse:
    """To another page, which says once what was done."""
    answer = RedirectResponse(path, HTTPStatus.SEE_OTHER, _HEADERS)
    if done:
        answer.set_cookie(FLASH, quote(done[:_LONGEST_FLASH]), max_age=60, httponly=True, samesite="lax")
    return answer


def _proof(me: Caller | None, *, held: bool) -> Markup:
    """That it is a form of this session, and whose it is."""
    if me is None or me.session is None:
        return _hidden(CSRF, "")
    proof = _hidden(CSRF, me.session.csrf) + _hidden(OWNER, owner_of(me.account.code))
    return proof + _hidden(HELD, "1") if held else proof


def _once(key: str = "") -> Markup:
    """``key``: the one of a form that is shown again, because perhaps it was done."""
    return _hidden(ONCE, key or secrets.token_urlsafe(18))


def _hidden(name: str, value: str) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(name, value)


class _PageRoute(APIRoute):
    """Answers people: a page for every error, and the page of signing in where nobody is signed in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's hook around a route."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await _answered(request, handle)
            except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a page
                return await refused(request, error)

        return answer


def page_router(*, live: bool | Literal["inbox"] = False) -> APIRouter:
    """The router of a page. ``live``: its page says to ``{{ live() }}`` what it knows, and is told what comes after.

    That is what happens to appeals, or the messages in its reader's ``inbox``.
    """
    know = _know_inbox if live == "inbox" else _know_events
    return APIRouter(include_in_schema=False, route_class=_PageRoute, dependencies=[Depends(know)] if live else [])


async def _know_events(request: Request, ctx: Ctx) -> None:
    """Read before anything the page shows: what happens meanwhile is then told once more, and never missed."""
    async with ctx.database.read() as r:
        request.state.line = f"/v1/events?after={await JournalReads(r).last_position()}"


async def _know_inbox(request: Request, ctx: Ctx) -> None:
    """As :func:`_know_events`, of messages."""
    async with ctx.database.read() as r:
        request.state.line = f"/v1/inbox/events?after={await MessageReads(r).last_position()}"


def _live(request: Request) -> Markup:
    """The stream that a page listens to, from where it was read."""
    return Markup('data-live="{}"').format(request.state.line)


async def refused(request: Request, error: Exception) -> Response:
    """The page that says what was wrong, and what can be done."""
    problem = problem_of(error)
    if problem.status is HTTPStatus.INTERNAL_SERVER_ERROR:
        log_failure(error)
    await told(request, problem)
    await _know(request)
    answer = view(request, "error.html", problem.status, problem=problem, request_id=request.state.request_id)
    answer.headers.update(problem.headers)
    return answer


async def _know(request: Request) -> None:
    """Who reads the page of an error that came before anybody asked; whoever it is, they get the page."""
    if not hasattr(request.state, "caller"):
        request.state.caller = None
        with suppress(Exception):
            request.state.caller = await visitor(request, request.state.context)


async def _answered(request: Request, handle: Callable[[Request], Coroutine[Any, Any, Response]]) -> Response:
    """What the page says, or what comes first: to sign in, or to look once more at what was typed."""
    try:
        return await _forgotten(request, await handle(request))
    except SignInNeededError:
        return await _sign_in_first(request)
    except StaleFormError:
        return await _confirm(request)


async def _forgotten(request: Request, answer: Response) -> Response:
    """What was kept of a form is forgotten, once it is done."""
    me, was_held = (getattr(request.state, name, None) for name in ("caller", "held"))
    if me and was_held and request.method == "POST" and answer.status_code == HTTPStatus.SEE_OTHER:
        await forget_form(request.state.context, me, request.url.path)
    return answer


async def _sign_in_first(request: Request) -> Response:
    if request.method == "GET":
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(path, safe='')}", HTTPStatus.SEE_OTHER, _HEADERS)
    return await _kept(request, None)


async def _confirm(request: Request) -> Response:
    me: Caller = request.state.caller
    # Who follows one appeal now proves anew that another is theirs.
    is_other = me.only is not None and not request.url.path.startswith(f"/track/{me.only}/")
    return await _kept(request, None if is_other else me)


async def _kept(request: Request, me: Caller | None) -> Response:
    """Nothing that was typed is lost: it goes with the page of signing in, or is there again for who is in already."""
    ctx: Context = request.state.context
    check_origin(request, ctx.settings.public_url)
    form = await read_form(request, await most_megabytes(request, ctx))
    kept, owner, to = typed(form), str(form.get(OWNER, "")), request.url.path
    await form.close()
    if me and not is_theirs(owner, me.account.code, to):
        raise Problem(HTTPStatus.CONFLICT, "other-account", _ANOTHERS)
    if not kept:
        # On to the page on which the button stood.
        to = page_for(request, to) or (home_of(me) if me else "/")
    if me:
        return back(await hold(ctx, me, to, kept)) if kept else back(to, done=_AGAIN)
    said = {"next": to, "kept": kept, "owner": owner, "problem": "", "name": "", "other": False}
    return view(request, "sign_in.html", HTTPStatus.UNAUTHORIZED, **said)
