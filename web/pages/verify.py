"""Is this paper genuine? For anybody, without signing in."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import quote

from fastapi import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from api.deps import Ctx
from api.handlers import answer_problem
from api.problems import not_found
from api.verifying import verified
from domain.documents import grouped, plain
from web.shell import page_router, view
from web.visitor import Maybe

router = page_router()

_LONGEST: Final = 64  # of what was typed, when it is shown again
#: What holds now may not hold later, and the address answers machines too.
_HEADERS: Final = {"Cache-Control": "no-store", "Vary": "Accept"}


@router.get("/verify")
async def ask(request: Request, _me: Maybe, code: str = "") -> Response:
    """Where the code is typed in."""
    typed = plain(code)[:_LONGEST]
    if typed:
        return RedirectResponse(f"/verify/{quote(typed, safe='')}", HTTPStatus.SEE_OTHER, _HEADERS)
    return view(request, "verify.html", code="", paper=None)


@router.get("/verify/{code}")
async def tell(request: Request, ctx: Ctx, _me: Maybe, code: str) -> Response:
    """What the code says: JSON for whoever asks for that, else a page for people."""
    paper = await verified(ctx, code)
    if "application/json" in request.headers.get("accept", ""):
        if paper is None:
            fault = not_found("查无此文书：请核对验证码；仍不符的，可能是伪造", "unknown-document")
            return await answer_problem(request, fault)
        return JSONResponse(paper, headers=_HEADERS)
    shown = {"paper": paper, "code": grouped(plain(code)[:_LONGEST])}
    checked_at = paper["checked_at"] if paper else ctx.now()
    answer = view(
        request, "verify.html", HTTPStatus.OK if paper else HTTPStatus.NOT_FOUND, checked_at=checked_at, **shown
    )
    answer.headers.update(_HEADERS)
    return answer
