"""Wall time: local time in Asia/Shanghai, counted as plain integers.

The zone has kept one offset (+08:00) since 1992, so local time can be added and subtracted: microseconds since the day
before 0001-01-01. A day is its date's ordinal.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
SECOND = 1_000_000
DAY = 86_400 * SECOND

_ORIGIN = datetime(1, 1, 1, tzinfo=ZONE)


def to_wall(moment: datetime) -> int:
    """Local microseconds of an aware moment. Raises `ValueError` for a naive one: no zone is ever guessed."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    # Two moments of the very same zone are subtracted, and below added, as local time.
    since = moment.astimezone(ZONE) - _ORIGIN
    return (since.days + 1) * DAY + since.seconds * SECOND + since.microseconds


def from_wall(wall: int) -> datetime:
    """The moment, in Asia/Shanghai, of local microseconds."""
    return _ORIGIN + timedelta(microseconds=wall - DAY)


def day_of(wall: int) -> int:
    """The day to which a wall time belongs; midnight belongs to the day it begins."""
    return wall // DAY


def weekday_of(day: int) -> int:
    """The ISO weekday of a day: ordinal 1 was a Monday."""
    return (day - 1) % 7 + 1


def stamp(at: datetime | None) -> str | None:
    """A moment as every answer writes it: RFC 3339 in Asia/Shanghai, to the millisecond."""
    return at.astimezone(ZONE).isoformat(timespec="milliseconds") if at else None
