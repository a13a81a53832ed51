"""Is this paper genuine? For anybody, without a key: by the code or the QR that stands on it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.context import Context
from api.deps import Ctx
from api.paper_words import STANDINGS
from api.printing import Sheet, page_of, unit_name
from api.problems import not_found
from api.reading import entries_of, look_up
from domain.calendar import ZONE
from domain.documents import grouped, mask_enterprise, number_in, plain, standing
from domain.printed import by_code
from domain.wall import stamp

router = APIRouter(include_in_schema=False)

_LONGEST = 64  # of what was typed, when it is shown again
#: What holds now may not hold later.
_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept"}


@router.get("/verify/{code}")
async def verify(request: Request, ctx: Ctx, code: str) -> Response:
    """What the code says: JSON for whoever asks for that, else a page for people."""
    sheet = await _sheet(ctx, code)
    paper = _view(ctx, sheet) if sheet else None
    if "application/json" in request.headers.get("accept", ""):
        if paper is None:
            raise not_found("查无此文书:请核对验证码;仍不符的,可能是伪造", "unknown-document")
        return JSONResponse(paper, headers=_HEADERS)
    given = {
        "office": ctx.organisation.name,
        "paper": paper,
        "code": grouped(plain(code)[:_LONGEST]),
        "checked_at": sheet.found.now if sheet else ctx.now(),
        "rehearsal": ctx.settings.rehearsal,
    }
    status = HTTPStatus.OK if paper else HTTPStatus.NOT_FOUND
    return HTMLResponse(page_of(ctx, ["verify"], given), status.value, _HEADERS)


async def _sheet(ctx: Context, code: str) -> Sheet | None:
    """The paper of this code."""
    number = number_in(code)
    if number is None:
        return None
    async with ctx.database.read() as r:
        found = await look_up(r, number, ctx.now())
    if found is None:
        return None
    entries = await entries_of(ctx, found)
    paper = by_code(found.appeal, entries, code)
    return Sheet(found, entries, paper) if paper else None


def _view(ctx: Context, sheet: Sheet) -> dict[str, Any]:
    """What a stranger may know: nothing about people, and of the enterprise enough to compare."""
    paper, now = sheet.paper, sheet.found.now
    found = standing(paper, now)
    return {
        "code": sheet.code,
        "kind": paper.kind,
        "name": paper.name,
        "number": paper.number,
        "unit": paper.unit or None,
        "unit_name": unit_name(ctx, sheet),
        "enterprise": mask_enterprise(sheet.found.appeal.submission.enterprise.name),
        "issued_on": paper.at.astimezone(ZONE).date().isoformat(),
        "valid_from": paper.valid_from,
        "valid_until": paper.valid_until,
        "revoked_on": paper.revoked_at.astimezone(ZONE).date().isoformat() if paper.revoked_at else None,
        "standing": found.value,
        "standing_name": STANDINGS[found],
        "checked_at": stamp(now),
        "rehearsal": ctx.settings.rehearsal,
    }
