"""Appeals whose clocks are moved by hand, repaired: their time goes on where it was, and its oddities have a name."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import TimeSkipper

from domain.colours import moments
from domain.journal import Entry, seal
from storage.appeals import Appeals, Stored
from storage.meta import CREATED_FOR, PRODUCTION, REHEARSAL, Meta
from storage.writer import AppealWriter
from tests.repair.population import handled
from tests.repair.tables import opened
from tests.repair.test_between import reasons
from tests.repair.test_reconcile import left, run
from tests.support.engine import Engine
from tests.support.house import House, open_house
from workflows.contract import slim

pytestmark = pytest.mark.engine


async def stored(house: House, number: str) -> Stored:
    async with house.database.read() as r:
        found = await Appeals(r).get(number)
    assert found is not None
    return found


async def until(house: House, number: str, moment: datetime) -> None:
    """Until the appeal's own clock has come to that moment."""
    skipper, handle = TimeSkipper(house.client), house.client.get_workflow_handle(number)
    async with asyncio.timeout(60):
        while True:
            if await skipper.get_current_time(handle) > moment:
                return
            await asyncio.sleep(0.05)


async def created_for(house: House, purpose: str) -> None:
    async with house.database.write() as w:
        await Meta(w).set(CREATED_FOR, purpose)


async def test_an_appeal_that_is_put_back_goes_on_at_its_own_time_and_above_every_write_before(
    engine: Engine, tmp_path: Path
) -> None:
    async with open_house(engine.settings) as house:
        number = await handled(house)
        await house.forward(number, days=3)
        await house.act(number, "handler", "note", key="in-three-days", text="三天后")
    async with open_house(engine.settings, worker=False) as house:
        before = await house.look(number)
        with opened(house.settings.database_url) as tables:
            [(fence,)] = tables.rows("SELECT fence FROM appeals WHERE number = ?", number)
        await house.client.get_workflow_handle(number).terminate("by mistake")

        assert left(await run(house, tmp_path, numbers=(number,), engine_restored=True)) == set()

        async with house.database.write() as w:
            assert not await AppealWriter(w).write(slim(before), [], fence, moments(before))
    async with open_house(engine.settings) as house:
        assert before.last_at
        await until(house, number, before.last_at)
        after = await house.act(number, "handler", "note", key="after", text="之后")
        assert after.last_at
        assert timedelta() < after.last_at - before.last_at < timedelta(hours=1)
        assert (await run(house, tmp_path, numbers=(number,)))["appeals"] == []


def retimed(entries: list[Entry], by: timedelta) -> list[Entry]:
    """As a task that is taken up again sees them: the last one a moment earlier, sealed with that."""
    last = replace(entries[-1], at=entries[-1].at - by)
    return [*entries[:-1], seal(last, entries[-2].hash)]


@pytest.mark.parametrize(
    ("purpose", "by", "found"),
    [
        (REHEARSAL, timedelta(milliseconds=70), ("retimed", "explained", "")),
        (PRODUCTION, timedelta(milliseconds=70), ("retimed", "needs-engine-restored", "")),
        (REHEARSAL, timedelta(minutes=1), ("two-journals", "needs-engine-restored", "")),
    ],
)
async def test_an_entry_whose_time_alone_is_another_in_the_replay_is_told_from_a_forged_one(
    house: House, tmp_path: Path, purpose: str, by: timedelta, found: tuple[str, str, str]
) -> None:
    await created_for(house, purpose)
    number = await handled(house)
    forged = retimed(await house.journal(number), by)
    before = await stored(house, number)
    appeal = replace(before.appeal, head=forged[-1].hash)
    async with house.database.write() as w:
        assert await AppealWriter(w).write(slim(appeal), forged, 2**60, moments(appeal))

    report = await run(house, tmp_path, numbers=(number,))

    assert reasons(report) == {number: found}
    assert await house.journal(number) == forged
