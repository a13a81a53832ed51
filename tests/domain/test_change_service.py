"""A matter entered as the wrong service becomes the right one, measured from its true start and never in silence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.appeal import Enterprise
from domain.errors import Conflict, Invalid
from domain.loop import decide
from domain.trial import trial
from domain.vocabulary import Channel, Stage
from tests.domain.builders import PLACES, SERVICES, USCC, Case, World
from tests.domain.states import permit
from tests.domain.walker import at

WRONG = {"service": "fraud-report", "reason": "登记有误"}


def changed(case: Case, **body: Any) -> Case:
    return case.do("window", "change_service", **{**WRONG, **body})


def test_before_it_is_accepted_it_is_accepted_as_the_right_one() -> None:
    case = changed(World().case("appeal-general"))
    assert (case.stage, case.view("window")["service"], case.running()) == (Stage.ACCEPT, "fraud-report", {"accept"})
    case.accepted()
    assert (case.clock("handle").budget, case.clock("statutory").budget) == ("3 working days", "7 working days")
    assert case.clock("statutory").basis == "《规定》第七条(2020-09-01起施行)"


def test_its_limits_are_measured_from_the_true_start_with_the_time_spent_waiting_taken_off() -> None:
    case = World().case("appeal-general").signed().do("handler", "request_supplement", items=["证明"])
    case.until("2026-09-09 10:00").do("enterprise", "supplement", items=["证明"])
    case.do("dispatcher", "reassign", unit="station-b", reason="另有管辖").do("dispatcher", "change_service", **WRONG)
    # Tuesday's close of business was spent waiting: the limits end a working day later, the new one by law as well.
    assert case.reading("handle").due_at == at("2026-09-11 17:30")
    assert case.reading("statutory").due_at == at("2026-09-17 17:30")
    assert case.clock("statutory").started_at == case.clock("handle").started_at
    assert case.clock("statutory").pauses == case.clock("handle").pauses != ()


def test_a_limit_by_law_that_it_no_longer_has_ends() -> None:
    case = changed(World().case("with-statute").accepted(), service="appeal-general")
    assert case.clock("statutory").ending == "stopped"
    assert case.last.data["moved"][-1]["due_after"] is None


def test_a_limit_that_the_change_broke_is_said_to_be_broken_by_it_and_called_for_once() -> None:
    case = World().case("appeal-general").assigned().until("2026-09-11 09:00")
    seen = len(case.notices)
    case.do("dispatcher", "change_service", **WRONG)
    assert {(m["clock"], m["breached_by_change"]) for m in case.last.data["moved"]} == {
        ("handle", True),
        ("statutory", False),
    }
    assert case.last.data["breached_by_change"] is True
    case.look()
    assert [(n.template, n.data["clock"]) for n in case.notices[seen:]] == [("escalation", "handle")]


def test_a_dry_run_shows_it_first() -> None:
    case = World().case("appeal-general").assigned().until("2026-09-11 09:00")
    before = case.appeal
    tried = trial(before, case.act("window", "change_service", **WRONG, dry_run=True), case.now)
    assert (tried.appeal.rules.service.code, [m.clock for m in tried.moved]) == (
        "fraud-report",
        ["handle", "statutory"],
    )
    assert any(m.breached_by_change for m in tried.moved)
    changed(case, dry_run=True)
    assert (case.appeal.rules, case.appeal.clocks) == (before.rules, before.clocks)
    assert (case.last.data["moved"], case.last.data["dry_run"]) == ([], True)


def test_it_is_routed_as_the_right_one() -> None:
    case = World().case("appeal-general", lead=PLACES["station-b"])
    act = replace(case.act("window", "change_service", **WRONG), rules=None)
    routed = replace(SERVICES["fraud-report"], lead="public-order")
    rules = replace(case.appeal.rules, version="r9", service=routed)
    case.take(decide(case.appeal, replace(act, rules=rules), case.now)).accepted()
    assert case.view("window")["assignment"]["lead_unit"] == "public-order"
    elsewhere = changed(World().case("appeal-general", lead=PLACES["station-b"])).accepted()
    assert elsewhere.view("window")["assignment"]["lead_unit"] is None


def test_a_supervisor_takes_it_back() -> None:
    case = World().case("with-statute").accepted()
    before = case.appeal
    changed(case, service="appeal-general").do("supervisor", "correct", seq=case.appeal.seq, reason="点错")
    assert (case.appeal.rules, case.appeal.clocks, case.appeal.submission) == (
        before.rules,
        before.clocks,
        before.submission,
    )


@pytest.mark.parametrize(
    ("service", "code"),
    [
        ("appeal-general", "same-service"),
        ("no-such-service", "unknown-service"),
        ("hazmat-toxic-purchase", "apply-instead"),
    ],
)
def test_what_it_cannot_become_is_pointed_at(service: str, code: str) -> None:
    refusal = World().case("appeal-general").refused("window", "change_service", service=service, reason="错")
    assert isinstance(refusal, Invalid)
    assert (refusal.code, [f.pointer for f in refusal.faults]) == (code, ["/service"])


@pytest.mark.parametrize(
    ("kind", "instead"),
    [("permit", "须由企业按其申请表和材料另行申请"), ("case", "请按该事项另行提交（窗口可以代为提交）")],
)
def test_what_begins_when_it_comes_in_is_sent_in_as_it_and_the_refusal_says_how(kind: str, instead: str) -> None:
    case = World().case("appeal-general")
    act = case.act("window", "change_service", service="hazmat-toxic-purchase", reason="错")
    assert act.rules is not None
    rules = replace(act.rules, service=replace(act.rules.service, kind=kind))
    with pytest.raises(Invalid, match="apply-instead") as refused:
        decide(case.appeal, replace(act, rules=rules), case.now)
    assert instead in refused.value.detail


@pytest.mark.parametrize("part", ["service", "policy", "calendar"])
def test_it_keeps_its_policy_and_calendar(part: str) -> None:
    case = World().case("appeal-general")
    act = case.act("window", "change_service", **WRONG)
    assert act.rules is not None
    other: dict[str, Any] = {
        "service": SERVICES["crime-report"],
        "policy": replace(act.rules.policy, version="p9"),
        "calendar": replace(act.rules.calendar, version="c9"),
    }
    with pytest.raises(Invalid, match="unknown-service"):
        decide(case.appeal, replace(act, rules=replace(act.rules, **{part: other[part]})), case.now)


def test_what_is_secret_stays_secret_and_anything_may_become_so() -> None:
    case = World().case("secret-clue")
    assert case.code_of("window", "change_service", **WRONG) == "secret-stays"
    assert changed(World().case("appeal-general"), service="secret-clue").appeal.rules.service.secret


@pytest.mark.parametrize(
    ("uscc", "channel", "anonymous", "possible"),
    [
        (USCC, Channel.WEB, False, True),
        (None, Channel.WEB, False, False),
        (None, Channel.WEB, True, True),
        (None, Channel.ALERT_110, False, True),
    ],
)
def test_who_is_not_known_needs_a_service_or_a_channel_for_it(
    uscc: str | None, channel: Channel, *, anonymous: bool, possible: bool
) -> None:
    case = World().case("appeal-general", enterprise=Enterprise(uscc, "某厂"), channel=channel)
    act = case.act("window", "change_service", **WRONG)
    assert act.rules is not None
    rules = replace(act.rules, service=replace(act.rules.service, anonymous=anonymous))
    if possible:
        decided = decide(case.appeal, replace(act, rules=rules), case.now)
        assert decided.appeal.rules.service.code == "fraud-report"
    else:
        with pytest.raises(Invalid, match="enterprise-unknown"):
            decide(case.appeal, replace(act, rules=rules), case.now)


def test_what_was_begun_as_a_permit_goes_on_as_one() -> None:
    case = permit(("review", "complete")).do("supervisor", "lift", reason="重大")
    refusal = case.refused("supervisor", "change_service", **WRONG)
    assert isinstance(refusal, Conflict)
    assert refusal.code == "work-begun"
