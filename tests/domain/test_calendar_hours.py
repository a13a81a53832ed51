"""Timetables: other hours over the same days, and hours that differ by weekday."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.budget import parse
from domain.calendar import (
    BadCalendar,
    Calendar,
    Timetable,
    close_of_business,
    day_spans,
    is_provisional,
    is_working_day,
    worked_by,
)
from domain.clock import ClockName, due_at, explain
from domain.measure import add
from domain.people import Unit
from domain.rules import calendar_of, timetable_for
from domain.vocabulary import UnitKind
from tests.domain.builders import rules
from tests.domain.clocks import handle
from tests.domain.walker import MIXED, at, shipped

WINDOW = Timetable("window", "窗口", (1, 2, 3, 4, 5), (("08:30", "17:30"),))
DUTY = Timetable("duty", "值班", (1, 2, 3, 4, 5, 6, 7), (("00:00", "24:00"),), all_year=True)
SATURDAYS = replace(shipped(), weekdays=(1, 2, 3, 4, 5, 6), hours=((6, (("09:00", "12:00"),)),))


def due(calendar: Calendar, start: str, budget: str) -> str:
    moment = add(at(start), parse(budget), calendar)
    assert moment is not None
    return f"{moment:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("start", "budget", "end"),
    [
        ("2026-09-18 16:30", "2 working hours", "2026-09-19 10:00"),  # Friday's last hour, Saturday's first
        ("2026-09-18 10:00", "1 working day", "2026-09-19 12:00"),  # Saturday closes at noon
        ("2026-09-18 10:00", "2 working days", "2026-09-20 17:30"),  # the make-up Sunday at the usual hour
        ("2026-10-09 16:30", "8 working hours", "2026-10-10 17:00"),  # a make-up Saturday is a whole day
        ("2026-10-02 10:00", "1 working hour", "2026-10-08 09:30"),  # the holiday's Saturday is a holiday
    ],
)
def test_a_weekday_may_have_hours_of_its_own_and_a_make_up_day_has_the_usual_ones(
    start: str, budget: str, end: str
) -> None:
    assert due(SATURDAYS, start, budget) == end


def test_each_day_has_the_spans_and_the_close_of_its_weekday() -> None:
    wednesday, friday, saturday = date(2026, 9, 16), date(2026, 9, 18), date(2026, 9, 19)
    assert day_spans(MIXED, wednesday) == ((at("2026-09-16 08:30"), at("2026-09-16 11:15")),)
    assert [close_of_business(MIXED, day) for day in (wednesday, friday, saturday)] == [
        at("2026-09-16 11:15"),
        at("2026-09-19 00:00"),
        at("2026-09-19 12:00"),
    ]


def test_a_window_that_takes_no_midday_break_is_sooner_done() -> None:
    window = worked_by(shipped(), WINDOW)
    assert due(shipped(), "2026-09-30 11:00", "2 working hours") == "2026-09-30 14:30"
    assert due(window, "2026-09-30 11:00", "2 working hours") == "2026-09-30 13:00"
    assert due(window, "2026-09-30 16:30", "2 working hours") == "2026-10-08 09:30"
    assert window.version == f"{shipped().version}/window"
    assert is_provisional(window, at("2027-01-04 09:00"), at("2027-01-05 09:00"))


def test_a_duty_room_works_every_day_of_the_year_and_waits_for_no_notice() -> None:
    duty = worked_by(shipped(), DUTY)
    assert all(is_working_day(duty, date(2026, 1, 1) + timedelta(days=number)) for number in range(365))
    assert due(duty, "2026-10-02 22:00", "4 working hours") == "2026-10-03 02:00"
    assert due(duty, "2026-10-02 22:00", "1 working day") == "2026-10-04 00:00"
    assert not is_provisional(duty, at("2030-01-04 09:00"), at("2030-01-05 09:00"))


def test_an_explanation_tells_each_day_by_its_own_hours() -> None:
    told = explain(handle("6 working hours", "2026-09-18 14:00"), SATURDAYS, at("2026-09-18 14:00"))
    counted = [f"{s.started_at:%d %H:%M}–{s.ended_at:%H:%M}" for s in told if s.counted]
    assert counted == ["18 14:00–17:30", "19 09:00–11:30"]
    days = explain(handle("2 working days", "2026-09-18 14:00"), SATURDAYS, at("2026-09-18 14:00"))
    assert [(f"{s.ended_at:%d %H:%M}", s.why) for s in days if s.counted] == [
        ("20 00:00", "工作日"),
        ("20 17:30", "调休上班"),
    ]
    assert due_at(handle("2 working days", "2026-09-18 14:00"), SATURDAYS) == days[-1].ended_at


@pytest.mark.parametrize(
    "changes",
    [
        {"hours": ((6, (("09:00", "12:00"),)),)},  # hours for a day that is not worked
        {"hours": ((5, (("09:00", "12:00"),)), (5, (("13:00", "15:00"),)))},  # twice
        {"hours": ((5, ()),)},  # a working day without hours
        {"hours": ((5, (("09:00", "12:00"), ("11:00", "15:00"))),)},  # overlapping
        {"weekdays": ()},
        {"spans": (("12:00", "08:30"),)},
    ],
)
def test_hours_with_holes_or_overlaps_are_refused(changes: dict[str, tuple[object, ...]]) -> None:
    with pytest.raises(BadCalendar):
        replace(shipped(), **changes)  # type: ignore[arg-type]
    with pytest.raises(BadCalendar):
        replace(WINDOW, **changes)  # type: ignore[arg-type]


NIGHT = Unit("duty-room", "值班室", UnitKind.DETACHMENT, calendar="duty")
STATION = Unit("station-a", "甲派出所", UnitKind.STATION)
KNOWING = replace(rules("appeal-general"), timetables=(WINDOW, DUTY))


@pytest.mark.parametrize("name", list(ClockName))
def test_a_step_inside_counts_by_its_units_hours_a_promise_by_the_services_and_the_law_by_the_usual(
    name: ClockName,
) -> None:
    owed_inside = {"accept", "sign", "review", "inspection", "supervision", "cooperation"}
    inside = name in owed_inside
    law = name is ClockName.STATUTORY
    assert timetable_for(KNOWING, name, NIGHT) == ("duty" if inside else "")
    assert timetable_for(KNOWING, name, STATION) == timetable_for(KNOWING, name, None) == ""
    windowed = replace(KNOWING, service=replace(KNOWING.service, calendar="window"))
    assert timetable_for(windowed, name, NIGHT) == ("duty" if inside else "" if law else "window")
    assert timetable_for(windowed, name, STATION) == ("" if law else "window")


def test_rules_give_the_calendar_of_a_timetable_and_the_default_for_one_they_do_not_know() -> None:
    assert calendar_of(KNOWING, "duty") == worked_by(KNOWING.calendar, DUTY)
    assert calendar_of(KNOWING, "") is KNOWING.calendar
    assert calendar_of(KNOWING, "nights") is KNOWING.calendar
    assert calendar_of(rules("appeal-general"), "duty") is rules("appeal-general").calendar
