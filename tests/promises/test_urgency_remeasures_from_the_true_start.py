"""A changed urgency measures the running clocks anew, from the moment they really started."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.budget import parse
from domain.clock import Status
from domain.measure import add
from domain.vocabulary import Action, EscalationState
from tests.promises.ways import assigned, begun, due, entries, fired, kept, reading, start
from tests.support.house import House

pytestmark = pytest.mark.engine

HURRY = {"urgent": True, "reason": "影响企业停产"}


async def test_an_appeal_made_urgent_has_its_working_hour_from_its_submission(house: House) -> None:
    number = await house.submit()

    urgent = await house.act(number, "leader", "set_urgency", **HURRY)

    assert urgent.urgent
    assert start(urgent, "accept") == urgent.created_at
    assert due(urgent, "accept") == add(urgent.created_at, parse("1 working hour"), urgent.rules.calendar)


async def test_an_assigned_one_has_thirty_minutes_to_be_signed_from_its_assignment(house: House) -> None:
    number = await assigned(house)

    urgent = await house.act(number, "supervisor", "set_urgency", **HURRY)

    assert due(urgent, "sign") == start(urgent, "sign") + timedelta(minutes=30)
    assert due(urgent, "handle") == add(start(urgent, "handle"), parse("1 working day"), urgent.rules.calendar)


async def test_what_would_be_over_by_the_shorter_limit_is_over_and_called_for_at_once(house: House) -> None:
    number = await begun(house, kept(house, handle="24 hours", handle_urgent="3 hours"))
    accepted = await house.act(number, "window", "accept")
    await house.forward(number, hours=5)

    await house.act(number, "leader", "set_urgency", **HURRY)
    urgent = await house.forward(number, seconds=2)

    assert due(urgent, "handle") == start(accepted, "handle") + timedelta(hours=3)
    rungs = [(e.data["rung"], e.data["missed"]) for e in await fired(house, number, "handle")]
    assert rungs == [("75", True), ("90", True), ("100", False)]
    assert [(e.clock, e.state) for e in urgent.escalations] == [("handle", EscalationState.OPEN)]

    calm = await house.act(number, "leader", "set_urgency", urgent=False, reason="企业已恢复生产")
    assert due(calm, "handle") == start(accepted, "handle") + timedelta(hours=24)
    assert reading(calm, "handle").status is Status.RUNNING
    assert [e.state for e in calm.escalations] == [EscalationState.ENDED]
    assert len(await entries(house, number, Action.SET_URGENCY)) == 2
