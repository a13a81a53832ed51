"""Moments and stretches of time, between what a form shows and what a body holds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Final

from domain.budget import BadBudget, parse
from web.forms.shape import UNITS

#: The offset that we write; the zone itself once had others.
_BEIJING: Final = timezone(timedelta(hours=8))
_LOCAL: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_COUNT: Final = re.compile(r"[1-9]\d{0,5}", re.ASCII)
_MINUTE: Final = len("2026-11-22T09:30")


def is_day(text: str) -> bool:
    """Whether a browser's date field can show it."""
    if not _DAY.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def shown_moment(text: str) -> str | None:
    """A moment as a browser's field shows it, in Beijing time; None for what is none."""
    try:
        at = datetime.fromisoformat(text)
        there = at.astimezone(_BEIJING) if at.tzinfo else at
    except (ValueError, OverflowError):
        return None
    if "T" not in text.upper():
        return None
    # Seconds are shown where there are any.
    local = there.replace(tzinfo=None)
    return local.isoformat(timespec="minutes" if not (local.second or local.microsecond) else "auto")


def read_moment(text: str) -> str:
    """What such a field posts, with Beijing's offset; what it is not is left as it is."""
    if not _LOCAL.fullmatch(text):
        return text
    seconds = ":00" if len(text) == _MINUTE else ""
    return f"{text}{seconds}+08:00"


def shown_budget(text: str) -> tuple[str, str]:
    """How many, and of what; of a text that is no stretch of time, the text."""
    try:
        budget = parse(text)
    except BadBudget:
        return text, ""
    unit = budget.unit.value
    return (str(budget.count), unit) if unit in UNITS else (text, "")


def read_budget(count: str, unit: str) -> str:
    """So many of these; a text that says it all by itself, or makes no sense, is left as it is."""
    if not _COUNT.fullmatch(count) or unit not in UNITS:
        return count
    return f"{count} {unit.removesuffix('s') if count == '1' else unit}"
