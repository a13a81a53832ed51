"""What an appeal may be a duplicate of: offered to whoever may read both, merged by people only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from anyio import to_thread

from api.context import Context
from api.reading import Found
from domain.appeal import Appeal
from domain.duplicates import Likeness, Likenesses, Matter
from domain.people import Actor
from domain.relations import may_read
from domain.wall import stamp
from storage.appeals import Appeals
from storage.duplicates import Candidate, Neighbours

_LOOKED_AT: Final = 20  # of the likest; who has sent the same twenty times needs no twenty-first


@dataclass(frozen=True, slots=True)
class _Alike:
    number: str
    likeness: Likeness


async def duplicates_of(ctx: Context, me: Actor, found: Found) -> list[dict[str, Any]]:
    """The likest first; of equal ones the newest. How long back, and how alike, says the appeal's own policy."""
    said, policy = found.appeal.submission, found.appeal.rules.policy
    span, at = timedelta(days=policy.duplicate_days), found.appeal.created_at
    async with ctx.database.read() as r:
        around = await Neighbours(r).of(said.enterprise.uscc, said.enterprise.name, at - span, at + span)
    others = [candidate for candidate in around if candidate.number != found.appeal.number]
    # Texts are compared beside the loop that answers everybody else.
    likest = await to_thread.run_sync(_rank, _matter(found.appeal), others, policy.duplicate_percent)
    return await _readable(ctx, me, found.appeal, likest)


def _matter(appeal: Appeal) -> Matter:
    said = appeal.submission
    return Matter(said.title, said.description, said.external_ref)


def _rank(one: Matter, others: Sequence[Candidate], least: int) -> list[_Alike]:
    held = Likenesses(one)
    found = [_Alike(c.number, likeness) for c in others if (likeness := held.to(c.matter, least))]
    newest_first = sorted(found, key=lambda alike: alike.number, reverse=True)
    return sorted(newest_first, key=lambda alike: -alike.likeness.percent)


async def _readable(ctx: Context, me: Actor, one: Appeal, likest: Sequence[_Alike]) -> list[dict[str, Any]]:
    """Those that the caller may read: a secret one is not even counted for anybody else."""
    shown: list[dict[str, Any]] = []
    async with ctx.database.read() as r:
        for alike in likest[:_LOOKED_AT]:
            stored = await Appeals(r).get(alike.number)
            if stored and may_read(stored.appeal, me):
                shown.append(_line(one, stored.appeal, alike.likeness))
    return shown


def _line(one: Appeal, other: Appeal, likeness: Likeness) -> dict[str, Any]:
    return {
        "number": other.number,
        "title": other.submission.title,
        "service": other.rules.service.code,
        "stage": other.stage.value,
        "created_at": stamp(other.created_at),
        "score": likeness.percent,
        "why": list(likeness.why),
        # Into an open one only; which of the two is merged into the other is for people to say.
        "mergeable": other.is_open and one.is_open,
        "links": {"self": f"/v1/appeals/{other.number}"},
    }
