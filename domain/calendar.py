"""The working calendar: which days are worked, and in which hours.

Working days follow the State Council's yearly notice: its holidays, and its make-up working days (调休). All moments
are read in Asia/Shanghai, as wall time (`domain.wall`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import pairwise

from domain.errors import Invalid
from domain.wall import DAY, SECOND, ZONE, day_of, from_wall, to_wall, weekday_of
from domain.worktime import WEEK, Hours, Table

__all__ = [
    "DAY",
    "SECOND",
    "ZONE",
    "BadCalendar",
    "Calendar",
    "Table",
    "Timetable",
    "close_of_business",
    "day_of",
    "day_spans",
    "from_wall",
    "is_provisional",
    "is_working_day",
    "table_of",
    "to_wall",
    "weekday_of",
    "worked_by",
]

Spans = tuple[tuple[str, str], ...]
"""Working hours such as ``("08:30", "12:00")``, half-open, in order; ``24:00`` may end the last."""

_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)


class BadCalendar(Invalid, ValueError):  # noqa: N818 - a refusal, like its parent
    """A calendar nobody can work by (``bad-calendar``): no days, hours out of order, a day both free and worked."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad-calendar", f"工作日历有误：{detail}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of a working calendar, as plain data.

    `weekdays` are ISO numbers (1 Monday … 7 Sunday); `spans` the usual working hours; `hours` those of single weekdays
    that differ; `holidays` and `workdays` (make-up days) ISO dates; `announced` the years whose notice is out; `names`
    the holidays' names by date. A make-up day has the usual hours, whatever its weekday: the notices say that it is
    worked and not which day's hours it takes, and it stands in for a full day. `all_year`: worked on holidays like on
    any day, so that no notice matters. Raises `BadCalendar`.
    """

    version: str
    weekdays: tuple[int, ...]
    spans: Spans
    holidays: tuple[str, ...] = ()
    workdays: tuple[str, ...] = ()
    announced: tuple[int, ...] = ()
    names: tuple[tuple[str, str], ...] = ()
    hours: tuple[tuple[int, Spans], ...] = ()
    all_year: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be worked by, and warm the cache."""
        table_of(self)

    def __hash__(self) -> int:
        """Cheap on purpose: a calendar is the key of a cache asked at every reading; equality stays complete."""
        return hash((self.version, len(self.holidays), len(self.workdays)))


@dataclass(frozen=True, slots=True)
class Timetable:
    """办公时间表: other hours over the same holidays and make-up days, such as a window's or a duty room's.

    The fields are those of `Calendar`. Raises `BadCalendar`.
    """

    code: str
    name: str
    weekdays: tuple[int, ...]
    spans: Spans
    hours: tuple[tuple[int, Spans], ...] = ()
    all_year: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be worked by."""
        worked_by(Calendar("", self.weekdays, self.spans), self)


@lru_cache(maxsize=64)
def worked_by(calendar: Calendar, timetable: Timetable) -> Calendar:
    """The same years in the hours of a timetable; the version names both."""
    return replace(
        calendar,
        version=f"{calendar.version}/{timetable.code}",
        weekdays=timetable.weekdays,
        spans=timetable.spans,
        hours=timetable.hours,
        all_year=timetable.all_year,
    )


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether `day` is worked: a weekday that is no holiday, or a make-up day."""
    return table_of(calendar).works(day.toordinal())


def day_spans(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The working hours of `day`, half-open; none on a day off."""
    table, number = table_of(calendar), day.toordinal()
    if not table.works(number):
        return ()
    midnight = number * DAY
    return tuple((from_wall(midnight + start), from_wall(midnight + end)) for start, end in table.hours(number).spans)


def close_of_business(calendar: Calendar, day: date) -> datetime:
    """When a working day ends: the end of its last span (17:30 by default). Asked of any day, worked or not."""
    number = day.toordinal()
    return from_wall(number * DAY + table_of(calendar).hours(number).close)


def is_provisional(calendar: Calendar, a: datetime, b: datetime) -> bool:
    """Whether the stretch from `a` up to `b` touches a year whose holidays have not been announced.

    It matters only to limits that need working days; the caller knows. 24:00 of 31 December touches the old year only.
    """
    if calendar.all_year:
        return False
    first, last = day_of(to_wall(a)), day_of(max(to_wall(a), to_wall(b) - 1))
    years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
    return any(year not in calendar.announced for year in years)


@lru_cache(maxsize=64)
def table_of(calendar: Calendar) -> Table:
    """The calendar ready for arithmetic. Raises `BadCalendar`."""
    week = frozenset(calendar.weekdays)
    if not week or not week <= set(WEEK):
        raise BadCalendar(f"weekdays 应为 1 至 7 中的若干：{calendar.weekdays}")
    others = [weekday for weekday, _ in calendar.hours]
    if len(set(others)) < len(others) or not week.issuperset(others):
        raise BadCalendar(f"hours 应为各工作日至多一次：{others}")
    usual = _hours(calendar.spans)
    holidays, workdays = _days(calendar.holidays), _days(calendar.workdays)
    if both := holidays & workdays:
        raise BadCalendar(f"既是假日又是工作日：{date.fromordinal(min(both))}")
    return Table.of(
        usual,
        dict.fromkeys(sorted(week), usual) | {weekday: _hours(spans) for weekday, spans in calendar.hours},
        frozenset() if calendar.all_year else holidays,
        frozenset() if calendar.all_year else workdays,
        {_day(text): name for text, name in calendar.names},
    )


def _hours(texts: Spans) -> Hours:
    """Working hours, checked for order."""
    edges = [text for span in texts for text in span]
    if not edges or not all(_TIME.fullmatch(text) for text in edges):
        raise BadCalendar(f"工作时间应写作 HH:MM：{texts}")
    if not all(earlier < later for earlier, later in pairwise(edges)):
        raise BadCalendar(f"工作时间应先后相继：{texts}")
    return Hours.of(tuple((_offset(start), _offset(end)) for start, end in texts))


def _offset(text: str) -> int:
    hours, minutes = text.split(":")
    return (int(hours) * 60 + int(minutes)) * 60 * SECOND


def _days(texts: tuple[str, ...]) -> frozenset[int]:
    return frozenset(_day(text) for text in texts)


def _day(text: str) -> int:
    try:
        return date.fromisoformat(text).toordinal()
    except ValueError as error:
        raise BadCalendar(f"不是日期：{text!r}") from error
