"""Silence never approves a first application (S1·7 and the Administrative Licensing Law read strictly)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.vocabulary import Action, EscalationState, Stage, StepStatus
from tests.promises.ways import APPROVED, ISSUED, begun, kept, refused, step
from tests.support.house import House

pytestmark = pytest.mark.engine


async def test_an_application_nobody_looked_at_for_forty_days_is_undecided_and_somebody_is_called(house: House) -> None:
    number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(days=40)))

    appeal = await house.look(number)

    assert (appeal.stage, appeal.result, appeal.outcome) == (Stage.HANDLE, None, None)
    assert [s.status for s in appeal.procedure] == [StepStatus.ACTIVE, *[StepStatus.WAITING] * 3]
    assert {e.clock for e in appeal.escalations} == {"handle", "statutory"}
    assert {e.state for e in appeal.escalations} == {EscalationState.OPEN}
    assert Action.COMPLETE_STEP not in {e.action for e in await house.journal(number)}


async def test_it_is_approved_by_a_leaders_decision_and_by_nothing_else(house: House) -> None:
    number = await begun(house, kept(house, "hazmat-toxic-transport", age=timedelta(hours=50)))
    issue = {"step": "issue", "outcome": "done", "record": ISSUED}
    approve = {"step": "decide", "outcome": "approve", "record": APPROVED}

    # Neither by skipping the decision, nor by an officer who may not decide, nor by an answer without one.
    assert (await refused(house, number, "hazmat_handler", "complete_step", **issue)).code == "step-not-active"
    assert (await refused(house, number, "hazmat_handler", "complete_step", **approve)).code == "step-role"
    answer = {"text": "已批准", "method": "online"}
    assert (await refused(house, number, "hazmat_handler", "send_answer", **answer)).code == "illegal-transition"
    claim = {"outcome": "solved", "text": "已批准"}
    assert (await refused(house, number, "hazmat_handler", "submit_result", **claim)).code == "procedure-decides"

    await step(house, number, "review", "complete")
    decided = await step(house, number, "decide", "approve", APPROVED)
    assert decided.result is not None
    (decision,) = [e for e in await house.journal(number) if e.data.get("outcome") == "approve"]
    assert (decision.actor.id, decision.actor.role) == ("hazmat_leader", "leader")
