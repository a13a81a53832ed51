"""Tables that know more than the engine: a ghost is undone, an older engine is believed only where nothing is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.colours import moments
from domain.journal import seal, verify
from domain.loop import decide
from domain.opening import begin
from domain.vocabulary import Action
from gateway.histories import Histories
from storage.appeals import Appeals
from storage.journal import JournalReads
from storage.writer import AppealWriter
from tests.repair.population import handled, start
from tests.repair.tables import opened
from tests.repair.test_reconcile import left, run
from tests.support.engine import Engine
from tests.support.house import House, open_house
from workflows import contract
from workflows.contract import AppealStart, slim

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house for the tests of this file."""
    engine = Engine(tmp_path_factory.mktemp("engine"), rehearsal=False)
    engine.start()
    try:
        async with open_house(engine.settings) as opened_house:
            yield opened_house
    finally:
        engine.stop()


async def write_beyond(house: House, number: str, *texts: str) -> None:
    """Notes that the tables have and the workflow has not, each of a moment of its own."""
    for text in texts:
        async with house.database.write() as w:
            stored = await Appeals(w).get(number)
            assert stored is not None
            last = stored.appeal.last_at
            assert last is not None
            now = last + timedelta(seconds=1)
            done = decide(stored.appeal, house.message("handler", "note", key=f"{number}-{text}", text=text), now)
            fence = round(datetime.now(UTC).timestamp() * 1_000_000)
            kept = await AppealWriter(w).write(slim(done.appeal), done.entries, fence, moments(done.appeal))
            assert kept


def faults(report: dict[str, object], number: str) -> list[str]:
    """What was found of one appeal."""
    found = report["appeals"]
    assert isinstance(found, list)
    return [f["kind"] for a in found if a["number"] == number for f in a["faults"]]


async def texts(house: House, number: str) -> list[str]:
    """Its notes, as the journal has them."""
    return [e.data["text"] for e in await house.journal(number) if e.action is Action.NOTE]


async def test_a_ghost_is_undone_by_its_workflow(house: House, tmp_path: Path) -> None:
    number = await handled(house)
    await write_beyond(house, number, "幽灵")

    report = await run(house, tmp_path, numbers=(number,))

    assert faults(report, number) == ["ghost"]
    assert left(report) == set()
    assert await texts(house, number) == ["已联系企业"]


async def test_more_than_a_ghost_is_left_alone_until_somebody_says_what_happened(house: House, tmp_path: Path) -> None:
    number = await handled(house)
    await write_beyond(house, number, "其一", "其二")
    with opened(house.settings.database_url) as tables:
        before = tables.dump()

    report = await run(house, tmp_path, numbers=(number,))

    assert faults(report, number) == ["tables-ahead"]
    assert left(report) == {number}
    with opened(house.settings.database_url) as tables:
        assert tables.dump() == before

    report = await run(house, tmp_path, numbers=(number,), engine_restored=True)

    assert left(report) == set()
    await house.act(number, "handler", "note", text="之后")
    assert await texts(house, number) == ["已联系企业", "其一", "其二", "之后"]
    assert verify(await house.journal(number)) == ()
    assert faults(await run(house, tmp_path, numbers=(number,)), number) == []


async def test_tables_that_are_ahead_and_contradict_themselves_are_left_to_people(house: House, tmp_path: Path) -> None:
    number = await handled(house)
    await write_beyond(house, number, "其一", "其二")
    with opened(house.settings.database_url) as tables:
        tables.run("UPDATE appeals SET stage = 'closed' WHERE number = ?", number)

    report = await run(house, tmp_path, numbers=(number,), engine_restored=True)

    assert report["appeals"][0]["reason"] == "tables-ahead stage"


async def test_an_appeal_whose_workflow_was_ended_by_hand_is_put_back(house: House, tmp_path: Path) -> None:
    number = await handled(house)
    await house.client.get_workflow_handle(number).terminate("by mistake")

    assert left(await run(house, tmp_path, numbers=(number,))) == {number}
    assert left(await run(house, tmp_path, numbers=(number,), engine_restored=True)) == set()

    await house.act(number, "handler", "note", text="之后")
    assert await texts(house, number) == ["已联系企业", "之后"]


async def test_a_write_that_the_row_refuses_goes_through_when_its_fence_is_lowered(
    house: House, tmp_path: Path
) -> None:
    number = await handled(house)
    with opened(house.settings.database_url) as tables:
        tables.run("UPDATE appeals SET fence = fence + 1000000000000000 WHERE number = ?", number)

    assert left(await run(house, tmp_path, numbers=(number,))) == set()

    await house.act(number, "handler", "note", text="之后")
    assert await texts(house, number) == ["已联系企业", "之后"]


async def test_a_journal_that_proves_itself_is_never_written_over(house: House, tmp_path: Path) -> None:
    """Somebody who seals anew what he has changed is not helped to cover it."""
    number = await handled(house)
    async with house.database.read() as r:
        entries = await JournalReads(r).of(number)
    forged = [entries[0]]
    for entry in entries[1:]:
        forged.append(seal(replace(entry, salt="forged"), forged[-1].hash))
    appeal = replace(await house.look(number), head=forged[-1].hash)
    with opened(house.settings.database_url) as tables:
        tables.run("DELETE FROM journal WHERE number = ?", number)
    async with house.database.write() as w:
        assert await AppealWriter(w).write(slim(appeal), forged, 2**60, moments(appeal))

    report = await run(house, tmp_path, numbers=(number,))

    assert faults(report, number) == ["two-journals"]
    assert left(report) == {number}
    assert [e.hash for e in await house.journal(number)] == [e.hash for e in forged]


async def test_earlier_runs_tell_what_the_newest_one_does_not_know(house: House, tmp_path: Path) -> None:
    opening = house.opening()
    await house.keep(opening)
    start_input = AppealStart(opening, continue_after=20)
    await house.client.start_workflow(
        contract.WORKFLOW, start_input, id=opening.number, task_queue=house.settings.task_queue
    )
    await house.start(opening)
    for n in range(6):
        await house.act(opening.number, "enterprise", "add_information", text=f"补充{n}")
    before = await house.journal(opening.number)
    newest = await Histories(house.client, "appeals").newest(opening.number)
    assert newest is not None
    assert newest.events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    with opened(house.settings.database_url) as tables:
        tables.run("DELETE FROM journal WHERE number = ? AND seq < 3", opening.number)

    report = await run(house, tmp_path, numbers=(opening.number,))

    assert left(report) == set()
    assert await house.journal(opening.number) == before


async def only_in_the_tables(house: House) -> str:
    """A closed appeal that the engine has forgotten, as it does after a while."""
    opening = house.opening()
    await house.keep(opening)
    begun = begin(opening)
    gone = house.message("enterprise", "withdraw", key=f"{opening.number}-withdraw", reason="已自行解决")
    done = decide(begun.appeal, gone, opening.created_at + timedelta(minutes=1))
    async with house.database.write() as w:
        entries = (*begun.entries, *done.entries)
        assert await AppealWriter(w).write(slim(done.appeal), entries, 1, moments(done.appeal))
    return opening.number


async def test_without_a_history_sound_tables_are_believed_and_broken_ones_are_named(
    house: House, tmp_path: Path
) -> None:
    sound, broken = await only_in_the_tables(house), await only_in_the_tables(house)
    with opened(house.settings.database_url) as tables:
        tables.run("DELETE FROM intake WHERE number = ?", sound)
        tables.run("DELETE FROM journal WHERE number = ? AND seq = 2", broken)

    report = await run(house, tmp_path, numbers=(sound, broken))

    assert faults(report, sound) == ["intake-missing"]
    assert faults(report, broken) == ["tables-unproven"]
    assert left(report) == {broken}


async def test_what_intake_calls_started_and_nobody_has_is_started(house: House, tmp_path: Path) -> None:
    opening = house.opening()
    opening = replace(opening, created_at=opening.created_at - timedelta(hours=1))
    await house.keep(opening)
    with opened(house.settings.database_url) as tables:
        tables.run("UPDATE intake SET started_at = created_at WHERE number = ?", opening.number)

    report = await run(house, tmp_path, numbers=(opening.number,))

    assert faults(report, opening.number) == ["intake-lost"]
    assert left(report) == set()
    assert (await house.look(opening.number)).seq == 1


async def test_a_number_that_nobody_knows_is_called_so(house: House, tmp_path: Path) -> None:
    report = await run(house, tmp_path, numbers=("SQ20261122-00000000",))
    assert report["appeals"][0]["reason"] == "nothing-known"


async def test_while_people_act_nothing_is_called_apart(house: House, tmp_path: Path) -> None:
    numbers = [await start(house, house.opening()) for _ in range(3)]
    stop = False

    async def busy(number: str) -> int:
        done = 0
        while not stop:
            await house.act(number, "enterprise", "add_information", text=f"补充{done}")
            done += 1
        return done

    people = [asyncio.create_task(busy(number)) for number in numbers]
    reports = [await run(house, tmp_path, numbers=tuple(numbers)) for _ in range(3)]
    stop = True
    done = await asyncio.gather(*people)

    # Whoever never stands still cannot be compared, and is named as that.
    assert {kind for report in reports for number in numbers for kind in faults(report, number)} <= {"in-motion"}
    assert [len(await house.journal(n)) for n in numbers] == [1 + d for d in done]


async def test_several_processes_find_what_one_finds(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.reconcile.SHARE", 2)
    numbers = [await start(house, house.opening()) for _ in range(4)]
    with opened(house.settings.database_url) as tables:
        for number in numbers[1:3]:
            tables.run("UPDATE appeals SET title = 'x' WHERE number = ?", number)

    report = await run(house, tmp_path, numbers=tuple(numbers), processes=2)

    assert [a["number"] for a in report["appeals"]] == numbers[1:3]
    assert left(report) == set()
