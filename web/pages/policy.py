"""The policy in force, for staff: limits, bounds, ladders."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Ctx
from api.policy_table import EDITIONS_SAID, ladder_lines, ladder_title, rows
from domain.calendar import ZONE
from storage.affected import InUse, in_use, replacements
from web.shell import page_router, view
from web.visitor import Staff

router = page_router()

_LIMITS: Final = "时限"
_WARNS: Final = "预警和升级"
_BOUNDS: Final = "次数和上限"
_APART: Final = frozenset({"version", "edition", "ladders"})  # said elsewhere on the page
_CALLS: Final = frozenset({"warn_percents", "catch_all_days", "lease", "quiet"})


@router.get("/policy")
async def read_policy(request: Request, ctx: Ctx, _me: Staff, used: str = "") -> Response:
    """What new appeals are measured by from now on; ``used``: and by what those that are open."""
    policy = ctx.catalogue.policy
    parts: dict[str, list[tuple[str, str, str]]] = {_LIMITS: [], _BOUNDS: [], _WARNS: []}
    for name, title, value in rows(policy):
        if name not in _APART:
            is_limit = title.endswith(("时限", "（紧急）", "期限"))
            parts[_WARNS if name in _CALLS else _LIMITS if is_limit else _BOUNDS].append((title, name, value))
    ladders = [(ladder_title(ladder), ladder_lines(ladder)) for ladder in policy.ladders]
    held = [(number, said) for number, said in EDITIONS_SAID.items() if number <= policy.edition]
    rules = await _used(ctx) if used else None
    return view(request, "policy.html", policy=policy, parts=parts, ladders=ladders, held=held, used=rules)


async def _used(ctx: Context) -> list[tuple[InUse, str]]:
    """The rules of open appeals, each with what is newer. It counts them all: asked for, not shown by itself."""
    async with ctx.database.read() as r:
        found = await in_use(r)
        today = ctx.now().astimezone(ZONE).date()
        by_calendar = await replacements(r, ctx.catalogue, today)
        whole = await replacements(r, ctx.catalogue, today, whole=True)
    return [
        (
            one,
            "日历有新版"
            if one.rules.version in by_calendar
            else "政策或事项有新版"
            if one.rules.version in whole
            else "",
        )
        for one in found
    ]
