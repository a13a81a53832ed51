"""A step inside the house counts by the hours of the unit that owes it: at the duty room day and night (ADR 0016)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from domain.calendar import ZONE
from domain.clock import due_at
from domain.journal import moment
from tests.promises.ways import begun, clock, fired, kept, start
from tests.support.house import House

pytestmark = pytest.mark.engine


async def submitted_last_night(house: House, first: str, service_hours: str = "") -> tuple[str, datetime]:
    """An urgent matter of that unit, submitted at eleven in the evening before the latest midnight; and when."""
    opening = kept(house, calendar=service_hours)
    unit = house.organisation.place(first)
    assert unit is not None
    midnight = datetime.combine(opening.created_at.astimezone(ZONE).date(), time(), ZONE)
    at = midnight - timedelta(hours=1)
    submission = replace(opening.submission, first_unit=unit, urgent=True)
    return await begun(house, replace(opening, submission=submission, created_at=at)), at


async def test_an_urgent_matter_at_the_duty_room_is_due_that_night(house: House) -> None:
    number, at = await submitted_last_night(house, "duty-room")
    appeal = await house.look(number)
    accept = clock(appeal, "accept")
    assert (accept.budget, accept.timetable) == ("1 working hour", "duty")
    assert due_at(accept, appeal.calendar_of(accept)) == at + timedelta(hours=1)
    # That midnight is behind us: it was called for, without waiting for anybody's morning.
    assert [e.data["rung"] for e in await fired(house, number, "accept")] == ["75", "90", "100"]


async def test_the_same_at_an_office_waits_for_the_office_to_open(house: House) -> None:
    number, at = await submitted_last_night(house, "branch")
    appeal = await house.look(number)
    accept = clock(appeal, "accept")
    assert (accept.budget, accept.timetable) == ("1 working hour", "")
    due = due_at(accept, appeal.calendar_of(accept))
    assert due is not None
    assert due.astimezone(ZONE).time() == time(9, 30)
    assert due - at >= timedelta(hours=10, minutes=30)
    by_night = [e for e in await fired(house, number, "accept") if e.data["due_at"] < moment(due - timedelta(hours=1))]
    assert by_night == []


async def test_a_matter_of_a_window_is_promised_by_the_window_s_hours(house: House) -> None:
    plain, _ = await submitted_last_night(house, "branch")
    number, _ = await submitted_last_night(house, "branch", "window")
    for one, timetable in ((plain, ""), (number, "window")):
        accepted = await house.act(one, "window", "accept")
        assert clock(accepted, "handle").timetable == timetable
        assert accepted.calendar_of(clock(accepted, "handle")).spans == spans(house, timetable)


def spans(house: House, timetable: str) -> tuple[tuple[str, str], ...]:
    """The hours that the catalogue gives a timetable."""
    rules = house.catalogue.rules_for("appeal-general")
    other = {known.code: known.spans for known in rules.timetables}
    return other.get(timetable, rules.calendar.spans)


async def test_a_limit_started_by_a_hand_over_counts_by_the_hours_of_the_unit_that_gets_it(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "accept")
    assigned = await house.act(number, "supervisor", "name_final_owner", unit="duty-room", reason="夜间接警")
    sign = clock(assigned, "sign")
    assert (sign.budget, sign.timetable) == ("2 working hours", "duty")
    # Two hours by the clock on the wall, whatever the hour and the day of the week.
    assert due_at(sign, assigned.calendar_of(sign)) == start(assigned, "sign") + timedelta(hours=2)
