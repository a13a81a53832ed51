"""The month of duty of a unit with everything that can be done about it, also when something of that was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import Response

from api import watching
from api.absences import absences_of_unit
from api.context import Context
from api.deps import Caller
from api.duty import etag, read_roster, unit_name, unit_of
from api.duty_links import with_calendar
from api.duty_names import written
from api.handlers import told
from api.problems import Problem, problem_of
from api.watching import PERSON, UNIT, Stretch
from domain.errors import Refusal
from domain.people import Place
from domain.vocabulary import UnitKind
from domain.wall import ZONE
from storage.accounts import Account, Accounts
from storage.duty_people import DutyPeople
from web.month import day_of, midnight, month_of
from web.roster_forms import field_of
from web.shell import view

_MINE: Final = 5  # of the reader's own next shifts
FORM: Final = "form"
"""The hidden field by which a page of many forms knows the one that was sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is shown of a unit: a month, a day of it, and what became of a form that was posted.

    ``prefix`` is where the form's own fields begin in the pointers of the problem.
    """

    month: str = ""
    day: str = ""
    problem: Problem | None = None
    typed: FormData = field(default_factory=FormData)
    tried: dict[str, Any] | None = None
    prefix: str = ""

    @property
    def form(self) -> str:
        """Which form was refused."""
        return str(self.typed.get(FORM, ""))

    @property
    def faults(self) -> dict[str, str]:
        """What is wrong, by field; under an empty name what is wrong with none of them."""
        found: dict[str, str] = {}
        for fault in self.problem.errors if self.problem else ():
            name = field_of(fault, self.prefix)
            found[name] = f"{found[name]}；{fault.detail}" if name in found else fault.detail
        return found


async def page_of(request: Request, ctx: Context, me: Caller, unit: str, asked: Asked) -> Response:
    """The page. Raises a 404 problem for a unit that there is not."""
    today = ctx.now().astimezone(ZONE).date()
    chosen = day_of(asked.day)
    page = month_of(asked.month or (f"{chosen:%Y-%m}" if chosen else ""), today)
    said = await watching.month(ctx, me, unit, Stretch(*map(midnight, page.edges)))
    kept, version = await read_roster(ctx, me, unit)
    days = page.days(said["items"], said["holes"], today)
    return view(
        request,
        "duty_roster.html",
        asked.problem.status if asked.problem else HTTPStatus.OK,
        unit=unit,
        unit_name=said["unit_name"],
        phone=ctx.organisation.phone(unit),
        units=_units(ctx),
        page=page,
        days=days,
        chosen=next((one for one in days if one.on == chosen), None),
        today=today,
        holes=said["holes"],
        shifts=said["items"],
        kept=kept,
        match=etag(version),
        names={person["account"]: person["name"] for person in kept["people"]},
        mine=(await watching.of_person(ctx, me, me.account.code, Stretch(None, None)))["items"][:_MINE],
        absences=await absences_of_unit(ctx, me, unit_of(ctx, me, unit)),
        calendars=_calendars(request, ctx, me, unit),
        asked=asked,
        **await _to_edit(ctx, unit_of(ctx, me, unit), kept),
    )


async def again(
    request: Request,
    ctx: Context,
    me: Caller,
    unit: str,
    form: FormData,
    error: Problem | Refusal,
    prefix: str = "",
) -> Response:
    """The page once more, with what was wrong and what was typed."""
    problem = problem_of(error)
    await told(request, problem)
    asked = Asked(day=str(form.get("day", "")), problem=problem, typed=form, prefix=prefix)
    return await page_of(request, ctx, me, unit, asked)


def place_of(unit: str, form: FormData) -> str:
    """Where a form stood: the unit's page, with the day that was open."""
    day = day_of(str(form.get("day", "")))
    return f"/duty/roster?unit={unit}" + (f"&day={day.isoformat()}#day" if day else "")


async def _to_edit(ctx: Context, unit: Place, kept: Mapping[str, Any]) -> dict[str, Any]:
    """What the forms offer, for whoever may use them."""
    if not kept["may_edit"]:
        return {"people": [], "officers": [], "orders": {}}
    async with ctx.database.read() as r:
        accounts = await Accounts(r).all()
    fit = DutyPeople(unit, accounts, ctx.organisation)
    known = sorted((a for a in accounts if not fit.unfit(a.code)), key=lambda a: (a.unit != unit.code, a.unit, a.name))
    return {
        "people": [(a.code, f"{a.name}（{unit_name(ctx, a.unit)}）") for a in known],
        "officers": [_choice(a) for a in known if a.unit == unit.code],
        "orders": {one["id"]: written(fit, one["order"]) for one in kept["rotations"]},
    }


def _choice(account: Account) -> tuple[str, str]:
    return account.code, account.name


def _units(ctx: Context) -> list[tuple[str, str]]:
    """Those that have duty: the house's own."""
    return [(e.unit.code, e.unit.name) for e in ctx.organisation.units() if e.unit.kind is not UnitKind.OUTSIDE]


def _calendars(request: Request, ctx: Context, me: Caller, unit: str) -> dict[str, str | None]:
    """The reader's own links for programs that show calendars."""
    kinds = {"mine": (PERSON, me.account.code), "unit": (UNIT, unit)}
    return {name: with_calendar(request, ctx, me, what, {})["links"]["calendar"] for name, what in kinds.items()}
