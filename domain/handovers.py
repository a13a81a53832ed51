"""Why was it sent there? Each hand-over of an appeal in one Chinese sentence, read from its journal alone.

What the routing decided is kept in the entry of the assignment, so the answer stays true when the table is another one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.journal import Entry
from domain.masking import MASK, mask_name
from domain.people import SYSTEM
from domain.routing import FORM, By
from domain.vocabulary import Action

NameOf = Callable[[str], str]
"""A unit's name by its code."""
PERSON = "person"
"""Decided by somebody, not by a rule."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One of them: who decided, where it went (empty: to nobody yet), and why in words; ``kept`` is the routing's."""

    seq: int
    at: datetime
    round: int
    action: Action
    by: str
    actor: str
    units: tuple[str, ...]
    text: str
    kept: Mapping[str, Any] | None = None


def handovers(entries: Iterable[Entry], name_of: NameOf, *, inside: bool, words: bool) -> tuple[Handover, ...]:
    """Every hand-over, oldest first. ``inside``: for the house; ``words``: for whoever may read what people wrote."""
    found = []
    for entry in entries:
        told = _TELLING.get(entry.action)
        if told and (text := told(entry, name_of)):
            reason = entry.reason if inside and words else ""
            found.append(_one(entry, text, reason or "", name_of, inside=inside, words=words))
    return tuple(found)


def _one(entry: Entry, text: str, reason: str, name_of: NameOf, *, inside: bool, words: bool) -> Handover:
    kept, actor = _shown(entry.data.get("routing"), words=words), _actor(entry, name_of, inside=inside)
    why = _why(kept) if kept else ""
    sentence = f"{actor}{text}" + (f"。理由：{reason}" if reason else "")
    return Handover(
        seq=entry.seq,
        at=entry.at,
        round=entry.round,
        action=entry.action,
        by=_by(entry, kept),
        actor=entry.actor.id,
        units=_units(entry.data),
        text=f"{why}{sentence}",
        kept=kept,
    )


def _by(entry: Entry, kept: Mapping[str, Any] | None) -> str:
    if kept:
        return str(kept["by"])
    return By.SERVICE.value if _is_itself(entry) else PERSON


def _is_itself(entry: Entry) -> bool:
    """The loop, not an upstream system whose account may be called so as well."""
    return entry.actor.id == SYSTEM.id and entry.actor.name in {SYSTEM.name, ""}


def _units(data: Mapping[str, Any]) -> tuple[str, ...]:
    named = (data.get(name) for name in ("lead_unit", "second_lead", "unit", "body"))
    return tuple(code for code in named if isinstance(code, str))


def _shown(kept: object, *, words: bool) -> Mapping[str, Any] | None:
    """What the enterprise wrote into its form is for those who may read it."""
    if not isinstance(kept, dict) or not kept:
        return None
    facts = [f if words or not f["name"].startswith(FORM) else _hidden(f) for f in kept["facts"]]
    return {**kept, "facts": facts}


def _hidden(fact: Mapping[str, str]) -> dict[str, str]:
    return {"name": fact["name"], "value": MASK, "text": f"{fact['text'].partition('为“')[0]}为{MASK}"}


def _why(kept: Mapping[str, Any]) -> str:
    """The rule and what made it fit."""
    facts = "，".join(fact["text"] for fact in kept["facts"])
    if kept["by"] == By.SERVICE:
        return "没有适用的交办规则，按服务事项的牵头单位办理："
    if kept["by"] == By.CATCH_ALL and not kept["row"]:
        return f"{kept['why']}："
    rule = f"按交办规则“{kept['table']}”第{kept['version']}版“{kept['row']}”行（{kept['why']}）"
    return f"{rule}，因{facts}：" if facts else f"{rule}："


def _actor(entry: Entry, name_of: NameOf, *, inside: bool) -> str:
    if _is_itself(entry):
        return SYSTEM.name
    unit = name_of(entry.actor.unit) if entry.actor.unit else ""
    return f"{unit}{entry.actor.name if inside else mask_name(entry.actor.name)}"


def _assigned(entry: Entry, name_of: NameOf) -> str:
    data = entry.data
    second = f"和{name_of(data['second_lead'])}（一警双派）" if "second_lead" in data else ""
    helpers = "、".join(map(name_of, data.get("cooperating", ())))
    officer = f"，由{data['officer']}承办" if "officer" in data else ""
    stands_in = f"（不在岗，由{data['substitute']}代）" if "substitute" in data else ""
    with_help = f"，{helpers}配合" if helpers else ""
    return f"交{name_of(data['lead_unit'])}{second}承办{with_help}{officer}{stands_in}"


def _accepted(entry: Entry, _name_of: NameOf) -> str:
    kept = entry.data.get("routing")
    if not isinstance(kept, dict) or not kept:
        return ""
    if kept["by"] == By.CATCH_ALL:
        whom = f"{kept['catch_all_name']}（{kept['catch_all']}）" if kept["catch_all"] else "交办人员"
        return f"受理后没有可派的单位，交{whom}决定"
    return "受理后由交办人员交办"


def _reassigned(entry: Entry, name_of: NameOf) -> str:
    """Another officer of the same unit is no hand-over."""
    return f"改派到{name_of(entry.data['unit'])}" if "unit" in entry.data else ""


_TELLING: Mapping[Action, Callable[[Entry, NameOf], str]] = {
    Action.ACCEPT: _accepted,
    Action.ASSIGN: _assigned,
    Action.REASSIGN: _reassigned,
    Action.NAME_FINAL_OWNER: lambda entry, name_of: f"指定{name_of(entry.data['unit'])}为最终承办单位",
    Action.LIFT: lambda _entry, _name_of: "提级到上级单位办理",
    Action.RETURN_ASSIGNMENT: lambda _entry, _name_of: "退回，待重新交办",
    Action.TRANSFER: lambda entry, name_of: f"流转到{name_of(entry.data['body'])}",
    Action.TRANSFER_REFUSED: lambda _entry, _name_of: "外单位退回，待重新交办",
    Action.RECALL_TRANSFER: lambda _entry, _name_of: "追回流转，待重新交办",
}
