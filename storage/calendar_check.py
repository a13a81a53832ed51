"""Holes in the calendars: days that are missing, doubled, in the wrong year, or not announced in time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from storage.calendars import Calendars, Year

#: 全国年节及纪念日放假办法: the days off that have a fixed date. Whoever lacks one has another file in his hands.
FIXED: Final = ("01-01", "05-01", "10-01", "10-02", "10-03")
REACH_BACK: Final = timedelta(days=10)
"""How far a year's notice may reach into December: that of 2019 made 29 December a make-up day and 31 a holiday."""
FROM: Final = (11, 15)
"""Month and day from which next year is missed: four of the notices for 2020–2026 were out by then, all in December."""
_NEAR = timedelta(days=10)
_SATURDAY = 5
WEEKDAYS: Final = "一二三四五六日"


def faults(calendars: Calendars) -> list[str]:
    """Every hole and overlap of calendars that can be read; empty when there is none."""
    codes = [timetable.code for timetable in calendars.timetables]
    found = [f"办公时间表 {code} 写了两次" for code in _twice(codes)]
    numbers = sorted(calendars.years)
    if not numbers:
        return [*found, "没有任何年份"]
    missing = sorted(set(range(numbers[0], numbers[-1] + 1)) - set(numbers))
    found += [f"缺少 {number} 年" for number in missing]
    if calendars.carried_from and calendars.carried_from not in calendars.years:
        found.append(f"carried_from 指向没有的年份：{calendars.carried_from}")
    days = (day for year in calendars.years.values() for day in (*year.holidays, *set(year.workdays)))
    found += [f"{day} 写在两处" for day in _twice(days)]
    for number in numbers:
        found += [f"{number} 年：{fault}" for fault in year_faults(number, calendars.years[number])]
    return found


def warnings(calendars: Calendars, today: date) -> list[str]:
    """What is no fault yet, but will hurt: deadlines that stay provisional because a year is not announced."""
    wanted = [today.year] + ([today.year + 1] if (today.month, today.day) >= FROM else [])
    return [
        f"{number} 年的放假安排尚未导入，涉及该年的到期时间只是暂定"
        for number in wanted
        if number not in calendars.years or calendars.years[number].status != "announced"
    ]


def year_faults(number: int, year: Year) -> Iterator[str]:
    """What is wrong with one year by itself."""
    read = {text: _day(text) for text in (*year.holidays, *year.workdays)}
    yield from (f"不是日期：{text}" for text, day in read.items() if day is None)
    days = {text: day for text, day in read.items() if day is not None}
    for text, day in days.items():
        if not date(number, 1, 1) - REACH_BACK <= day <= date(number, 12, 31):
            yield f"{text} 不属于该年"
    yield from (f"调休上班日 {day} 写了两次" for day in _twice(year.workdays))
    yield from (f"{day} 既放假又上班" for day in sorted(year.holidays.keys() & set(year.workdays)))
    yield from (f"{day} 没有节日名称" for day, name in year.holidays.items() if not name.strip())
    for text in year.workdays:
        found = days.get(text)
        if found and found.weekday() < _SATURDAY:
            yield f"调休上班日 {text} 是周{WEEKDAYS[found.weekday()]}，应为周六或周日"
    yield from missing_days(number, year)
    if year.status == "announced" and not year.notice.strip():
        yield "已公布，但没有写明通知文号"


def missing_days(number: int, year: Year) -> Iterator[str]:
    """Days off that must have been forgotten."""
    yield from _gaps({day: name for text, name in year.holidays.items() if (day := _day(text))})
    yield from (f"缺少法定节假日 {number}-{day}" for day in FIXED if f"{number}-{day}" not in year.holidays)


def _gaps(holidays: dict[date, str]) -> Iterator[str]:
    """A holiday is one stretch: a weekday in its middle that would be worked has been forgotten."""
    for name in dict.fromkeys(holidays.values()):
        own = sorted(day for day, known in holidays.items() if known == name)
        for first, second in pairwise(own):
            if second - first <= _NEAR:
                between = (first + timedelta(days=n) for n in range(1, (second - first).days))
                yield from (
                    f"{name}中间缺少 {day}" for day in between if day.weekday() < _SATURDAY and day not in holidays
                )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _twice(texts: Iterable[str]) -> list[str]:
    return sorted(text for text, count in Counter(texts).items() if count > 1)
