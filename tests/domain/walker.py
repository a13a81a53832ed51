"""The same rules, walked minute by minute and day by day: slow, plain, and sharing no code with the domain.

Also the calendars and the hypothesis strategies that the tests of clocks have in common.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from hypothesis import strategies as st

from domain.calendar import Calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
CATALOGUE = Path(__file__).parents[2] / "catalogue" / "calendars" / "cn.yaml"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)

Stretches = Sequence[tuple[datetime, datetime | None]]


@cache
def catalogue() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return loaded


@cache
def shipped(timetable: str = "office") -> Calendar:
    """The calendar of the file, read without the catalogue's own code."""
    years = catalogue()["years"]
    names = sorted((day, name) for year in years.values() for day, name in year["holidays"].items())
    hours = next(known for known in catalogue()["timetables"] if known["code"] == timetable)
    return Calendar(
        version=catalogue()["version"],
        weekdays=tuple(hours["weekdays"]),
        spans=tuple((start, end) for start, end in hours["spans"]),
        holidays=tuple(day for day, _ in names),
        workdays=tuple(sorted(day for year in years.values() for day in year["workdays"])),
        announced=tuple(number for number, year in years.items() if year["status"] == "announced"),
        names=tuple(names),
        all_year=hours.get("all_year", False),
    )


MIXED = replace(
    shipped(),
    weekdays=(1, 2, 3, 4, 5, 6),
    hours=((3, (("08:30", "11:15"),)), (5, (("00:00", "01:30"), ("20:00", "24:00"))), (6, (("09:00", "12:00"),))),
)
"""Other hours on single weekdays: a short Wednesday, a Friday that ends at midnight, a worked Saturday morning."""


def at(text: str) -> datetime:
    """A moment in Shanghai: ``at("2026-09-30 16:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def works(calendar: Calendar, day: date) -> bool:
    if calendar.all_year:
        return day.isoweekday() in calendar.weekdays
    holidays, workdays = exceptions(calendar)
    return day in workdays or (day.isoweekday() in calendar.weekdays and day not in holidays)


@cache
def exceptions(calendar: Calendar) -> tuple[set[date], set[date]]:
    return {date.fromisoformat(day) for day in calendar.holidays}, {
        date.fromisoformat(day) for day in calendar.workdays
    }


def spans(calendar: Calendar, day: date) -> tuple[tuple[str, str], ...]:
    """The hours of a day that is worked: its weekday's, but the usual ones of a make-up day."""
    if not calendar.all_year and day in exceptions(calendar)[1]:
        return calendar.spans
    return dict(calendar.hours).get(day.isoweekday(), calendar.spans)


def held(moment: datetime, pauses: Stretches) -> bool:
    return any(start <= moment and (end is None or moment < end) for start, end in pauses)


def open_minute(calendar: Calendar, moment: datetime) -> bool:
    clock = f"{moment:%H:%M}"
    day = moment.date()
    return works(calendar, day) and any(start <= clock < end for start, end in spans(calendar, day))


def walk_minutes(
    start: datetime, minutes: int, pauses: Stretches, *, calendar: Calendar | None = None
) -> datetime | None:
    """The end of the last minute needed; of working minutes if there is a calendar. None after three years."""
    moment = start
    for _ in range(3 * 366 * 1440):
        if (calendar is None or open_minute(calendar, moment)) and not held(moment, pauses):
            minutes -= 1
        moment += MINUTE
        if not minutes:
            return moment
    return None


def count_minutes(start: datetime, end: datetime, pauses: Stretches, *, calendar: Calendar | None = None) -> int:
    counted, moment = 0, start
    while moment < end:
        counted += (calendar is None or open_minute(calendar, moment)) and not held(moment, pauses)
        moment += MINUTE
    return counted


def close(calendar: Calendar, day: date, *, working: bool) -> datetime:
    end = spans(calendar, day)[-1][1] if working else "24:00"
    if end == "24:00":
        return datetime.combine(day + DAY, time(), SHANGHAI)
    return datetime.combine(day, time.fromisoformat(end), SHANGHAI)


def walk_days(
    start: datetime, days: int, pauses: Stretches, *, calendar: Calendar, working: bool, statutory: bool = False
) -> datetime | None:
    """The last close needed; None after ten years."""
    day = start.date()
    for _ in range(3653):
        day += DAY
        if (not working or works(calendar, day)) and not held(close(calendar, day, working=working), pauses):
            days -= 1
        ends = working or not statutory or works(calendar, day)
        if days <= 0 and ends and not held(close(calendar, day, working=working), pauses):
            return close(calendar, day, working=working)
    return None


def days_of_months(start: date, months: int) -> int:
    """From a day to its corresponding day, month by month."""
    year, month = start.year, start.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return (date(year, month, min(start.day, monthrange(year, month)[1])) - start).days


moments = st.datetimes(min_value=datetime(2025, 1, 1), max_value=datetime(2026, 11, 30), timezones=st.just(SHANGHAI))  # noqa: DTZ001 - hypothesis adds the zone
edges = st.builds(
    lambda day, hour: datetime.combine(date(2026, 9, 14) + timedelta(days=day), time.fromisoformat(hour), SHANGHAI),
    st.integers(0, 40),
    st.sampled_from(["00:00", "08:30", "10:15", "12:00", "13:30", "17:29", "17:30", "17:31", "23:59"]),
)
"""Moments where the rules change, around a National Day with a make-up Sunday before it and a Saturday after it."""


@st.composite
def ledgers(draw: st.DrawFn) -> list[tuple[datetime, datetime]]:
    """Up to three pauses that have ended; they may overlap, touch, or be empty."""
    pairs = draw(st.lists(st.tuples(edges, edges), max_size=3))
    return [(min(pair), max(pair)) for pair in pairs]
