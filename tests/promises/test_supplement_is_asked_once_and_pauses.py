"""一次性告知: what is missing is asked for once and completely; the clock stands still while the enterprise owes it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clock import Status
from domain.vocabulary import Action, Outcome, Stage
from domain.vocabulary import Status as Waits
from tests.promises.ways import clock, due, entries, fired, reading, refused, running, signed, step, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine

MISSING = {"items": ["拟购买品种、数量的说明", "购买用途说明"], "reason": "缺两份说明"}


async def test_a_missing_material_is_asked_for_once_in_a_stage(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "request_supplement", items=["营业执照", "委托书"], reason="缺两份材料")
    again = {"items": ["身份证"], "reason": "还缺一份"}

    assert (await refused(house, number, "window", "request_supplement", **again)).code == "supplement-pending"
    await house.act(number, "enterprise", "supplement", items=["营业执照", "委托书"])
    assert (await refused(house, number, "window", "request_supplement", **again)).code == "supplement-already-asked"

    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    await house.act(number, "handler", "sign")
    # Another stage may ask for what only it needs, once again.
    await house.act(number, "handler", "request_supplement", items=["现场照片"])
    await house.act(number, "window", "supplement", items=["现场照片"])
    assert (await refused(house, number, "handler", "request_supplement", **again)).code == "supplement-already-asked"


async def test_asked_for_at_acceptance_it_pauses_the_accept_clock(house: House) -> None:
    number = await house.submit()

    asked = await house.act(number, "window", "request_supplement", items=["委托书"])

    assert (asked.status, reading(asked, "accept").status) == (Waits.WAITING_ENTERPRISE, Status.PAUSED)
    assert (clock(asked, "supplement").budget, reading(asked, "supplement").status) == (
        "5 working days",
        Status.RUNNING,
    )
    brought = await house.act(number, "enterprise", "supplement", items=["委托书"])
    assert (brought.status, reading(brought, "accept").status) == (Waits.OPEN, Status.RUNNING)
    assert reading(brought, "supplement").status is Status.MET


async def test_a_permits_24_hours_stand_still_exactly_as_long_as_the_enterprise_owes_something(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    asked = await step(house, number, "review", "incomplete", MISSING)
    assert {reading(asked, "handle").status, reading(asked, "statutory").status} == {Status.PAUSED}
    decide_now = {"step": "review", "outcome": "complete", "record": {}}
    assert (await refused(house, number, "hazmat_handler", "complete_step", **decide_now)).code == "supplement-pending"

    await house.forward(number, hours=30)
    brought = await house.act(number, "enterprise", "supplement", items=MISSING["items"])

    (pause,) = clock(brought, "handle").pauses
    assert pause.ended_at is not None
    assert (pause.cause, pause.actor) == ("supplement", "hazmat_handler")
    owed = pause.ended_at - pause.started_at
    assert owed >= timedelta(hours=30)
    assert due(brought, "handle") == brought.created_at + timedelta(hours=24) + owed
    assert await fired(house, number, "handle") == []
    second = {"step": "review", "outcome": "incomplete", "record": MISSING}
    assert (
        await refused(house, number, "hazmat_handler", "complete_step", **second)
    ).code == "supplement-already-asked"
    await step(house, number, "review", "complete")


async def test_asked_for_while_handling_and_never_brought_it_closes_as_withdrawn(house: House) -> None:
    number = await signed(house)
    asked = await house.act(number, "handler", "request_supplement", items=["现场照片"])
    assert reading(asked, "handle").status is Status.PAUSED

    closed = await until(house, number, due(asked, "supplement"))

    assert (closed.stage, closed.outcome) == (Stage.CLOSED, Outcome.WITHDRAWN)
    (lapse,) = await entries(house, number, Action.LAPSE)
    assert (lapse.reason, lapse.actor.role) == ("supplement_expired", "system")
    # It reminded the enterprise, told it of the end, and escalated to nobody.
    assert await told_of(house, number, "supplement") == [
        ("75", "station-a", ("enterprise",)),
        ("100", "station-a", ("enterprise",)),
    ]
    assert await entries(house, number, Action.ESCALATE) == []
    assert running(closed) == set()
