"""Two people at once: whoever acts on what has changed since they looked is told who was first, and decides again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from api.context import Context
from api.deps import Caller
from api.idempotency import update_id
from api.problems import Problem, unprocessable
from api.reading import Found, entries_of, journal_view
from domain.appeal import Appeal
from domain.errors import Fault
from domain.journal import Entry
from domain.loop import CHANGED
from domain.service import Service
from domain.table import TABLE
from domain.vocabulary import Action, Role
from domain.who import ROLES
from domain.wording import local_minute

#: They change nothing that anybody could decide otherwise.
_ASIDE: Final = frozenset({Action.NOTE, Action.ADD_INFORMATION})
_TAG: Final = re.compile(r'\s*(?:W/)?"([0-9]{1,9})"\s*')


def etag(appeal: Appeal) -> str:
    """How far its journal is, as HTTP has it. What time alone changes (a remaining hour) is no other version."""
    return f'"{appeal.seq}"'


def read_of(match: str | None) -> int | None:
    """How far the journal was that ``If-Match`` says was read; None for one that asks for nothing. Raises a 422."""
    if match is None or match.strip() == "*":
        return None
    found = [_TAG.fullmatch(tag) for tag in match.split(",")]
    if not all(found):
        detail = 'If-Match 应为读到的 ETag，如 "12"'
        raise unprocessable("bad-if-match", detail, Fault("/If-Match", detail))
    return max(int(tag[1]) for tag in found if tag)


def is_done(found: Found, me: Caller, key: str) -> bool:
    """Whether the caller has done something by this key."""
    return update_id(me.account.code, found.appeal.number, key) in found.appeal.seen


async def demand_unchanged(ctx: Context, me: Caller, found: Found, read: int | None) -> None:
    """Raises a 412 problem that says what somebody else has done since; what time did changes nobody's mind."""
    if read is None or found.appeal.seq <= read:
        return
    # As the workflow has it: what somebody did, a system too, has its key; what time does has none.
    acted = {done.seq for done in found.appeal.seen.values()}
    newer = [one for one in await entries_of(ctx, found) if one.seq > read and one.seq in acted and _counts(one, me)]
    if newer:
        entry = newer[-1]
        (view,) = journal_view(found, (entry,), me.actor)["items"]
        first = {name: view[name] for name in ("seq", "at", "actor", "action")}
        raise changed(_told(ctx, found.appeal.rules.service, view, entry.at), first=first)


def _counts(entry: Entry, me: Caller) -> bool:
    return entry.actor.id != me.account.code and entry.action not in _ASIDE


def changed(detail: str = "您查看之后已有其他人先办理", **more: Any) -> Problem:
    """412: what was looked at is no more what is there."""
    return Problem(HTTPStatus.PRECONDITION_FAILED, CHANGED, detail, more=more)


def _told(ctx: Context, service: Service, view: Mapping[str, Any], at: datetime) -> str:
    """甲派出所 王协理（承办民警）已于2026年11月22日21:40办理了“改派”，交给乙派出所; nobody's name of another track."""
    actor, data = view["actor"], view["data"]
    unit = _unit(ctx, actor["unit"])
    who = f"{unit} {actor['name']}（{ROLES[Role(actor['role'])]}）".strip() if actor["name"] else "其他人"
    to = _unit(ctx, data.get("lead_unit") or data.get("unit"))
    whom = f"，交给{to}" if to and view["action"] != Action.COMPLETE_STEP else ""
    return f"{who}已于{local_minute(at).chinese}办理了“{_title(service, view)}”{whom}"


def _title(service: Service, view: Mapping[str, Any]) -> str:
    """The action; of a step the step."""
    step = service.step(str(view["data"].get("step"))) if view["action"] == Action.COMPLETE_STEP else None
    return step.name if step else TABLE[Action(view["action"])].title


def _unit(ctx: Context, code: object) -> str:
    place = ctx.organisation.place(code) if isinstance(code, str) else None
    return place.name if place else ""
