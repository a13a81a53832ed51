"""A limit tried out: when it would end, and why. A plain form that anybody of the staff may play with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode

from anyio import to_thread
from fastapi import Request
from starlette.responses import Response

from api.context import Context
from api.deps import Ctx
from api.moments import moment_in_query
from api.preview import Trial, preview
from api.problems import Problem
from domain.budget import MOST, MOST_MONTHS, BadBudget, Unit
from domain.calendar import ZONE, Calendar, worked_by
from web.forms.moments import read_moment
from web.shell import page_router, view
from web.visitor import Staff

router = page_router()

UNITS: Final[Mapping[str, str]] = {
    "working days": "个工作日",
    "natural days": "个自然日",
    "working hours": "个工作小时",
    "hours": "小时",
    "minutes": "分钟",
    "months": "个月",
    "end of day": "当日24时前",
}
_BAD_COUNT: Final = f"时限多长，请填1至{MOST}的整数；以月计的，至多{MOST_MONTHS}个月"
_MINUTE: Final = len("2026-09-30T16:00")


@dataclass(frozen=True, slots=True)
class Asked:
    """What was filled in, as it stands in the form."""

    start: str
    count: str
    unit: str
    timetable: str = ""
    statutory: bool = False
    pause_from: str = ""
    pause_to: str = ""

    @property
    def budget(self) -> str:
        """In the grammar of budgets."""
        return self.unit if self.unit == Unit.END_OF_DAY.value else f"{self.count} {self.unit}"

    @property
    def query(self) -> str:
        """The address that asks it."""
        given = {
            name: getattr(self, name) for name in ("start", "count", "unit", "timetable", "pause_from", "pause_to")
        }
        law = {"statutory": "1"} if self.statutory else {}
        return urlencode({name: value for name, value in given.items() if value} | law)


EXAMPLES: Final = (
    ("国庆前一天下午受理，5个工作日", Asked("2026-09-30T16:00", "5", "working days")),
    ("危险化学品，24小时", Asked("2026-09-30T16:00", "24", "hours")),
    ("周五下班前交办，2个工作小时签收", Asked("2026-11-20T17:00", "2", "working hours")),
    ("当日现场勘验", Asked("2026-11-20T17:00", "1", "end of day")),
    ("一月底起1个月", Asked("2026-01-31T10:00", "1", "months")),
    ("法定30个自然日，末日遇节假日顺延", Asked("2026-09-03T10:00", "30", "natural days", statutory=True)),
    (
        "5个工作日，中间等待企业三天",
        Asked("2026-11-02T10:00", "5", "working days", pause_from="2026-11-03T09:00", pause_to="2026-11-06T09:00"),
    ),
    ("窗口时间，2个工作小时跨午间", Asked("2026-11-20T11:00", "2", "working hours", "window")),
)


@router.get("/clocks")
async def try_clock(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    ctx: Ctx,
    _me: Staff,
    start: str = "",
    count: str = "5",
    unit: str = "working days",
    timetable: str = "",
    statutory: str = "",
    pause_from: str = "",
    pause_to: str = "",
) -> Response:
    """The form, and what came of it once it was filled in."""
    asked = Asked(
        start[:_MINUTE], count[:6].strip(), unit, timetable, bool(statutory), pause_from[:_MINUTE], pause_to[:_MINUTE]
    )
    result, fault = None, ""
    if start:
        try:
            # Long limits explain themselves at length; that must not hold up everybody else.
            result = await to_thread.run_sync(_tried, asked, _calendar(ctx, timetable))
        except Problem as problem:
            fault = _BAD_COUNT if problem.code == BadBudget("").code else problem.detail
    else:
        asked = Asked(ctx.now().astimezone(ZONE).isoformat()[:_MINUTE], asked.count, asked.unit)
    given: dict[str, Any] = {"units": UNITS, "timetables": ctx.catalogue.calendars.timetables, "examples": EXAMPLES}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.OK
    return view(request, "clocks.html", status, asked=asked, result=result, fault=fault, **given)


def _calendar(ctx: Context, code: str) -> Calendar:
    """The days of the calendar in these hours."""
    calendars = ctx.catalogue.calendars
    found = next((t for t in calendars.others if t.code == code), None)
    return worked_by(ctx.catalogue.calendar, found) if found else ctx.catalogue.calendar


def _tried(asked: Asked, calendar: Calendar) -> dict[str, Any]:
    """Raises a 422 problem in words."""
    if asked.unit not in UNITS:
        raise _wrong("请选择时长的单位")
    pauses = (
        (f"{read_moment(asked.pause_from)}/{read_moment(asked.pause_to)}",)
        if asked.pause_from or asked.pause_to
        else ()
    )
    return preview(Trial(_moment(asked.start), asked.budget, pauses, statutory=asked.statutory), calendar)


def _moment(text: str) -> datetime:
    try:
        return moment_in_query(read_moment(text))
    except ValueError:
        raise _wrong("起算时刻应写作 2026-09-30T16:00（北京时间）") from None


def _wrong(detail: str) -> Problem:
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-request", detail)
