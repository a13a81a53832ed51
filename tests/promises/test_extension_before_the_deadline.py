"""延期: asked for before the deadline, once a round; a leader grants up to a week, a supervisor more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clock import Status
from domain.errors import Conflict, Forbidden, Invalid
from domain.vocabulary import Action, EscalationState
from tests.promises.ways import begun, clock, due, entries, fired, kept, reading, refused, signed, until
from tests.support.house import House

pytestmark = pytest.mark.engine

SIX_HOURS = {"budget": "6 hours", "reason": "需外调核实", "legal_basis": "《行政许可法》第四十二条"}


async def test_a_leader_grants_up_to_a_week_and_the_deadline_moves_by_exactly_so_much(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    asked = await house.act(number, "hazmat_handler", "request_extension", **SIX_HOURS)
    # Asking alone moves nothing.
    assert due(asked, "handle") == asked.created_at + timedelta(hours=24)

    granted = await house.act(number, "hazmat_leader", "decide_extension", granted=True)

    assert due(granted, "handle") == granted.created_at + timedelta(hours=30)
    (extension,) = clock(granted, "handle").extensions
    assert (extension.budget, extension.reason, extension.actor) == ("6 hours", "需外调核实", "hazmat_leader")
    (request,) = await entries(house, number, Action.REQUEST_EXTENSION)
    assert request.data["legal_basis"] == SIX_HOURS["legal_basis"]
    # Once in a round.
    again = await refused(house, number, "hazmat_handler", "request_extension", **SIX_HOURS)
    assert isinstance(again, Conflict)
    assert again.code == "extension-once"


async def test_warnings_that_lie_ahead_again_are_given_again(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    begun_at = (await house.look(number)).created_at
    await until(house, number, begun_at + timedelta(hours=18))
    await house.act(number, "hazmat_handler", "request_extension", **SIX_HOURS)
    await house.act(number, "hazmat_leader", "decide_extension", granted=True)

    await until(house, number, begun_at + timedelta(hours=22.5))

    rungs = await fired(house, number, "handle")
    assert [e.data["rung"] for e in rungs] == ["75", "75"]
    assert all(
        timedelta() <= e.at - begun_at - timedelta(hours=30 * 0.75 if n else 18) < timedelta(minutes=1)
        for n, e in enumerate(rungs)
    )


async def test_beyond_a_week_it_takes_a_supervisor(house: House) -> None:
    number = await signed(house)
    before = due(await house.look(number), "handle")
    await house.act(
        number, "handler", "request_extension", budget="30 natural days", reason="需多部门会商", legal_basis="内部规定"
    )

    beyond = await refused(house, number, "leader", "decide_extension", granted=True)
    assert isinstance(beyond, Forbidden)
    assert beyond.code == "beyond-authority"
    granted = await house.act(number, "supervisor", "decide_extension", granted=True)

    assert due(granted, "handle") >= before + timedelta(days=30)


async def test_a_refusal_needs_its_reason_and_moves_nothing(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    await house.act(number, "hazmat_handler", "request_extension", **SIX_HOURS)

    silent = await refused(house, number, "hazmat_leader", "decide_extension", granted=False)
    assert isinstance(silent, Invalid)
    denied = await house.act(number, "hazmat_leader", "decide_extension", granted=False, reason="材料已齐")

    assert due(denied, "handle") == denied.created_at + timedelta(hours=24)
    again = await refused(house, number, "hazmat_handler", "request_extension", **SIX_HOURS)
    assert again.code == "extension-once"


async def test_after_the_deadline_it_is_too_late_to_ask(house: House) -> None:
    number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(hours=25)))

    late = await refused(house, number, "hazmat_handler", "request_extension", **SIX_HOURS)

    assert isinstance(late, Conflict)
    assert late.code == "deadline-passed"


async def test_asked_in_time_but_not_decided_it_is_not_granted_after_the_deadline(house: House) -> None:
    number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(hours=23, minutes=50)))
    await house.act(number, "hazmat_handler", "request_extension", **SIX_HOURS)
    late = await until(house, number, due(await house.look(number), "handle"))
    assert [e.state for e in late.escalations] == [EscalationState.OPEN]

    refusal = await refused(house, number, "hazmat_leader", "decide_extension", granted=True)
    assert isinstance(refusal, Conflict)
    assert refusal.code == "deadline-passed"

    denied = await house.act(number, "hazmat_leader", "decide_extension", granted=False, reason="未及时审批")
    assert reading(denied, "handle").status is Status.BREACHED
    assert [e.state for e in denied.escalations] == [EscalationState.OPEN]
