"""The clock of an exercise: an appeal's own time, moved on from its page (``parts/rehearsal_clock.html``)."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import Response

from api.deps import Ctx
from api.permissions import FAST_FORWARD
from api.reading import find
from api.rehearsing import check_rehearsal, move_on
from web.pages.appeal_shown import Moving, page_of
from web.shell import back, page_router
from web.visitor import Person, Posted
from web.words import minute, stretch

router = page_router(live=True)

_UNITS: Final = {"minutes": 60, "hours": 3_600, "days": 86_400}
_LONGEST: Final = 400 * 86_400
_LONGEST_AMOUNT: Final = 20
_FAULT: Final = "请填写整数，在1分钟至400天之间"


@router.post("/rehearsal/{number}")
async def go_on(request: Request, ctx: Ctx, me: Person, form: Posted, number: str) -> Response:
    """So many minutes, hours or days later; everything due in between has happened by then."""
    check_rehearsal(ctx)
    FAST_FORWARD.demand(me.actor)
    asked = Moving(str(form.get("amount", ""))[:_LONGEST_AMOUNT], str(form.get("unit", "")), _FAULT)
    found = await find(ctx, me.actor, number)
    request.state.number = found.appeal.number
    if not (seconds := _seconds(asked)):
        return await page_of(request, ctx, me, number, moving=asked)
    moved = await move_on(ctx, me, found, seconds)
    done = f"时钟已拨快{stretch(seconds, 'seconds')}，本诉求现在是{minute(moved.now)}"
    return back(f"/appeals/{found.appeal.number}", done)


def _seconds(asked: Moving) -> int:
    """What was asked for; 0 for what is no such time."""
    amount = asked.amount.strip()
    seconds = int(amount) * _UNITS.get(asked.unit, 0) if amount.isascii() and amount.isdecimal() else 0
    return seconds if seconds <= _LONGEST else 0
