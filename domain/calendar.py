"""The working calendar: which days are worked, in which hours, and how wall time is counted.

Working days follow the State Council's yearly notice: its holidays, and its make-up working days (调休). All moments
are read in Asia/Shanghai, which has kept one offset (+08:00) since 1992, so local time can be counted as plain
integers: microseconds since the day before 0001-01-01, called *wall* time here; a day is its date's ordinal.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo

from domain.errors import Invalid

ZONE = ZoneInfo("Asia/Shanghai")
SECOND = 1_000_000
DAY = 86_400 * SECOND

_MICROSECOND = timedelta(microseconds=1)
_ORIGIN = datetime(1, 1, 1, tzinfo=ZONE)
_TIME = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00", re.ASCII)


class BadCalendar(Invalid, ValueError):  # noqa: N818 - a refusal, like its parent
    """A calendar nobody can work by (``bad-calendar``): no days, hours out of order, a day both free and worked."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad-calendar", f"工作日历有误：{detail}")


@dataclass(frozen=True, slots=True)
class Calendar:
    """One version of a working calendar, as plain data.

    `weekdays` are ISO numbers (1 Monday … 7 Sunday); `spans` the working hours of each working day, such as
    ``("08:30", "12:00")``, half-open, in order (``24:00`` may end the last); `holidays` and `workdays` (make-up days)
    ISO dates; `announced` the years whose notice is out; `names` the holidays' names by date. Raises `BadCalendar`.
    """

    version: str
    weekdays: tuple[int, ...]
    spans: tuple[tuple[str, str], ...]
    holidays: tuple[str, ...] = ()
    workdays: tuple[str, ...] = ()
    announced: tuple[int, ...] = ()
    names: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be worked by, and warm the cache."""
        table_of(self)

    def __hash__(self) -> int:
        """Cheap on purpose: a calendar is the key of a cache asked at every reading; equality stays complete."""
        return hash((self.version, len(self.holidays), len(self.workdays)))


@dataclass(frozen=True, slots=True)
class Table:
    """A calendar made ready for arithmetic: each question is a sum and a binary search, never a walk."""

    spans: tuple[tuple[int, int], ...]
    worked_before: tuple[int, ...]  # working time of the day before each span
    worked_after: tuple[int, ...]  # … and after it
    week: frozenset[int]
    in_week: tuple[int, ...]  # working weekdays among the first 0…6 of the week
    holidays: frozenset[int]
    workdays: frozenset[int]
    gained: tuple[int, ...]  # make-up days outside the week, in order
    lost: tuple[int, ...]  # holidays inside the week, in order
    names: dict[int, str]

    @property
    def close(self) -> int:
        """Close of business: the end of the last span, from the start of the day."""
        return self.spans[-1][1]

    def works(self, day: int) -> bool:
        """Whether `day` is a working day."""
        return day in self.workdays or (weekday_of(day) in self.week and day not in self.holidays)

    def is_make_up(self, day: int) -> bool:
        """Whether `day` is worked only to make up for a holiday (调休)."""
        return day in self.workdays and weekday_of(day) not in self.week

    def worked(self, day: int) -> int:
        """How many working days there are from the beginning of time up to and including `day`."""
        weeks, rest = divmod(day, 7)
        usual = weeks * len(self.week) + self.in_week[rest]
        return usual + bisect_right(self.gained, day) - bisect_right(self.lost, day)

    def nth(self, number: int) -> int:
        """The day that is working day `number` in that count: the first for which `worked(day) >= number`."""
        per_week = len(self.week)
        low = max((number - len(self.gained)) * 7 // per_week - 7, 0)
        high = (number + len(self.lost)) * 7 // per_week + 14
        return bisect_left(range(high), number, low, key=self.worked)


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether `day` is worked: a weekday that is no holiday, or a make-up day."""
    return table_of(calendar).works(day.toordinal())


def day_spans(calendar: Calendar, day: date) -> tuple[tuple[datetime, datetime], ...]:
    """The working hours of `day`, half-open; none on a day off."""
    table, midnight = table_of(calendar), day.toordinal() * DAY
    if not table.works(day.toordinal()):
        return ()
    return tuple((from_wall(midnight + start), from_wall(midnight + end)) for start, end in table.spans)


def close_of_business(calendar: Calendar, day: date) -> datetime:
    """When a working day ends: the end of its last span (17:30 by default). Asked of any day, worked or not."""
    return from_wall(day.toordinal() * DAY + table_of(calendar).close)


def is_provisional(calendar: Calendar, a: datetime, b: datetime) -> bool:
    """Whether the stretch from `a` up to `b` touches a year whose holidays have not been announced.

    It matters only to limits that need working days; the caller knows. 24:00 of 31 December touches the old year only.
    """
    first, last = day_of(to_wall(a)), day_of(max(to_wall(a), to_wall(b) - 1))
    years = range(date.fromordinal(first).year, date.fromordinal(last).year + 1)
    return any(year not in calendar.announced for year in years)


def to_wall(moment: datetime) -> int:
    """Local microseconds of an aware moment. Raises `ValueError` for a naive one: no zone is ever guessed."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    # Two moments of the very same zone are subtracted, and below added, as local time.
    return (moment.astimezone(ZONE) - _ORIGIN) // _MICROSECOND + DAY


def from_wall(wall: int) -> datetime:
    """The moment, in Asia/Shanghai, of local microseconds."""
    return _ORIGIN + timedelta(microseconds=wall - DAY)


def day_of(wall: int) -> int:
    """The day to which a wall time belongs; midnight belongs to the day it begins."""
    return wall // DAY


def weekday_of(day: int) -> int:
    """The ISO weekday of a day: ordinal 1 was a Monday."""
    return (day - 1) % 7 + 1


@lru_cache(maxsize=64)
def table_of(calendar: Calendar) -> Table:
    """The calendar ready for arithmetic. Raises `BadCalendar`."""
    week = frozenset(calendar.weekdays)
    if not week or not week <= set(range(1, 8)):
        raise BadCalendar(f"weekdays 应为 1 至 7 中的若干：{calendar.weekdays}")
    spans = _spans(calendar.spans)
    lengths = [end - start for start, end in spans]
    holidays, workdays = _days(calendar.holidays), _days(calendar.workdays)
    if both := holidays & workdays:
        raise BadCalendar(f"既是假日又是工作日：{date.fromordinal(min(both))}")
    return Table(
        spans=spans,
        worked_before=tuple(accumulate(lengths[:-1], initial=0)),
        worked_after=tuple(accumulate(lengths)),
        week=week,
        in_week=tuple(sum(weekday <= rest for weekday in week) for rest in range(7)),
        holidays=holidays,
        workdays=workdays,
        gained=tuple(sorted(day for day in workdays if weekday_of(day) not in week)),
        lost=tuple(sorted(day for day in holidays if weekday_of(day) in week)),
        names={_day(text): name for text, name in calendar.names},
    )


def _spans(texts: tuple[tuple[str, str], ...]) -> tuple[tuple[int, int], ...]:
    """Working hours as offsets from midnight, checked for order."""
    edges = [text for span in texts for text in span]
    if not edges or not all(_TIME.fullmatch(text) for text in edges):
        raise BadCalendar(f"工作时间应写作 HH:MM：{texts}")
    if not all(earlier < later for earlier, later in pairwise(edges)):
        raise BadCalendar(f"工作时间应先后相继：{texts}")
    return tuple((_offset(start), _offset(end)) for start, end in texts)


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
