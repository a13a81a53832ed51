"""Accepted within one working day; urgent ones within one working hour (*default*)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from domain.budget import Unit, parse
from domain.calendar import ZONE, Calendar
from domain.clock import Status
from domain.measure import add, between
from domain.vocabulary import Action, EscalationState, Stage
from tests.promises.ways import clock, due, entries, fired, reading, until, was_prompt
from tests.support.house import House

pytestmark = pytest.mark.engine


def worked_days_after(start: datetime, end: datetime, calendar: Calendar) -> int:
    return between(start, end, Unit.WORKING_DAYS, calendar)


async def test_an_appeal_is_accepted_within_one_working_day(house: House) -> None:
    number = await house.submit()
    appeal = await house.look(number)
    deadline = due(appeal, "accept")

    assert (clock(appeal, "accept").budget, clock(appeal, "accept").started_at) == ("1 working day", appeal.created_at)
    assert deadline.astimezone(ZONE).time() == time(17, 30)
    assert worked_days_after(appeal.created_at, deadline, appeal.rules.calendar) == 1
    assert worked_days_after(appeal.created_at, deadline - timedelta(seconds=1), appeal.rules.calendar) == 0

    await until(house, number, deadline - timedelta(minutes=1))
    assert await entries(house, number, Action.ESCALATE) == []
    in_time = await house.act(number, "window", "accept")
    assert (in_time.stage, reading(in_time, "accept").status) == (Stage.ASSIGN, Status.MET)
    assert not reading(in_time, "accept").late


async def test_an_urgent_one_within_one_working_hour_or_the_duty_officer_is_called(house: House) -> None:
    number = await house.submit(urgent=True)
    appeal = await house.look(number)
    deadline = due(appeal, "accept")
    assert deadline == add(appeal.created_at, parse("1 working hour"), appeal.rules.calendar)

    appeal = await until(house, number, deadline)

    rungs = await fired(house, number, "accept")
    assert [(e.action, e.data["rung"]) for e in rungs] == [
        (Action.RUNG, "75"),
        (Action.RUNG, "90"),
        (Action.ESCALATE, "100"),
    ]
    assert was_prompt(rungs[-1])
    assert [(e.owner_unit, e.owner) for e in appeal.escalations] == [("branch", "duty")]

    late = await house.act(number, "window", "accept")
    assert (reading(late, "accept").status, reading(late, "accept").late) == (Status.MET, True)
    assert [e.state for e in late.escalations] == [EscalationState.ENDED]


async def test_rejecting_or_transferring_it_meets_the_limit_as_well(house: House) -> None:
    rejected, handed_on = await house.submit(), await house.submit("non-police")

    closed = await house.act(
        rejected,
        "window",
        "reject",
        reason="不属于公安机关职责",
        legal_basis="《信访工作条例》",
        remedy="向市场监管部门反映",
    )
    gone = await house.act(handed_on, "window", "transfer", body="street-a", reason="属于街道职责")

    assert {reading(a, "accept").status for a in (closed, gone)} == {Status.MET}
