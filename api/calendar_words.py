"""A year's days off and the timetables, as people read them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby
from typing import Final

from domain.calendar import Timetable
from storage.calendar_check import WEEKDAYS
from storage.calendars import Year

STATUS: Final = {"announced": "已公布", "provisional": "暂定"}


def stretches(year: Year) -> Iterator[tuple[str, date, date, int]]:
    """Each holiday with its first and last day off, and how many there are."""
    days = sorted((date.fromisoformat(day), name) for day, name in year.holidays.items())
    numbered = ((name, day.toordinal() - place, day) for place, (day, name) in enumerate(days))
    for (name, _), group in groupby(numbered, key=lambda row: row[:2]):
        found = [day for *_, day in group]
        yield name, found[0], found[-1], len(found)


def days_said(timetable: Timetable) -> str:
    """Which days it works: 周一二三四五."""
    days = "".join(WEEKDAYS[weekday - 1] for weekday in sorted(timetable.weekdays))
    named = "每天" if len(days) == len(WEEKDAYS) else f"周{days}"
    return f"{named}{'（节假日照常）' if timetable.all_year else ''}"


def hours_said(timetable: Timetable) -> str:
    """In which hours it works, with the weekdays that differ."""
    rows = [("", timetable.spans), *((f"周{WEEKDAYS[day - 1]} ", spans) for day, spans in timetable.hours)]
    return "；".join(f"{day}{'、'.join(f'{start}–{end}' for start, end in spans)}" for day, spans in rows)
