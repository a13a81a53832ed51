"""回访: every answered matter is asked after within 30 days, by somebody of another unit; three tries at most."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest

from domain.calendar import ZONE
from domain.clock import Status
from domain.errors import Conflict, Forbidden, Refusal
from domain.vocabulary import Outcome, Role, Stage
from tests.promises.ways import act_as, answered, due, fired, officer, reading, refused, start, told_of, until
from tests.support.house import House

pytestmark = pytest.mark.engine

UNREACHED = {"result": "unreachable", "text": "电话无人接听"}


async def test_the_visit_is_due_at_the_end_of_the_thirtieth_day_after_the_answer(house: House) -> None:
    appeal = await house.look(await answered(house))

    assert appeal.result is not None
    assert start(appeal, "visit") == appeal.result.answered_at
    thirtieth = start(appeal, "visit").astimezone(ZONE).date() + timedelta(days=30)
    assert due(appeal, "visit") == datetime.combine(thirtieth + timedelta(days=1), time(), ZONE)


async def test_a_visit_that_finds_it_solved_closes_it_as_solved(house: House) -> None:
    number = await answered(house)
    await house.act(number, "enterprise", "rate", grade=3)

    # A visit before day 7 is allowed.
    closed = await house.act(number, "visitor", "record_visit", result="satisfied", text="卸货区已启用")

    assert (closed.stage, closed.outcome, reading(closed, "visit").status) == (
        Stage.CLOSED,
        Outcome.SOLVED,
        Status.MET,
    )


async def test_a_visit_that_nobody_makes_is_called_for_and_still_counts_when_it_comes_late(house: House) -> None:
    number = await answered(house)
    await house.act(number, "enterprise", "rate", grade=5)

    late = await until(house, number, due(await house.look(number), "visit"))

    assert [rung for rung, _, _ in await told_of(house, number, "visit")] == ["first", "75", "90", "100"]
    assert [(e.clock, e.owner_unit) for e in late.escalations] == [("visit", "branch")]
    assert late.stage is Stage.EVALUATE
    closed = await house.act(number, "visitor", "record_visit", result="satisfied")
    assert (closed.stage, reading(closed, "visit").late) == (Stage.CLOSED, True)


async def test_after_three_tries_a_supervisor_may_close_it_as_unreachable(house: House) -> None:
    number = await answered(house)
    for _ in range(2):
        await house.act(number, "visitor", "record_visit", **UNREACHED)
    early = await refused(house, number, "supervisor", "close_unreachable", reason="多次联系不上")
    assert early.code == "visits-left"
    tried = await house.act(number, "visitor", "record_visit", **UNREACHED)
    assert (tried.stage, [v.result for v in tried.visits]) == (Stage.EVALUATE, ["unreachable"] * 3)

    fourth = await refused(house, number, "visitor", "record_visit", **UNREACHED)
    assert isinstance(fourth, Conflict)
    assert fourth.code == "visits-exhausted"
    closed = await house.act(number, "supervisor", "close_unreachable", reason="三次回访均未联系上")
    # Unreachable is never counted as solved.
    assert (closed.stage, closed.outcome) == (Stage.CLOSED, Outcome.UNREACHABLE)


async def test_the_unit_that_handled_it_does_not_visit(house: House) -> None:
    number = await answered(house)
    visitor = officer(house, "visitor-of-station-a", "station-a", Role.VISITOR)
    with pytest.raises(Refusal) as own:
        await act_as(house, number, visitor, "record_visit", result="satisfied")

    assert isinstance(own.value, Forbidden)
    assert (await house.look(number)).visits == ()


async def test_the_first_try_is_called_for_at_day_seven(house: House) -> None:
    number = await answered(house)
    await house.act(number, "enterprise", "rate", grade=5)
    seventh = datetime.combine(start(await house.look(number), "visit").astimezone(ZONE).date(), time(), ZONE)

    await until(house, number, seventh + timedelta(days=8))

    assert len(await told_of(house, number, "visit")) == 1
    assert len(await fired(house, number, "visit")) == 1
