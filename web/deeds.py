"""What the board does for several appeals at once: each deed with the part of its form that is the same for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from api.context import Context
from api.deps import Caller
from api.problems import Problem
from api.reading import Found
from domain.budget import parse
from domain.loop import allowed
from domain.schemas import BODIES, Schema
from domain.vocabulary import Action
from domain.wording import length
from web.bulk import in_reach
from web.forms.inputs import Options


@dataclass(frozen=True, slots=True)
class Deed:
    """``fixed`` is what the deed itself says; ``schema`` what is asked for."""

    code: str
    title: str
    action: Action
    schema: Schema
    fixed: Mapping[str, Any] = field(default_factory=dict)


def _part(action: Action, *needed: str, other: tuple[str, ...] = ()) -> Schema:
    known = BODIES[action]["properties"]
    shown = {name: known[name] for name in (*needed, *other)}
    return {"type": "object", "properties": shown, "required": list(needed), "additionalProperties": False}


_DEEDS: Final = (
    Deed("supervise", "督办", Action.SUPERVISE, _part(Action.SUPERVISE, "order", other=("limit",))),
    Deed("posted", "挂牌督办", Action.SUPERVISE, _part(Action.SUPERVISE, "order", "leader", "limit"), {"posted": True}),
    Deed("lift", "提级", Action.LIFT, _part(Action.LIFT, "reason")),
    Deed("reassign", "改派", Action.REASSIGN, _part(Action.REASSIGN, "unit", "reason")),
)
DEEDS: Final[Mapping[str, Deed]] = {deed.code: deed for deed in _DEEDS}


def deed_of(code: str) -> Deed:
    """The deed of an address. Raises a 404 problem."""
    if code not in DEEDS:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-action", "没有这种批量操作")
    return DEEDS[code]


def deeds_for(found: Found, me: Caller) -> tuple[str, ...]:
    """The deeds that this appeal could be chosen for, by this person, now."""
    if found.pending:
        return ()
    may = {*allowed(found.appeal, me.actor, found.now)}
    return tuple(deed.code for deed in _DEEDS if deed.action in may)


def picks_of(rows: Sequence[tuple[str, ...]]) -> list[tuple[str, str]]:
    """What may be ticked at once, by a deed and in words: deeds that are open to the same rows are one choice."""
    alike: dict[tuple[bool, ...], list[Deed]] = {}
    for deed in _DEEDS:
        if any(where := tuple(deed.code in codes for codes in rows)):
            alike.setdefault(where, []).append(deed)
    return [
        (deeds[0].code, "全选本页" if all(where) else f"选中本页可{'、'.join(deed.title for deed in deeds)}的")
        for where, deeds in alike.items()
    ]


def options_of(ctx: Context, me: Caller, deed: Deed) -> Options:
    """What its fields may hold."""
    is_asked = "unit" in deed.schema["properties"]
    return {"/unit": [(place.code, place.name) for place in in_reach(ctx, me)]} if is_asked else {}


def told(ctx: Context, deed: Deed, body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was filled in, in words."""
    titles = {name: str(one["title"]) for name, one in deed.schema["properties"].items()}
    return [(titles[name], _said(ctx, name, str(value))) for name, value in body.items() if name in titles]


def _said(ctx: Context, name: str, value: str) -> str:
    if name == "limit":
        return length(parse(value)).chinese
    place = ctx.organisation.place(value) if name == "unit" else None
    return place.name if place else value
