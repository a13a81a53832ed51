"""A move that somebody asks for, with every fact it needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.errors import Fault, Invalid
from domain.people import Actor, Person, Place
from domain.routing import Routed
from domain.rules import Rules
from domain.vocabulary import Action


@dataclass(frozen=True, slots=True)
class MergeTarget:
    """The appeal that a duplicate is to be merged into, as it stood when it was named."""

    number: str
    uscc: str | None
    enterprise_name: str
    is_open: bool

    @classmethod
    def of(cls, appeal: Appeal) -> MergeTarget:
        """What a merger needs to know of ``appeal``."""
        enterprise = appeal.submission.enterprise
        return cls(appeal.number, enterprise.uscc, enterprise.name, appeal.is_open)


@dataclass(frozen=True, slots=True)
class Act:
    """An action by an actor. ``key`` identifies the request, ``digest`` its content, ``salt`` seals what is personal.

    ``places`` and ``people`` resolve the codes that the body names; ``rules`` comes with a migration, ``target`` with a
    merger, unless the actor knows no such appeal; ``routed`` with an acceptance or another service, which are routed.
    ``read`` is the last entry that the actor had seen, where the act is meant for what the appeal was by then only.
    """

    action: Action
    actor: Actor
    body: dict[str, Any] = field(default_factory=dict)
    key: str = ""
    digest: str = ""
    salt: str = ""
    places: dict[str, Place] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    rules: Rules | None = None
    target: MergeTarget | None = None
    routed: Routed | None = None
    read: int | None = None

    def place(self, name: str) -> Place:
        """The unit that the body's field ``name`` names. Raises :class:`Invalid` when there is none of that code."""
        return self.place_of(self.body[name], f"/{name}")

    def place_of(self, code: str, pointer: str) -> Place:
        """The unit of that code. Raises :class:`Invalid`, pointing at the field, when there is none."""
        if code not in self.places:
            raise invalid("unknown-unit", pointer, f"没有代码为“{code}”的单位")
        return self.places[code]

    def person(self, name: str) -> Person | None:
        """The officer that the body's field ``name`` names, None when the field is absent."""
        code = self.body.get(name)
        if code is None:
            return None
        if code not in self.people:
            who = "不是承办单位的民警" if name == "officer" else "不在可以移交的人员之中"
            raise invalid("unknown-officer", f"/{name}", f"“{code}”{who}")
        return self.people[code]

    @property
    def reason(self) -> str:
        """The words given for the move, whatever the field is called; empty where none were needed."""
        for name in ("reason", "explanation", "note", "order"):
            if isinstance(self.body.get(name), str):
                return str(self.body[name])
        return ""


def invalid(code: str, pointer: str, detail: str) -> Invalid:
    """A refusal for one wrong field."""
    return Invalid(code, detail, (Fault(pointer, detail),))


def moment_of_text(text: str) -> datetime:
    """A date-time with offset as it stands; a date as its first moment in Asia/Shanghai."""
    if len(text) == len("2026-01-01"):
        return datetime.combine(date.fromisoformat(text), time.min, ZONE)
    return datetime.fromisoformat(text)
