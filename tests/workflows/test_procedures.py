"""Procedures on the real engine: every construct in one appeal, and a batch that stays small."""

from __future__ import annotations

import pytest

from domain.clock import ClockName
from domain.errors import Conflict
from domain.journal import verify
from domain.vocabulary import Stage, StepStatus
from tests.support.everything import step, to_the_work, walked
from tests.support.house import House

pytestmark = pytest.mark.engine

MOST_EVENTS = 1000
MOST_BYTES = 2 * 1024 * 1024
PERSONS, A_CALL = 1000, 50


async def test_every_construct_of_a_procedure_runs_and_replays_its_own_words(house: House) -> None:
    number = await walked(house)
    appeal = await house.look(number)
    entries = await house.journal(number)

    assert appeal.stage is Stage.FEEDBACK
    assert all(state.status is not StepStatus.ACTIVE for state in appeal.procedure)
    assert [c for c in appeal.clocks if c.name is ClockName.STEP and c.ended_at is None] == []
    by_itself = [e.data["step"] for e in entries if e.action == "complete_step" and e.actor.id == "system"]
    assert by_itself == ["sort", "heard", "follow"]
    assert (appeal.documents[0].number, appeal.accounts) == (
        f"甬通{number.removeprefix('SQ')}",
        {"approved": 10010, "paid": 10010, "recovered": 10010},
    )
    assert verify(entries) == ()


async def test_a_batch_of_a_thousand_stays_within_history_and_payload(house: House) -> None:
    number = await to_the_work(house, persons=PERSONS)
    await step(house, number, "public-order", "report.here")
    for first in range(1, PERSONS, A_CALL):
        lines = [
            {"items": str(n), "result": "issued" if n % 3 else "absent", "note": f"第{n}号"}
            for n in range(first, first + A_CALL)
        ]
        outcome = "done" if first + A_CALL > PERSONS else "more"
        if outcome == "done":
            with pytest.raises(Conflict, match="还有人员未登记结果"):
                await step(house, number, "public-order", "work.done")
        await step(house, number, "public-order", f"work.{outcome}", results=lines)
    appeal = await house.look(number)
    state = next(s for s in appeal.procedure if s.code == "work")
    events = await house.events(number)
    assert (state.status, sum(map(len, state.items.values())) < 5000) == (StepStatus.DONE, True)
    assert len(events) < MOST_EVENTS
    assert max(event.ByteSize() for event in events) < MOST_BYTES // 10
    assert sum(event.ByteSize() for event in events) < MOST_BYTES
