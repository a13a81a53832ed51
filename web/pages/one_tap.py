"""A small page for phones behind the link in a message: it shows the escalation; its one button takes it.

GET changes nothing, as mail scanners follow links. The token is the secret, so that the form needs no other. The page
needs no session and no other file: it must open on any phone, on any network.
"""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.context import Context
from api.deps import Ctx
from api.metrics import count_problem
from api.one_tap import Tap, follow, press, shown
from api.problems import Problem, problem_of
from domain.errors import Refusal
from gateway.errors import GatewayError
from storage.database import is_transient
from web import words

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

_PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= words.FILTERS
_AWAY: Final = "系统暂时不可用；请稍后再打开此链接，看是否已经认领"
_HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}


@router.get("/escalations/{token}")
async def look(request: Request, ctx: Ctx, token: str) -> Response:
    """Who has it, and the button."""
    return await _answered(ctx, _look(request, ctx, token))


@router.post("/escalations/{token}")
async def take(request: Request, ctx: Ctx, token: str) -> Response:
    """The button was pressed."""
    return await _answered(ctx, _take(request, ctx, token))


async def _answered(ctx: Context, page: Awaitable[Response]) -> Response:
    """A person on a phone reads a page, whatever is away just now."""
    try:
        return await page
    except Problem as problem:
        return _refused(ctx, problem)
    except Exception as error:
        if not is_transient(error):
            raise
        log.warning("one_tap_away", error=type(error).__name__)
        return _refused(ctx, Problem(HTTPStatus.SERVICE_UNAVAILABLE, problem_of(error).code, _AWAY))


async def _look(request: Request, ctx: Context, token: str) -> Response:
    return _page(ctx, await follow(ctx, request, token))


async def _take(request: Request, ctx: Context, token: str) -> Response:
    tap = await follow(ctx, request, token)
    try:
        await press(ctx, tap)
    except (Refusal, GatewayError) as error:
        # How it stands now says more than the refusal, as soon as it is written: above all who was first.
        again = await follow(ctx, request, token)
        return _page(ctx, again, _counted(problem_of(error)), is_final=isinstance(error, Refusal))
    return RedirectResponse(f"./{token}", HTTPStatus.SEE_OTHER, _HEADERS)


def _page(ctx: Context, tap: Tap, problem: Problem | None = None, *, is_final: bool = False) -> Response:
    """``is_final``: pressing once more would not help."""
    status = problem.status if problem else HTTPStatus.OK
    detail = problem.detail if problem else ""
    return _html(ctx, status, {"call": shown(ctx, tap), "problem": detail, "is_final": is_final})


def _refused(ctx: Context, problem: Problem) -> Response:
    return _html(ctx, _counted(problem).status, {"call": None, "problem": problem.detail, "is_final": True})


def _counted(problem: Problem) -> Problem:
    count_problem(problem.status, problem.code)
    return problem


def _html(ctx: Context, status: HTTPStatus, given: dict[str, Any]) -> Response:
    given |= {"office": ctx.organisation.name, "rehearsal": ctx.settings.rehearsal}
    return HTMLResponse(_PAGES.get_template("one_tap.html").render(given), status.value, _HEADERS)
