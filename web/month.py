"""A month of duty as a calendar: weeks of days, with who is on and where nobody is. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.validation import YEARS
from domain.act import moment_of_text
from domain.wall import ZONE

_DAY = timedelta(days=1)
_NOON = time(12)


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the page's month, or of a week that it begins or ends in (``outside``)."""

    on: date
    outside: bool
    today: bool
    shifts: tuple[Mapping[str, Any], ...]
    holes: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Month:
    """A month and those beside it; ``days`` fill whole weeks from Monday on."""

    first: date

    @property
    def next(self) -> date:
        """The first day of the month after it."""
        return (self.first + timedelta(days=31)).replace(day=1)

    @property
    def before(self) -> date:
        """The first day of the month before it."""
        return (self.first - _DAY).replace(day=1)

    @property
    def edges(self) -> tuple[date, date]:
        """The Monday on which its first week begins, and the one after its last."""
        last = self.next - _DAY
        return self.first - timedelta(days=self.first.weekday()), last + timedelta(days=7 - last.weekday())

    def days(self, shifts: Sequence[Mapping[str, Any]], holes: Sequence[Mapping[str, Any]], today: date) -> list[Day]:
        """Its days, with what is said of duty (shifts and holes as the API answers them)."""
        start, end = self.edges
        every = (start + timedelta(days=n) for n in range((end - start).days))
        return [
            Day(
                day,
                day.month != self.first.month,
                day == today,
                tuple(shift for shift in shifts if is_of(shift, day)),
                tuple({**hole, "hours": hours(hole, day)} for hole in holes if touches(hole, day)),
            )
            for day in every
        ]


def month_of(text: str, today: date) -> Month:
    """The month that somebody asked for as 2026-11; this one for what is none."""
    return Month(day_of(f"{text}-01") or today.replace(day=1))


def day_of(text: str) -> date | None:
    """The day that somebody asked for, if it is one of our time: the days around it can be counted, too."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None


def midnight(day: date) -> datetime:
    """When a day begins."""
    return datetime.combine(day, time(), ZONE)


def is_of(shift: Mapping[str, Any], day: date) -> bool:
    """Whether people call it the day's shift: it begins then, or lasts over its noon."""
    begins, ends = _edges(shift)
    return begins.date() == day or begins <= datetime.combine(day, _NOON, ZONE) < ends


def touches(hole: Mapping[str, Any], day: date) -> bool:
    """Whether any of it lies in the day."""
    begins, ends = _edges(hole)
    return begins < midnight(day + _DAY) and ends > midnight(day)


def hours(hole: Mapping[str, Any], day: date) -> str:
    """The hours of the day in which nobody is there: 全天, 18:00–24:00."""
    begins, ends = _edges(hole)
    first, last = max(begins, midnight(day)), min(ends, midnight(day + _DAY))
    if last - first == _DAY:
        return "全天"
    return f"{first:%H:%M}–{'24:00' if last == midnight(day + _DAY) else f'{last:%H:%M}'}"


def _edges(said: Mapping[str, Any]) -> tuple[datetime, datetime]:
    begins, ends = (moment_of_text(said[name]).astimezone(ZONE) for name in ("from", "until"))
    return begins, ends
