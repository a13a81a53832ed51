"""Quiet hours (静默时段): what may wait is not sent in them, but when they end."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from functools import lru_cache

from domain.calendar import ZONE

_SPAN = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])")


class BadHours(ValueError):  # noqa: N818 - a finding of the catalogue's check
    """A text that names no hours."""


@lru_cache(16)
def hours_of(text: str) -> tuple[time, time] | None:
    """``22:00-07:00`` as from and until, in Asia/Shanghai, over midnight where it must; None when empty.

    Raises BadHours.
    """
    if not text:
        return None
    found = _SPAN.fullmatch(text)
    if not found:
        raise BadHours(f"must be HH:MM-HH:MM, not {text!r}")
    first, last = (time(int(found[n]), int(found[n + 1])) for n in (1, 3))
    if first == last:
        raise BadHours("must end at another hour than it begins")
    return first, last


def held_until(quiet: str, at: datetime) -> datetime:
    """When what may wait is sent: at once, or when the quiet hours end in which ``at`` lies."""
    hours = hours_of(quiet)
    if hours is None:
        return at
    first, last = hours
    local = at.astimezone(ZONE)
    clock = local.time()
    inside = first <= clock < last if first < last else clock >= first or clock < last
    if not inside:
        return at
    end = datetime.combine(local.date(), last, ZONE)
    return end if end > local else end + timedelta(days=1)
