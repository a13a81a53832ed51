"""Who is on duty now and over a month, as it is answered and as calendars take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from icalendar import Calendar, Event

from api.context import Context
from api.deps import Caller
from api.duty import names, only_staff, unit_name, unit_of
from api.duty_bodies import Who, hole_view, shift_view
from api.problems import not_found, unprocessable
from domain.duty import Shift
from domain.errors import Fault
from domain.wall import ZONE, stamp
from storage.accounts import Accounts
from storage.watches import Watch, Watches

MOST: Final = timedelta(days=370)
_BACK, _AHEAD = timedelta(days=31), timedelta(days=180)
UNIT, PERSON = "calendar-unit", "calendar-person"
"""What a calendar's link is signed for."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a moment until another; left out, the day that is running and thirty more."""

    start: datetime | None
    end: datetime | None

    def of(self, now: datetime) -> tuple[datetime, datetime]:
        """Its edges. Raises a 422 for one that is none, or too long for a page."""
        today = now.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        start = self.start or (today if self.end is None else min(today, self.end - timedelta(days=1)))
        end = self.end or start + timedelta(days=31)
        if end <= start:
            raise unprocessable("bad-parameter", "结束须晚于开始", Fault("/until", "须晚于 from"))
        if end - start > MOST:
            raise unprocessable("bad-parameter", f"最多{MOST.days}天", Fault("/until", f"离 from 最多{MOST.days}天"))
        return start, end


async def now(ctx: Context, me: Caller, code: str, at: datetime | None) -> dict[str, Any]:
    """Who is on duty at that moment, substitutes and all."""
    unit, moment = unit_of(ctx, me, code), at or ctx.now()
    async with ctx.database.read() as r:
        watch, who = await Watches(r).at(unit.code, moment), await names(r)
    there = dict.fromkeys(person for shift in watch.shifts for person in shift.people)
    return {
        "unit": unit.code,
        "unit_name": unit.name,
        "phone": ctx.organisation.phone(unit.code) or None,
        "at": stamp(moment),
        "on_duty": [who(person) for person in there],
        "items": [shift_view(shift, who) for shift in watch.shifts],
        "holes": _holes(watch, who),
    }


async def month(ctx: Context, me: Caller, code: str, stretch: Stretch) -> dict[str, Any]:
    """Every shift of the stretch, whole, and the holes in it."""
    unit = unit_of(ctx, me, code)
    start, end = stretch.of(ctx.now())
    async with ctx.database.read() as r:
        watch, who = await Watches(r).between(unit.code, start, end), await names(r)
    return {
        "unit": unit.code,
        "unit_name": unit.name,
        "from": stamp(start),
        "until": stamp(end),
        "duties": list(watch.kept.roster.duties()),
        "items": [shift_view(shift, who) for shift in watch.shifts],
        "holes": _holes(watch, who),
    }


async def of_person(ctx: Context, me: Caller, code: str, stretch: Stretch) -> dict[str, Any]:
    """Every shift of one person in whichever unit, those too in which he stands in."""
    only_staff(me.actor)
    start, end = stretch.of(ctx.now())
    async with ctx.database.read() as r:
        account = await Accounts(r).get(code)
        if account is None:
            raise not_found("没有这个代码的民警，或您无权查看", "unknown-officer")
        watches, who = await Watches(r).all(start, end, code), await names(r)
    return {
        "account": account.code,
        "name": account.name,
        "from": stamp(start),
        "until": stamp(end),
        "items": [
            shift_view(shift, who)
            | {"unit": watch.kept.roster.unit, "unit_name": unit_name(ctx, watch.kept.roster.unit) or ""}
            for watch in watches
            for shift in watch.shifts
            if account.code in shift.people
        ],
    }


async def unit_calendar(ctx: Context, code: str) -> bytes:
    """The unit's duty for whatever program shows calendars, a month back and half a year ahead."""
    place = ctx.organisation.place(code)
    if place is None:
        raise not_found("没有这个单位", "unknown-unit")
    at = ctx.now()
    async with ctx.database.read() as r:
        watch, who = await Watches(r).between(code, at - _BACK, at + _AHEAD), await names(r)
    return _calendar(f"{place.name}值班", _events(watch, place.name, who), at)


async def person_calendar(ctx: Context, code: str) -> bytes:
    """One person's duty in every unit."""
    at = ctx.now()
    async with ctx.database.read() as r:
        account = await Accounts(r).get(code)
        if account is None:
            raise not_found("没有这个代码的民警", "unknown-officer")
        watches, who = await Watches(r).all(at - _BACK, at + _AHEAD, code), await names(r)
    events = [
        event for watch in watches for event in _events(watch, unit_name(ctx, watch.kept.roster.unit) or "", who, code)
    ]
    return _calendar(f"{account.name}值班", events, at)


def _holes(watch: Watch, who: Who) -> list[dict[str, Any]]:
    return [hole_view(hole, who) for hole in watch.holes]


def _calendar(name: str, events: Iterable[Event], at: datetime) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Appeal Loop//duty//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", ZONE.key)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for event in events:
        event.add("dtstamp", at)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _events(watch: Watch, unit: str, who: Who, only: str = "") -> Iterable[Event]:
    for shift in watch.shifts:
        if only and only not in shift.people:
            continue
        event = Event()
        event.add("uid", _uid(watch, shift))
        event.add("summary", f"{unit} {shift.duty}:{_people(shift, who)}")
        # In UTC: then no description of the zone has to travel along, and nothing can read it otherwise.
        event.add("dtstart", shift.starts_at.astimezone(UTC))
        event.add("dtend", shift.ends_at.astimezone(UTC))
        if changed := _changed(shift, who):
            event.add("description", changed)
        yield event


def _uid(watch: Watch, shift: Shift) -> str:
    """The same for the same piece of duty at every reading, so that a calendar changes it and does not double it."""
    key = f"{watch.kept.roster.unit}-{shift.duty}-{shift.starts_at.timestamp():.0f}"
    return f"{sha256(key.encode()).hexdigest()[:32]}@appeal-loop"


def _people(shift: Shift, who: Who) -> str:
    return "、".join(who(person)["name"] for person in shift.people) or "空岗"


def _changed(shift: Shift, who: Who) -> str:
    """Why it is not whoever's turn it was."""
    if shift.people == shift.planned:
        return ""
    planned = "、".join(who(person)["name"] for person in shift.planned)
    return f"原排班：{planned}" if planned else ""
