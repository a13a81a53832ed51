"""A small world for the tests of the loop: units, people, services, and appeals on a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Any, Final, Self

import pytest

from domain.act import Act, MergeTarget
from domain.appeal import Appeal, Contact, Enterprise, Escalation, Submission
from domain.clock import Clock, ClockName, Reading, read
from domain.errors import Refusal
from domain.identity import uscc_check_character
from domain.journal import Entry
from domain.loop import Decision, allowed, decide
from domain.moments import fire, next_moment
from domain.notice import CALLS, Notice
from domain.opening import Opening, begin
from domain.people import Actor, Place, Unit
from domain.rules import EDITIONS, Material, Policy, Procedure, Rules, Service, Statutory, Step, StepOutcome
from domain.turns import AUDIENCE
from domain.view import render
from domain.vocabulary import Action, Channel, Outcome, Role, Stage, UnitKind
from tests.domain.walker import at, shipped

MONDAY = "2026-09-07 10:00"
USCC = "91330205MA2AEX001" + uscc_check_character("91330205MA2AEX001")
OTHER_USCC = "91330205MA2AEX002" + uscc_check_character("91330205MA2AEX002")

_TREE: dict[str, tuple[str, UnitKind, str | None]] = {
    "city": ("市公安局", UnitKind.CITY, None),
    "branch": ("江北分局", UnitKind.BRANCH, "city"),
    "station-a": ("甲派出所", UnitKind.STATION, "branch"),
    "station-b": ("乙派出所", UnitKind.STATION, "branch"),
    "liaison-a": ("甲联络站", UnitKind.LIAISON, "branch"),
    "public-order": ("治安支队", UnitKind.DETACHMENT, "city"),
    "duty-room": ("值班室", UnitKind.DETACHMENT, "city"),
    "supervision": ("督察支队", UnitKind.DETACHMENT, "city"),
    "hotline-12345": ("12345热线", UnitKind.OUTSIDE, None),
    "street-a": ("甲街道", UnitKind.OUTSIDE, None),
}


def _chain(code: str | None) -> tuple[Unit, ...]:
    if code is None:
        return ()
    name, kind, superior = _TREE[code]
    return (Unit(code, name, kind), *_chain(superior))


PLACES = {code: Place(_chain(code)) for code in _TREE}


def _officer(code: str, name: str, unit: str, *roles: Role) -> Actor:
    return Actor(code, name, roles, unit=PLACES[unit])


_EVERYBODY = (
    Actor("enterprise", "示例制造", (Role.ENTERPRISE,), uscc=USCC),
    Actor("enterprise2", "样本化工", (Role.ENTERPRISE,), uscc=OTHER_USCC),
    Actor("system", "上游系统", (Role.SYSTEM,)),
    _officer("window", "周首接", "branch", Role.WINDOW),
    _officer("dispatcher", "吴分派", "branch", Role.DISPATCHER),
    _officer("handler", "郑承办", "station-a", Role.HANDLER),
    _officer("handler2", "王协理", "station-a", Role.HANDLER),
    _officer("handler3", "冯乙所", "station-b", Role.HANDLER),
    _officer("hazmat_handler", "陈危化", "public-order", Role.HANDLER),
    _officer("hazmat_handler2", "褚勘验", "public-order", Role.HANDLER),
    _officer("hazmat_leader", "卫治安", "public-order", Role.LEADER, Role.HANDLER),
    _officer("leader", "杨分局", "branch", Role.LEADER),
    _officer("supervisor", "朱督办", "city", Role.SUPERVISOR),
    _officer("visitor", "秦回访", "liaison-a", Role.VISITOR),
    _officer("duty", "尤值班", "duty-room", Role.DUTY),
    _officer("inspector", "许督察", "supervision", Role.INSPECTOR),
    _officer("admin", "何管理", "city", Role.ADMIN),
)
ACTORS = {actor.id: actor for actor in _EVERYBODY}
#: What a duplicate may, and may not, be merged into.
INTO, INTO_CLOSED, INTO_OTHERS = "SQ20260901-00000009", "SQ20260901-00000008", "SQ20260901-00000007"
TARGETS = {
    INTO: MergeTarget(INTO, USCC, "示例制造", is_open=True),
    INTO_CLOSED: MergeTarget(INTO_CLOSED, USCC, "示例制造", is_open=False),
    INTO_OTHERS: MergeTarget(INTO_OTHERS, OTHER_USCC, "样本化工", is_open=True),
}
PEOPLE = {actor.id: actor.person for actor in _EVERYBODY if actor.unit}


def _permit() -> Procedure:
    return Procedure(
        "剧毒化学品购买审批",
        (
            Step(
                "review",
                "审查",
                (Role.HANDLER, Role.LEADER),
                (
                    StepOutcome("complete", "材料齐全", "decide"),
                    StepOutcome("special", "情况特殊", "inspect", clocks="special"),
                    StepOutcome("incomplete", "材料不全", "review", clocks="incomplete"),
                ),
            ),
            Step(
                "inspect",
                "现场勘验",
                (Role.HANDLER,),
                (StepOutcome("done", "勘验完成", "decide", clocks="inspected"),),
            ),
            Step(
                "decide",
                "审批决定",
                (Role.LEADER,),
                (
                    StepOutcome("approve", "准予许可", "issue", requires=("inspect",), result=Outcome.SOLVED),
                    StepOutcome("refuse", "不予许可", "feedback", clocks="finished", result=Outcome.NOT_SOLVABLE),
                ),
            ),
            Step(
                "issue",
                "制证发证",
                (Role.HANDLER,),
                (StepOutcome("done", "已发证", "feedback", clocks="finished", document="document_no"),),
            ),
        ),
    )


_MATERIALS = (
    Material("licence", "营业执照", licence=True),
    Material("statement", "情况说明"),
    Material("photos", "现场照片", deferrable=True),
)
_THREE_DAYS = Statutory("3 working days", "《条例》第三十九条", "2011-12-01")
_SEVEN_DAYS = Statutory("7 working days", "《规定》第七条", "2020-09-01", verified=True)


def _service(code: str, kind: str = "appeal", **more: Any) -> Service:
    return Service(code, f"服务{code}", kind, "1", "2026-01-01", "S1·19", **more)


SERVICES = {
    service.code: service
    for service in (
        _service("appeal-general"),
        _service("non-police"),
        _service("with-materials", materials=_MATERIALS, statutory=_THREE_DAYS),
        _service("with-statute", statutory=_THREE_DAYS),
        _service("crime-report", rejectable=False, statutory=_THREE_DAYS),
        _service("fraud-report", handle="3 working days", statutory=_SEVEN_DAYS),
        _service("secret-clue", secret=True),
        _service(
            "hazmat-toxic-purchase",
            "permit",
            lead="public-order",
            automatic=True,
            rejectable=False,
            handle="24 hours",
            handle_urgent="24 hours",
            special="48 hours",
            ladder_hours=4,
            breach_to=("leader", "duty"),
            ladder="hazmat",
            statutory=_THREE_DAYS,
            procedure=_permit(),
        ),
    )
}


@cache
def rules(service: str, version: str = "r1", policy: Policy | None = None) -> Rules:
    return Rules(version, SERVICES[service], policy or Policy("p1", edition=EDITIONS[-1]), shipped())


def retyped(kept: Rules, service: str) -> Rules | None:
    """What the API brings with a change of service: the other service in the appeal's own policy and calendar."""
    known = SERVICES.get(service)
    return replace(kept, version=f"{kept.version}-{service}", service=known) if known else None


def slower(service: str, version: str) -> Rules:
    """The same service, with more time for everything."""
    kept = SERVICES[service]
    more = replace(
        kept,
        handle="6 working days",
        handle_urgent="2 working days",
        special="72 hours" if kept.special else "",
        statutory=replace(kept.statutory, budget="4 working days") if kept.statutory else None,
    )
    return replace(rules(service, version, _SLOW), service=more)


_EVERYWHERE: Final = {Role.DUTY, Role.SUPERVISOR}


def reached(notice: Notice) -> tuple[str, ...]:
    """Whoever of ours a notice finds: by name, or by role in the unit; the catch-all is the supervisor."""
    words = {*notice.audience, *(("supervisor",) if "catch_all" in notice.audience else ())}
    return tuple(who for who, actor in ACTORS.items() if f"account:{who}" in words or _is_meant(actor, words, notice))


def _is_meant(actor: Actor, words: set[str], notice: Notice) -> bool:
    return any(r.value in words and (r in _EVERYWHERE or actor.unit_code == notice.unit) for r in actor.roles)


@dataclass
class Case:
    """One appeal and everything that became of it. ``do`` acts as the workflow does: first what has fallen due.

    ``called`` are the escalations that were sent to each of our people.
    """

    appeal: Appeal
    now: datetime
    journal: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    sent_to: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _keys: count[int] = field(default_factory=lambda: count(1))

    def actor(self, who: str) -> Actor:
        """With the escalations that were sent to it, as the API brings it."""
        return replace(ACTORS[who], called=self.sent_to.get(who, ()))

    def act(self, who: str, action: str, /, **body: Any) -> Act:
        number = next(self._keys)
        kept, brought = self.appeal.rules, None
        if action == "migrate_policy":
            brought = slower(kept.service.code, body["version"])
            # Whoever climbs ladders climbs them by the newer rules too.
            brought = replace(brought, policy=kept.policy) if kept.policy.ladders else brought
        if action == "change_service":
            brought = retyped(kept, body["service"])
        return Act(
            Action(action),
            self.actor(who),
            body,
            key=f"key-{number}",
            digest=f"digest-{number}",
            salt=f"salt-{number}",
            places=PLACES,
            people=PEOPLE,
            rules=brought,
            target=TARGETS.get(body.get("into", "")),
        )

    def do(self, who: str, action: str, /, **body: Any) -> Self:
        self.look()
        return self.take(decide(self.appeal, self.act(who, action, **body), self.now))

    def refused(self, who: str, action: str, /, **body: Any) -> Refusal:
        """The refusal of what must not be possible."""
        self.look()
        with pytest.raises(Refusal) as caught:
            decide(self.appeal, self.act(who, action, **body), self.now)
        return caught.value

    def code_of(self, who: str, action: str, /, **body: Any) -> str:
        return self.refused(who, action, **body).code

    def may(self, who: str) -> set[str]:
        return {action.value for action in allowed(self.appeal, self.actor(who), self.now)}

    def look(self) -> tuple[Entry, ...]:
        """What has fallen due by now happens; its entries."""
        before = len(self.journal)
        self.take(fire(self.appeal, self.now))
        return tuple(self.journal[before:])

    def wait(self, **time: float) -> Self:
        """The clock moves on, and the appeal's timer wakes it at each of its moments."""
        return self.until(self.now + timedelta(**time))

    def until(self, moment: str | datetime) -> Self:
        goal = at(moment) if isinstance(moment, str) else moment
        while (due := next_moment(self.appeal)) is not None and due <= goal:
            self.now = max(due, self.now)
            self.look()
        self.now = goal
        return self

    def sleep_until(self, moment: str | datetime) -> Self:
        """The clock moves on while everything is down: nobody looks."""
        self.now = at(moment) if isinstance(moment, str) else moment
        return self

    def take(self, decision: Decision) -> Self:
        self.appeal = decision.appeal
        self.journal += decision.entries
        self.notices += decision.notices
        for notice in decision.notices:
            self._call(notice)
        return self

    def _call(self, notice: Notice) -> None:
        if notice.template in CALLS:
            sent = next(e.id for e in reversed(self.escalations) if e.generation == notice.data["generation"])
            for who in reached(notice):
                self.sent_to[who] = tuple(dict.fromkeys((*self.sent_to.get(who, ()), sent)))

    # What the tests ask

    @property
    def stage(self) -> Stage:
        return self.appeal.stage

    @property
    def last(self) -> Entry:
        return self.journal[-1]

    @property
    def told(self) -> list[Notice]:
        """What people were told of, but for the enterprise's news and for whose turn it is."""
        return [n for n in self.notices if n not in self.news and n not in self.turns]

    @property
    def turns(self) -> list[Notice]:
        """Who was told that work is theirs now."""
        return [n for n in self.notices if n.template in AUDIENCE]

    @property
    def news(self) -> list[Notice]:
        """What the enterprise was told of each step that concerns it."""
        return [n for n in self.notices if n.id.endswith(f":{n.template}:enterprise")]

    @property
    def escalations(self) -> tuple[Escalation, ...]:
        return self.appeal.escalations

    def clock(self, name: str) -> Clock:
        """The newest clock of that name."""
        return [c for c in self.appeal.clocks if c.name == name][-1]

    def reading(self, name: str) -> Reading:
        return read(self.clock(name), self.appeal.rules.calendar, self.now)

    def running(self) -> set[str]:
        """The clocks that have not ended."""
        return {c.name.value for c in self.appeal.clocks if c.ended_at is None}

    def entries(self, *actions: str) -> list[Entry]:
        return [e for e in self.journal if e.action in actions]

    def view(self, who: str) -> dict[str, Any]:
        return render(self.appeal, ACTORS[who], self.now)

    # Ways through the loop, each from where the one before ends

    def accepted(self) -> Self:
        return self.do("window", "accept")

    def assigned(self, unit: str = "station-a") -> Self:
        return self.accepted().do("dispatcher", "assign", lead_unit=unit)

    def signed(self) -> Self:
        return self.assigned().do("handler", "sign")

    def submitted(self) -> Self:
        return self.signed().do("handler", "submit_result", **RESULT)

    def approved(self) -> Self:
        return self.submitted().do("leader", "review", approved=True)

    def answered(self) -> Self:
        return self.approved().do("handler", "send_answer", **ANSWER)

    @property
    def asks(self) -> str:
        """Who makes the return visit: no visitor knows of a secret matter."""
        return "supervisor" if self.appeal.rules.service.secret else "visitor"

    def closed(self) -> Self:
        return self.answered().do("enterprise", "rate", grade=5).do(self.asks, "record_visit", result="satisfied")

    def transferred(self) -> Self:
        return self.do("window", "transfer", body="hotline-12345", reason="非警务")

    def third(self) -> Self:
        """The answer of the third round has gone out."""
        self.answered().do("enterprise", "rate", grade=2).again("handler2")
        return self.do(self.asks, "record_visit", result="dissatisfied").again("handler3", "station-b")

    def again(self, officer: str, unit: str = "station-a", by: str = "dispatcher") -> Self:
        """Through the next round, from the assignment to the answer."""
        self.do(by, "assign", lead_unit=unit).do(officer, "sign").do(officer, "submit_result", **RESULT)
        return self.do("leader", "review", approved=True).do(officer, "send_answer", **ANSWER)


#: The rules under which the first appeals began: histories of them are replayed for years (ADR 0017).
FIRST_EDITION = Policy("p0")
_SLOW = Policy(
    "p2",
    edition=EDITIONS[-1],
    accept="2 working days",
    accept_urgent="2 working hours",
    sign="3 working hours",
    sign_urgent="45 minutes",
    review="5 working hours",
    inspection="2 natural days",
    supplement="6 working days",
    commitment="11 working days",
    rating="8 natural days",
    visit="31 natural days",
    transfer_receipt="2 working days",
    transfer_reply="11 working days",
)
RESULT = {"outcome": "solved", "text": "已增加夜间巡逻", "evidence": ["巡逻记录"]}
ANSWER = {"text": "您的诉求已办理", "method": "phone"}
APPROVAL = {"valid_until": "2027-09-07", "quantity": "50千克"}
REFUSAL = {"reason": "储存条件不符", "legal_basis": "条例第三十八条", "remedy": "可申请行政复议"}
INSPECTION = {"inspector": "褚勘验", "inspected_at": "2026-09-07T15:00:00+08:00", "findings": "符合储存条件"}
STEPS: dict[tuple[str, str], dict[str, Any]] = {
    ("review", "complete"): {},
    ("review", "special"): {"reason": "用量异常", "inspector": "褚勘验"},
    ("review", "incomplete"): {"items": ["用途说明"], "reason": "缺用途说明"},
    ("inspect", "done"): INSPECTION,
    ("decide", "approve"): APPROVAL,
    ("decide", "refuse"): REFUSAL,
    ("issue", "done"): {"document_no": "甬公剧购0001"},
}


def step(code: str, outcome: str) -> dict[str, Any]:
    """The body of ``complete_step``."""
    return {"step": code, "outcome": outcome, "record": STEPS[code, outcome]}


class World:
    """Where appeals come from."""

    def __init__(self, start: str = MONDAY) -> None:
        self.now = at(start)
        self._numbers = count(1)

    def case(self, service: str = "appeal-general", *, policy: Policy | None = None, **more: Any) -> Case:
        """A new appeal at its first moment; ``more`` are fields of its submission."""
        decision = begin(self.opening(service, policy=policy, **more))
        return Case(decision.appeal, self.now, list(decision.entries), list(decision.notices))

    def opening(self, service: str = "appeal-general", *, policy: Policy | None = None, **more: Any) -> Opening:
        kept = rules(service, policy=policy)
        sent = Submission(
            channel=Channel.WEB,
            enterprise=Enterprise(USCC, "示例制造"),
            contact=Contact("张三", "13800001234"),
            region="330205",
            title="厂区周边夜间治安",
            description="夜间有人翻墙",
            submitter=ACTORS["enterprise"],
            first_unit=PLACES["branch"],
            lead=PLACES.get(kept.service.lead),
            form={"place": "示例路1号"},
        )
        number = f"SQ20260907-{next(self._numbers):08d}"
        return Opening(number, kept, replace(sent, **more), self.now, "salt-of-submission")


def names(clocks: Sequence[Clock]) -> list[ClockName]:
    return [c.name for c in clocks]
