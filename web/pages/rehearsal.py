"""The clock of an exercise: an appeal's own time, moved on from its page (``parts/rehearsal_clock.html``)."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import Response

from api.deps import Ctx
from api.problems import unprocessable
from api.reading import find
from api.rehearsing import check_rehearsal, move_on
from domain.errors import Fault
from web.shell import back, page_router
from web.visitor import Person, Posted
from web.words import minute, stretch

router = page_router()

_UNITS: Final = {"minutes": 60, "hours": 3_600, "days": 86_400}
_LONGEST: Final = 400 * 86_400


@router.post("/rehearsal/{number}")
async def go_on(request: Request, ctx: Ctx, me: Person, form: Posted, number: str) -> Response:
    """So many minutes, hours or days later; everything due in between has happened by then."""
    check_rehearsal(ctx)
    seconds = _seconds(str(form.get("amount", "")), str(form.get("unit", "")))
    found = await find(ctx, me.actor, number)
    request.state.number = found.appeal.number
    moved = await move_on(ctx, me, found, seconds)
    done = f"时钟已拨快{stretch(seconds, 'seconds')}，本诉求现在是{minute(moved.now)}"
    return back(f"/appeals/{found.appeal.number}", done)


def _seconds(amount: str, unit: str) -> int:
    """What was asked for. Raises a 422 problem."""
    many = int(amount) if amount.isascii() and amount.isdecimal() and len(amount) < 8 else 0  # noqa: PLR2004 - 400 days
    seconds = many * _UNITS.get(unit, 0)
    if not 0 < seconds <= _LONGEST:
        detail = "请填写快进的时间：1分钟至400天"
        raise unprocessable("bad-time", detail, Fault("/amount", detail))
    return seconds
