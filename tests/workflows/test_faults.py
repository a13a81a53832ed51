"""Engine, worker and database die at the worst moments; nothing acknowledged is lost and no ghost stays."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.act import Act
from domain.journal import verify
from domain.opening import Opening
from domain.vocabulary import Action
from gateway.errors import EngineAway, GatewayError, WritePending
from gateway.relay import Relay
from tests.support.engine import Engine
from tests.support.house import House, connected, open_house
from worker.main import build

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def own_engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine of this test alone, because it will be killed."""
    engine = Engine(tmp_path)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


async def journal_until(house: House, number: str, length: int) -> None:
    """Waits until the tables have so many entries."""
    async with asyncio.timeout(60):
        while len(await house.journal(number)) < length:  # noqa: ASYNC110 - the rows are another process's
            await asyncio.sleep(0.05)


async def leave_a_ghost(
    engine: Engine, house: House, who: str = "enterprise", action: str = "add_information", **body: str
) -> tuple[Opening, Act]:
    """Kills worker and engine between the commit of an action's row and its workflow task's; what was asked for."""
    command = [sys.executable, "-m", "tests.support.dying_worker", str(engine.settings.data_dir)]
    address = str(engine.settings.engine_address)
    with subprocess.Popen([*command, address, "2"], cwd=ROOT) as worker:  # noqa: ASYNC220 - it starts at once
        opening = house.opening()
        await house.keep(opening)
        for _ in range(50):
            with contextlib.suppress(EngineAway):
                await house.gateway.start(opening)
                break
        act = house.message(who, action, **(body or {"text": "幽灵"}))
        doomed = asyncio.create_task(house.gateway.act(opening.number, act))
        await asyncio.to_thread(worker.wait, 60)
        assert worker.returncode == -signal.SIGKILL
        # The engine dies too, and with it the update that it had not recorded.
        engine.kill()
        with pytest.raises(GatewayError):
            await doomed
    assert [e.action for e in await house.journal(opening.number)] == [Action.SUBMIT, act.action]
    engine.start()
    return opening, act


async def test_the_next_action_replaces_a_ghost_row_and_is_not_lost_for_its_sake(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings, worker=False) as house:
        opening, _ = await leave_a_ghost(own_engine, house)
        async with build(await connected(settings), house.database, settings.task_queue):
            await house.act(opening.number, "window", "accept")
            entries = await house.journal(opening.number)

    assert [e.action for e in entries] == [Action.SUBMIT, Action.ACCEPT]
    assert verify(entries) == ()


async def test_a_ghost_row_goes_away_by_itself_when_the_engine_is_back(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings, worker=False) as house:
        opening, _ = await leave_a_ghost(own_engine, house)
        async with build(await connected(settings), house.database, settings.task_queue), asyncio.timeout(60):
            relay = Relay(house.database, house.gateway, house.teller)
            while len(await house.journal(opening.number)) > 1:
                with contextlib.suppress(GatewayError):
                    await relay.settle_doubts()
            appeal = await house.look(opening.number)

    assert (appeal.seq, appeal.seen) == (1, {})


async def test_an_action_whose_row_was_a_ghosts_is_done_for_real_when_it_is_asked_again(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings, worker=False) as house:
        opening, act = await leave_a_ghost(own_engine, house)
        async with build(await connected(settings), house.database, settings.task_queue):
            assert await house.gateway.act(opening.number, act) == 2
            await house.act(opening.number, "window", "accept")
            entries = await house.journal(opening.number)

    assert [e.action for e in entries] == [Action.SUBMIT, Action.ADD_INFORMATION, Action.ACCEPT]
    assert verify(entries) == ()


async def test_a_locked_database_delays_the_answer_and_loses_nothing(own_engine: Engine) -> None:
    async with open_house(own_engine.settings) as house:
        number = await house.submit()
        message = house.message("window", "accept")
        locker = sqlite3.connect(own_engine.settings.data_dir / "appeals.db", isolation_level=None)
        locker.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(WritePending):
                await house.gateway.act(number, message)
        finally:
            locker.execute("ROLLBACK")
            locker.close()

        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(WritePending):
                    seq = await house.gateway.act(number, message)
                    break

        assert seq == 2
        assert [e.action for e in await house.journal(number)] == [Action.SUBMIT, Action.ACCEPT]


async def test_a_timer_that_fell_due_while_everything_was_dead_fires_when_it_is_back(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings) as house:
        number = await house.submit("hazmat-toxic-purchase", form={})
        await house.forward(number, hours=17, minutes=59, seconds=58)
        assert Action.RUNG not in {e.action for e in await house.journal(number)}
    # 75 % of 24 hours passes while neither engine nor worker is there: killing and starting takes longer than is left.
    own_engine.kill()
    own_engine.start()
    async with open_house(settings) as house:
        await journal_until(house, number, 5)
        entries = await house.journal(number)

    assert [(e.action, e.data.get("rung")) for e in entries[4:]] == [(Action.RUNG, "75")]


async def test_without_an_engine_the_gateway_says_so_within_its_time(own_engine: Engine) -> None:
    async with open_house(own_engine.settings, worker=False) as house:
        own_engine.kill()
        with pytest.raises(EngineAway):
            await house.gateway.start(house.opening())
        with pytest.raises(EngineAway):
            await house.gateway.act("SQ20261122-00000000", house.message("window", "accept"))
        assert (await house.gateway.readiness())["engine"] == "engine-away"


async def test_what_intake_kept_while_the_engine_was_away_is_started_by_the_relay(own_engine: Engine) -> None:
    async with open_house(own_engine.settings) as house:
        own_engine.kill()
        opening = house.opening()
        await house.keep(opening)
        with pytest.raises(EngineAway):
            await house.gateway.start(opening)
        own_engine.start()
        relay = Relay(house.database, house.gateway, house.teller, grace=timedelta(0))
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(EngineAway):
                    # On a busy machine a start may take longer than a person waits for: then once more.
                    if not await relay.start_waiting():
                        break
        appeal = await house.look(opening.number)

    assert appeal.created_at == opening.created_at
    assert appeal.clocks[0].started_at == opening.created_at


async def test_a_write_that_a_later_attempt_overtook_is_never_told_as_done(own_engine: Engine) -> None:
    """As after a backup of the engine that is older than the tables: refused, kept waiting, not acknowledged."""
    async with open_house(own_engine.settings) as house:
        number = await house.submit()
        database = sqlite3.connect(own_engine.settings.data_dir / "appeals.db", isolation_level=None)
        database.execute("UPDATE appeals SET fence = fence + 3600000000 WHERE number = ?", (number,))
        message = house.message("window", "accept")
        with pytest.raises(WritePending):
            await house.gateway.act(number, message)
        database.execute("UPDATE appeals SET fence = 0 WHERE number = ?", (number,))
        database.close()

        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(WritePending):
                    assert await house.gateway.act(number, message) == 2
                    break
        assert [e.action for e in await house.journal(number)] == [Action.SUBMIT, Action.ACCEPT]


async def test_a_ghost_is_found_however_long_the_machine_was_off(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings, worker=False) as house:
        opening, _ = await leave_a_ghost(own_engine, house)
        house.gateway.take_doubts()
        async with build(await connected(settings), house.database, settings.task_queue):
            beginning = asyncio.create_task(Relay(house.database, house.gateway, house.teller).run())
            async with asyncio.timeout(60):
                while len(await house.journal(opening.number)) > 1:  # noqa: ASYNC110 - the rows are another task's
                    await asyncio.sleep(0.1)
            beginning.cancel()
