from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.calendar import (
    DAY,
    BadCalendar,
    Calendar,
    close_of_business,
    day_spans,
    from_wall,
    is_provisional,
    is_working_day,
    table_of,
    to_wall,
    weekday_of,
)
from domain.errors import Invalid
from tests.domain.walker import SHANGHAI, at, catalogue, shipped, works

SEVEN_YEARS = [date(2020, 1, 1) + timedelta(days=number) for number in range(2557)]
CHINESE = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
}
#: Where the package says it otherwise than the notices, none of which changes a working day.
NAMED_OTHERWISE = {
    "2020-10-01": ("国庆节、中秋节", "国庆节"),  # both fell on that day
    "2023-12-30": (None, "元旦"),  # "1月1日放假，与周末连休": the weekend is a weekend
    "2023-12-31": (None, "元旦"),
}


def test_the_seven_years_end_with_2026() -> None:
    assert SEVEN_YEARS[-1] == date(2026, 12, 31)


def test_every_day_from_2020_to_2026_is_worked_as_two_other_calendars_say() -> None:
    known = holidays.country_holidays("CN", years=range(2020, 2027))
    ours = [day for day in SEVEN_YEARS if is_working_day(shipped(), day)]
    assert ours == [day for day in SEVEN_YEARS if chinese_calendar.is_workday(day)]
    assert ours == [day for day in SEVEN_YEARS if known.is_working_day(day)]


def test_the_holidays_and_make_up_days_are_exactly_those_of_the_notices() -> None:
    ours = dict(shipped().names)
    for day in SEVEN_YEARS:
        theirs = chinese_calendar.constants.holidays.get(day)
        name, said = NAMED_OTHERWISE.get(day.isoformat(), (ours.get(day.isoformat()),) * 2)
        assert ours.get(day.isoformat()) == name
        assert (theirs and CHINESE[theirs]) == said
    make_up = sorted(day.isoformat() for day in chinese_calendar.constants.workdays if day in set(SEVEN_YEARS))
    assert list(shipped().workdays) == make_up
    for year in range(2020, 2027):
        entry = catalogue()["years"][year]
        assert entry["status"] == "announced"
        assert f"国办发明电〔{year - 1}〕" in entry["notice"]


def test_the_spring_festival_of_2020_was_prolonged_by_a_notice_of_its_own() -> None:
    entry = catalogue()["years"][2020]
    assert "国办发明电〔2020〕1号" in entry["notice"]
    # Saturday 1 February was to make up for the holiday, and became a part of it.
    assert [day for day in sorted(entry["holidays"]) if day > "2020-01-30"][:3] == [
        "2020-01-31",
        "2020-02-01",
        "2020-02-02",
    ]
    assert not is_working_day(shipped(), date(2020, 2, 1))
    assert is_working_day(shipped(), date(2020, 2, 3))


def test_2027_is_seeded_with_the_statutory_days_alone_and_is_not_announced() -> None:
    entry = catalogue()["years"][2027]
    known = holidays.country_holidays("CN", years=2027)
    fixed = [day.isoformat() for day, name in known.items() if "observed" not in name and "substituted" not in name]
    assert sorted(entry["holidays"]) == sorted(fixed)
    assert (entry["status"], entry["workdays"]) == ("provisional", [])
    assert 2027 not in shipped().announced


def test_a_make_up_sunday_is_worked_in_the_usual_hours() -> None:
    assert day_spans(shipped(), date(2026, 9, 20)) == (
        (at("2026-09-20 08:30"), at("2026-09-20 12:00")),
        (at("2026-09-20 13:30"), at("2026-09-20 17:30")),
    )


def test_nobody_works_on_a_holiday_that_is_a_weekday() -> None:
    assert day_spans(shipped(), date(2026, 10, 1)) == ()


def test_business_closes_at_the_end_of_the_last_span() -> None:
    assert close_of_business(shipped(), date(2026, 9, 30)) == at("2026-09-30 17:30")


@pytest.mark.parametrize(
    ("a", "b", "provisional"),
    [
        ("2026-12-30 09:00", "2026-12-31 17:30", False),
        ("2026-12-30 09:00", "2027-01-01 00:00", False),  # 24:00 of 31 December is still 2026
        ("2026-12-30 09:00", "2027-01-01 00:01", True),
        ("2027-03-01 09:00", "2027-03-01 09:00", True),
        ("2026-03-01 09:00", "2026-02-01 09:00", False),
        ("2019-12-31 09:00", "2020-01-02 09:00", True),
    ],
)
def test_a_stretch_is_provisional_when_it_touches_a_year_not_announced(a: str, b: str, provisional: bool) -> None:
    assert is_provisional(shipped(), at(a), at(b)) is provisional


@given(st.integers(0, 200_000))
def test_counting_working_days_and_finding_the_nth_agree_with_walking(number: int) -> None:
    table = table_of(shipped())
    day = table.nth(number + 1)
    assert table.works(day)
    assert table.worked(day) == number + 1
    assert table.worked(day - 1) == number


@given(st.dates(date(2019, 6, 1), date(2027, 12, 31)))
def test_working_days_are_counted_one_by_one(day: date) -> None:
    table, number = table_of(shipped()), day.toordinal()
    assert table.worked(number) - table.worked(number - 1) == works(shipped(), day)
    assert table.is_make_up(number) is (day.isoformat() in shipped().workdays)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(SHANGHAI)))  # noqa: DTZ001 - hypothesis adds the zone
def test_a_moment_survives_being_counted_whatever_zone_it_is_written_in(moment: datetime) -> None:
    assert from_wall(to_wall(moment)) == moment
    assert to_wall(moment.astimezone(UTC)) == to_wall(moment)
    assert to_wall(moment) // DAY == moment.date().toordinal()
    assert weekday_of(to_wall(moment) // DAY) == moment.isoweekday()


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        to_wall(datetime(2026, 1, 1))  # noqa: DTZ001 - the fault itself


def test_calendars_that_are_equal_are_one_key_and_others_are_not() -> None:
    twin = replace(shipped())
    assert twin == shipped()
    assert hash(twin) == hash(shipped())
    assert replace(shipped(), holidays=("2026-10-01",)) != shipped()
    # The same version and the same number of days, another day: still another calendar.
    moved = replace(shipped(), workdays=(*shipped().workdays[:-1], "2026-10-11"))
    assert hash(moved) == hash(shipped())
    assert is_working_day(moved, date(2026, 10, 11))
    assert not is_working_day(shipped(), date(2026, 10, 11))


GOOD = Calendar("t", (1, 2, 3, 4, 5), (("08:30", "12:00"), ("13:30", "17:30")))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weekdays": ()}, "weekdays"),
        ({"weekdays": (0, 1)}, "weekdays"),
        ({"weekdays": (7, 8)}, "weekdays"),
        ({"spans": ()}, "HH:MM"),
        ({"spans": (("8:30", "12:00"),)}, "HH:MM"),
        ({"spans": (("08:30", "24:30"),)}, "HH:MM"),
        ({"spans": (("12:00", "08:30"),)}, "先后"),
        ({"spans": (("08:30", "08:30"),)}, "先后"),
        ({"spans": (("08:30", "12:00"), ("11:00", "17:30"))}, "先后"),
        ({"holidays": ("1 October",)}, "不是日期"),
        ({"names": (("2026-13-01", "国庆节"),)}, "不是日期"),
        ({"holidays": ("2026-10-10",), "workdays": ("2026-10-10",)}, "2026-10-10"),
    ],
)
def test_a_calendar_nobody_can_work_by_is_refused(changes: dict[str, tuple[str, ...]], words: str) -> None:
    with pytest.raises(BadCalendar, match=words) as caught:
        replace(GOOD, **changes)  # type: ignore[arg-type]
    assert caught.value.code == "bad-calendar"
    assert isinstance(caught.value, Invalid)


def test_hours_may_end_at_midnight_and_every_day_may_be_worked() -> None:
    always = Calendar("t", (1, 2, 3, 4, 5, 6, 7), (("00:00", "24:00"),))
    assert close_of_business(always, date(2026, 9, 30)) == at("2026-10-01 00:00")
    assert is_working_day(always, date(2026, 10, 4))
