"""A query that comes together with a timer must not make a replay see another time than the journal has."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory

from domain.vocabulary import Action
from tests.support.engine import Engine
from tests.support.house import House, open_house
from worker.rederive import Rederiver
from workflows import contract

pytestmark = pytest.mark.engine

#: The second warning of a permit of 24 hours. The first one is then long due: it is told at once, and the task in which
#: the engine hears that it was told makes no command.
_WARNED_AFTER = 0.9 * timedelta(hours=24)
_WARNINGS = 2
_AT_ONCE = 4


async def warned_soon(house: House) -> str:
    """A permit whose second warning is due in a moment."""
    at = datetime.now(UTC) - _WARNED_AFTER + timedelta(seconds=3)
    opening = replace(house.opening("hazmat-toxic-purchase"), created_at=at)
    await house.keep(opening)
    await house.start(opening)
    return opening.number


async def ask_until_warned(house: House, number: str) -> None:
    """As the relay does after an outage, and impatient readers of the engine's own pages."""
    handle = house.client.get_workflow_handle(contract.workflow_id(number))
    async with asyncio.timeout(60):
        while sum(entry.action is Action.RUNG for entry in await house.journal(number)) < _WARNINGS:
            await handle.query(contract.STANDING)


async def retold_head(house: House, number: str) -> str:
    """The end of the journal's chain as a worker would have it that had never seen this appeal."""

    async def history() -> AsyncIterator[WorkflowHistory]:
        yield await house.history(number)

    async with Rederiver(house.client).lives(history()) as lives:
        (life,) = [life async for life in lives]
    assert not life.fault
    assert life.written
    return life.written.appeal.head


async def test_the_time_of_a_warning_is_the_same_when_its_history_is_replayed(tmp_path: Path) -> None:
    engine = Engine(tmp_path, rehearsal=False)
    engine.start()
    try:
        async with open_house(engine.settings) as house:
            numbers = [await warned_soon(house) for _ in range(_AT_ONCE)]
            await asyncio.gather(*(ask_until_warned(house, number) for number in numbers))
            for number in numbers:
                assert await retold_head(house, number) == (await house.look(number)).head
    finally:
        engine.stop()
