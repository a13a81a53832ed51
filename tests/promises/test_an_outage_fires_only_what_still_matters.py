"""After an outage a clock calls once, for what matters by then; what no longer matters is recorded as missed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.clock import Status
from domain.vocabulary import Action
from tests.promises.ways import begun, clock, due, entries, fired, kept, reading, told_of
from tests.support.engine import Engine
from tests.support.house import House, open_house

pytestmark = pytest.mark.engine

#: Real seconds: without a worker no clock of a rehearsal can be moved.
LIMIT = timedelta(seconds=8)
BUDGET: dict[str, Any] = {"handle": "8 seconds", "special": "16 seconds"}
OUT = timedelta(seconds=1)


async def settled(house: House, number: str, action: Action) -> None:
    """Waits until that entry is written and everybody concerned is told."""
    async with asyncio.timeout(60):
        while not await entries(house, number, action):  # noqa: ASYNC110 - the rows are the worker's
            await asyncio.sleep(0.05)
    await house.forward(number, seconds=0)


async def test_what_fell_due_while_no_worker_was_there_is_told_once_and_the_rest_is_recorded_as_missed(
    engine: Engine,
) -> None:
    async with open_house(engine.settings) as house:
        lying = await begun(house, kept(house, "hazmat-toxic-purchase", **BUDGET))
        paused = await begun(house, kept(house, "hazmat-toxic-transport", **BUDGET))
        withdrawn = await begun(house, kept(house, "hazmat-toxic-purchase", **BUDGET))
        until = datetime.now(UTC) + LIMIT - timedelta(seconds=2)
        body = {"reason_code": "force_majeure", "note": "停电", "until": until.isoformat()}
        await house.act(paused, "hazmat_handler", "pause", **body)
        await house.act(withdrawn, "enterprise", "withdraw", reason="不再需要")
        assert await fired(house, lying, "handle") == []
        over = due(await house.look(lying), "handle") + OUT

    # Nobody works: 75 %, 90 % and the deadline itself pass, and so does the end of the pause.
    await asyncio.sleep(max((over - datetime.now(UTC)).total_seconds(), 0))

    async with open_house(engine.settings) as house:
        await settled(house, lying, Action.ESCALATE)
        await settled(house, paused, Action.PAUSE_ENDED)

        rungs = await fired(house, lying, "handle")
        assert [(e.data["rung"], e.data["missed"]) for e in rungs] == [("75", True), ("90", True), ("100", False)]
        assert await told_of(house, lying, "handle") == [("100", "public-order", ("leader", "duty"))]
        # The pause ended when it had to, however late anybody looked: its limit is still ahead.
        resumed = await house.look(paused)
        (pause,) = clock(resumed, "handle").pauses
        assert pause.ended_at == until
        assert due(resumed, "handle") == resumed.created_at + LIMIT + (until - pause.started_at)
        # What was over before the outage says nothing.
        assert (await house.journal(withdrawn))[-1].action is Action.WITHDRAW


async def test_an_engine_that_was_away_for_thirty_hours_calls_the_level_that_is_due_by_then(engine: Engine) -> None:
    async with open_house(engine.settings) as house:
        number = await begun(house, kept(house, "hazmat-toxic-purchase", age=timedelta(hours=30)))
        await settled(house, number, Action.ESCALATE)

        rungs = await fired(house, number, "handle")
        assert [(e.data["rung"], e.data["missed"]) for e in rungs] == [
            ("75", True),
            ("90", True),
            ("100", True),
            ("+1", False),
        ]
        assert await told_of(house, number, "handle") == [("+1", "city", ("leader", "on_duty"))]
        appeal = await house.look(number)
        assert [(e.clock, e.level, e.owner_unit) for e in appeal.escalations] == [("handle", 2, "city")]
        assert reading(appeal, "handle").status is Status.BREACHED
