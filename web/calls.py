"""Whom an escalation has called: level by level, when, on which channels, and whether it reached them. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from domain.journal import Entry
from domain.notice import ESCALATION
from storage.contact_points import KINDS
from storage.messages import MessageStatus, Result

INBOX_ONLY: Final = "仅在收件箱"
#: What became of a message that nobody has read yet, and that was not told to have arrived.
_STATUS: Final[Mapping[str, str]] = {
    MessageStatus.WAITING.value: "正在发送",
    MessageStatus.SENT.value: "已发送",
    MessageStatus.KEPT.value: INBOX_ONLY,
    MessageStatus.SILENCED.value: "已无须发送",
    MessageStatus.FAILED.value: "未送达",
}
_RESULTS: Final[Mapping[str, str]] = {
    Result.DELIVERED.value: "已送达",
    Result.REFUSED.value: "被拒收",
    Result.FAILED.value: "未送达",
    Result.UNKNOWN.value: "不确定是否送达",
}
#: Why people were called, where it is not that a level was reached.
_WHY: Final[Mapping[str, str]] = {"lease_ended": "认领后仍无进展，再次催办", "hand_over": "移交"}
Ways = Mapping[tuple[str, str], Sequence[str]]
"""On which channels somebody was told, and what came of it, by person and moment."""


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody who was called, and whether it reached them; ``at``: when it did, or was read."""

    account: str
    name: str
    unit: str
    said: str
    at: str | None
    is_reached: bool
    ways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """Everybody who was called at once: at which level, when, and why where it was no new level."""

    level: int | None
    at: str
    why: str
    people: tuple[Reached, ...]

    @property
    def title(self) -> str:
        """第1级；移交."""
        level = f"第{self.level}级" if self.level else ""
        return "：".join(filter(None, (level, self.why))) or "通知"

    @property
    def reached(self) -> int:
        """How many of them it reached."""
        return sum(one.is_reached for one in self.people)


_MOMENT: Final = itemgetter("level", "template", "at")


def calls_of(one: Mapping[str, Any], ways: Ways | None = None, acted: Collection[str] = ()) -> list[Call]:
    """The calls of an escalation of the API in order; whoever ``acted`` on it has heard of it."""
    took = {**dict.fromkeys(acted, "已处理"), one["acknowledged_by"]: "已认领"}
    return [
        Call(level, at, _WHY.get(template, ""), tuple(_reached(who, ways or {}, took) for who in people))
        for (level, template, at), people in groupby(one["called"], key=_MOMENT)
    ]


def acted_on(entries: Iterable[Entry]) -> dict[Any, set[str]]:
    """Whoever did something about an escalation, by its id."""
    found: dict[Any, set[str]] = {}
    for entry in entries:
        found.setdefault(entry.data.get("escalation"), set()).add(entry.actor.id)
    return found


def whom(call: Mapping[str, Any]) -> str:
    """Whom the level calls on which it stands, and for which unit where that is another.

    通知江北分局; 代甲派出所通知情指中心值班室: the first level calls the duty room, which stands beside the unit.
    """
    units = [one["unit_name"] for one in call["called"] if one["template"] == ESCALATION and _is_of_level(one, call)]
    return whom_of(call["owner_unit_name"] or "", units) if units else f"{call['owner_unit_name'] or ''}尚未通知任何人"


def whom_of(owner: str, units: Iterable[str | None]) -> str:
    """As :func:`whom`: ``owner`` is the unit that the level asks, ``units`` those of the people it found there."""
    found = [unit for unit in dict.fromkeys(units) if unit]
    if not found or not owner:
        return owner
    return f"{'' if owner in found else f'代{owner}'}通知{'、'.join(found)}"


def _is_of_level(one: Mapping[str, Any], call: Mapping[str, Any]) -> bool:
    return bool(one["level"] == call["level"])


def units_called(escalations: Iterable[Mapping[str, Any]]) -> dict[tuple[int, str], list[str]]:
    """The units of those who were called, by the clock's generation and the moment: an entry has both."""
    found: dict[tuple[int, str], list[str]] = {}
    for one in escalations:
        generation = int(one["id"].rsplit("-", 2)[1])
        for who in one["called"]:
            if who["template"] == ESCALATION:
                found.setdefault((generation, who["at"]), []).append(who["unit_name"] or "")
    return found


def phones_of(call: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The duty telephones of the unit whose time ran out, then of those who were called: unit and number, each once."""
    owner = (call["owner_unit_name"], call["owner_unit_phone"])
    known = [owner, *((who["unit_name"], who["unit_phone"]) for who in call["called"])]
    return [(unit, phone) for unit, phone in dict.fromkeys(known) if unit and phone]


def ways_of(sent: Iterable[Mapping[str, Any]], escalation: str) -> dict[tuple[str, str], list[str]]:
    """On which channels people were told of an escalation, from the messages about its appeal."""
    return {
        (one["to"], one["at"]): [way(attempt) for attempt in one["attempts"]]
        for one in sent
        if one["escalation"] == escalation
    }


def way(attempt: Mapping[str, Any]) -> str:
    """短信已送达."""
    kind = KINDS.get(attempt["channel"])
    return f"{kind.title if kind else attempt['channel']}{_RESULTS.get(attempt['result'], '正在发送')}"


def _reached(who: Mapping[str, Any], ways: Ways, took: Mapping[str, str]) -> Reached:
    at = who["read_at"] or who["delivered_at"]
    has = took.get(who["account"], "")
    said = has or ("已读" if who["read_at"] else "已送达" if at else _STATUS[who["status"]])
    told = tuple(ways.get((who["account"], who["at"]), ()))
    name, is_reached = who["name"] or who["account"], bool(at or has)
    return Reached(who["account"], name, who["unit_name"] or "", said, at, is_reached, told)
