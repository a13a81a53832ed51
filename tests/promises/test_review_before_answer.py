"""No answer leaves the house before somebody other than its handler has reviewed it."""

from __future__ import annotations

import pytest

from domain.budget import parse
from domain.clock import Status
from domain.errors import Conflict, Forbidden, Invalid, Refusal
from domain.measure import add
from domain.vocabulary import Role, Stage
from tests.promises.ways import (
    act_as,
    assigned,
    due,
    officer,
    reading,
    refused,
    running,
    start,
    submitted,
    told_of,
    until,
)
from tests.support.house import House

pytestmark = pytest.mark.engine

ANSWER = {"text": "已划设卸货区", "method": "phone"}


async def test_an_answer_is_sent_only_after_its_review(house: House) -> None:
    number = await submitted(house)

    early = await refused(house, number, "handler", "send_answer", **ANSWER)
    assert isinstance(early, Conflict)
    assert (early.code, early.stage) == ("review-first", "feedback")
    approved = await house.act(number, "leader", "review", approved=True)
    assert (approved.stage, reading(approved, "review").status) == (Stage.FEEDBACK, Status.MET)
    assert reading(approved, "handle").status is Status.RUNNING

    sent = await house.act(number, "handler", "send_answer", **ANSWER)
    assert (sent.stage, reading(sent, "handle").status) == (Stage.EVALUATE, Status.MET)
    confirmed = await house.act(number, "enterprise", "confirm_receipt")
    assert confirmed.result is not None
    assert confirmed.result.received_at is not None


async def test_a_result_that_is_not_approved_goes_back_to_work_with_the_reason(house: House) -> None:
    number = await submitted(house)

    silent = await refused(house, number, "leader", "review", approved=False)
    assert isinstance(silent, Invalid)
    assert silent.code == "reason-required"
    back = await house.act(number, "leader", "review", approved=False, reason="没有回应企业的第二个问题")

    assert (back.stage, back.result, "review" in running(back)) == (Stage.HANDLE, None, False)
    assert (await house.journal(number))[-1].reason == "没有回应企业的第二个问题"


async def test_nobody_reviews_what_he_handled_himself(house: House) -> None:
    number = await assigned(house)
    both = officer(house, "head-of-station-a", "station-a", Role.HANDLER, Role.LEADER)
    await act_as(house, number, both, "sign")
    await act_as(house, number, both, "submit_result", outcome="solved", text="已办结")

    with pytest.raises(Refusal) as own:
        await act_as(house, number, both, "review", approved=True)

    assert isinstance(own.value, Forbidden)
    assert own.value.code == "own-work"
    assert (await house.act(number, "leader", "review", approved=True)).stage is Stage.FEEDBACK


async def test_a_review_that_nobody_makes_within_four_working_hours_calls_the_leaders(house: House) -> None:
    number = await submitted(house)
    waiting = await house.look(number)
    assert due(waiting, "review") == add(start(waiting, "review"), parse("4 working hours"), waiting.rules.calendar)

    late = await until(house, number, due(waiting, "review"))

    assert [rung for rung, _, _ in await told_of(house, number, "review")] == ["75", "90", "100"]
    assert (late.stage, [e.clock for e in late.escalations]) == (Stage.FEEDBACK, ["review"])
