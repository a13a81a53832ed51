"""An appeal, its form and its journal in words: every code as people read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.paper_words import spoken, titles_of_form
from domain.budget import BadBudget, parse
from domain.clock import ClockName
from domain.matrix import CLOCKS_CHINESE
from domain.rungs import FIRST_TRY, OWED_BY_ENTERPRISE, USED_UP, escalates
from domain.schemas import BODIES
from domain.service import Schema, Service, Step
from domain.table import TABLE
from domain.vocabulary import Action, Role
from domain.who import ROLES
from domain.wording import length, reason
from web.calls import whom_of
from web.forms.shape import VALUES
from web.words import minute

View = Mapping[str, Any]
Name = Callable[[str], str]

_ITSELF: Final[Mapping[str, str]] = {
    Action.SUBMIT.value: "提交诉求",
    Action.RUNG.value: "时限预警",
    Action.ESCALATE.value: "升级督办",
    Action.LEASE_ENDED.value: "认领到期",
}
_TITLES: Final[Mapping[str, str]] = {
    "due_at": "到期时间",
    "lease_until": "认领至",
    "clock": "时限",
    "cause": "原因",
    "substitute": "代理民警",
    "officer": "承办民警",
    "lead_unit": "牵头单位",
    "second_lead": "第二牵头单位",
    "to": "移交给",
    "budget": "时长",
    "number": "编号",
}
#: What time does is told in one sentence.
_BY_TIME: Final = frozenset({Action.RUNG, Action.ESCALATE, Action.LEASE_ENDED})
_CLOCKS: Final = frozenset(ClockName)
#: What is shown elsewhere on the page, or says something to machines only.
_UNSAID: Final = frozenset(
    {"generation", "rules", "salt", "missed", "empty", "escalation", "form", "materials", "enterprise", "contact"}
    | {"title", "description", "service", "region", "urgent", "external_ref", "step", "outcome", "record", "moved"}
    | {"breached_by_change", "routing", "subject", "dry_run"}
)
_UNITS: Final = frozenset({"lead_unit", "second_lead", "unit", "body", "owner_unit", "cooperating", "units"})
_PEOPLE: Final = frozenset({"officer", "to", "substitute"})
_AGREED: Final = {True: "同意", False: "不同意"}
_MOMENT: Final = len("2026-11-22T20:52")


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the journal. ``moved`` are the deadlines that it moved: the clock, when it was due, when it is."""

    seq: int
    at: str
    title: str
    who: str
    reason: str
    said: tuple[tuple[str, str], ...]
    moved: tuple[tuple[str, str, str], ...]
    breached: bool
    stage: str
    round: int
    hash: str
    by_system: bool


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says it by the names of this house's units and people."""

    service: Service
    unit: Name
    person: Name
    clock: Callable[[ClockName, int], str]
    """What a clock is called, by its name and generation."""
    called: Mapping[tuple[int, str], Sequence[str]]
    """Whose people a clock called, by its generation and the moment."""

    def line(self, entry: View) -> Line:
        """An entry."""
        data, actor = entry["data"], entry["actor"]
        moved = tuple(
            (
                self.clock(ClockName(one["clock"]), one["generation"]),
                minute(one["due_before"]),
                minute(one["due_after"]),
            )
            for one in data.get("moved") or ()
            if isinstance(one, Mapping)
        )
        return Line(
            seq=entry["seq"],
            at=entry["at"],
            title=self._title(entry),
            who=self._who(actor),
            reason=self._by_time(entry) if entry["action"] in _BY_TIME else entry["reason"] or "",
            said=() if entry["action"] in _BY_TIME else tuple(self._said(entry["action"], data)),
            moved=moved,
            breached=bool(data.get("breached_by_change")),
            stage=entry["to_stage"] if entry["to_stage"] != entry["from_stage"] else "",
            round=entry["round"],
            hash=entry["hash"],
            by_system=actor["id"] == "system",
        )

    def _who(self, actor: View) -> str:
        if actor["role"] == Role.SYSTEM and not actor["unit"]:
            return "系统"
        of = self.unit(actor["unit"]) if actor["unit"] else ""
        return f"{of} {actor['name']}（{ROLES.get(actor['role'], '')}）".strip()

    def _title(self, entry: View) -> str:
        action = entry["action"]
        if action == Action.COMPLETE_STEP:
            step = self.service.step(str(entry["data"].get("step")))
            return f"{step.name}：{_outcome_name(step, entry['data'].get('outcome'))}" if step else "办理步骤"
        return _ITSELF.get(action) or TABLE[Action(action)].title

    def _by_time(self, entry: View) -> str:
        """What time did, in a sentence; nothing of a clock that the reader may know nothing of."""
        data = entry["data"]
        if data["clock"] not in _CLOCKS:
            return ""
        name = entry["clock_name"] or CLOCKS_CHINESE[ClockName(data["clock"])]
        if entry["action"] == Action.LEASE_ENDED:
            return f"{entry['held_by'] or ''}认领后仍无进展，“{name}”时限的第{data['level']}级升级督办重新催办"
        return self._called(entry, name)

    def _called(self, entry: View, name: str) -> str:
        """“办理”时限已用75%，提醒甲派出所; of a call on which level, and whom it found for that unit."""
        data = entry["data"]
        rung, level = str(data["rung"]), data.get("level")
        unit = self.unit(data["owner_unit"]) if data.get("owner_unit") else "值班人员"
        whom = "企业" if data["clock"] in OWED_BY_ENTERPRISE else unit
        found = whom_of(unit, self.called.get((data["generation"], entry["at"]), ()))
        called = f"第{level}级升级督办（{found}）" if level else f"提醒{whom}"
        missed = data.get("missed") is True
        should, late = ("本应", "，已过时，没有再通知") if missed else ("", "")
        return f"“{name}”时限{_reached(rung)}，{should}{called}（{minute(data['due_at'])}）{late}"

    def _said(self, action: str, data: View) -> Iterator[tuple[str, str]]:
        fields = BODIES.get(Action(action), {}).get("properties", {})
        is_own = action not in {Action.SUBMIT, Action.COMPLETE_STEP}
        for name, value in data.items():
            shown = name in fields and is_own and name not in {"escalation", "dry_run"}
            if (name in _UNSAID and not shown) or value in (None, "", [], {}):
                continue
            title = fields.get(name, {}).get("title") or _TITLES.get(name)
            if title:
                yield title, self.value(name, value)
        if action == Action.COMPLETE_STEP:
            yield from self._record(data)
        routing = data.get("routing")
        if isinstance(routing, Mapping) and routing.get("why"):
            yield "派发依据", routing["why"]

    def _record(self, data: View) -> Iterator[tuple[str, str]]:
        step = self.service.step(str(data.get("step")))
        outcome = next((o for o in step.outcomes if o.code == data.get("outcome")), None) if step else None
        record = data.get("record") or {}
        results = step.items.results if step and step.items else {}
        yield from self.rows(outcome.record if outcome else {}, record, results)
        if unit := data.get("unit"):
            yield "单位", self.unit(unit)

    def rows(self, schema: Schema, said: Any, words: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
        """What was filled in, by the titles of its schema; what has none by its own name."""
        if not isinstance(said, Mapping):
            return []
        titles = {name: one.get("title", name) for name, one in schema.get("properties", {}).items()}
        kept = {name: value for name, value in said.items() if value not in (None, "", [], {})}
        return [(titles.get(name, name), self.value(name, value, words or {})) for name, value in kept.items()]

    def form(self, said: Any) -> list[tuple[str, str]]:
        """The service's own form."""
        titles = titles_of_form(self.service)
        shown = {"properties": {name: {"title": title} for name, title in titles.items()}}
        return self.rows(shown, said)

    def value(self, name: str, value: Any, words: Mapping[str, str] | None = None) -> str:
        """A value of the field of that name."""
        if isinstance(value, list | tuple):
            return "、".join(self.value(name, one, words) for one in value)
        if isinstance(value, Mapping):
            parts = {key: one for key, one in value.items() if key not in {"sha256", "size", "reference", "code"}}
            return " ".join(self.value(key, one, words) for key, one in (parts or value).items())
        return self._scalar(name, value, words or {})

    def _scalar(self, name: str, value: Any, words: Mapping[str, str]) -> str:
        if not isinstance(value, str):
            return _AGREED[value] if name in {"approved", "granted"} and isinstance(value, bool) else spoken(value)
        known: dict[str, Name] = {
            **dict.fromkeys(_UNITS, self.unit),
            **dict.fromkeys(_PEOPLE, self.person),
            "clock": lambda code: CLOCKS_CHINESE[ClockName(code)],
            "cause": lambda code: reason(code).chinese,
        }
        said = known[name](value) if name in known else words.get(value) or VALUES.get(value)
        return said or _time(value)


def _reached(rung: str) -> str:
    if rung == FIRST_TRY:
        return "到了首次联系的时候"
    return "已到期" if rung == USED_UP else "已超期" if escalates(rung) else f"已用{rung}%"


def _time(text: str) -> str:
    """A moment or a stretch of time as people say them; anything else as it is."""
    if text[:4].isdecimal() and text[10:11] == "T" and len(text) >= _MOMENT:
        try:
            return minute(text)
        except ValueError:
            return text
    if (text[:1].isdecimal() and " " in text) or text == "end of day":
        try:
            return length(parse(text)).chinese
        except BadBudget:
            return text
    return spoken(text)


def _outcome_name(step: Step, code: object) -> str:
    return next((one.name for one in step.outcomes if one.code == code), str(code))
