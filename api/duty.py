"""Duty rosters: who may read and change them, and what makes sense of what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from api.context import Context
from api.deps import Caller
from api.duty_bodies import Who, new_id, override_of, override_view, roster_of, roster_view, swap_view, temporary_of
from api.duty_bodies import temporary_view as event_view
from api.permissions import DUTY, EDIT_DUTY
from api.problems import Problem, not_found, unprocessable
from api.rights import Subject
from api.schemas.duty import OVERRIDE, ROSTER, SWAP, TEMPORARY
from api.validation import check
from domain.duty import holding
from domain.duty_checks import Flaw, flaws, lately, live_swaps
from domain.errors import Fault
from domain.people import Actor, Place
from domain.roster import Roster, Swap, Turn
from domain.schemas import Schema
from domain.wall import stamp, to_wall
from domain.wording import local_minute
from storage.accounts import Accounts
from storage.database import Read, Write
from storage.duty_people import DutyPeople
from storage.rosters import Kept, Rosters, RostersWriter, StaleRoster

Body = Mapping[str, Any]
KEPT: Final = timedelta(days=400)
"""So long a roster says what has been; after that the audit log does."""


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of part that is added and taken away by itself: where it stands in a roster, and how it is read."""

    name: str
    schema: Schema
    read: Callable[[Roster, Body], Any]
    view: Callable[[Roster, Any], dict[str, Any]]
    missing: str


def unit_of(ctx: Context, me: Caller, code: str) -> Place:
    """The unit whose duty somebody of the house asks about. Raises a 404 or 403 problem."""
    place = ctx.organisation.place(code)
    if place is None:
        raise not_found("没有这个单位", "unknown-unit")
    only_staff(me.actor)
    return place


def only_staff(actor: Actor) -> None:
    """Rosters are for the house alone. Raises a 403."""
    DUTY.demand(actor)


async def names(r: Read) -> Who:
    """Accounts with their names; also of those that are closed, as far as a roster still knows them."""
    known = await Accounts(r).names()
    return lambda code: {"account": code, "name": known.get(code, code)}


async def read_roster(ctx: Context, me: Caller, code: str) -> tuple[dict[str, Any], int]:
    """The unit's roster, and its version."""
    unit = unit_of(ctx, me, code)
    async with ctx.database.read() as r:
        kept = await Rosters(r).of(unit.code)
        return await _view(ctx, r, me, unit, kept), kept.version


async def write_roster(ctx: Context, me: Caller, code: str, match: str, body: Body) -> tuple[dict[str, Any], int]:
    """This is the whole roster from here on. Raises a problem."""
    unit = unit_of(ctx, me, code)
    check(ROSTER, body)
    async with ctx.database.write() as w:
        before = await opened(ctx, w, me, unit, match)
        roster = roster_of(unit.code, body)
        await refuse(ctx, w, unit, roster, before.roster)
        kept = await save(ctx, w, me, before, roster, "roster-set")
        return await _view(ctx, w, me, unit, kept), kept.version


async def add_part(
    ctx: Context, me: Caller, code: str, match: str, part: Part, body: Body
) -> tuple[dict[str, Any], int, bool]:
    """The part as it was kept, the roster's version, and whether it is new: the same one again is kept once."""
    unit = unit_of(ctx, me, code)
    check(part.schema, body)
    async with ctx.database.write() as w:
        before = await opened(ctx, w, me, unit, match)
        known = getattr(before.roster, part.name)
        wanted = part.read(before.roster, body)
        if same := next((one for one in known if replace(one, id=wanted.id) == wanted), None):
            return part.view(before.roster, same), before.version, False
        roster = _with(before.roster, part, (*known, wanted))
        await refuse(ctx, w, unit, roster, before.roster, f"/{part.name}/{len(known)}")
        kept = await save(ctx, w, me, before, roster, f"{part.missing}-added")
        return part.view(roster, wanted), kept.version, True


async def drop_part(ctx: Context, me: Caller, code: str, match: str, part: Part, id_: str) -> int:
    """Without this part; the roster's version then. Raises a problem."""
    unit = unit_of(ctx, me, code)
    async with ctx.database.write() as w:
        before = await opened(ctx, w, me, unit, match)
        known = getattr(before.roster, part.name)
        left = tuple(one for one in known if one.id != id_)
        if left == known:
            raise not_found("没有这一条，可能已被撤销", f"unknown-{part.missing}")
        roster = _with(before.roster, part, left)
        if live_swaps(roster) != roster.swaps:
            raise Problem(HTTPStatus.CONFLICT, "swap-in-use", "后来的换班以此为前提，请先撤销后来的换班")
        return (await save(ctx, w, me, before, roster, f"{part.missing}-removed")).version


async def refuse(ctx: Context, r: Read, unit: Place, roster: Roster, before: Roster, only: str = "") -> None:
    """Raises a 422 with everything that is wrong; ``only`` what is wrong with one part, pointed at from within it."""
    people = DutyPeople(unit, await Accounts(r).all(), ctx.organisation)
    found = [flaw for flaw in flaws(roster, before, people.unfit) if _within(flaw, only)]
    if found:
        faults = [Fault(flaw.fault.pointer.removeprefix(only), flaw.fault.detail) for flaw in found]
        raise unprocessable(found[0].code, faults[0].detail, *faults[:100])


async def save(ctx: Context, w: Write, me: Caller, before: Kept, roster: Roster, done: str) -> Kept:
    """Keep it, and who changed it. Raises a 412 problem when somebody else was first."""
    kept = lately(roster, ctx.now() - KEPT)
    try:
        return await RostersWriter(w).save(before, kept, done, me.account.code, ctx.now(), me.request_id)
    except StaleRoster:
        raise await _stale(w, await Rosters(w).of(roster.unit)) from None


def may_edit(me: Caller, unit: Place) -> bool:
    """An administrator, or a leader of the unit or of one above."""
    return EDIT_DUTY.allows(me.actor, Subject(place=unit))


async def opened(ctx: Context, w: Write, me: Caller, unit: Place, match: str) -> Kept:
    """The roster as it is before a change; ``match`` is If-Match. Raises a 403 problem that says who may, or a 412."""
    if not may_edit(me, unit):
        editors = DutyPeople(unit, await Accounts(w).all(), ctx.organisation).editors()
        may = [{"account": one.code, "name": one.name, "unit": one.unit} for one in editors]
        those = f"（如{'、'.join(one.name for one in editors)}）" if editors else ""
        detail = f"只有管理员，以及{unit.name}或其上级单位的领导{those}可以编排其值班表"
        raise Problem(HTTPStatus.FORBIDDEN, "forbidden", detail, more={"may_edit": may})
    kept = await Rosters(w).of(unit.code)
    wanted = [tag.strip().removeprefix("W/") for tag in match.split(",")]
    if "*" not in wanted and etag(kept.version) not in wanted:
        raise await _stale(w, kept)
    return kept


async def _stale(r: Read, kept: Kept) -> Problem:
    who = (await names(r))(kept.changed_by)["name"] if kept.changed_by else "他人"
    when = local_minute(kept.changed_at).chinese if kept.changed_at else "刚才"
    detail = f"值班表已由{who}于{when}改过（现为第{kept.version}版），您的修改没有保存；请重新读取后再改"
    more = {"version": kept.version}
    headers = {"ETag": etag(kept.version)}
    return Problem(HTTPStatus.PRECONDITION_FAILED, StaleRoster.code, detail, more=more, headers=headers)


def etag(version: int) -> str:
    """The version as HTTP has it."""
    return f'"{version}"'


async def _view(ctx: Context, r: Read, me: Caller, unit: Place, kept: Kept) -> dict[str, Any]:
    who = await names(r)
    active = {account.code: account for account in await Accounts(r).all()}
    roster = kept.roster
    codes = sorted(roster.people())
    return {
        "unit": unit.code,
        "unit_name": unit.name,
        "version": kept.version,
        "changed_at": stamp(kept.changed_at),
        "changed_by": who(kept.changed_by) if kept.changed_by else None,
        "may_edit": may_edit(me, unit),
        **roster_view(roster),
        "people": [
            {
                **who(code),
                "unit": active[code].unit if code in active else None,
                "unit_name": unit_name(ctx, active[code].unit) if code in active else None,
                "active": code in active,
            }
            for code in codes
        ],
        "links": {
            "now": f"/v1/duty/{unit.code}/now",
            "shifts": f"/v1/duty/{unit.code}/shifts",
            "calendar": None,
        },
    }


def unit_name(ctx: Context, code: str | None) -> str | None:
    """What people call it."""
    place = ctx.organisation.place(code) if code else None
    return place.name if place else None


def _with(roster: Roster, part: Part, parts: tuple[Any, ...]) -> Roster:
    changed: dict[str, Any] = {part.name: parts}
    return replace(roster, **changed)


def _within(flaw: Flaw, only: str) -> bool:
    return not only or flaw.fault.pointer.startswith(f"{only}/")


def _swap_of(roster: Roster, said: Body) -> Swap:
    """The swap of the shifts that somebody pointed at. Raises a 422 for one that there is not."""
    duty = said["duty"]
    first, second = (_turn(roster, duty, side, said[side]) for side in ("first", "second"))
    return Swap(new_id(), duty, first, second)


def _turn(roster: Roster, duty: str, side: str, said: Body) -> Turn:
    wall = to_wall(datetime.fromisoformat(said["at"]))
    rotation = holding(roster, duty, wall)
    if rotation is None:
        fault = Fault(f"/{side}/at", f"这一时刻没有“{duty}”的班次")
        raise unprocessable("unknown-shift", fault.detail, fault)
    return Turn(rotation.id, rotation.number_at(wall), said["person"])


OVERRIDES: Final = Part(
    "overrides", OVERRIDE, lambda _, said: override_of(said), lambda _, one: override_view(one), "override"
)
EVENTS: Final = Part(
    "temporary", TEMPORARY, lambda _, said: temporary_of(said), lambda _, one: event_view(one), "temporary"
)
SWAPS: Final = Part("swaps", SWAP, _swap_of, swap_view, "swap")
