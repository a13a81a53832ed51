"""A supervisor takes the last action back if nothing outside has followed: a new entry, never an erased one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from domain.errors import Conflict
from domain.journal import verify
from domain.loop import decide
from domain.vocabulary import Stage
from tests.domain.builders import RESULT, Case, World, step
from tests.domain.states import permit


def taken_back(case: Case) -> Case:
    return case.do("supervisor", "correct", seq=case.appeal.seq, reason="点错")


def test_the_state_before_it_is_back_with_a_new_entry() -> None:
    case = World().case().assigned()
    before = case.appeal
    taken_back(case.do("handler", "sign"))
    assert (case.stage, case.appeal.assignment, case.appeal.clocks) == (Stage.ASSIGN, before.assignment, before.clocks)
    assert [e.action for e in case.journal[-2:]] == ["sign", "correct"]
    assert (case.last.from_stage, case.last.to_stage, case.last.data, case.last.reason) == (
        "handle", "assign", {"seq": 4}, "点错",
    )  # fmt: skip
    assert verify(case.journal) == ()
    assert case.do("handler2", "sign").stage is Stage.HANDLE


def test_clocks_that_it_started_stay_in_the_ledger_stopped() -> None:
    case = World().case()
    taken_back(case.accepted().wait(minutes=5))
    assert case.running() == {"accept"}
    assert (case.clock("handle").ending, case.clock("handle").ended_at) == ("stopped", case.now)
    case.accepted()
    assert len({c.generation for c in case.appeal.clocks}) == len(case.appeal.clocks)


def test_a_visit_noted_as_dissatisfied_by_mistake_gives_the_round_back() -> None:
    case = World().case().answered().do("visitor", "record_visit", result="dissatisfied")
    taken_back(case)
    assert (case.stage, case.appeal.round, case.running()) == (Stage.EVALUATE, 1, {"rating", "visit"})
    assert case.view("admin")["result"]["outcome"] == "solved"
    assert case.do("visitor", "record_visit", result="satisfied").appeal.visits_now()[0].result == "satisfied"


def test_an_escalation_that_the_action_had_ended_stays_ended() -> None:
    case = World().case().signed().until("2026-09-14 18:00").do("handler", "submit_result", **RESULT)
    taken_back(case)
    assert [e.state for e in case.escalations] == ["ended"]
    assert case.wait(days=1).escalations[-1].state == "open"


def test_the_keys_already_used_stay_used() -> None:
    case = World().case().assigned().do("handler", "sign")
    used = dict(case.appeal.seen)
    taken_back(case)
    assert used.items() < case.appeal.seen.items()


def test_it_is_only_the_last_one_and_only_once() -> None:
    case = World().case().signed()
    assert case.code_of("supervisor", "correct", seq=case.appeal.seq - 1, reason="点错") == "not-the-last"
    taken_back(case)
    assert case.code_of("supervisor", "correct", seq=case.appeal.seq, reason="再改") == "not-correctable"


@pytest.mark.parametrize("way", ["rated", "answered", "transferred", "asked", "told", "assigned_by_routing", "rung"])
def test_what_has_had_an_effect_outside_is_not_taken_back(way: str) -> None:
    ways: dict[str, Callable[[], Case]] = {
        "rated": lambda: World().case().answered().do("enterprise", "rate", grade=1),
        "answered": lambda: World().case().answered(),
        "transferred": lambda: World().case().transferred(),
        "asked": lambda: World().case().do("window", "request_supplement", items=["证明"]),
        "told": lambda: permit(("review", "incomplete")),
        "assigned_by_routing": permit,
        "rung": lambda: World().case().signed().until("2026-09-14 18:00"),
    }
    case = ways[way]()
    refusal = case.refused("supervisor", "correct", seq=case.appeal.seq, reason="点错")
    assert (type(refusal), refusal.code) == (Conflict, "not-correctable")
    assert "correct" not in case.may("supervisor")


def test_a_step_that_told_nobody_is_taken_back() -> None:
    case = permit(("review", "special"))
    taken_back(case)
    assert (case.clock("handle").budget, case.clock("inspection").ending) == ("24 hours", "stopped")
    case.do("hazmat_handler", "complete_step", **step("review", "complete"))
    assert case.appeal.procedure[0].outcome == "complete"


def test_a_state_that_does_not_know_what_was_before_cannot_go_back() -> None:
    case = World().case().signed()
    act = case.act("supervisor", "correct", seq=case.appeal.seq, reason="点错")
    with pytest.raises(AssertionError):
        decide(replace(case.appeal, undo=None), act, case.now)
