from __future__ import annotations

import pytest

from domain.budget import Unit, parse
from domain.calendar import Calendar
from domain.measure import add, between
from tests.domain.walker import at, shipped


def due(start: str, budget: str, *pauses: tuple[str, str | None], statutory: bool = False) -> str | None:
    stretches = [(at(a), None if b is None else at(b)) for a, b in pauses]
    moment = add(at(start), parse(budget), shipped(), stretches, statutory=statutory)
    return None if moment is None else f"{moment:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("start", "budget", "end"),
    [
        # Natural hours run day and night, through weekends and holidays.
        ("2026-09-30 16:00", "24 hours", "2026-10-01 16:00"),
        ("2026-09-30 16:00", "90 minutes", "2026-09-30 17:30"),
        ("2026-09-30 16:00", "10 seconds", "2026-09-30 16:00"),
        # Working hours run only inside the spans: over lunch, over night, over the National Day.
        ("2026-09-30 11:00", "2 working hours", "2026-09-30 14:30"),
        ("2026-09-30 12:30", "1 working hour", "2026-09-30 14:30"),
        ("2026-09-30 16:30", "2 working hours", "2026-10-08 09:30"),
        ("2026-09-30 06:00", "1 working hour", "2026-09-30 09:30"),
        ("2026-10-03 12:00", "1 working hour", "2026-10-08 09:30"),
        # What ends with the day ends at its close, not on the next morning; with the morning, at noon.
        ("2026-09-30 16:30", "1 working hour", "2026-09-30 17:30"),
        ("2026-09-30 11:00", "1 working hour", "2026-09-30 12:00"),
        # Make-up days are worked.
        ("2026-09-19 20:00", "1 working hour", "2026-09-20 09:30"),
        ("2026-10-09 17:30", "1 working hour", "2026-10-10 09:30"),
        # Working days: the day of the start does not count, however early; the last one ends at 17:30.
        ("2026-09-28 00:00", "1 working day", "2026-09-29 17:30"),
        ("2026-09-28 23:59", "1 working day", "2026-09-29 17:30"),
        ("2026-09-18 10:00", "1 working day", "2026-09-20 17:30"),
        ("2026-09-30 10:00", "1 working day", "2026-10-08 17:30"),
        ("2026-10-02 10:00", "1 working day", "2026-10-08 17:30"),
        ("2026-09-30 16:00", "5 working days", "2026-10-13 17:30"),
        # Natural days end at 24:00.
        ("2026-09-28 09:00", "1 natural day", "2026-09-30 00:00"),
        ("2026-09-28 09:00", "7 natural days", "2026-10-06 00:00"),
        # Months end on the corresponding day, or on the last day of a shorter month.
        ("2026-09-28 09:00", "3 months", "2026-12-29 00:00"),
        ("2026-01-31 09:00", "1 month", "2026-03-01 00:00"),
        ("2026-08-31 09:00", "1 month", "2026-10-01 00:00"),
        ("2027-11-30 09:00", "3 months", "2028-03-01 00:00"),
        ("2028-02-29 09:00", "12 months", "2029-03-01 00:00"),
        ("2026-12-15 09:00", "1 month", "2027-01-16 00:00"),
        # The end of the same local day.
        ("2026-09-28 00:00", "end of day", "2026-09-29 00:00"),
        ("2026-09-28 23:59", "end of day", "2026-09-29 00:00"),
    ],
)
def test_a_budget_ends_where_the_rules_say(start: str, budget: str, end: str) -> None:
    assert due(start, budget) == end


@pytest.mark.parametrize(
    ("start", "budget", "end"),
    [
        ("2026-09-24 10:00", "1 natural day", "2026-09-29 00:00"),  # Mid-autumn and a weekend
        ("2026-09-03 10:00", "1 month", "2026-10-09 00:00"),  # into the National Day
        ("2026-09-18 10:00", "2 natural days", "2026-09-21 00:00"),  # a make-up Sunday is a working day
        ("2026-09-28 10:00", "1 natural day", "2026-09-30 00:00"),
        ("2026-09-24 10:00", "24 hours", "2026-09-25 10:00"),  # hours end when they end
        ("2026-10-01 10:00", "end of day", "2026-10-02 00:00"),
        ("2026-09-30 16:00", "5 working days", "2026-10-13 17:30"),
    ],
)
def test_a_statutory_limit_that_ends_on_a_day_off_ends_with_the_next_working_day(
    start: str, budget: str, end: str
) -> None:
    assert due(start, budget, statutory=True) == end


def test_a_promised_limit_that_ends_on_a_day_off_does_not_move() -> None:
    assert due("2026-09-24 10:00", "1 natural day") == "2026-09-26 00:00"


def test_the_working_day_a_statutory_limit_moves_to_must_end_while_the_clock_runs() -> None:
    held = ("2026-09-28 09:00", "2026-09-29 09:00")
    assert due("2026-09-24 10:00", "1 natural day", held, statutory=True) == "2026-09-30 00:00"
    assert due("2026-09-24 10:00", "1 natural day", ("2026-09-27 09:00", None), statutory=True) is None


@pytest.mark.parametrize("budget", ["3 working days", "3 natural days", "1 month"])
def test_a_pause_that_covers_no_close_costs_nothing(budget: str) -> None:
    assert due("2026-09-14 10:00", budget, ("2026-09-15 08:00", "2026-09-15 17:30")) == due("2026-09-14 10:00", budget)


@pytest.mark.parametrize(
    ("budget", "pause", "end"),
    [
        # A close exactly where the pause begins is paused; exactly where it ends, it runs.
        ("1 working day", ("2026-09-15 17:30", "2026-09-15 17:31"), "2026-09-16 17:30"),
        ("1 working day", ("2026-09-15 09:00", "2026-09-15 17:30"), "2026-09-15 17:30"),
        ("1 natural day", ("2026-09-16 00:00", "2026-09-16 00:01"), "2026-09-17 00:00"),
        ("1 natural day", ("2026-09-15 09:00", "2026-09-16 00:00"), "2026-09-16 00:00"),
        ("end of day", ("2026-09-14 23:00", "2026-09-15 09:00"), "2026-09-16 00:00"),
        ("end of day", ("2026-09-14 11:00", "2026-09-14 23:00"), "2026-09-15 00:00"),
        # For months, each close paused moves the end by a day, in the days added as well.
        ("1 month", ("2026-09-20 09:00", "2026-09-23 09:00"), "2026-10-18 00:00"),
        ("1 month", ("2026-10-14 09:00", "2026-10-16 09:00"), "2026-10-17 00:00"),
        # The close of the day of the start was never going to count.
        ("1 working day", ("2026-09-14 12:00", "2026-09-15 09:00"), "2026-09-15 17:30"),
        # A weekend's pause covers no close of a working day.
        ("5 working days", ("2026-09-11 18:00", "2026-09-14 08:00"), "2026-09-20 17:30"),
    ],
)
def test_a_day_is_used_up_when_the_clock_runs_at_its_close(budget: str, pause: tuple[str, str], end: str) -> None:
    assert due("2026-09-14 10:00", budget, pause) == end


def test_pauses_that_overlap_are_taken_off_once() -> None:
    first, second = ("2026-09-14 11:00", "2026-09-14 14:00"), ("2026-09-14 12:00", "2026-09-14 15:00")
    within, empty = ("2026-09-14 11:30", "2026-09-14 11:40"), ("2026-09-14 16:00", "2026-09-14 16:00")
    assert due("2026-09-14 10:00", "24 hours", second, first, within, empty) == "2026-09-15 14:00"


def test_a_night_of_waiting_costs_working_hours_nothing() -> None:
    assert due("2026-09-14 16:30", "2 working hours", ("2026-09-14 17:30", "2026-09-15 08:30")) == "2026-09-15 09:30"


def test_a_pause_begun_before_the_start_is_taken_off_from_the_start() -> None:
    assert due("2026-09-14 10:00", "1 hour", ("2026-09-14 08:00", "2026-09-14 11:00")) == "2026-09-14 12:00"
    assert due("2026-09-14 10:00", "1 hour", ("2026-09-14 08:00", "2026-09-14 09:00")) == "2026-09-14 11:00"


@pytest.mark.parametrize("budget", ["1 hour", "90 minutes", "1 working hour", "10 working hours"])
@pytest.mark.parametrize("pause_end", ["2026-10-20 10:00", None])
def test_a_pause_that_begins_when_hours_are_used_up_comes_too_late(budget: str, pause_end: str | None) -> None:
    end = due("2026-09-14 10:00", budget)
    assert end is not None
    assert due("2026-09-14 10:00", budget, (end, pause_end)) == end


@pytest.mark.parametrize(
    "budget", ["1 hour", "1 working hour", "1 working day", "1 natural day", "1 month", "end of day"]
)
def test_an_open_pause_leaves_the_end_unknown_only_if_it_begins_before_the_end(budget: str) -> None:
    end = due("2026-09-14 10:00", budget)
    assert due("2026-09-14 10:00", budget, ("2026-09-14 10:30", None)) is None
    assert due("2026-09-14 10:00", budget, ("2026-10-20 10:30", None)) == end


def test_before_the_start_nothing_is_used_up() -> None:
    for unit in Unit:
        assert between(at("2026-09-15 10:00"), at("2026-09-14 10:00"), unit, shipped()) == 0


def test_hours_that_end_at_midnight_close_with_their_day() -> None:
    always = Calendar("t", (1, 2, 3, 4, 5, 6, 7), (("00:00", "24:00"),))
    assert add(at("2026-09-30 10:00"), parse("2 working days"), always) == at("2026-10-03 00:00")
    assert add(at("2026-09-30 10:00"), parse("24 working hours"), always) == at("2026-10-01 10:00")
    assert add(at("2026-09-30 00:00"), parse("24 working hours"), always) == at("2026-10-01 00:00")


def test_the_longest_budgets_end_somewhere() -> None:
    for text in ("100000 working days", "100000 natural days", "100000 working hours", "1200 months"):
        assert add(at("2026-09-30 10:00"), parse(text), shipped()) is not None
