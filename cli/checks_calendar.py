"""The doctor's look at the calendar: holes, and a year that should have been announced."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from cli.checks import Finding, Level
from domain.calendar import ZONE
from runtime.settings import Settings


def today() -> date:
    """The day of the people who are waited for."""
    return datetime.now(ZONE).date()


def calendar(settings: Settings) -> Iterator[Finding]:
    """The calendar can be read, has no holes, and knows this year and, late in the year, the next."""
    from storage.calendar_check import faults, warnings
    from storage.calendars import load_calendars

    calendars = load_calendars(settings.catalogue_dir)
    found = faults(calendars)
    missed = warnings(calendars, today())
    for fault in found:
        yield Finding(Level.FAIL, f"工作日历：{fault}", "改正后运行：appeals calendar check")
    for warning in missed:
        yield Finding(Level.WARN, f"工作日历：{warning}", "appeals calendar import FILE --notice … --write")
    if not found and not missed:
        yield Finding(Level.OK, f"工作日历 {calendars.version}，已公布至 {max(calendars.calendar().announced)} 年")
