"""Special circumstances (S1·7): an inspector is sent the same day, and all is finished within 48 hours."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from domain.calendar import ZONE
from domain.clock import Status
from domain.errors import Conflict
from domain.vocabulary import Action, EscalationState, Stage
from tests.promises.ways import (
    APPROVED,
    ISSUED,
    SEEN,
    SPECIAL,
    clock,
    due,
    fired,
    own_now,
    reading,
    refused,
    running,
    start,
    step,
    told_of,
    until,
)
from tests.support.house import House

pytestmark = pytest.mark.engine

QUARTER = timedelta(minutes=15)


async def an_application(house: House) -> str:
    """One on whose own clock the day has a quarter of an hour left at least."""
    number = await house.submit("hazmat-toxic-purchase")
    local = (await own_now(house, number)).astimezone(ZONE)
    if (local + QUARTER).date() != local.date():
        await house.forward(number, seconds=QUARTER.total_seconds())
    return number


def end_of_local_day(moment: datetime) -> datetime:
    return datetime.combine(moment.astimezone(ZONE).date() + timedelta(days=1), time(), ZONE)


async def test_declared_special_it_has_48_hours_from_the_application_and_an_inspection_the_same_day(
    house: House,
) -> None:
    number = await an_application(house)

    declared = await step(house, number, "review", "special", SPECIAL)

    assert clock(declared, "handle").budget == "48 hours"
    assert due(declared, "handle") == declared.created_at + timedelta(hours=48)
    assert due(declared, "inspection") == end_of_local_day(start(declared, "inspection"))
    (entry,) = [e for e in await house.journal(number) if e.action is Action.COMPLETE_STEP]
    assert entry.data["record"] == SPECIAL
    # Inspection time does not count against the statutory limit (Administrative Licensing Law, art. 45).
    assert reading(declared, "statutory").status is Status.PAUSED

    inspected = await step(house, number, "inspect", "done", SEEN)
    assert (reading(inspected, "inspection").status, reading(inspected, "inspection").late) == (Status.MET, False)
    assert reading(inspected, "statutory").status is Status.RUNNING
    await step(house, number, "decide", "approve", APPROVED)
    issued = await step(house, number, "issue", "done", ISSUED)
    assert (issued.stage, reading(issued, "handle").status, reading(issued, "handle").late) == (
        Stage.FEEDBACK,
        Status.MET,
        False,
    )


async def test_nothing_is_approved_without_an_inspection_record(house: House) -> None:
    number = await an_application(house)
    await step(house, number, "review", "special", SPECIAL)
    approve = {"step": "decide", "outcome": "approve", "record": APPROVED}

    refusal = await refused(house, number, "hazmat_leader", "complete_step", **approve)

    assert isinstance(refusal, Conflict)
    assert refusal.code == "step-required-first"
    await step(house, number, "inspect", "done", SEEN)
    await house.act(number, "hazmat_leader", "complete_step", **approve)
    # Nor twice.
    assert isinstance(await refused(house, number, "hazmat_leader", "complete_step", **approve), Conflict)


async def test_a_late_inspection_is_a_breach_with_an_escalation_and_not_a_dead_end(house: House) -> None:
    number = await an_application(house)
    declared = await step(house, number, "review", "special", SPECIAL)

    late = await until(house, number, due(declared, "inspection"))

    assert [(e.action, e.data["rung"]) for e in await fired(house, number, "inspection")] == [
        (Action.RUNG, "75"),
        (Action.RUNG, "90"),
        (Action.ESCALATE, "100"),
    ]
    assert (await told_of(house, number, "inspection"))[-1] == ("100", "public-order", ("leader", "duty"))
    assert [(e.clock, e.state) for e in late.escalations] == [("inspection", EscalationState.OPEN)]

    inspected = await step(house, number, "inspect", "done", SEEN)
    assert (reading(inspected, "inspection").status, reading(inspected, "inspection").late) == (Status.MET, True)
    assert [e.state for e in inspected.escalations] == [EscalationState.ENDED]
    await step(house, number, "decide", "approve", APPROVED)
    issued = await step(house, number, "issue", "done", ISSUED)
    assert (reading(issued, "handle").status, reading(issued, "handle").late) == (Status.MET, False)
    assert not running(issued) & {"handle", "inspection", "statutory"}
