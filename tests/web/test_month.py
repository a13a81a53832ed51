"""A month of duty as weeks of days."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from web.month import Month, day_of, month_of

TODAY = date(2026, 9, 10)


def said(begins: str, ends: str) -> dict[str, Any]:
    return {"from": f"{begins}:00+08:00", "until": f"{ends}:00+08:00"}


def on(month: Month, *shifts: dict[str, Any]) -> list[str]:
    """The days that show a shift."""
    return [day.on.isoformat() for day in month.days(shifts, (), TODAY) if day.shifts]


def test_a_month_fills_whole_weeks_from_monday_on() -> None:
    days = Month(date(2026, 9, 1)).days((), (), TODAY)
    assert (days[0].on, days[-1].on) == (date(2026, 8, 31), date(2026, 10, 4))
    assert [day.on.weekday() for day in days] == [0, 1, 2, 3, 4, 5, 6] * 5
    assert [day.on for day in days if day.outside] == [date(2026, 8, 31), *(date(2026, 10, n) for n in range(1, 5))]
    assert [day.on for day in days if day.today] == [TODAY]


def test_a_month_that_fits_its_weeks_has_no_other_days() -> None:
    days = Month(date(2027, 2, 1)).days((), (), TODAY)
    assert (len(days), days[0].on, days[-1].on) == (28, date(2027, 2, 1), date(2027, 2, 28))


@pytest.mark.parametrize(
    ("first", "before", "after"),
    [("2026-01-01", "2025-12-01", "2026-02-01"), ("2026-12-01", "2026-11-01", "2027-01-01")],
)
def test_months_lead_over_the_years_end(first: str, before: str, after: str) -> None:
    month = Month(date.fromisoformat(first))
    assert (month.before.isoformat(), month.next.isoformat()) == (before, after)


def test_a_shift_of_a_day_and_a_night_is_the_day_s_on_which_it_begins() -> None:
    assert on(Month(date(2026, 9, 1)), said("2026-09-10T08:30", "2026-09-11T08:30")) == ["2026-09-10"]


def test_a_night_shift_is_the_day_s_on_which_it_begins() -> None:
    assert on(Month(date(2026, 9, 1)), said("2026-09-10T18:00", "2026-09-11T08:30")) == ["2026-09-10"]


def test_a_week_s_shift_is_every_day_s_until_it_is_handed_over() -> None:
    shown = on(Month(date(2026, 9, 1)), said("2026-09-07T08:30", "2026-09-14T08:30"))
    assert shown == [f"2026-09-{n:02}" for n in range(7, 14)]


def test_a_hole_marks_every_day_that_it_touches() -> None:
    holes = [said("2026-09-10T23:00", "2026-09-12T00:00")]
    marked = [day.on.day for day in Month(date(2026, 9, 1)).days((), holes, TODAY) if day.holes]
    assert marked == [10, 11]


@pytest.mark.parametrize(
    ("begins", "ends", "day", "hours"),
    [
        ("2026-09-10T00:00", "2026-09-11T00:00", 10, "全天"),
        ("2026-09-09T18:00", "2026-09-11T08:30", 10, "全天"),
        ("2026-09-10T18:00", "2026-09-11T08:30", 10, "18:00–24:00"),
        ("2026-09-10T18:00", "2026-09-11T08:30", 11, "00:00–08:30"),
        ("2026-09-10T12:00", "2026-09-10T13:15", 10, "12:00–13:15"),
    ],
)
def test_a_hole_says_in_which_hours_of_the_day_nobody_is_there(begins: str, ends: str, day: int, hours: str) -> None:
    days = Month(date(2026, 9, 1)).days((), [said(begins, ends)], TODAY)
    assert [hole["hours"] for one in days if one.on == date(2026, 9, day) for hole in one.holes] == [hours]


@pytest.mark.parametrize("bad", ["", "2026-13", "x", "2026-1-1"])
def test_what_is_no_month_is_this_one(bad: str) -> None:
    assert month_of(bad, TODAY) == Month(date(2026, 9, 1))
    assert day_of(bad) is None


def test_a_month_and_a_day_are_read() -> None:
    assert month_of("2026-11", TODAY) == Month(date(2026, 11, 1))
    assert day_of("2026-11-05") == date(2026, 11, 5)
