"""Whom an escalation has called: level by level, when, on which channels, and whether it reached them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

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


def calls_of(called: Iterable[Mapping[str, Any]], ways: Ways | None = None) -> list[Call]:
    """The calls of an escalation in order, from ``called`` of the API's answer."""
    return [
        Call(level, at, _WHY.get(template, ""), tuple(_reached(who, ways or {}) for who in people))
        for (level, template, at), people in groupby(called, key=_MOMENT)
    ]


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


def _reached(who: Mapping[str, Any], ways: Ways) -> Reached:
    at = who["read_at"] or who["delivered_at"]
    said = "已读" if who["read_at"] else "已送达" if at else _STATUS[who["status"]]
    told = tuple(ways.get((who["account"], who["at"]), ()))
    return Reached(who["account"], who["name"] or who["account"], who["unit_name"] or "", said, at, bool(at), told)
