"""件件有结果、事事有回音 (S1·19): an appeal that nobody touches calls louder and louder, and never ends by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.colours import colour
from domain.vocabulary import Action, EscalationState, Outcome, Stage
from tests.promises.ways import (
    answer,
    begun,
    due,
    fired,
    kept,
    own_now,
    share,
    told_of,
    until,
    was_prompt,
)
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_when_nobody_acts_handler_leader_duty_and_every_level_above_are_called_in_order(house: House) -> None:
    number = await house.submit()
    received = await house.look(number)
    deadline = due(received, "accept")

    appeal = await until(house, number, deadline + timedelta(hours=48))

    assert await told_of(house, number, "accept") == [
        ("75", "branch", ("handler",)),
        ("90", "branch", ("leader",)),
        ("100", "branch", ("duty",)),
        ("+1", "city", ("leader", "on_duty")),
        ("+2", "city", ("catch_all",)),
    ]
    rungs = await fired(house, number, "accept")
    assert [e.action for e in rungs] == [Action.RUNG, Action.RUNG, Action.ESCALATE, Action.ESCALATE, Action.ESCALATE]
    assert rungs[0].data["due_at"] < rungs[1].data["due_at"] < rungs[2].data["due_at"]
    assert all(was_prompt(e) for e in rungs)
    assert rungs[0].at >= share(received, "accept", 75)
    (escalation,) = appeal.escalations
    assert (escalation.state, escalation.level, escalation.owner_unit) == (EscalationState.OPEN, 3, "city")
    assert colour(appeal, await own_now(house, number)) == "red"
    assert appeal.stage is Stage.ACCEPT

    moved = await house.act(number, "window", "accept")
    assert [e.state for e in moved.escalations] == [EscalationState.ENDED]


async def test_an_appeal_forgotten_for_a_hundred_days_is_still_open_and_still_gets_its_answer(house: House) -> None:
    number = await begun(house, kept(house, age=timedelta(days=100)))

    forgotten = await house.look(number)
    assert (forgotten.stage, forgotten.outcome, forgotten.is_open) == (Stage.ACCEPT, None, True)
    assert {e.action for e in await house.journal(number)} == {Action.SUBMIT, Action.RUNG, Action.ESCALATE}
    assert [(e.state, e.owner) for e in forgotten.escalations] == [(EscalationState.OPEN, "catch_all")]

    await house.act(number, "window", "accept")
    await answer(house, number, "handler")
    await house.act(number, "enterprise", "rate", grade=4)
    closed = await house.act(number, "visitor", "record_visit", result="satisfied")
    assert (closed.stage, closed.outcome) == (Stage.CLOSED, Outcome.SOLVED)
