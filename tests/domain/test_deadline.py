from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clock import (
    Clock,
    Colour,
    due_at,
    moment_of,
    projected_due,
    read,
)
from domain.deadline import idle_pause
from tests.domain import walker
from tests.domain.clocks import handle, held, more, with_pauses
from tests.domain.walker import at, shipped

budgets = st.sampled_from(
    ["24 hours", "90 seconds", "10 working hours", "5 working days", "7 natural days", "3 months", "end of day"]
)
starts = st.one_of(walker.moments, walker.edges)


def test_ten_seconds_are_ten_seconds() -> None:
    assert due_at(handle("10 seconds"), shipped()) == at("2026-09-14 10:00:10")


def test_a_waiting_clock_has_no_deadline() -> None:
    waiting = handle("24 hours", None)
    assert due_at(waiting, shipped()) is None
    assert projected_due(waiting, shipped(), at("2026-09-14 10:00")) is None
    assert moment_of(waiting, shipped(), 75) is None


def test_a_paused_clock_has_no_deadline_but_one_as_if_it_were_resumed_now() -> None:
    clock = held(handle("24 hours"), "2026-09-14 11:00")
    assert due_at(clock, shipped()) is None
    assert projected_due(clock, shipped(), at("2026-09-14 12:30")) == at("2026-09-15 11:30")
    assert projected_due(clock, shipped(), at("2026-09-14 10:30")) == at("2026-09-15 10:00")


def test_a_pause_that_begins_after_the_deadline_is_found_in_whatever_order_they_stand() -> None:
    clock = held(handle("24 hours"), "2026-09-15 11:00", "2026-09-15 12:00", "park")
    found = idle_pause(clock, shipped())
    assert found == (clock.pauses[0], at("2026-09-15 10:00"))
    assert idle_pause(held(clock, "2026-09-14 11:00", "2026-09-14 13:00", "pause"), shipped()) is None
    assert idle_pause(held(handle("24 hours"), "2026-09-14 11:00"), shipped()) is None


@pytest.mark.parametrize(
    ("budget", "extension", "end"),
    [
        ("24 hours", "24 hours", "2026-09-16 10:00"),
        ("5 working days", "2 working days", "2026-09-22 17:30"),  # the Sunday before National Day is worked
        ("5 working days", "1 natural day", "2026-09-22 00:00"),
        ("5 working days", "24 hours", "2026-09-21 17:30"),
        ("5 working days", "1 working hour", "2026-09-21 09:30"),
        ("7 natural days", "1 natural day", "2026-09-23 00:00"),
        ("7 natural days", "1 working day", "2026-09-22 17:30"),
        ("1 month", "1 month", "2026-11-15 00:00"),
        ("end of day", "end of day", "2026-09-16 00:00"),
    ],
)
def test_an_extension_runs_on_from_the_deadline(budget: str, extension: str, end: str) -> None:
    assert due_at(more(handle(budget), extension), shipped()) == at(end)


def test_extensions_add_up_in_the_order_they_were_granted() -> None:
    clock = more(more(handle("1 working day"), "24 hours"), "1 working day")
    assert due_at(clock, shipped()) == at("2026-09-17 17:30")


def test_a_pause_after_the_first_deadline_is_taken_off_the_extension() -> None:
    clock = more(handle("24 hours"), "24 hours")
    assert due_at(held(clock, "2026-09-15 12:00", "2026-09-15 14:00"), shipped()) == at("2026-09-16 12:00")
    assert due_at(held(clock, "2026-09-15 12:00"), shipped()) is None


def test_an_extension_of_a_paused_clock_has_no_deadline_yet() -> None:
    assert due_at(more(held(handle("24 hours"), "2026-09-14 12:00"), "24 hours"), shipped()) is None


def test_a_statutory_extension_does_not_end_on_a_day_off_either() -> None:
    clock = more(handle("7 natural days", "2026-09-10 10:00", statutory=True), "8 natural days")
    assert due_at(clock, shipped()) == at("2026-09-29 00:00")


@pytest.mark.parametrize(
    ("budget", "percent", "moment"),
    [
        ("24 hours", 75, "2026-09-15 04:00"),
        ("24 hours", 90, "2026-09-15 07:36"),
        ("4 working hours", 75, "2026-09-14 14:30"),
        ("4 working hours", 50, "2026-09-14 12:00"),  # the end of the morning, not the start of the afternoon
        ("4 working days", 50, "2026-09-16 14:30"),  # 36 working hours from Monday 10:00 to Friday 17:30
        ("7 natural days", 50, "2026-09-18 05:00"),
        ("end of day", 50, "2026-09-14 17:00"),
        ("5 working days", 100, "2026-09-20 17:30"),
    ],
)
def test_a_share_of_the_way_is_a_share_of_open_time(budget: str, percent: int, moment: str) -> None:
    assert moment_of(handle(budget), shipped(), percent) == at(moment)


def test_a_pause_moves_the_rungs_after_it() -> None:
    clock = held(handle("24 hours"), "2026-09-14 12:00", "2026-09-14 14:00")
    assert moment_of(clock, shipped(), 75) == at("2026-09-15 06:00")


def test_a_rung_of_hours_passed_before_the_pause_stays_known_and_one_after_it_does_not() -> None:
    clock = held(more(handle("24 hours"), "24 hours"), "2026-09-16 00:00")
    assert moment_of(clock, shipped(), 75) == at("2026-09-15 22:00")
    assert moment_of(clock, shipped(), 90) is None
    assert moment_of(clock, shipped(), 100) is None


@pytest.mark.parametrize("clock", [handle("5 working days"), more(handle("24 hours"), "1 working day")])
def test_a_share_of_days_is_unknown_while_the_deadline_is(clock: Clock) -> None:
    assert moment_of(held(clock, "2026-09-15 00:00"), shipped(), 1) is None


def test_hours_extended_by_days_warn_at_a_share_of_the_time_to_the_deadline() -> None:
    clock = more(handle("24 hours"), "1 natural day")
    assert due_at(clock, shipped()) == at("2026-09-17 00:00")
    assert moment_of(clock, shipped(), 50) == at("2026-09-15 17:00")


def test_when_every_open_minute_is_paused_the_only_rung_is_the_deadline() -> None:
    clock = held(handle("1 working day", "2026-09-14 18:00"), "2026-09-15 08:00", "2026-09-15 17:30")
    assert moment_of(clock, shipped(), 1) == due_at(clock, shipped()) == at("2026-09-15 17:30")
    assert read(clock, shipped(), at("2026-09-15 17:29")).colour is Colour.GREEN


def test_a_hundred_per_cent_is_the_deadline_even_if_its_last_open_hours_were_paused() -> None:
    clock = held(handle("1 working day"), "2026-09-15 09:00", "2026-09-15 17:30")
    assert moment_of(clock, shipped(), 100) == at("2026-09-15 17:30")
    assert moment_of(clock, shipped(), 99) == at("2026-09-15 08:56:06")


@pytest.mark.parametrize("percent", [0, 101, -5])
def test_a_share_outside_1_to_100_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="percentage"):
        moment_of(handle("24 hours"), shipped(), percent)


@given(starts, budgets, walker.ledgers(), st.integers(1, 99), st.booleans())
def test_rungs_come_in_order_and_never_after_the_deadline(
    start: datetime, budget: str, ledger: list[tuple[datetime, datetime]], percent: int, statutory: bool
) -> None:
    clock = more(with_pauses(handle(budget, start, statutory=statutory), ledger), "1 working day")
    first, second, last = (moment_of(clock, shipped(), share) for share in (percent, percent + 1, 100))
    assert first is not None
    assert second is not None
    assert last is not None
    assert start < first <= second <= last == due_at(clock, shipped())
