"""One appeal for those who work on it: where it stands, what may be done now, and everything that was."""

from __future__ import annotations

import structlog
from fastapi import Request
from starlette.responses import RedirectResponse, Response

from api.acting import find_to_act
from api.asked import known_action
from api.deps import Ctx
from api.handlers import told
from api.reading import find
from web.held import form_held
from web.pages.acting import Tried, key_of, press, shown_again, title_of
from web.pages.appeal_shown import page_of
from web.shell import back, page_router
from web.visitor import Person, Posted, Staff, is_staff
from web.words import stage

router = page_router(live=True)


@router.get("/appeals/{number}")
async def look(request: Request, ctx: Ctx, me: Person, number: str, do: str = "", kept: str = "") -> Response:
    """The whole of it; an enterprise follows its own on a page of its own. ``kept``: a form as it was left."""
    if not is_staff(me):
        return RedirectResponse(f"/track/{number}", 303)
    form = await form_held(request, ctx, me, f"/appeals/{number}/actions/{do}") if kept else None
    if form is not None:
        found = await find(ctx, me.actor, number)
        return await page_of(request, ctx, me, number, tried=shown_again(found, me, known_action(do), form))
    return await page_of(request, ctx, me, number, do)


@router.get("/appeals/{number}/actions/{action}")
async def open_form(_me: Person, number: str, action: str) -> Response:
    """Where a form was posted to is no page: its form is."""
    return RedirectResponse(f"/appeals/{number}?do={known_action(action).value}", 303)


@router.post("/appeals/{number}/actions/{action}")
async def act(request: Request, ctx: Ctx, me: Staff, number: str, action: str, form: Posted) -> Response:
    """One action; what was refused is shown again as it was filled in."""
    found = await find_to_act(ctx, me, number, key_of(form))
    request.state.number = found.appeal.number
    known = known_action(action)
    structlog.contextvars.bind_contextvars(action=known.value)
    try:
        done = await press(ctx, me, found, known, form)
    finally:
        await form.close()
    if isinstance(done, Tried):
        if done.problem:
            await told(request, done.problem)
        return await page_of(request, ctx, me, number, tried=done)
    title = title_of(found, known, form)
    if done.found is None:
        return back("/desk", done=f"{title}：{done.view['detail']}")
    return back(f"/appeals/{number}", done=f"{title}：已办理，现在是“{stage(done.view['stage'])}”环节。")
