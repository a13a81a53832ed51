from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import clock as clocks
from domain.budget import parse
from domain.clock import (
    Clock,
    Colour,
    Pause,
    Reading,
    Status,
    due_at,
    moment_of,
    projected_due,
    read,
    worst,
)
from domain.measure import add
from tests.domain import walker
from tests.domain.clocks import handle, held, more, with_pauses
from tests.domain.walker import at, shipped

budgets = st.sampled_from(
    ["24 hours", "90 seconds", "10 working hours", "5 working days", "7 natural days", "3 months", "end of day"]
)
starts = st.one_of(walker.moments, walker.edges)


def see(clock: Clock, now: str) -> Reading:
    return read(clock, shipped(), at(now))


def test_a_clock_goes_from_green_to_red() -> None:
    clock = handle("24 hours")
    seen = [
        (see(clock, now).status, see(clock, now).colour)
        for now in ("2026-09-14 10:00", "2026-09-15 03:59", "2026-09-15 04:00", "2026-09-15 07:36", "2026-09-15 10:00")
    ]
    assert seen == [
        (Status.RUNNING, Colour.GREEN),
        (Status.RUNNING, Colour.GREEN),
        (Status.RUNNING, Colour.YELLOW),
        (Status.RUNNING, Colour.ORANGE),
        (Status.BREACHED, Colour.RED),
    ]


def test_a_running_clock_tells_what_is_used_up_and_what_is_left() -> None:
    assert see(handle("24 hours"), "2026-09-14 11:00") == Reading(
        status=Status.RUNNING,
        late=False,
        due_at=at("2026-09-15 10:00"),
        provisional=False,
        elapsed=3600,
        remaining=23 * 3600,
        unit="seconds",
        colour=Colour.GREEN,
    )


@pytest.mark.parametrize(
    ("now", "elapsed", "remaining"),
    [
        ("2026-09-13 10:00", 0, 5),
        ("2026-09-14 17:30", 0, 5),
        ("2026-09-15 17:29", 0, 5),
        ("2026-09-15 17:30", 1, 4),
        ("2026-09-20 17:30", 5, 0),
        ("2026-09-21 17:29", 5, 0),
        ("2026-09-22 17:30", 7, -2),
    ],
)
def test_days_are_used_up_at_their_close(now: str, elapsed: int, remaining: int) -> None:
    reading = see(handle("5 working days"), now)
    assert (reading.elapsed, reading.remaining, reading.unit) == (elapsed, remaining, "days")


def test_months_are_told_in_natural_days() -> None:
    reading = see(handle("1 month"), "2026-09-20 00:00")
    assert (reading.elapsed, reading.remaining, reading.unit) == (5, 25, "days")


def test_a_paused_clock_is_green_has_no_deadline_and_tells_what_would_be_left() -> None:
    clock = held(handle("24 hours"), "2026-09-15 08:00")
    reading = see(clock, "2026-09-17 08:00")
    assert (reading.status, reading.due_at, reading.colour) == (Status.PAUSED, None, Colour.GREEN)
    assert (reading.elapsed, reading.remaining) == (22 * 3600, 2 * 3600)


def test_a_close_at_which_the_clock_stands_still_is_not_used_up_for_an_instant_either() -> None:
    clock = held(handle("5 working days"), "2026-09-15 09:00")
    assert [
        (see(clock, now).elapsed, see(clock, now).remaining) for now in ("2026-09-15 17:30", "2026-09-15 17:31")
    ] == [
        (0, 5),
        (0, 5),
    ]


def test_a_pause_begun_after_the_deadline_does_not_hide_the_breach() -> None:
    clock = held(handle("24 hours"), "2026-09-15 11:00")
    reading = see(clock, "2026-09-15 15:00")
    assert (reading.status, reading.colour, reading.due_at) == (Status.BREACHED, Colour.RED, at("2026-09-15 10:00"))
    assert reading.remaining == -3600  # what it stands still is not held against it


def test_an_extension_granted_after_the_deadline_ends_the_breach() -> None:
    reading = see(more(handle("24 hours"), "24 hours"), "2026-09-15 15:00")
    assert (reading.status, reading.remaining) == (Status.RUNNING, 19 * 3600)


@pytest.mark.parametrize(("ended", "late"), [("2026-09-15 10:00", False), ("2026-09-15 10:01", True)])
def test_an_ended_clock_is_late_when_it_ended_after_its_deadline(ended: str, late: bool) -> None:
    reading = see(clocks.end(handle("24 hours"), at(ended), "met"), "2026-12-01 10:00")
    assert (reading.status, reading.late, reading.colour) == (Status.MET, late, Colour.GREEN)
    assert reading.due_at == at("2026-09-15 10:00")
    assert reading.elapsed + reading.remaining == 24 * 3600


def test_a_clock_stopped_while_it_stands_still_is_not_late() -> None:
    clock = clocks.end(held(handle("24 hours"), "2026-09-14 11:00"), at("2026-09-20 10:00"), "stopped")
    reading = see(clock, "2026-12-01 10:00")
    assert (reading.status, reading.late, reading.elapsed) == (Status.STOPPED, False, 3600)


def test_a_waiting_clock_has_all_its_time_left() -> None:
    reading = see(handle("5 working days", None), "2026-09-14 10:00")
    assert (reading.status, reading.due_at, reading.elapsed, reading.remaining) == (Status.WAITING, None, 0, 5)
    assert (reading.provisional, reading.colour, reading.late) == (False, Colour.GREEN, False)


def test_a_clock_stopped_before_it_started_was_never_late() -> None:
    reading = see(clocks.end(handle("24 hours", None), at("2026-09-14 10:00"), "stopped"), "2026-12-01 10:00")
    assert (reading.status, reading.late, reading.due_at, reading.elapsed) == (Status.STOPPED, False, None, 0)


@pytest.mark.parametrize(
    ("budget", "statutory", "provisional"),
    [
        ("20 working days", False, True),
        ("100 working hours", False, True),
        ("30 natural days", False, False),
        ("30 natural days", True, True),
        ("1 month", True, True),
        ("1000 hours", True, False),
        ("1 working day", False, False),
    ],
)
def test_a_deadline_is_provisional_when_it_needs_working_days_of_a_year_not_announced(
    budget: str, statutory: bool, provisional: bool
) -> None:
    clock = handle(budget, "2026-12-15 10:00", statutory=statutory)
    assert see(clock, "2026-12-16 10:00").provisional is provisional


def test_an_extension_of_working_days_can_make_a_deadline_provisional_and_a_pause_too() -> None:
    clock = handle("30 natural days", "2026-12-15 10:00")
    assert see(more(clock, "1 working day"), "2026-12-16 10:00").provisional
    paused = held(handle("5 working days", "2026-12-15 10:00"), "2026-12-16 10:00")
    assert not see(paused, "2026-12-17 10:00").provisional
    assert see(paused, "2026-12-31 10:00").provisional


def test_half_seconds_are_neither_gained_nor_lost() -> None:
    reading = read(handle("24 hours"), shipped(), at("2026-09-14 10:00") + timedelta(seconds=0.5))
    assert (reading.elapsed, reading.remaining) == (0, 24 * 3600)
    assert read(handle("24 hours"), shipped(), at("2026-09-15 10:00") + timedelta(seconds=0.5)).remaining == 0


@given(starts, budgets, walker.ledgers(), starts)
def test_the_colour_changes_exactly_when_its_rung_is_due(
    start: datetime, budget: str, ledger: list[tuple[datetime, datetime]], now: datetime
) -> None:
    clock = with_pauses(handle(budget, start), ledger)
    passed = [share for share in (75, 90, 100) if (moment_of(clock, shipped(), share) or now) <= now]
    assert read(clock, shipped(), now).colour is list(Colour)[len(passed)]


@given(starts, budgets, walker.ledgers(), starts, st.booleans())
def test_elapsed_and_remaining_are_the_whole_and_the_sign_tells_the_breach(
    start: datetime, budget: str, ledger: list[tuple[datetime, datetime]], now: datetime, statutory: bool
) -> None:
    clock = with_pauses(handle(budget, start, statutory=statutory), ledger)
    reading = read(clock, shipped(), now)
    whole = read(clock, shipped(), start)
    assert whole.elapsed == 0
    assert reading.due_at == add(start, parse(budget), shipped(), ledger, statutory=statutory)
    if budget != "end of day":  # which may be half a second away, or wholly paused up to its very end
        assert reading.elapsed + reading.remaining == whole.remaining
        assert (reading.remaining <= 0) is (reading.status is Status.BREACHED)


@given(starts, budgets, st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_paused_clock_has_left_what_it_has_when_resumed_now(
    start: datetime, budget: str, gone: int, held_for: int
) -> None:
    begun = start + timedelta(seconds=gone)
    now = begun + timedelta(seconds=held_for)
    paused = clocks.pause(handle(budget, start), Pause("park", "挂账", "u-1", begun))
    resumed = clocks.resume(paused, "park", now)
    assert read(paused, shipped(), now).remaining >= read(resumed, shipped(), now).remaining
    assert projected_due(paused, shipped(), now) == due_at(resumed, shipped())


def test_the_worst_colour_stands_for_all() -> None:
    assert worst([]) is Colour.GREEN
    assert worst([Colour.YELLOW, Colour.GREEN]) is Colour.YELLOW
    assert worst([Colour.ORANGE, Colour.RED, Colour.YELLOW]) is Colour.RED
