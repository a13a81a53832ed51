"""Errors on their way out: mapped to a problem; what was refused is told to the audit trail."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import compile_path

from api.metrics import count_problem
from api.problems import Problem, problem_of
from domain.errors import Refusal
from gateway.errors import GatewayError
from storage.attachment_files import FilesAway
from storage.keyset import BadCursor

_AUDITED = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT})
#: Everything foreseen; what is not comes to the middleware.
_FORESEEN = (Problem, Refusal, GatewayError, FilesAway, BadCursor, HTTPException, RequestValidationError)


def add_handlers(app: FastAPI) -> None:
    """Let every foreseen error be answered here."""
    for kind in _FORESEEN:
        app.add_exception_handler(kind, answer_problem)


async def told(request: Request, problem: Problem) -> None:
    """Counts what is refused, and remembers what somebody was not allowed to do."""
    count_problem(problem.status, problem.code)
    if problem.status in _AUDITED:
        await _remember(request, problem)


async def answer_problem(request: Request, error: Exception) -> Response:
    """The problem that a foreseen error means."""
    problem = problem_of(error)
    await told(request, problem)
    if problem.status is HTTPStatus.METHOD_NOT_ALLOWED:
        problem.headers |= _allow(request)
    return problem.response(request.state.request_id)


async def _remember(request: Request, problem: Problem) -> None:
    """By code and number only; the number is one of ours, or it would have been a 404."""
    state = request.state
    number = getattr(state, "number", None)
    await state.context.trail.refused(getattr(state, "account", None), number, problem.code, state.request_id)


def _allow(request: Request) -> dict[str, str]:
    """Every method of the path: the framework names only those of the first route that it found."""
    path = request.url.path
    for template, operations in request.app.openapi()["paths"].items():
        if compile_path(template)[0].match(path):
            return {"Allow": ", ".join(sorted(method.upper() for method in operations))}
    return {}
