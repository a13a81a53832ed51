"""The month of duty: who is on, where nobody is; standing in, swapping, and taking in a table from Excel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from api import watching
from api.context import Context
from api.deps import Caller, Ctx
from api.duty import EVENTS, OVERRIDES, SWAPS, add_part, drop_part, etag, read_roster, unit_name, unit_of
from api.duty_coverage import look_ahead
from api.duty_import import Wanted, import_table
from api.duty_links import with_calendar
from api.handlers import told
from api.problems import Problem, not_found, problem_of, unprocessable
from api.uploading import too_large
from api.watching import PERSON, UNIT, Stretch
from domain.errors import Refusal
from domain.people import Place
from domain.vocabulary import UnitKind
from domain.wall import ZONE
from storage.accounts import Accounts
from storage.duty_people import DutyPeople
from web.month import day_of, midnight, month_of
from web.roster_forms import SAID, carried, uncarried
from web.shell import back, page_router, view
from web.visitor import Posted, Staff

router = page_router()
_PARTS: Final = {"overrides": OVERRIDES, "swaps": SWAPS, "temporary": EVENTS}
_DONE: Final = {"overrides": "已安排替班", "swaps": "已换班"}
_LARGEST: Final = 2 * 2**20
_AHEAD: Final = 30  # days
_MINE: Final = 5  # of the reader's own next shifts


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown of a unit: a month, a day of it, and what became of a form that was posted."""

    month: str = ""
    day: str = ""
    problem: Problem | None = None
    typed: FormData = field(default_factory=FormData)
    tried: dict[str, Any] | None = None


@router.get("/duty/roster")
async def roster(request: Request, ctx: Ctx, me: Staff, unit: str = "", month: str = "", day: str = "") -> Response:
    """The month, and a day of it in full."""
    return await _shown(request, ctx, me, _unit(ctx, me, unit), Asked(month, day))


@router.get("/duty/coverage")
async def coverage(request: Request, ctx: Ctx, me: Staff) -> Response:
    """What would go wrong in the next days, in every unit."""
    return view(request, "duty_coverage.html", found=await look_ahead(ctx, me, _AHEAD))


@router.post("/duty/roster/{unit}/import")
async def take_in(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str) -> Response:
    """A table from Excel: tried, then written as it was shown."""
    hand_over, really = str(form.get("hand_over", "")).strip(), "write" in form
    try:
        content = await _content(form)
        wanted = Wanted(_time(hand_over), not really, str(form.get("match", "*")) if really else "*")
        found = await import_table(ctx, me, unit, content, wanted)
    except (Problem, Refusal) as error:
        return await _again(request, ctx, me, unit, form, error)
    if really:
        return back(f"/duty/roster?unit={unit}&month={found['from'][:7]}", done="已导入值班表")
    tried = {**found, "match": etag(found["version"]), "hand_over": hand_over, "content": carried(content)}
    return await _shown(request, ctx, me, unit, Asked(str(found["from"])[:7], tried=tried))


@router.post("/duty/roster/{unit}/{part}")
async def add(request: Request, ctx: Ctx, me: Staff, form: Posted, unit: str, part: str) -> Response:
    """Somebody stands in, or two swap."""
    if part not in _DONE:
        raise not_found("没有这个页面", "unknown-part")
    try:
        await add_part(ctx, me, unit, "*", _PARTS[part], SAID[part](form))
    except (Problem, Refusal) as error:
        return await _again(request, ctx, me, unit, form, error)
    return back(_place(unit, form), done=_DONE[part])


@router.post("/duty/roster/{unit}/{part}/{id}/remove")
async def remove(
    request: Request,
    ctx: Ctx,
    me: Staff,
    form: Posted,
    unit: str,
    part: str,
    id: str,  # noqa: A002 - its name in the path
) -> Response:
    """Takes one of them back."""
    if part not in _PARTS:
        raise not_found("没有这个页面", "unknown-part")
    try:
        await drop_part(ctx, me, unit, "*", _PARTS[part], id)
    except (Problem, Refusal) as error:
        return await _again(request, ctx, me, unit, form, error)
    return back(_place(unit, form), done="已撤销")


async def _shown(request: Request, ctx: Context, me: Caller, unit: str, asked: Asked) -> Response:
    today = ctx.now().astimezone(ZONE).date()
    chosen = day_of(asked.day)
    page = month_of(asked.month or (f"{chosen:%Y-%m}" if chosen else ""), today)
    said = await watching.month(ctx, me, unit, Stretch(*map(midnight, page.edges)))
    kept, _ = await read_roster(ctx, me, unit)
    days = page.days(said["items"], said["holes"], today)
    return view(
        request,
        "duty_roster.html",
        asked.problem.status if asked.problem else HTTPStatus.OK,
        unit=unit,
        unit_name=said["unit_name"],
        units=_units(ctx),
        page=page,
        days=days,
        chosen=next((one for one in days if one.on == chosen), None),
        holes=said["holes"],
        shifts=said["items"],
        kept=kept,
        names={person["account"]: person["name"] for person in kept["people"]},
        people=await _people(ctx, unit_of(ctx, me, unit)) if kept["may_edit"] else [],
        mine=(await watching.of_person(ctx, me, me.account.code, Stretch(None, None)))["items"][:_MINE],
        calendars=_calendars(request, ctx, me, unit),
        asked=asked,
    )


def _units(ctx: Context) -> list[tuple[str, str]]:
    """Those that have duty: the house's own."""
    return [(e.unit.code, e.unit.name) for e in ctx.organisation.units() if e.unit.kind is not UnitKind.OUTSIDE]


def _calendars(request: Request, ctx: Context, me: Caller, unit: str) -> dict[str, str | None]:
    """The reader's own links for programs that show calendars."""
    kinds = {"mine": (PERSON, me.account.code), "unit": (UNIT, unit)}
    return {name: with_calendar(request, ctx, me, what, {})["links"]["calendar"] for name, what in kinds.items()}


async def _again(
    request: Request, ctx: Context, me: Caller, unit: str, form: FormData, error: Problem | Refusal
) -> Response:
    """The page once more, with what was wrong and what was typed."""
    problem = problem_of(error)
    await told(request, problem)
    asked = Asked(day=str(form.get("day", "")), problem=problem, typed=form)
    return await _shown(request, ctx, me, unit, asked)


async def _people(ctx: Context, unit: Place) -> list[tuple[str, str]]:
    """Those who can be on duty there: the unit's own first."""
    async with ctx.database.read() as r:
        accounts = await Accounts(r).all()
    fit = DutyPeople(unit, accounts, ctx.organisation)
    known = sorted((a for a in accounts if not fit.unfit(a.code)), key=lambda a: (a.unit != unit.code, a.unit, a.name))
    return [(a.code, f"{a.name}（{unit_name(ctx, a.unit)}）") for a in known]


async def _content(form: FormData) -> bytes:
    """The table: a file, or what the form of a trial carried on. Raises a 413 or 422 problem."""
    file = form.get("file")
    try:
        if isinstance(file, UploadFile) and file.size:
            if file.size > _LARGEST:
                raise too_large(_LARGEST // 2**20)
            return await file.read()
    finally:
        await form.close()
    if content := uncarried(str(form.get("content", ""))):
        return content
    raise unprocessable("attachment-empty", "请选择值班安排表（.xlsx 文件）")


def _time(text: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise unprocessable("bad-parameter", "交接班时间应为 08:30 这样的时刻") from None


def _unit(ctx: Context, me: Caller, asked: str) -> str:
    return asked or me.account.unit or ctx.organisation.units()[0].unit.code


def _place(unit: str, form: FormData) -> str:
    day = day_of(str(form.get("day", "")))
    return f"/duty/roster?unit={unit}" + (f"&day={day.isoformat()}#day" if day else "")
