"""What somebody did is told by who gets the answer: no event of the engine, nothing lost, nothing of a ghost's."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.api.enums.v1 import EventType

from gateway.relay import Relay
from gateway.temporal import TemporalGateway
from storage.held_notices import HeldReads
from storage.messages import Message, MessageReads
from tests.support.engine import Engine
from tests.support.house import House, connected, open_house
from tests.workflows.test_faults import leave_a_ghost
from worker.main import build

pytestmark = pytest.mark.engine
LATER = timedelta(hours=1)
REJECTED = {"reason": "不属于公安机关职责", "legal_basis": "职权法定", "remedy": "向市场监管局反映"}


@pytest.fixture
async def own_engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine of this test alone, because it will be killed."""
    engine = Engine(tmp_path)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


async def told(house: House, number: str, template: str = "") -> list[Message]:
    """Who was told of it, after what is under way."""
    await house.teller.rest()
    async with house.database.read() as r:
        return [one for one in await MessageReads(r).of(number) if one.template == (template or one.template)]


async def held(house: House) -> list[str]:
    async with house.database.read() as r:
        return [one.number for one in await HeldReads(r).older(datetime.now(UTC) + LATER, 100)]


async def tell_what_is_left(house: House) -> None:
    """As the relay does, a while later."""
    relay = Relay(house.database, house.gateway, house.teller)
    async with asyncio.timeout(60):
        while await held(house):
            await relay.tell_held(datetime.now(UTC) + LATER)
            await house.teller.rest()


async def test_whoever_does_something_tells_it_without_an_activity(house: House) -> None:
    number = await house.submit()
    await house.act(number, "window", "accept")
    await house.act(number, "dispatcher", "assign", lead_unit="station-a")
    assert {one.template for one in await told(house, number)} >= {"submit", "accept", "to_handle"}
    kinds = Counter(event.event_type for event in await house.events(number))
    assert kinds[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED] == 0
    assert number not in await held(house)


async def test_what_a_clock_did_is_told_by_the_workflow(house: House) -> None:
    number = await house.submit()
    await house.forward(number, days=5)
    kinds = Counter(event.event_type for event in await house.events(number))
    assert kinds[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED] > 0
    assert number not in await held(house)


async def test_what_its_doer_did_not_live_to_tell_is_told_by_the_relay(house: House) -> None:
    alone = TemporalGateway(house.client, house.database, house.settings.task_queue)
    opening = house.opening()
    await house.keep(opening)
    await alone.start(opening)
    await alone.act(opening.number, house.message("window", "accept"))
    assert await told(house, opening.number) == []
    await tell_what_is_left(house)
    assert {one.template for one in await told(house, opening.number)} >= {"submit"}


async def test_nobody_hears_of_a_ghost(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings, worker=False) as house:
        opening, _ = await leave_a_ghost(own_engine, house, "window", "reject", **REJECTED)
        ghosts = await held(house)
        client = await connected(settings)
        async with build(client, house.database, settings.task_queue, organisation=house.organisation):
            await tell_what_is_left(house)
            found = {one.notice.split(":")[1] for one in await told(house, opening.number)}
    assert ghosts == [opening.number]
    assert found == {"1"}
