"""A calendar made ready for arithmetic: each question is a sum and a binary search, never a walk."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from domain.wall import weekday_of

WEEK = range(1, 8)


@dataclass(frozen=True, slots=True)
class Hours:
    """The spans of a working day as offsets from midnight, half-open, in order; sums count working time."""

    spans: tuple[tuple[int, int], ...]
    starts: tuple[int, ...]
    before: tuple[int, ...]  # working time of the day before each span
    after: tuple[int, ...]  # … and after it

    @classmethod
    def of(cls, spans: tuple[tuple[int, int], ...]) -> Hours:
        """The hours of these spans, of which there is at least one."""
        after = tuple(accumulate(end - start for start, end in spans))
        return cls(spans, tuple(start for start, _ in spans), (0, *after[:-1]), after)

    @property
    def length(self) -> int:
        """Working time of the whole day."""
        return self.after[-1]

    @property
    def close(self) -> int:
        """Close of business: the end of the last span."""
        return self.spans[-1][1]

    def upto(self, hour: int) -> int:
        """Working time of the day before `hour`."""
        span = bisect_left(self.starts, hour) - 1
        if span < 0:
            return 0
        return self.before[span] + min(hour, self.spans[span][1]) - self.starts[span]

    def at(self, amount: int) -> int:
        """The hour at which so much of the day (from 1 to its length) is worked."""
        span = bisect_left(self.after, amount)
        return self.spans[span][0] + amount - self.before[span]


@dataclass(frozen=True, slots=True)
class Table:
    """The days that are worked and their hours.

    A working weekday has the hours of its weekday, a make-up day the usual ones. `steps` and `shifts` say how much more
    or less time than the week gives has been worked up to and including each exceptional day.
    """

    usual: Hours
    of_weekday: Mapping[int, Hours]  # of each working weekday
    holidays: frozenset[int]
    workdays: frozenset[int]
    names: Mapping[int, str]
    days_in_week: tuple[int, ...]  # working weekdays among the first 0…7 of the week
    time_in_week: tuple[int, ...]  # … and their working time
    gained: tuple[int, ...]  # make-up days outside the week, in order
    lost: tuple[int, ...]  # holidays inside the week, in order
    steps: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def of(
        cls,
        usual: Hours,
        of_weekday: Mapping[int, Hours],
        holidays: frozenset[int],
        workdays: frozenset[int],
        names: Mapping[int, str],
    ) -> Table:
        """The table of a week, of which at least one day is worked, with its exceptions."""
        lengths = {weekday: hours.length for weekday, hours in of_weekday.items()}
        shifts = {day: -lengths.get(weekday_of(day), 0) for day in holidays}
        shifts |= {day: usual.length - lengths.get(weekday_of(day), 0) for day in workdays}
        steps = tuple(sorted(shifts))
        return cls(
            usual=usual,
            of_weekday=of_weekday,
            holidays=holidays,
            workdays=workdays,
            names=names,
            days_in_week=tuple(accumulate((weekday in of_weekday for weekday in WEEK), initial=0)),
            time_in_week=tuple(accumulate((lengths.get(weekday, 0) for weekday in WEEK), initial=0)),
            gained=tuple(sorted(day for day in workdays if weekday_of(day) not in of_weekday)),
            lost=tuple(sorted(day for day in holidays if weekday_of(day) in of_weekday)),
            steps=steps,
            shifts=tuple(accumulate((shifts[day] for day in steps), initial=0)),
        )

    def works(self, day: int) -> bool:
        """Whether `day` is a working day."""
        return day in self.workdays or (weekday_of(day) in self.of_weekday and day not in self.holidays)

    def is_make_up(self, day: int) -> bool:
        """Whether `day` is worked to make up for a holiday (调休)."""
        return day in self.workdays

    def hours(self, day: int) -> Hours:
        """The hours of `day`, or those it would have if it were worked."""
        return self.usual if day in self.workdays else self.of_weekday.get(weekday_of(day), self.usual)

    def worked(self, day: int) -> int:
        """How many working days there are from the beginning of time up to and including `day`."""
        weeks, rest = divmod(day, 7)
        usual = weeks * self.days_in_week[7] + self.days_in_week[rest]
        return usual + bisect_right(self.gained, day) - bisect_right(self.lost, day)

    def nth(self, number: int) -> int:
        """The day that is working day `number` in that count: the first for which `worked(day) >= number`."""
        per_week = self.days_in_week[7]
        low = max((number - len(self.gained)) * 7 // per_week - 7, 0)
        high = (number + len(self.lost)) * 7 // per_week + 14
        return bisect_left(range(high), number, low, key=self.worked)

    def time(self, day: int) -> int:
        """How much working time there is from the beginning of time up to and including `day`."""
        weeks, rest = divmod(day, 7)
        return weeks * self.time_in_week[7] + self.time_in_week[rest] + self.shifts[bisect_right(self.steps, day)]

    def day_at(self, amount: int) -> int:
        """The day on which that much working time is reached: the first for which `time(day) >= amount`."""
        per_week = self.time_in_week[7]
        low = max((amount - max(self.shifts)) * 7 // per_week - 7, 0)
        high = (amount - min(self.shifts)) * 7 // per_week + 14
        return bisect_left(range(high), amount, low, key=self.time)
