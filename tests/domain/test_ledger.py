from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import pytest

from domain import clock as clocks
from domain.budget import BadBudget
from domain.clock import (
    Pause,
    due_at,
    open_pauses,
)
from tests.domain.clocks import handle, held, more
from tests.domain.walker import at, shipped


def test_a_waiting_clock_starts_once() -> None:
    waiting = handle("24 hours", None)
    started = clocks.start(waiting, at("2026-09-14 10:00"))
    assert started.started_at == at("2026-09-14 10:00")
    assert clocks.start(started, at("2026-09-15 10:00")) is started
    ended = clocks.end(waiting, at("2026-09-14 10:00"), "stopped")
    assert clocks.start(ended, at("2026-09-15 10:00")) is ended


def test_a_clock_stands_still_once_for_each_cause() -> None:
    once = held(handle("24 hours"), "2026-09-14 11:00")
    assert held(once, "2026-09-14 12:00") is once
    twice = held(once, "2026-09-14 12:00", cause="transfer")
    assert [pause.cause for pause in open_pauses(twice)] == ["supplement", "transfer"]
    assert [pause.cause for pause in open_pauses(clocks.resume(twice, "supplement", at("2026-09-14 13:00")))] == [
        "transfer"
    ]


def test_a_clock_may_stand_still_again_for_the_same_cause() -> None:
    again = held(held(handle("24 hours"), "2026-09-14 11:00", "2026-09-14 12:00"), "2026-09-14 13:00")
    assert len(again.pauses) == 2
    resumed = clocks.resume(again, "supplement", at("2026-09-14 14:00"))
    assert [pause.ended_at for pause in resumed.pauses] == [at("2026-09-14 12:00"), at("2026-09-14 14:00")]


def test_resuming_what_does_not_stand_still_changes_nothing() -> None:
    assert clocks.resume(handle("24 hours"), "supplement", at("2026-09-14 14:00")) == handle("24 hours")


def test_a_pause_with_an_end_of_its_own_ends_there_however_late_anyone_notices() -> None:
    until = at("2026-09-14 12:00")
    paused = clocks.pause(handle("24 hours"), Pause("park", "挂账", "u-1", at("2026-09-14 11:00"), until=until))
    assert clocks.resume(paused, "park", at("2026-09-16 09:00")).pauses[0].ended_at == until
    assert clocks.resume(paused, "park", at("2026-09-14 11:30")).pauses[0].ended_at == at("2026-09-14 11:30")


def test_no_pause_ends_before_it_began() -> None:
    paused = held(handle("24 hours"), "2026-09-14 11:00", "2026-09-14 10:30")
    assert paused.pauses[0].ended_at == at("2026-09-14 11:00")


def test_ending_a_clock_ends_its_pauses_and_what_has_ended_stays_as_it_was() -> None:
    ended = clocks.end(held(handle("24 hours"), "2026-09-14 11:00"), at("2026-09-14 12:00"), "met")
    assert (ended.ended_at, ended.ending, open_pauses(ended)) == (at("2026-09-14 12:00"), "met", ())
    assert clocks.end(ended, at("2026-09-15 12:00"), "stopped") is ended
    assert held(ended, "2026-09-14 13:00") is ended
    assert more(ended, "24 hours") is ended
    assert clocks.rebudget(ended, "48 hours") is ended


def test_a_clock_ends_met_or_stopped() -> None:
    with pytest.raises(ValueError, match="met or stopped"):
        clocks.end(handle("24 hours"), at("2026-09-14 12:00"), "running")


def test_another_budget_counts_from_the_same_start_with_the_same_pauses() -> None:
    clock = held(handle("24 hours"), "2026-09-14 11:00", "2026-09-14 13:00")
    assert due_at(clocks.rebudget(clock, "48 hours"), shipped()) == at("2026-09-16 12:00")


def test_a_text_that_is_no_budget_enters_no_ledger() -> None:
    with pytest.raises(BadBudget):
        clocks.rebudget(handle("24 hours"), "soon")
    with pytest.raises(BadBudget):
        more(handle("24 hours"), "a bit longer")


def test_a_clock_is_plain_data() -> None:
    clock = more(held(handle("24 hours"), "2026-09-14 11:00"), "24 hours")
    assert json.loads(json.dumps(asdict(clock), default=datetime.isoformat))["pauses"][0]["reason"] == "等待企业补正"
