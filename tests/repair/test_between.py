"""Appeals that are looked at between two moments: just taken in, just begun, closing, or with nobody who answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.colours import moments
from domain.journal import verify
from domain.loop import decide
from domain.opening import Opening, begin
from gateway import histories
from gateway.histories import Histories
from storage.writer import AppealWriter
from tests.repair.population import handled
from tests.repair.tables import opened
from tests.repair.test_ahead import texts, write_beyond
from tests.repair.test_reconcile import left, run
from tests.support.engine import Engine
from tests.support.house import House, open_house
from workflows import contract
from workflows.contract import AppealStart, slim

pytestmark = pytest.mark.engine

Action = tuple[str, str, dict[str, Any]]
ACCEPT: Action = ("window", "accept", {})
ASSIGN: Action = ("dispatcher", "assign", {"lead_unit": "station-a"})


@pytest.fixture(scope="module")
def real_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine without time skipping, for the tests of this file; workers come and go."""
    engine = Engine(tmp_path_factory.mktemp("engine"), rehearsal=False)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@pytest.fixture
async def idle(real_engine: Engine) -> AsyncIterator[House]:
    """The house while no worker works."""
    async with open_house(real_engine.settings, worker=False) as house:
        yield house


async def heard_of(house: House) -> Opening:
    """An appeal that the engine has taken and no worker has seen."""
    opening = house.opening()
    await house.keep(opening)
    queue = house.settings.task_queue
    await house.client.start_workflow(contract.WORKFLOW, AppealStart(opening), id=opening.number, task_queue=queue)
    return opening


async def write(house: House, opening: Opening, *actions: Action) -> None:
    """In the tables its beginning and these actions, as if they had been answered."""
    begun = begin(opening)
    appeal, entries = begun.appeal, begun.entries
    for n, (who, action, body) in enumerate(actions, start=1):
        act = house.message(who, action, key=f"{opening.number}-{n}", **body)
        done = decide(appeal, act, opening.created_at + timedelta(seconds=n))
        appeal, entries = done.appeal, entries + done.entries
    async with house.database.write() as w:
        assert await AppealWriter(w).write(slim(appeal), entries, 1, moments(appeal))


def reasons(report: dict[str, Any]) -> dict[str, tuple[str, str, str]]:
    """By number: the first kind of fault, the result, and why."""
    return {a["number"]: (a["faults"][0]["kind"], a["result"], a["reason"]) for a in report["appeals"]}


async def test_what_was_answered_is_kept_when_the_engine_is_as_it_was_before_the_first_task(
    real_engine: Engine, idle: House, tmp_path: Path
) -> None:
    opening = await heard_of(idle)
    await write(idle, opening, ACCEPT, ASSIGN)
    before = await idle.journal(opening.number)

    report = await run(idle, tmp_path, numbers=(opening.number,))
    assert reasons(report) == {opening.number: ("tables-ahead", "needs-engine-restored", "")}
    assert left(await run(idle, tmp_path, numbers=(opening.number,), engine_restored=True)) == set()

    async with open_house(real_engine.settings) as house:
        await house.act(opening.number, "handler", "sign", key="after")
        journal = await house.journal(opening.number)
        assert journal[:-1] == before
        assert verify(journal) == ()
        assert (await run(house, tmp_path, numbers=(opening.number,)))["appeals"] == []


async def test_an_appeal_that_no_worker_has_seen_yet_is_not_apart(idle: House, tmp_path: Path) -> None:
    unwritten, written = await heard_of(idle), await heard_of(idle)
    await write(idle, written)
    with opened(idle.settings.database_url) as tables:
        before = tables.dump()

    report = await run(idle, tmp_path, numbers=(unwritten.number, written.number), engine_restored=True)

    assert report["appeals"] == []
    with opened(idle.settings.database_url) as tables:
        assert tables.dump() == before


async def test_an_appeal_that_ended_before_its_first_task_begins_again(
    real_engine: Engine, idle: House, tmp_path: Path
) -> None:
    opening = await heard_of(idle)
    await idle.client.get_workflow_handle(opening.number).terminate("by mistake")

    report = await run(idle, tmp_path, numbers=(opening.number,))
    assert reasons(report) == {opening.number: ("workflow-ended", "needs-engine-restored", "")}
    assert left(await run(idle, tmp_path, numbers=(opening.number,), engine_restored=True)) == set()

    async with open_house(real_engine.settings) as house:
        assert (await house.act(opening.number, "window", "accept", key="after")).seq == 2
        assert (await run(house, tmp_path, numbers=(opening.number,)))["appeals"] == []


async def test_whoever_cannot_be_judged_yet_is_named(idle: House, tmp_path: Path) -> None:
    young, odd = idle.opening(), await heard_of(idle)
    await idle.keep(young)
    await write(idle, odd, ACCEPT)
    with opened(idle.settings.database_url) as tables:
        tables.run("UPDATE journal SET hash = 'x' WHERE number = ?", odd.number)

    report = await run(idle, tmp_path, numbers=(young.number, odd.number))

    assert reasons(report) == {
        young.number: ("just-came-in", "waiting", "just-came-in"),
        odd.number: ("just-begun", "waiting", "just-begun"),
    }


async def test_a_workflow_that_does_not_answer_keeps_no_other_appeal_from_being_mended(
    real_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "_ANSWER", timedelta(seconds=1))
    async with open_house(real_engine.settings) as house:
        silent, broken = await handled(house), await handled(house)
        await write_beyond(house, silent, "幽灵")
    async with open_house(real_engine.settings, worker=False) as house:
        with opened(house.settings.database_url) as tables:
            tables.run("UPDATE appeals SET title = 'x' WHERE number = ?", broken)

        report = await run(house, tmp_path, numbers=(silent, broken))

        assert reasons(report) == {
            silent: ("ghost", "waiting", "write-pending"),
            broken: ("row-changed", "mended", ""),
        }


async def test_an_appeal_that_ends_meanwhile_is_looked_at_again(
    real_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restore = Histories.restore
    async with open_house(real_engine.settings) as house:

        async def too_late(self: Histories, number: str) -> None:
            await house.client.get_workflow_handle(number).terminate("just now")
            await restore(self, number)

        monkeypatch.setattr(Histories, "restore", too_late)
        number = await handled(house)
        await write_beyond(house, number, "幽灵")

        report = await run(house, tmp_path, numbers=(number,))

        assert reasons(report) == {number: ("ghost", "needs-engine-restored", "")}
        assert await texts(house, number) == ["已联系企业", "幽灵"]
