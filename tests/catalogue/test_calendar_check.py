"""Holes in a calendar are found before a deadline falls into one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from storage.calendar_check import faults, warnings
from storage.calendars import Calendars, Year, load_calendars

SHIPPED = load_calendars()
Y2026 = SHIPPED.years[2026]


def with_year(number: int, year: Year) -> Calendars:
    return replace(SHIPPED, years={**SHIPPED.years, number: year})


def without_holiday(day: str) -> Year:
    return replace(Y2026, holidays={known: name for known, name in Y2026.holidays.items() if known != day})


def with_holiday(day: str, name: str = "国庆节") -> Year:
    return replace(Y2026, holidays={**Y2026.holidays, day: name})


def with_workday(day: str) -> Year:
    return replace(Y2026, workdays=(*Y2026.workdays, day))


def without_year(number: int) -> Calendars:
    return replace(SHIPPED, years={known: year for known, year in SHIPPED.years.items() if known != number})


HOLES: list[tuple[Callable[[], Calendars], str]] = [
    (lambda: without_year(2023), "缺少 2023 年"),
    (lambda: replace(SHIPPED, years={}), "没有任何年份"),
    (lambda: replace(SHIPPED, carried_from=2019), "carried_from 指向没有的年份：2019"),
    (lambda: replace(SHIPPED, timetables=SHIPPED.timetables * 2), "办公时间表 duty 写了两次"),
    (lambda: with_year(2026, with_holiday("2025-10-01")), "2026 年：2025-10-01 不属于该年"),
    (lambda: with_year(2026, with_holiday("2025-10-01")), "2025-10-01 写在两处"),
    (lambda: with_year(2026, with_holiday("2025-12-21")), "2026 年：2025-12-21 不属于该年"),
    (lambda: with_year(2026, with_holiday("2027-01-01")), "2026 年：2027-01-01 不属于该年"),
    (lambda: with_year(2026, with_holiday("1 October")), "2026 年：不是日期：1 October"),
    (lambda: with_year(2026, with_holiday("20261001")), "2026 年：不是日期：20261001"),
    (lambda: with_year(2026, with_holiday("2026-11-11", " ")), "2026 年：2026-11-11 没有节日名称"),
    (lambda: with_year(2026, with_workday("2026-10-10")), "2026 年：调休上班日 2026-10-10 写了两次"),
    (lambda: with_year(2026, with_workday("2026-10-03")), "2026 年：2026-10-03 既放假又上班"),
    (lambda: with_year(2026, with_workday("2026-11-11")), "2026 年：调休上班日 2026-11-11 是周三"),
    (lambda: with_year(2026, without_holiday("2026-10-05")), "2026 年：国庆节中间缺少 2026-10-05"),
    (lambda: with_year(2026, without_holiday("2026-10-02")), "2026 年：缺少法定节假日 2026-10-02"),
    (lambda: with_year(2026, without_holiday("2026-05-01")), "2026 年：缺少法定节假日 2026-05-01"),
    (lambda: with_year(2026, replace(Y2026, notice=" ")), "2026 年：已公布，但没有写明通知文号"),
]


@pytest.mark.parametrize(("made", "told"), HOLES, ids=[told for _, told in HOLES])
def test_a_hole_is_found_and_told(made: Callable[[], Calendars], told: str) -> None:
    found = faults(made())
    assert any(fault.startswith(told) for fault in found), found


def test_the_shipped_calendars_have_none() -> None:
    assert faults(SHIPPED) == []


def test_a_weekend_inside_a_holiday_need_not_be_written() -> None:
    """Some lists name weekdays only: 3 and 4 October 2026 are a weekend, and off anyway."""
    assert faults(with_year(2026, without_holiday("2026-10-04"))) == []


def test_a_notice_may_reach_back_into_december() -> None:
    """That of 2019 made Saturday 29 December 2018 a make-up day and Monday 31 a holiday."""
    y2019 = Year(
        "announced",
        "国办发明电〔2018〕15号",
        {"2018-12-31": "元旦", "2019-01-01": "元旦", "2019-05-01": "劳动节"}
        | {f"2019-10-0{day}": "国庆节" for day in range(1, 8)},
        ("2018-12-29",),
    )
    assert faults(with_year(2019, y2019)) == []


@pytest.mark.parametrize(
    ("today", "years"),
    [
        (date(2026, 11, 14), []),
        (date(2026, 11, 15), [2027]),
        (date(2026, 12, 31), [2027]),
        (date(2027, 1, 1), [2027]),
        (date(2027, 11, 15), [2027, 2028]),
        (date(2025, 11, 15), []),
    ],
)
def test_from_15_november_on_next_year_is_missed_and_this_year_always(today: date, years: list[int]) -> None:
    assert [warning[:4] for warning in warnings(SHIPPED, today)] == [str(year) for year in years]
