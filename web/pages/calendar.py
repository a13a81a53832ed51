"""The working calendar, for staff: a year of months with what is off and what is worked, and the timetables."""

from __future__ import annotations

from calendar import Calendar as Months
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from fastapi import Request
from starlette.responses import Response

from api.calendar_words import STATUS, days_said, hours_said, stretches
from api.deps import Ctx
from api.problems import Problem
from domain.calendar import ZONE
from storage.calendars import Calendars
from web.shell import page_router, view
from web.visitor import Staff

router = page_router()

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a month: ``off`` a holiday, ``work`` a make-up day, ``free`` a weekend, else nothing in particular."""

    number: int
    kind: str
    name: str
    is_today: bool


@router.get("/calendar")
async def read_calendar(request: Request, ctx: Ctx, _me: Staff, year: int = 0) -> Response:
    """One year; this one, if none is asked for."""
    calendars, today = ctx.catalogue.calendars, ctx.now().astimezone(ZONE).date()
    number = year or (today.year if today.year in calendars.years else max(calendars.years))
    found = calendars.years.get(number)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, "unknown-year", f"日历里没有{number}年")
    return view(
        request,
        "calendar.html",
        number=number,
        year=found,
        standing=STATUS[found.status],
        years=sorted(calendars.years),
        edition=calendars.version,
        months=[(month, _weeks(calendars, number, month, today)) for month in range(1, 13)],
        holidays=list(stretches(found)),
        timetables=[(t, days_said(t), hours_said(t)) for t in calendars.timetables],
    )


def _weeks(calendars: Calendars, year: int, month: int, today: date) -> list[list[Day | None]]:
    """The month by weeks from Monday; None for days of its neighbours."""
    flat = calendars.calendar()
    names, worked = dict(flat.names), frozenset(flat.workdays)
    return [
        [_day(day, names, worked, today) if day.month == month else None for day in week]
        for week in Months().monthdatescalendar(year, month)
    ]


def _day(day: date, names: dict[str, str], worked: frozenset[str], today: date) -> Day:
    said = day.isoformat()
    kind = "off" if said in names else "work" if said in worked else "free" if day.weekday() >= _SATURDAY else ""
    return Day(day.day, kind, names.get(said, "调休上班" if kind == "work" else ""), day == today)
