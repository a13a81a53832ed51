"""Dissatisfied opens the next round, one level up and with another handler; after the third a supervisor decides."""

from __future__ import annotations

from typing import Any

import pytest

from domain.clock import Status
from domain.errors import Conflict, Forbidden
from domain.vocabulary import Action, Outcome, Role, Stage
from tests.promises.ways import accepted, act_as, answer, answered, entries, officer, reading, refused, running
from tests.support.house import House

pytestmark = pytest.mark.engine

DISSATISFIED: dict[str, tuple[str, dict[str, Any]]] = {
    "rate": ("enterprise", {"grade": 2, "comment": "没有解决"}),
    "record_visit": ("visitor", {"result": "dissatisfied", "text": "货车仍进不来"}),
}


async def after_three_rounds(house: House) -> str:
    number = await answered(house)
    await house.act(number, "enterprise", "rate", grade=1, comment="没有解决")
    await answer(house, number, "handler2")
    await house.act(number, "visitor", "record_visit", result="dissatisfied")
    await answer(house, number, "handler3", "station-b")
    await house.act(number, "enterprise", "rate", grade=2, comment="还是没有解决")
    return number


@pytest.mark.parametrize("how", DISSATISFIED)
async def test_a_dissatisfied_rating_or_visit_opens_the_next_round_in_the_same_answer(house: House, how: str) -> None:
    number = await answered(house)
    who, body = DISSATISFIED[how]

    again = await house.act(number, who, how, **body)

    assert (again.stage, again.round, again.outcome) == (Stage.ASSIGN, 2, None)
    assert (again.lead, again.result, again.procedure) == (None, None, ())
    # The superior of the unit that led: one level up.
    assert again.assigning_unit.code == "branch"
    handle = [c for c in again.clocks if c.name == "handle"]
    assert [(c.round, c.started_at == again.last_at) for c in handle] == [(1, False), (2, True)]
    assert running(again) == {"handle"}
    # All earlier evidence stays.
    assert [e.data["text"] for e in await entries(house, number, Action.SUBMIT_RESULT)] == ["已划设卸货区"]


async def test_the_previous_handler_cannot_be_its_handler_again(house: House) -> None:
    number = await answered(house)
    await house.act(number, "enterprise", "rate", grade=1)
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")

    previous = await refused(house, number, "handler", "sign")

    assert isinstance(previous, Forbidden)
    assert previous.code == "previous-handler"
    signed = await house.act(number, "handler2", "sign")
    assert signed.assignment.officer is not None
    assert (signed.stage, signed.assignment.officer.id) == (Stage.HANDLE, "handler2")


async def test_a_round_that_the_branch_itself_led_is_assigned_by_the_bureau(house: House) -> None:
    number = await accepted(house)
    handler = officer(house, "officer-of-the-branch", "branch", Role.HANDLER)
    await house.act(number, "dispatcher", "assign", lead_unit="branch")
    await act_as(house, number, handler, "sign")
    await act_as(house, number, handler, "submit_result", outcome="partly_solved", text="已协调")
    await house.act(number, "leader", "review", approved=True)
    await act_as(house, number, handler, "send_answer", text="已协调", method="letter")

    again = await house.act(number, "enterprise", "rate", grade=1)

    assert (again.round, again.assigning_unit.code) == (2, "city")
    below = await refused(house, number, "dispatcher", "assign", lead_unit="station-a")
    assert isinstance(below, Forbidden)
    given = await house.act(number, "supervisor", "assign", lead_unit="traffic")
    assert given.lead is not None
    assert given.lead.code == "traffic"


async def test_after_the_third_round_a_supervisor_opens_another(house: House) -> None:
    number = await after_three_rounds(house)
    waiting = await house.look(number)
    assert (waiting.stage, waiting.round, waiting.decision_due) == (Stage.EVALUATE, 3, True)
    for who, action, body in (
        ("visitor", "record_visit", {"result": "satisfied"}),
        ("supervisor", "close_unreachable", {"reason": "不再回访"}),
    ):
        assert isinstance(await refused(house, number, who, action, **body), Conflict)
    assert isinstance(await refused(house, number, "leader", "decide_round", again=True, explanation="再办"), Forbidden)

    fourth = await house.act(number, "supervisor", "decide_round", again=True, explanation="交警尚未到场,再办一轮")

    assert (fourth.stage, fourth.round, fourth.decision_due) == (Stage.ASSIGN, 4, False)
    assert set(fourth.former_officers) == {"handler", "handler2", "handler3"}


async def test_or_closes_it_as_not_solvable_with_a_written_explanation(house: House) -> None:
    number = await after_three_rounds(house)
    why = "道路红线内无法增设卸货区,已书面说明"

    closed = await house.act(number, "supervisor", "decide_round", again=False, explanation=why)

    assert (closed.stage, closed.outcome) == (Stage.CLOSED, Outcome.NOT_SOLVABLE)
    assert (await house.journal(number))[-1].data["explanation"] == why
    assert running(closed) == set()


async def test_the_decision_has_a_clock_too(house: House) -> None:
    waiting = await house.look(await after_three_rounds(house))
    assert (reading(waiting, "review").status, waiting.round) == (Status.RUNNING, 3)
