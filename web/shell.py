"""What all pages have in common: their frame, their words, and how they answer what goes wrong."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

import structlog
from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.context import Context
from api.deps import Caller, check_origin, visitor
from api.handlers import told
from api.middleware import log_failure
from api.problems import Problem, problem_of
from api.static_files import asset
from domain.vocabulary import Role
from runtime.version import VERSION
from web import words
from web.carrying import page_for, whither
from web.carrying import told as told_of
from web.navigation import Place, navigation
from web.visitor import CSRF, ONCE, SignInNeededError, StaleFormError, most_megabytes, read_form, typed

log = structlog.get_logger(__name__)

FLASH: Final = "appeals_flash"
"""The cookie that carries one sentence to the next page."""
_HEADERS: Final = {"Cache-Control": "no-store"}
_LONGEST_FLASH: Final = 300

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
        temporal_ui=ctx.settings.temporal_ui_url if me and Role.ADMIN in me.actor.roles else None,
    )
    hidden = {"csrf": lambda: _hidden(CSRF, me.session.csrf if me and me.session else ""), "once": _once}
    words_of = {"kept_goes": partial(whither, ctx), "kept_words": partial(told_of, ctx)}
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
                return await handle(request)
            except SignInNeededError:
                return await _sign_in_first(request)
            except StaleFormError:
                return await _confirm(request)
            except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a page
                return await refused(request, error)

        return answer


def page_router() -> APIRouter:
    """The router of a page."""
    return APIRouter(include_in_schema=False, route_class=_PageRoute)


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


async def _sign_in_first(request: Request) -> Response:
    if request.method == "GET":
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"/sign-in?next={quote(path, safe='')}", HTTPStatus.SEE_OTHER, _HEADERS)
    return await _kept(request, "sign_in.html", HTTPStatus.UNAUTHORIZED)


async def _confirm(request: Request) -> Response:
    return await _kept(request, "kept.html", HTTPStatus.CONFLICT)


async def _kept(request: Request, template: str, status: int) -> Response:
    """A page that carries on what was typed: nothing of it is lost."""
    try:
        ctx: Context = request.state.context
        check_origin(request, ctx.settings.public_url)
        form = await read_form(request, await most_megabytes(request, ctx))
    except Problem as problem:
        return await refused(request, problem)
    kept = typed(form)
    await form.close()
    to = request.url.path
    if not kept and status == HTTPStatus.UNAUTHORIZED:
        # Nothing to confirm after signing in: on to the page on which the button stood.
        to = page_for(request, to)
    return view(request, template, status, next=to, kept=kept, problem="", name="")
