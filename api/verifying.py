"""Is this paper genuine? By the code or the QR that stands on it, for anybody."""

from __future__ import annotations

from typing import Any

from api.context import Context
from api.paper_words import standing_name
from api.printing import Sheet, unit_name
from api.reading import entries_of, look_up
from domain.calendar import ZONE
from domain.documents import mask_enterprise, number_in, standing
from domain.printed import by_code
from domain.wall import stamp


async def verified(ctx: Context, code: str) -> dict[str, Any] | None:
    """What a stranger may know of the paper of this code, as it stands now; None when there is no such paper."""
    sheet = await _sheet(ctx, code)
    return _view(ctx, sheet) if sheet else None


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
        "standing": standing(paper, now).value,
        "standing_name": standing_name(paper, now),
        "round": paper.round or None,
        "followed_on": paper.followed_at.astimezone(ZONE).date().isoformat() if paper.followed_at else None,
        "checked_at": stamp(now),
        "rehearsal": ctx.settings.rehearsal,
    }
