"""随申请随审批 (S1·7): a permit for hazardous chemicals is finished within 24 natural hours of the application."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.clock import Status
from domain.vocabulary import Action, Outcome, Stage, StepStatus
from tests.promises.ways import APPROVED, ISSUED, due, entries, fired, reading, start, step, told_of, until, was_prompt
from tests.support.house import House

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("service", ["hazmat-toxic-purchase", "hazmat-toxic-transport"])
async def test_an_application_is_in_the_detachments_hands_at_its_first_moment(house: House, service: str) -> None:
    appeal = await house.look(await house.submit(service))

    assert (appeal.stage, appeal.lead and appeal.lead.code) == (Stage.HANDLE, "public-order")
    assert (appeal.procedure[0].code, appeal.procedure[0].status) == ("review", StepStatus.ACTIVE)
    assert start(appeal, "handle") == appeal.created_at
    assert due(appeal, "handle") == appeal.created_at + timedelta(hours=24)
    done_by = {e.action: e.actor.role for e in await house.journal(appeal.number)}
    assert done_by == {
        Action.SUBMIT: "enterprise",
        Action.ACCEPT: "system",
        Action.ASSIGN: "system",
        Action.SIGN: "system",
    }


async def test_issued_within_24_hours_is_finished(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    await house.forward(number, hours=17)
    await step(house, number, "review", "complete")
    decided = await step(house, number, "decide", "approve", APPROVED)
    assert reading(decided, "handle").status is Status.RUNNING

    issued = await step(house, number, "issue", "done", ISSUED)

    assert (reading(issued, "handle").status, reading(issued, "handle").late) == (Status.MET, False)
    assert issued.stage is Stage.FEEDBACK
    assert issued.result is not None
    assert (issued.result.outcome, issued.result.document) == (
        Outcome.SOLVED,
        {**APPROVED, **ISSUED, "number": ISSUED["document_no"]},
    )
    told = await house.act(number, "hazmat_handler", "send_answer", text="许可证已发放", method="in_person")
    assert told.stage is Stage.EVALUATE


async def test_a_refusal_with_reason_legal_basis_and_remedy_is_finished_too(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    await step(house, number, "review", "complete")
    grounds = {"reason": "储存场所不符合规定", "legal_basis": "《危险化学品安全管理条例》", "remedy": "可申请行政复议"}

    refused = await step(house, number, "decide", "refuse", grounds)

    assert (refused.stage, reading(refused, "handle").status) == (Stage.FEEDBACK, Status.MET)
    assert refused.result is not None
    assert (refused.result.outcome, refused.result.document) == (Outcome.NOT_SOLVABLE, grounds)


async def test_a_breach_goes_straight_to_the_leader_and_the_duty_officer_then_up_every_four_hours(house: House) -> None:
    number = await house.submit("hazmat-toxic-purchase")
    begun = (await house.look(number)).created_at

    appeal = await until(house, number, begun + timedelta(hours=28))

    assert await told_of(house, number, "handle") == [
        ("75", "public-order", ("handler",)),
        ("90", "public-order", ("leader",)),
        ("100", "public-order", ("leader", "duty")),
        ("+1", "city", ("leader", "on_duty")),
    ]
    rungs = await fired(house, number, "handle")
    hours = [0.75 * 24, 0.9 * 24, 24, 24 + 4]
    assert all(
        timedelta() <= e.at - begun - timedelta(hours=h) < timedelta(seconds=60)
        for e, h in zip(rungs, hours, strict=True)
    )
    assert was_prompt(rungs[-1])
    # Silence never approves: it calls, it decides nothing.
    assert (appeal.stage, appeal.result, appeal.procedure[0].status) == (Stage.HANDLE, None, StepStatus.ACTIVE)
    assert await entries(house, number, Action.COMPLETE_STEP) == []
