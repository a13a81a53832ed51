"""A service as the public reads it: what it is, by when, what is needed and what is not, and how it goes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from api.finding import Group, group_of
from api.preview import Trial, preview
from api.service_words import Reader
from domain.budget import Unit, parse
from domain.deeds import is_reviewed
from domain.papers import spoken
from domain.rules import Rules, calendar_of
from domain.service import LEAD, Service, Step
from domain.wording import length
from storage.organisation import Organisation

_COUNTED: Final[Mapping[Unit, str]] = {
    Unit.SECONDS: "连续计算，含夜间和节假日",
    Unit.MINUTES: "连续计算，含夜间和节假日",
    Unit.HOURS: "连续计算，含夜间和节假日",
    Unit.NATURAL_DAYS: "起算当日不计，含节假日，到最后一天24时",
    Unit.WORKING_HOURS: "只在办公时间内计算",
    Unit.WORKING_DAYS: "起算当日不计，不含周末和法定节假日，调休上班的算",
    Unit.MONTHS: "起算当日不计，到期满之月的对应日",
    Unit.END_OF_DAY: "到当日24时",
}
_FEES: Final = re.compile(r"收费|免费")
_FREE: Final = frozenset({"appeal", "alert", "consult", "dispute", "complaint", "case"})
"""Kinds of services for which nobody is ever asked to pay."""
_SENTENCES: Final = re.compile(r"[。；]")
_SOURCES: Final = re.compile(r"(?:；|(?<=。))(?=S[0-9])")
_CHOICES: Final = 8  # of a list that are named


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form before anybody fills it in."""

    title: str
    required: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A step as it goes on: its name, who does it, by when, and how it may end."""

    name: str
    who: str
    limit: str
    ends: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that the page says to everybody."""

    service: Service
    group: Group
    lead: str
    cooperating: tuple[str, ...]
    accepted: str
    promise: str
    counted: str
    urgent: str
    special: str
    starts: str
    statutory: str
    by: str
    """When it would be due, asked now; empty where it does not begin with the application."""
    provisional: bool
    fees: str
    fields: tuple[Field, ...]
    steps: tuple[Stretch, ...]
    sources: tuple[tuple[str, str], ...]

    @property
    def reviewed(self) -> bool:
        """Whether a leader reviews the result before it is told."""
        return is_reviewed(self.service)

    @property
    def needed(self) -> list[str]:
        """What must be brought."""
        return [m.name for m in self.service.materials if not m.licence and not m.deferrable]

    @property
    def later(self) -> list[str]:
        """What may be brought later."""
        return [m.name for m in self.service.materials if m.deferrable and not m.licence]

    @property
    def fetched(self) -> list[str]:
        """What nobody needs to bring."""
        return [m.name for m in self.service.materials if m.licence]


def reading(rules: Rules, organisation: Organisation, now: datetime) -> Reading:
    """The service as the public reads it today."""
    service = rules.service
    said = dict(line for title, lines in Reader(service, organisation).sections() if title == "时限" for line in lines)
    due = _due(rules, now)
    return Reading(
        service=service,
        group=group_of(service),
        lead=_unit(organisation, service.lead) if service.lead else "按交办规则，由属地或者对口单位办理",
        cooperating=tuple(_unit(organisation, code) for code in service.cooperating),
        accepted=_accepted(rules),
        promise=_time(service.handle),
        counted=_COUNTED[parse(service.handle).unit],
        urgent=_time(service.handle_urgent) if service.handle_urgent != service.handle else "",
        special=_time(service.special) if service.special else "",
        starts=said.get("起算", ""),
        statutory=_time(service.statutory.budget) if service.statutory else "",
        by=due["due_at"] if due else "",
        provisional=bool(due and due["provisional"]),
        fees=_fees(service),
        fields=tuple(_fields(service)),
        steps=tuple(_steps(service, Reader(service, organisation), organisation)),
        sources=tuple(_sources(service.source)),
    )


def promise_of(service: Service) -> str:
    """The promised time in a word, for a list."""
    return _time(service.handle) + (f"，特殊情形{_time(service.special)}" if service.special else "")


def _time(budget: str) -> str:
    return length(parse(budget)).chinese


def _unit(organisation: Organisation, code: str) -> str:
    place = organisation.place(code)
    return place.name if place else code


def _accepted(rules: Rules) -> str:
    if rules.service.automatic or rules.service.instant:
        return "提交即受理"
    return f"{_time(rules.service.accept or rules.policy.accept)}内受理或者告知需要补什么"


def _due(rules: Rules, now: datetime) -> dict[str, Any] | None:
    """The promise tried out now, where it begins with the application."""
    if not rules.service.automatic or rules.service.waits:
        return None
    trial = Trial(now.replace(microsecond=0), rules.service.handle, (), statutory=False)
    return preview(trial, calendar_of(rules, rules.service.calendar))


def _fees(service: Service) -> str:
    said = [sentence for sentence in _SENTENCES.split(service.summary) if _FEES.search(sentence)]
    parts = [part for sentence in said for part in sentence.split("，") if _FEES.search(part)]
    return "；".join(parts) or ("不收费" if service.kind in _FREE else "以窗口公示为准")


def _fields(service: Service) -> Iterator[Field]:
    required = service.form.get("required", [])
    for name, shape in service.form.get("properties", {}).items():
        yield Field(str(shape.get("title", name)), name in required, _hint(shape))


def _hint(shape: Mapping[str, Any]) -> str:
    if choices := shape.get("enum"):
        more = " 等" if len(choices) > _CHOICES else ""
        return f"选择：{'、'.join(map(spoken, choices[:_CHOICES]))}{more}"
    if shape.get("type") == "boolean":
        return "选择：是、否"
    return next((f"例：{spoken(example)}" for example in shape.get("examples", ())[:1]), "")


def _steps(service: Service, reader: Reader, organisation: Organisation) -> Iterator[Stretch]:
    notes = reader.notes()
    for step in service.procedure.steps:
        note = notes[step.code]
        limit = note.partition(" · ")[2]
        limit = f"按情形{limit.replace('/', '、')}" if "/" in limit else limit
        yield Stretch(
            step.name, _who(step, service, note, organisation), limit, "、".join(o.name for o in step.outcomes)
        )


def _who(step: Step, service: Service, note: str, organisation: Organisation) -> str:
    """By the name of the unit where it is known; else in which relation it stands."""
    if step.automatic:
        return "系统自动"
    if step.by == (LEAD,) and service.lead:
        return _unit(organisation, service.lead)
    return note.partition(" · ")[0].partition("：")[0]


def _sources(text: str) -> Iterator[tuple[str, str]]:
    """The measures a service stands on: each with its number and its sentence."""
    parts: Sequence[str] = _SOURCES.split(text)
    for part in parts:
        number, _, sentence = part.partition("：")
        yield number, sentence
