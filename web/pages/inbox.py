"""What somebody was told, newest first: what is new, what it is about, and by which channels it went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Caller, Ctx
from api.inbox import cursor_of, inbox, read_all, read_one
from domain.relations import may_read
from domain.vocabulary import EscalationState
from storage.appeals import Appeals
from storage.messages import MessageStatus
from web.calls import INBOX_ONLY, way
from web.pages.account import Mine
from web.shell import back, page_router, view
from web.visitor import Posted, is_staff

router = page_router(live="inbox")
_SHOWN: Final = 20
_STATES: Final = {EscalationState.ACKNOWLEDGED.value: "已有人认领", EscalationState.ENDED.value: "督办已结束"}
_QUIET: Final = {MessageStatus.WAITING.value: "正在发送", MessageStatus.SILENCED.value: "已无须发送"}


@router.get("/inbox")
async def show(request: Request, ctx: Ctx, me: Mine, before: str = "", new: bool = False) -> Response:  # noqa: FBT001, FBT002 - of the query
    """A page of it; ``new``: only what has not been read."""
    found = await inbox(ctx, me, before=cursor_of(before), unread=new, limit=_SHOWN + 1)
    staff = is_staff(me)
    shown = found["items"][:_SHOWN]
    titles = await _titles(ctx, me, [one["number"] for one in shown])
    items = [{**one, **_about(one, staff=staff), "title": titles.get(one["number"])} for one in shown]
    _one_button_each(items)
    return view(
        request,
        "inbox.html",
        items=items,
        unread=found["unread"],
        new=new,
        first=bool(before),
        more=items[-1]["id"] if len(found["items"]) > _SHOWN else None,
    )


@router.post("/inbox/read")
async def mark_all(ctx: Ctx, me: Mine, form: Posted) -> Response:
    """All that stood there, and all before it."""
    await read_all(ctx, me, {"until": cursor_of(str(form.get("until", ""))) or 0})
    return back("/inbox", done="已全部标为已读。")


@router.post("/inbox/{message}/read")
async def mark(ctx: Ctx, me: Mine, form: Posted, message: str) -> Response:
    """One of them; ``open``: on to what it is about."""
    one = await read_one(ctx, me, cursor_of(message) or 0)
    if "open" in form:
        return back(_about(one, staff=is_staff(me))["to"])
    return back(f"/inbox{'?new=true' if 'new' in form else ''}", done="已标为已读。")


async def _titles(ctx: Context, me: Caller, numbers: Sequence[str]) -> dict[str, str]:
    """What the matters are called, of those that the reader may read: a message itself never says it."""
    async with ctx.database.read() as r:
        found = await Appeals(r).several(numbers)
    return {number: one.appeal.submission.title for number, one in found.items() if may_read(one.appeal, me.actor)}


def _about(one: dict[str, Any], *, staff: bool) -> dict[str, Any]:
    """Where it leads, how its call stands, and how it went out."""
    if one["escalation"] and staff:
        to, name = f"/duty/calls/{one['escalation']}", "查看督办"
    else:
        to, name = (f"/appeals/{one['number']}", "查看诉求") if staff else (f"/track/{one['number']}", "查看进度")
    went = [way(attempt) for attempt in one["channels"]]
    return {
        "to": to,
        "name": name,
        "is_call": one["escalation_state"] == EscalationState.OPEN.value and staff,
        "stands": _STATES.get(one["escalation_state"] or "", ""),
        "went": went or [_QUIET.get(one["status"], INBOX_ONLY)],
    }


def _one_button_each(items: list[dict[str, Any]]) -> None:
    """A call that was repeated has its button beside the newest message only."""
    seen: set[str] = set()
    for one in items:
        one["is_call"] = one["is_call"] and one["escalation"] not in seen
        seen |= {one["escalation"]} if one["escalation"] else set()
