"""Two limits run side by side on one appeal: the promised one (承诺时限) and the statutory one (法定时限)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clock import Status
from domain.rules import Statutory
from domain.vocabulary import Action, EscalationState
from tests.promises.ways import APPROVED, ISSUED, SEEN, SPECIAL, begun, clock, due, fired, kept, reading, step, told_of
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_a_permit_has_both_each_with_its_own_end_and_the_law_named_with_its_mark(house: House) -> None:
    appeal = await house.look(await house.submit("hazmat-toxic-purchase"))
    promised, statutory = clock(appeal, "handle"), clock(appeal, "statutory")

    assert (promised.statutory, statutory.statutory) == (False, True)
    assert (promised.budget, statutory.budget) == ("24 hours", "3 working days")
    assert promised.started_at == statutory.started_at == appeal.created_at
    assert due(appeal, "handle") < due(appeal, "statutory")
    assert statutory.basis == "《危险化学品安全管理条例》第三十九条(2011-12-01起施行)(待核实)"


async def test_breaking_the_promise_does_not_touch_the_statutory_limit(house: House) -> None:
    number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(hours=25)))

    broken = await house.look(number)
    assert reading(broken, "handle").status is Status.BREACHED
    assert reading(broken, "statutory").status is Status.RUNNING
    assert [(e.clock, e.state) for e in broken.escalations] == [("handle", EscalationState.OPEN)]

    await step(house, number, "review", "complete")
    await step(house, number, "decide", "approve", APPROVED)
    issued = await step(house, number, "issue", "done", ISSUED)
    assert (reading(issued, "handle").status, reading(issued, "handle").late) == (Status.MET, True)
    assert (reading(issued, "statutory").status, reading(issued, "statutory").late) == (Status.MET, False)


async def test_a_statutory_breach_is_called_for_on_its_own(house: House) -> None:
    law = Statutory("26 hours", "《条例》第三十九条", "2011-12-01", verified=True)
    number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(hours=27), statutory=law))

    appeal = await house.look(number)

    assert "待核实" not in clock(appeal, "statutory").basis
    assert {e.clock for e in appeal.escalations} == {"handle", "statutory"}
    assert [e.data["rung"] for e in await fired(house, number, "statutory")] == ["75", "90", "100"]
    await house.forward(number, seconds=0)
    assert await told_of(house, number, "statutory") == [("100", "public-order", ("leader", "duty"))]


async def test_inspection_stops_the_statutory_limit_only_and_materials_stop_both(house: House) -> None:
    inspected = await house.submit("hazmat-toxic-purchase")
    declared = await step(house, inspected, "review", "special", SPECIAL)
    assert (reading(declared, "handle").status, reading(declared, "statutory").status) == (
        Status.RUNNING,
        Status.PAUSED,
    )
    seen = await step(house, inspected, "inspect", "done", SEEN)
    assert reading(seen, "statutory").status is Status.RUNNING

    owing = await house.submit("hazmat-toxic-purchase")
    asked = await step(house, owing, "review", "incomplete", {"items": ["购买用途说明"]})
    assert {reading(asked, name).status for name in ("handle", "statutory")} == {Status.PAUSED}
    brought = await house.act(owing, "enterprise", "supplement", items=["购买用途说明"])
    assert {reading(brought, name).status for name in ("handle", "statutory")} == {Status.RUNNING}


async def test_an_ordinary_appeal_has_no_limit_by_law(house: House) -> None:
    number = await house.submit()
    accepted = await house.act(number, "window", "accept")
    assert {c.name.value for c in accepted.clocks} == {"accept", "handle"}
    assert Action.RUNG not in {e.action for e in await house.journal(number)}
