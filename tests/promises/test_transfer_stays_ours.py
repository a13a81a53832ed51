"""首接负责制 (S2): what is not the police's is handed on, and stays ours to chase until somebody has answered."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.view import render
from domain.vocabulary import EscalationState, Outcome, Stage
from domain.vocabulary import Status as Waits
from tests.promises.ways import clock, due, own_now, reading, refused, signed, told_of, transferred, until
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_it_waits_for_the_other_side_with_two_clocks_while_its_own_stands_still(house: House) -> None:
    appeal = await house.look(await transferred(house))

    assert (appeal.stage, appeal.status) == (Stage.HANDLE, Waits.WAITING_OUTSIDE)
    assert [(t.body.code, t.is_open) for t in appeal.transfers] == [("hotline-12345", True)]
    assert (clock(appeal, "transfer_receipt").budget, clock(appeal, "transfer_reply").budget) == (
        "1 working day",
        "10 working days",
    )
    assert reading(appeal, "handle").status is Status.PAUSED


async def test_a_body_that_does_not_sign_is_chased_by_whoever_received_it_first(house: House) -> None:
    number = await transferred(house)

    silent = await until(house, number, due(await house.look(number), "transfer_receipt"))

    assert await told_of(house, number, "transfer_receipt") == [
        ("75", "branch", ("handler",)),
        ("90", "branch", ("leader",)),
        ("100", "branch", ("duty",)),
    ]
    assert [e.state for e in silent.escalations] == [EscalationState.OPEN]
    received = await house.act(number, "system", "transfer_receipt")
    assert (reading(received, "transfer_receipt").status, reading(received, "transfer_receipt").late) == (
        Status.MET,
        True,
    )
    assert [e.state for e in received.escalations] == [EscalationState.ENDED]
    assert reading(received, "transfer_reply").status is Status.RUNNING


async def test_its_reply_is_answered_to_the_enterprise_visited_and_only_then_closed(house: House) -> None:
    number = await transferred(house)
    await house.act(number, "system", "transfer_receipt")

    replied = await house.act(number, "system", "transfer_reply", text="住建部门已修复雨水管网")
    assert (replied.stage, replied.outcome) == (Stage.FEEDBACK, Outcome.NOT_OURS)
    assert reading(replied, "transfer_reply").status is Status.MET
    assert reading(replied, "handle").status is Status.RUNNING

    # Whoever transferred it tells the enterprise; there is nothing of ours to review.
    told = await house.act(number, "window", "send_answer", text="住建部门答复:已修复", method="phone")
    assert (told.stage, reading(told, "handle").status) == (Stage.EVALUATE, Status.MET)
    assert {reading(told, "visit").status, reading(told, "rating").status} == {Status.RUNNING}
    await house.act(number, "enterprise", "rate", grade=5)
    closed = await house.act(number, "visitor", "record_visit", result="satisfied")
    assert (closed.stage, closed.outcome) == (Stage.CLOSED, Outcome.NOT_OURS)


async def test_a_refusal_comes_back_to_be_assigned_and_the_enterprise_reads_who_refused_and_why(house: House) -> None:
    number = await transferred(house)
    why = "占道停车属公安交管职责,请向交警部门反映"

    refusal = await house.act(number, "system", "transfer_refused", reason=why)

    assert (refusal.stage, refusal.open_transfer, refusal.status) == (Stage.ASSIGN, None, Waits.OPEN)
    assert reading(refusal, "handle").status is Status.RUNNING
    assert reading(refusal, "transfer_reply").status is Status.STOPPED
    page = render(refusal, house.actor("enterprise"), await own_now(house, number))
    assert (page["transfers"][0]["body"], page["transfers"][0]["refusal"]) == ("hotline-12345", why)
    assigned = await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    assert assigned.lead is not None
    assert assigned.lead.code == "station-a"


async def test_a_body_that_stays_silent_does_not_keep_it_for_ever(house: House) -> None:
    number = await transferred(house)
    await until(house, number, due(await house.look(number), "transfer_reply"))

    back = await house.act(number, "window", "recall_transfer", reason="逾期未答复")

    assert (back.stage, back.open_transfer, back.status) == (Stage.ASSIGN, None, Waits.OPEN)
    assert reading(back, "handle").status is Status.RUNNING
    assert {e.state for e in back.escalations} == {EscalationState.ENDED}
    late = await refused(house, number, "system", "transfer_reply", text="迟到的答复")
    assert late.code == "illegal-transition"
    assert (await house.act(number, "dispatcher", "assign", lead_unit="station-a")).lead is not None


async def test_a_dissatisfied_enterprise_gets_another_round_of_a_transferred_matter_too(house: House) -> None:
    number = await transferred(house)
    await house.act(number, "system", "transfer_reply", text="已转办")
    await house.act(number, "window", "send_answer", text="已转办", method="sms")

    again = await house.act(number, "enterprise", "rate", grade=1, comment="无人上门")

    assert (again.stage, again.round, again.outcome) == (Stage.ASSIGN, 2, None)


async def test_it_goes_to_outside_bodies_only_and_not_from_a_handlers_desk(house: House) -> None:
    number = await house.submit()
    assert (
        await refused(house, number, "window", "transfer", body="station-a", reason="转派出所")
    ).code == "not-outside"
    at_desk = await signed(house)
    assert (await refused(house, at_desk, "handler", "transfer", body="street-a", reason="转街道")).code == "forbidden"
