"""Urgency, other rules, a supervisor's order: measured again from the true start, or on file only."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from domain.errors import Conflict, Invalid
from domain.loop import decide
from domain.vocabulary import Stage
from tests.domain.builders import Case, World, slower
from tests.domain.walker import at


def dues(case: Case, *names: str) -> list[datetime | None]:
    return [case.reading(name).due_at for name in names]


def test_what_is_urgent_from_the_start_has_the_short_limits() -> None:
    case = World().case(urgent=True)
    assert case.reading("accept").due_at == at("2026-09-07 11:00")
    assert case.assigned().reading("sign").due_at == at("2026-09-07 10:30")
    assert case.reading("handle").due_at == at("2026-09-08 17:30")


def test_a_change_is_measured_from_the_true_start_and_back_again() -> None:
    case = World().case().assigned().wait(minutes=10)
    case.do("leader", "set_urgency", urgent=True, reason="停产")
    assert case.view("admin")["urgent"] is True
    assert dues(case, "sign", "handle") == [at("2026-09-07 10:30"), at("2026-09-08 17:30")]
    case.do("supervisor", "set_urgency", urgent=False, reason="复产")
    assert dues(case, "sign", "handle") == [at("2026-09-07 12:00"), at("2026-09-14 17:30")]


def test_the_time_already_spent_waiting_is_not_lost() -> None:
    case = World().case().signed().do("handler", "request_supplement", items=["证明"]).until("2026-09-09 10:00")
    case.do("enterprise", "supplement", items=["证明"]).do("leader", "set_urgency", urgent=True, reason="停产")
    assert case.reading("handle").due_at == at("2026-09-09 17:30")
    assert [p.ended_at for p in case.clock("handle").pauses] == [case.now]


def test_an_extension_stays_granted() -> None:
    case = World().case().signed()
    case.do("handler", "request_extension", budget="2 working days", reason="x", legal_basis="y")
    case.do("leader", "decide_extension", granted=True).do("leader", "set_urgency", urgent=True, reason="停产")
    assert case.reading("handle").due_at == at("2026-09-10 17:30")


class TestOtherRules:
    def test_every_clock_is_measured_by_the_new_ones_from_its_start(self) -> None:
        case = World().case("with-statute").signed().do("supervisor", "migrate_policy", version="r2")
        assert (case.appeal.rules.version, case.appeal.rules.policy.version) == ("r2", "p2")
        assert (case.clock("handle").budget, case.reading("handle").due_at) == (
            "6 working days",
            at("2026-09-15 17:30"),
        )
        assert case.reading("statutory").due_at == at("2026-09-11 17:30")
        assert case.clock("sign").budget == "2 working hours"  # has ended: history

    def test_a_dry_run_leaves_an_entry_and_changes_nothing(self) -> None:
        case = World().case().signed()
        before = case.appeal
        case.do("supervisor", "migrate_policy", version="r2", dry_run=True)
        assert (case.appeal.rules, case.appeal.clocks) == (before.rules, before.clocks)
        assert case.last.data == {"version": "r2", "dry_run": True}

    def test_a_version_that_nobody_brought_is_pointed_at(self) -> None:
        case = World().case()
        known = case.act("supervisor", "migrate_policy", version="r2")
        other = slower("non-police", "r2")
        for act in (replace(known, rules=None), replace(known, body={"version": "r9"}), replace(known, rules=other)):
            with pytest.raises(Invalid) as caught:
                decide(case.appeal, act, case.now)
            assert (caught.value.code, caught.value.faults[0].pointer) == ("unknown-version", "/version")


class TestLifting:
    def test_lifting_a_matter_that_nobody_has_accepted_accepts_it(self) -> None:
        case = World().case().do("supervisor", "lift", reason="影响重大")
        assert (case.stage, case.view("admin")["assignment"]["lead_unit"]) == (Stage.ASSIGN, "city")
        assert case.clock("accept").ending == "met"
        refusal = case.refused("supervisor", "lift", reason="影响重大")
        assert isinstance(refusal, Conflict)
        assert "lift" not in refusal.allowed
