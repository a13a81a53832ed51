"""Walks a shipped service through its procedure in the domain alone: time is an argument, so a year costs nothing.

Everybody of the sample organisation is there: ``traffic-officer``, ``traffic-officer2``, ``traffic-leader`` and so on
for every unit, beside ``enterprise``, ``system`` and ``window``. What the API checks of a form and a record is checked
here too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from itertools import count
from typing import Any, Self

from jsonschema import Draft202012Validator, FormatChecker

from api.validation import strangers
from domain.act import Act
from domain.appeal import Contact, Enterprise, Issued, Submission
from domain.clock import Clock, Reading, read
from domain.documents import Paper
from domain.entry_view import render_entry
from domain.errors import Refusal
from domain.identity import uscc_check_character
from domain.loop import allowed
from domain.money import spoken
from domain.opening import Opening, begin
from domain.parties import complained_of, parties
from domain.people import Actor
from domain.printed import papers_of
from domain.procedure import find, open_steps
from domain.routing import Matter, route
from domain.rules import Schema, Service
from domain.view import render
from domain.vocabulary import Action, Channel, Role, Tier
from storage.catalogue import Catalogue
from storage.catalogue_check import example
from storage.organisation import Organisation
from storage.routing import Routing
from tests.domain.builders import Case
from tests.domain.walker import at

USCC = "91330205MA2AEX001" + uscc_check_character("91330205MA2AEX001")
MONDAY = "2026-09-07 10:00"
REFUSAL = {"reason": "不符合条件", "legal_basis": "有关规定第八条", "remedy": "可在60日内申请行政复议"}
MISSING = {"items": ["缺少的材料"], "reason": "请补正"}
_serial = count(1)


@cache
def catalogue() -> Catalogue:
    return Catalogue.load()


@cache
def organisation() -> Organisation:
    return Organisation.load()


@cache
def routing() -> Routing:
    return Routing.load()


def service(code: str) -> Service:
    """The shipped service of that code, as it is valid on the day of the walks."""
    return catalogue().rules_for(code, date(2026, 9, 7)).service


def materials(code: str) -> tuple[dict[str, str], ...]:
    """All that the service asks for, brought along."""
    return tuple({"code": m.code, "reference": f"A-{m.code}"} for m in service(code).materials if not m.licence)


def is_valid(schema: Schema, value: Any) -> bool:
    """Whether the API would take it."""
    return Draft202012Validator(schema, format_checker=FormatChecker()).is_valid(value)


@cache
def actor(name: str) -> Actor:
    """Somebody of the sample organisation, by the name of API.md."""
    if name == "enterprise":
        return Actor(name, "示例制造", (Role.ENTERPRISE,), uscc=USCC)
    if name == "system":
        return Actor(name, "上游系统", (Role.SYSTEM,))
    unit, roles = _ALONE.get(name) or _of_unit(name)
    place = organisation().place(unit)
    assert place is not None, f"nobody is called {name}"
    return Actor(name, name, roles, unit=place)


def _of_unit(name: str) -> tuple[str, tuple[Role, ...]]:
    unit, _, what = name.rpartition("-")
    return unit, ((Role.LEADER, Role.HANDLER) if what == "leader" else (Role.HANDLER,))


_ALONE = {
    "window": ("branch", (Role.WINDOW,)),
    "dispatcher": ("branch", (Role.DISPATCHER,)),
    "handler": ("station-a", (Role.HANDLER,)),
    "handler2": ("station-a", (Role.HANDLER,)),
    "handler3": ("station-b", (Role.HANDLER,)),
    "leader": ("branch", (Role.LEADER,)),
    "supervisor": ("city", (Role.SUPERVISOR,)),
    "visitor": ("liaison-a", (Role.VISITOR,)),
    "inspector": ("supervision", (Role.INSPECTOR,)),
}


@dataclass
class Walk(Case):
    """One appeal of a shipped service, and everything that became of it."""

    _numbers: count[int] = field(default_factory=lambda: count(1))

    def act(self, who: str, action: str, /, **body: Any) -> Act:
        key = f"key-{next(self._numbers)}"
        codes = [str(body[name]) for name in ("lead_unit", "unit", "body") if name in body]
        places = {code: place for code in codes if (place := organisation().place(code))}
        people = {body["officer"]: actor(body["officer"]).person} if "officer" in body else {}
        return Act(Action(action), actor(who), body, key=key, digest=key, salt="salt", places=places, people=people)

    def step(
        self, who: str, way: str, record: Mapping[str, Any] | None = None, *, unit: str = "", **after: float
    ) -> Self:
        """``way`` is ``step.outcome``; before it so much time goes by: ``hours=2``."""
        self.wait(**after)
        code, _, outcome = way.partition(".")
        _, meant = find(self.appeal.rules.service.procedure, code, outcome)
        said = dict(record or {})
        fits = is_valid(meant.record, said) and not strangers(meant.record, said)
        assert fits, f"the API would refuse the record of {way}: {said}"
        return self.do(who, "complete_step", **_body(way, said, unit))

    def step_refused(self, who: str, way: str, record: Mapping[str, Any] | None = None, *, unit: str = "") -> Refusal:
        """The refusal of a step that must not be possible now."""
        return self.refused(who, "complete_step", **_body(way, dict(record or {}), unit))

    def answered(self, who: str | None = None) -> Self:
        """The written answer has gone out: by an officer of the unit that leads, unless somebody is named."""
        lead = self.appeal.lead.code if self.appeal.lead else ""
        return self.do(who or f"{lead}-officer", "send_answer", text="您的申请已办结", method="online")

    def may(self, who: str) -> set[str]:
        return {action.value for action in allowed(self.appeal, actor(who), self.now)}

    def view(self, who: str) -> dict[str, Any]:
        return render(self.appeal, actor(who), self.now)

    # What the tests ask

    @property
    def open(self) -> list[str]:
        """The codes of the steps that wait for somebody, in the procedure's order."""
        return [step.code for step in open_steps(self.appeal)]

    @property
    def papers(self) -> dict[str, Issued]:
        """What was issued, by kind."""
        return {paper.kind: paper for paper in self.appeal.documents}

    @property
    def result(self) -> str | None:
        return self.appeal.result.outcome.value if self.appeal.result else None

    @property
    def words(self) -> list[str]:
        """What the enterprise reads on the way, each with a notice to it."""
        shown = (render_entry(self.appeal, entry, actor("enterprise")) for entry in self.journal)
        said = [row["data"]["told"] for row in shown if "told" in row["data"]]
        assert len(said) == sum(n.template == "told" and n.audience == ("enterprise",) for n in self.notices)
        return said

    @property
    def printed(self) -> tuple[Paper, ...]:
        """Every paper that can be printed of it."""
        return papers_of(self.appeal, self.journal)

    def record(self, code: str) -> dict[str, Any]:
        """What the step recorded last."""
        return next(s.record for s in self.appeal.procedure if s.code == code)

    def yuan(self, account: str) -> str:
        return spoken(self.appeal.accounts.get(account, 0))

    def step_clock(self, code: str, owner: str = "") -> Clock:
        """The newest clock of that step, of the part of that unit."""
        mine = [c for c in self.appeal.clocks if c.subject == code and owner in {"", c.owner}]
        assert mine, f"step {code} has no clock"
        return mine[-1]

    def step_reading(self, code: str, owner: str = "") -> Reading:
        clock = self.step_clock(code, owner)
        return read(clock, self.appeal.calendar_of(clock), self.now)

    def called(self, subject: str = "") -> list[tuple[str, tuple[str, ...]]]:
        """Who was called because a limit was over: unit and people; ``subject`` is a step's code."""
        over = [n for n in self.notices if n.template == "escalation" and n.data.get("subject", "") == subject]
        return [(n.unit, n.audience) for n in over]

    def reminded(self, subject: str) -> list[tuple[str, ...]]:
        """Who was told that the limit of a step draws near."""
        return [n.audience for n in self.notices if n.template == "warning" and n.data.get("subject") == subject]


def _body(way: str, record: dict[str, Any], unit: str) -> dict[str, Any]:
    code, _, outcome = way.partition(".")
    body: dict[str, Any] = {"step": code, "outcome": outcome, "record": record}
    return {**body, "unit": unit} if unit else body


def walk(
    code: str, start: str = MONDAY, form: Mapping[str, Any] | None = None, *, tiers: tuple[str, ...] = (), **said: Any
) -> Walk:
    """A new appeal with the form's first examples, changed by ``form`` (None leaves a field out).

    ``said`` are other fields of the submission; without any, all materials were brought along.
    """
    now, rules = at(start), catalogue().rules_for(code, at(start).date())
    changed = {**example(rules.service.form), **(form or {})}
    filled = {name: value for name, value in changed.items() if value is not None}
    assert is_valid(rules.service.form, filled), f"the API would refuse the form: {filled}"
    branch = organisation().place(rules.service.first or "branch")
    assert branch is not None
    submission = Submission(
        channel=Channel.WEB,
        enterprise=Enterprise(USCC, "示例制造", tuple(Tier(t) for t in tiers)),
        contact=Contact("张三", "13800001234"),
        region="330205",
        title="申请",
        description="申请办理",
        submitter=actor("enterprise"),
        first_unit=branch,
        form=filled,
        materials=materials(code),
        parties=tuple(place for unit in parties(rules.service) if (place := organisation().place(unit))),
    )
    submission = _routed(replace(submission, **said), rules.service, now.date())
    opening = Opening(f"SQ20260907-{next(_serial):08d}", rules, submission, now, "salt-of-submission")
    decision = begin(opening)
    return Walk(decision.appeal, now, list(decision.entries), list(decision.notices))


def _routed(said: Submission, wanted: Service, day: date) -> Submission:
    """Where the shipped tables send it."""
    matter = Matter(
        service=wanted,
        region=said.region,
        channel=said.channel,
        urgent=said.urgent,
        tiers=said.enterprise.tiers,
        first_unit=said.first_unit,
        territory=organisation().territory(said.region, said.first_unit),
        form=said.form,
        against=complained_of(said, wanted),
    )
    routed = route(routing().on(day), matter, organisation().place, None)
    return replace(said, lead=routed.lead, routed=routed)
