"""What outside bodies are told by the running loop: what the engine has recorded, once, and nothing of a ghost's."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from activities.outbox import RECALL, Outbox
from gateway.errors import EngineAway, GatewayError
from storage.deliveries import Delivery, DeliveryReads
from storage.organisation import Organisation
from storage.partners import partners_of
from tests.support.engine import Engine
from tests.support.house import House, connected, open_house
from worker.main import build

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
UNIT = "hotline-12345"


def outbox(*, rehearsal: bool = True) -> Outbox:
    partners = partners_of(Organisation.load(), {UNIT: "http://127.0.0.1:9/"}, rehearsal=rehearsal)
    return Outbox(partners, "urn:appeals:sample", rehearsal=rehearsal)


@pytest.fixture(scope="module")
async def told(engine: Engine) -> AsyncIterator[House]:
    """The house with an outbox."""
    async with (
        open_house(engine.settings, worker=False) as house,
        build(house.client, house.database, engine.settings.task_queue, outbox=outbox()),
    ):
        yield house


async def messages(house: House, number: str, last: str = "appeals.transfer") -> list[Delivery]:
    """What lies in the outbox, as soon as the last one is of this type."""
    async with asyncio.timeout(60):
        while True:
            async with house.database.read() as r:
                found = await DeliveryReads(r).of(number)
            if found and found[-1].kind == last:
                return found
            await asyncio.sleep(0.05)


def event(delivery: Delivery) -> dict[str, Any]:
    assert delivery.body is not None
    found: dict[str, Any] = json.loads(delivery.body)
    assert (found["specversion"], found["id"], found["type"]) == ("1.0", delivery.key, delivery.kind)
    return found


async def test_a_transfer_is_told_with_what_the_body_needs_to_act(told: House) -> None:
    number = await told.submit("non-police")
    await told.act(number, "window", "transfer", body=UNIT, reason="非警务诉求")
    (delivery,) = await messages(told, number)
    found = event(delivery)
    assert (found["subject"], found["source"], found["rehearsal"]) == (f"{number}/1", "urn:appeals:sample", "true")
    data = found["data"]
    assert (data["transfer"], data["reason"], data["title"]) == (f"{number}/1", "非警务诉求", "厂区门口违停影响装卸")
    assert data["contact"] == {"name": "张三", "phone": "13800001234"}
    assert data["receipt_due_at"] < data["reply_due_at"]


async def test_a_silent_body_is_chased_and_told_when_it_was_taken_back(told: House) -> None:
    number = await told.submit("non-police")
    await told.act(number, "window", "transfer", body=UNIT, reason="非警务诉求")
    await told.forward(number, days=5)
    await told.act(number, "window", "recall_transfer", reason="久未签收")
    found = [event(d) for d in await messages(told, number, RECALL)]
    assert [e["type"] for e in found][:: len(found) - 1] == ["appeals.transfer", "appeals.transfer.recall"]
    reminders = [e["data"] for e in found[1:-1]]
    assert [r["rung"] for r in reminders][:3] == ["75", "90", "100"]
    assert [r["overdue"] for r in reminders][:3] == [False, False, True]
    assert {r["waiting_for"] for r in reminders} == {"receipt"}
    assert found[-1]["data"]["reason"] == "久未签收"
    assert len({e["id"] for e in found}) == len(found)


async def test_why_others_took_it_back_is_ours(told: House) -> None:
    number = await told.submit("non-police")
    await told.act(number, "window", "transfer", body=UNIT, reason="非警务诉求")
    await told.act(number, "enterprise", "withdraw", reason="内部原因")
    assert "reason" not in event((await messages(told, number, RECALL))[1])["data"]


async def test_a_body_without_an_endpoint_is_told_by_people(told: House) -> None:
    number = await told.submit("non-police")
    await told.act(number, "window", "transfer", body="street-a", reason="属街道")
    await told.act(number, "system", "transfer_refused", reason="不属街道")
    await told.act(number, "window", "transfer", body=UNIT, reason="非警务诉求")
    assert [(d.partner, d.transfer) for d in await messages(told, number)] == [(UNIT, 2)]


async def test_in_a_rehearsal_only_those_are_told_that_are_there_for_it() -> None:
    organisation = Organisation.load()
    entry = organisation.entry(UNIT)
    assert entry is not None
    assert entry.endpoint is not None
    assert set(partners_of(organisation, {UNIT: "http://127.0.0.1:9/", "street-a": "http://127.0.0.1:9/"})) == {UNIT}
    assert partners_of(organisation, {}) == {}


@pytest.fixture
async def own_engine(tmp_path: Path) -> AsyncIterator[Engine]:
    """An engine of this test alone, because it will be killed."""
    engine = Engine(tmp_path)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


async def test_a_ghost_of_a_transfer_leaves_the_house_as_little_as_the_transfer_does(own_engine: Engine) -> None:
    settings = own_engine.settings
    async with open_house(settings, worker=False) as house:
        number = await _leave_a_ghost(own_engine, house)
        async with build(await connected(settings), house.database, settings.task_queue, outbox=outbox()):
            await house.act(number, "window", "accept")
            assert [e.action.value for e in await house.journal(number)] == ["submit", "accept"]
            # Told after the next entry, and therefore after whatever the ghost could have told.
            await house.act(number, "window", "transfer", body=UNIT, reason="非警务诉求")
            (delivery,) = await messages(house, number)
            assert delivery.key == f"{number}:3:transfer"


async def _leave_a_ghost(engine: Engine, house: House) -> str:
    """Worker and engine die between the commit of a transfer's row and its workflow task's."""
    command = [sys.executable, "-m", "tests.support.dying_worker", str(engine.settings.data_dir)]
    with subprocess.Popen([*command, str(engine.settings.engine_address), "2"], cwd=ROOT) as worker:  # noqa: ASYNC220
        opening = house.opening("non-police")
        await house.keep(opening)
        for _ in range(50):
            with contextlib.suppress(EngineAway):
                await house.gateway.start(opening)
                break
        act = house.message("window", "transfer", body=UNIT, reason="幽灵")
        doomed = asyncio.create_task(house.gateway.act(opening.number, act))
        await asyncio.to_thread(worker.wait, 60)
        assert worker.returncode == -signal.SIGKILL
        engine.kill()
        with pytest.raises(GatewayError):
            await doomed
    assert [e.action.value for e in await house.journal(opening.number)] == ["submit", "transfer"]
    engine.start()
    return opening.number
