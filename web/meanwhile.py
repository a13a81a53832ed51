"""Two people at once: whoever acts on what has changed since they looked is told who was first, and decides again."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final

from api.context import Context
from api.deps import Caller
from api.idempotency import update_id
from api.problems import Problem
from api.reading import Found, entries_of, journal_view
from domain.journal import Entry
from domain.vocabulary import Action, Role
from web.pages.appeal_words import Line, Speaker
from web.words import minute

SEEN: Final = "seen"
"""The hidden field that says how far the journal was when the form was shown; of several appeals, ``number:seq``."""
MEANWHILE: Final = "meanwhile"
"""The code of the problem that says who was first."""
#: They change nothing that anybody could decide otherwise.
_ASIDE: Final = frozenset({Action.NOTE, Action.ADD_INFORMATION})
_SEQ: Final = re.compile(r"[0-9]{1,9}")


def seq_of(text: object) -> int | None:
    """What a form says that was seen; None for one that does not say."""
    return int(text) if isinstance(text, str) and _SEQ.fullmatch(text) else None


def is_done(found: Found, me: Caller, key: str) -> bool:
    """Whether the caller has done something by this key."""
    return update_id(me.account.code, found.appeal.number, key) in found.appeal.seen


async def demand_unchanged(ctx: Context, me: Caller, found: Found, key: str, seen: int | None) -> None:
    """Raises a 409 problem that says what somebody else has done since; never for what this key has done already."""
    if seen is None or found.appeal.seq <= seen or is_done(found, me, key):
        return
    newer = [one for one in await entries_of(ctx, found) if one.seq > seen and _counts(one, me)]
    if newer:
        raise Problem(HTTPStatus.CONFLICT, MEANWHILE, _told(ctx, me, found, newer[-1]))


def _counts(entry: Entry, me: Caller) -> bool:
    by_another = entry.actor.role != Role.SYSTEM and entry.actor.id != me.account.code
    return by_another and entry.action not in _ASIDE


def _told(ctx: Context, me: Caller, found: Found, entry: Entry) -> str:
    """甲派出所 王协理（办理）已于2026年11月22日 21:40办理了“交办”，承办单位：乙派出所."""

    def unit(code: str) -> str:
        place = ctx.organisation.place(code)
        return place.name if place else code

    (view,) = journal_view(found, (entry,), me.actor)["items"]
    line: Line = Speaker(found.appeal.rules.service, unit, str).line(view)
    to = view["data"].get("lead_unit") or view["data"].get("unit")
    whom = f"，交给{unit(to)}" if isinstance(to, str) else ""
    return f"{line.who}已于{minute(line.at)}办理了“{line.title}”{whom}"
