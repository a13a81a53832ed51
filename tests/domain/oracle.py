"""The rules a second time, by brute force: a day is a row of seconds that are open or not, and days are walked in turn.

Shares no code with the domain. Random cases are drawn from a seed that says which they were.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from itertools import count
from random import Random

from domain.budget import Budget, Unit
from domain.calendar import Calendar
from tests.domain import walker
from tests.domain.walker import MIXED, SHANGHAI, shipped

DAY = 86_400
CALENDARS = (shipped(), shipped("window"), shipped("duty"), MIXED)
MIDNIGHT = datetime(2024, 1, 1, tzinfo=SHANGHAI)  # from which seconds are counted
NATURAL = bytes([1]) * DAY
NO_END = 10**12

LENGTHS = {Unit.SECONDS: 1, Unit.MINUTES: 60, Unit.HOURS: 3600, Unit.WORKING_HOURS: 3600}
LARGEST = {
    Unit.SECONDS: 200_000,
    Unit.MINUTES: 5_000,
    Unit.HOURS: 500,
    Unit.WORKING_HOURS: 200,
    Unit.NATURAL_DAYS: 70,
    Unit.WORKING_DAYS: 45,
    Unit.MONTHS: 14,
    Unit.END_OF_DAY: 1,
}

Pauses = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Case:
    """One question: in seconds from midnight of the first day. `until` is where the time gone by is asked."""

    calendar: Calendar
    budget: Budget
    start: int
    pauses: Pauses
    until: int
    statutory: bool


def moment(second: int) -> datetime:
    return MIDNIGHT + timedelta(seconds=second)


def cases(unit: Unit, number: int, seed: int) -> Iterator[Case]:
    """So many cases of a unit: half of them around the edges of days, with up to three pauses, one of them open."""
    random = Random(f"{unit}-{seed}")  # noqa: S311 - no secret
    for _ in range(number):
        start = _moment(random, 400, 900)
        pauses = [_pause(random, start) for _ in range(random.randrange(4))]
        yield Case(
            calendar=random.choice(CALENDARS),
            budget=Budget(random.randint(1, LARGEST[unit]), unit),
            start=start,
            pauses=tuple(pauses),
            until=start + random.randrange(-DAY, 40 * DAY),
            statutory=random.random() < 0.5,
        )


def _moment(random: Random, first: int, last: int) -> int:
    edges = (0, 5_400, 30_600, 32_400, 40_500, 43_200, 48_600, 63_000, 72_000)
    hour = random.choice(edges) + random.randint(-1, 1) if random.random() < 0.5 else random.randrange(DAY)
    return random.randrange(first, last) * DAY + hour


def _pause(random: Random, start: int) -> tuple[int, int]:
    day = start // DAY
    begun = _moment(random, day - 1, day + 30)
    if random.random() < 0.1:
        return begun, NO_END
    return begun, begun + random.choice((0, 1, 60, 3600, DAY, 9 * DAY, random.randrange(20 * DAY)))


def due(case: Case) -> int | None:
    """Where the budget is used up; None when an open pause stops it."""
    unit, number = case.budget.unit, case.budget.count
    if unit in LENGTHS:
        return _walk_seconds(case, number * LENGTHS[unit])
    if unit is Unit.END_OF_DAY:
        closes = ((day + 1) * DAY for day in count(case.start // DAY))
        return _last_open(case, closes, 1)
    first = case.start // DAY
    if unit is Unit.MONTHS:
        number = walker.days_of_months(_date(first), number)
    end = _last_open(case, _closes(case, first + 1), number)
    if end is None or not case.statutory or unit is Unit.WORKING_DAYS:
        return end
    day = (end - 1) // DAY
    if walker.works(case.calendar, _date(day)):
        return end
    later = ((n + 1) * DAY for n in count(day + 1) if walker.works(case.calendar, _date(n)))
    return _last_open(case, later, 1)


def gone_by(case: Case) -> int:
    """How much is used up at `until`, in the unit of the readings."""
    if case.budget.unit not in LENGTHS and case.budget.unit is not Unit.END_OF_DAY:
        closes = _closes(case, case.start // DAY + 1)
        open_closes = 0
        for close in closes:
            if close > case.until:
                return open_closes
            open_closes += not _held(close, case.pauses)
    last = case.until // DAY
    whole = sum(_open(_row(case, day)) for day in range(case.start // DAY, last))
    return whole + _row(case, last).count(1, 0, case.until - last * DAY)


def _walk_seconds(case: Case, left: int) -> int | None:
    never = min((begun for begun, ended in case.pauses if ended == NO_END), default=NO_END)
    for day in count(case.start // DAY):
        row = _row(case, day)
        open_seconds = _open(row)
        if open_seconds >= left:
            return day * DAY + _nth(row, left)
        left -= open_seconds
        if day * DAY > never:
            return None
    raise AssertionError("days end nowhere")


def _open(row: bytes | bytearray) -> int:
    return _counted(row) if isinstance(row, bytes) else row.count(1)


@cache
def _counted(row: bytes) -> int:
    return row.count(1)


def _nth(row: bytes | bytearray, left: int) -> int:
    """The end of the so-many-eth open second of a day."""
    place = 0
    while (open_seconds := row.count(1, place, place + 60)) < left:
        left, place = left - open_seconds, place + 60
    while True:
        left -= row[place]
        place += 1
        if not left:
            return place


def _row(case: Case, day: int) -> bytes | bytearray:
    """The seconds of a day that count: open, not paused, not before the start."""
    working = case.budget.unit is Unit.WORKING_HOURS
    row = _pattern(case.calendar, day) if working else NATURAL
    closed = [(a - day * DAY, b - day * DAY) for a, b in ((0, case.start), *case.pauses)]
    touching = [(max(0, a), min(DAY, b)) for a, b in closed if a < DAY and b > 0 and a < b]
    if not touching:
        return row
    copy = bytearray(row)
    for a, b in touching:
        copy[a:b] = bytes(b - a)
    return copy


@cache
def _pattern(calendar: Calendar, day: int) -> bytes:
    """A day second by second."""
    on = _date(day)
    if not walker.works(calendar, on):
        return bytes(DAY)
    return _seconds(walker.spans(calendar, on))


@cache
def _seconds(spans: tuple[tuple[str, str], ...]) -> bytes:
    edges = [(_second(start), _second(end)) for start, end in spans]
    return bytes(any(a <= second < b for a, b in edges) for second in range(DAY))


def _second(text: str) -> int:
    return int(text[:2]) * 3600 + int(text[3:]) * 60


def _closes(case: Case, first: int) -> Iterator[int]:
    """The closes that count, from a day on: the end of each natural day, or of each working day's last span."""
    for day in count(first):
        if case.budget.unit is not Unit.WORKING_DAYS:
            yield (day + 1) * DAY
        elif walker.works(case.calendar, _date(day)):
            yield day * DAY + _second(walker.spans(case.calendar, _date(day))[-1][1])


def _last_open(case: Case, closes: Iterator[int], number: int) -> int | None:
    """The close that is `number` in the row of those at which the clock runs."""
    never = min((begun for begun, ended in case.pauses if ended == NO_END), default=NO_END)
    for close in closes:
        if close >= never:
            return None
        number -= not _held(close, case.pauses)
        if not number:
            return close
    raise AssertionError("days end nowhere")


def _held(second: int, pauses: Pauses) -> bool:
    return any(a <= second < b for a, b in pauses)


@cache
def _date(day: int) -> date:
    return MIDNIGHT.date() + timedelta(days=day)
