"""Limits that end on a day or at a moment somebody names: when that is, and which of them may be named at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.act import moment_of_text
from domain.calendar import ZONE
from domain.errors import Fault
from domain.service import Service

#: Further ahead nothing is agreed; a slip of the pen is.
_FURTHEST = timedelta(days=3653)
_DATE = len("2026-01-01")


def end_of(said: object) -> datetime | None:
    """A moment as it stands, the end of a day; None for what is neither."""
    text = str(said)
    try:
        end = moment_of_text(text)
        return end.astimezone(UTC) + timedelta(days=len(text) == _DATE) if end.tzinfo else None
    except (ValueError, OverflowError):
        return None


def faults(service: Service, family: str, said: Mapping[str, Any], pointer: str, now: datetime) -> Iterator[Fault]:
    """What is said for a limit's end, and cannot be one: over already, more than ten years ahead, or no day at all.

    ``family`` are the facts that are said just now: ``form``, ``steps.book``.
    """
    ends = [limit.until for step in service.procedure.steps for limit in step.limits]
    for name in dict.fromkeys(end.removeprefix(f"{family}.") for end in ends if end.startswith(f"{family}.")):
        if name not in said:
            continue
        end = end_of(said[name])
        if end is None:
            yield Fault(f"{pointer}/{name}", "应为日期（如2026-10-08）或带时区的时间")
        elif not now < end <= now + _FURTHEST:
            latest = (now + _FURTHEST).astimezone(ZONE)
            yield Fault(f"{pointer}/{name}", f"不得早于当前时间，最晚到{latest:%Y-%m-%d}")
