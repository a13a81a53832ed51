"""A unit signs for what it is assigned or returns it with a reason; a return is timed and counted."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.budget import parse
from domain.clock import Status
from domain.errors import Conflict
from domain.measure import add
from domain.vocabulary import Action, EscalationState, Stage
from tests.promises.ways import accepted, assigned, due, entries, reading, refused, running, start, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_a_unit_signs_within_two_working_hours_or_its_people_are_called(house: House) -> None:
    number = await assigned(house)
    appeal = await house.look(number)
    deadline = due(appeal, "sign")
    assert deadline == add(start(appeal, "sign"), parse("2 working hours"), appeal.rules.calendar)

    late = await until(house, number, deadline)

    assert await told_of(house, number, "sign") == [
        ("75", "station-a", ("handler",)),
        ("90", "station-a", ("leader",)),
        ("100", "station-a", ("duty",)),
    ]
    assert [e.state for e in late.escalations] == [EscalationState.OPEN]
    taken = await house.act(number, "handler", "sign")
    assert (taken.stage, reading(taken, "sign").status, reading(taken, "sign").late) == (
        Stage.HANDLE,
        Status.MET,
        True,
    )
    assert [e.state for e in taken.escalations] == [EscalationState.ENDED]
    assert taken.assignment.officer is not None
    assert taken.assignment.officer.id == "handler"


async def test_an_urgent_one_within_thirty_minutes_of_day_or_night(house: House) -> None:
    appeal = await house.look(await assigned(house, urgent=True))
    assert due(appeal, "sign") == start(appeal, "sign") + timedelta(minutes=30)


async def test_two_returns_force_a_final_owner(house: House) -> None:
    number = await accepted(house)
    for nth, (who, unit) in enumerate((("handler", "station-a"), ("handler3", "station-b")), start=1):
        await house.act(number, "dispatcher", "assign", lead_unit=unit)
        returned = await house.act(number, who, "return_assignment", reason="不属本所辖区")
        assert (returned.stage, returned.lead, returned.assignment.returns) == (Stage.ASSIGN, None, nth)
        assert "sign" not in running(returned)

    bounced = await refused(house, number, "dispatcher", "assign", lead_unit="station-c")
    assert isinstance(bounced, Conflict)
    assert bounced.code == "final-owner-needed"
    named = await house.act(number, "supervisor", "name_final_owner", unit="station-a", reason="主要场所在甲所辖区")
    assert (named.lead and named.lead.code, named.assignment.final) == ("station-a", True)
    assert "sign" in running(named)
    assert (await refused(house, number, "handler", "return_assignment", reason="还是不属")).code == "final-owner"
    assert (await house.act(number, "handler", "sign")).stage is Stage.HANDLE
    reasons = [e.reason for e in await entries(house, number, Action.RETURN_ASSIGNMENT)]
    assert reasons == ["不属本所辖区", "不属本所辖区"]


async def test_returned_it_is_the_dispatchers_again_and_its_own_time_runs_on(house: House) -> None:
    number = await assigned(house)
    before = start(await house.look(number), "handle")

    returned = await house.act(number, "handler", "return_assignment", reason="不属本所辖区")

    assert (start(returned, "handle"), reading(returned, "handle").status) == (before, Status.RUNNING)
    again = await house.act(number, "dispatcher", "assign", lead_unit="station-b")
    assert (again.lead and again.lead.code, reading(again, "sign").status) == ("station-b", Status.RUNNING)
