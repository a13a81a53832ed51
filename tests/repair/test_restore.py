"""Restored minutes apart, either way: every action that was answered is in the journal once, and appeals go on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cli.audit import count_flawed
from cli.backup import MARKER, backup, restore
from domain.vocabulary import Action
from gateway.relay import Relay
from runtime.datadir import DataDir
from runtime.errors import OperatorError
from tests.repair.population import ended, handled, permit, permits, start
from tests.repair.tables import opened
from tests.repair.test_between import ACCEPT, heard_of, write
from tests.repair.test_reconcile import left, run
from tests.support.engine import Engine
from tests.support.house import House, open_house
from tests.support.running import Running

pytestmark = pytest.mark.engine


@dataclass(frozen=True, slots=True)
class Backups:
    """Two backups of one system, and what was answered before the second."""

    first: Path
    second: Path
    answered: dict[str, list[str]]
    """Appeal to the keys of its actions."""
    worked_on: str
    touched_once: str
    came_between: str
    ended_between: str
    unstarted: str


class Answered:
    """Acts, and remembers what was answered."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.keys: dict[str, list[str]] = {}

    async def act(self, number: str, who: str, action: str, **body: Any) -> None:
        key = f"{number}-{action}-{len(self.keys.get(number, []))}"
        await self._house.perform(number, self._house.message(who, action, key=key, **body))
        self.keys.setdefault(number, []).append(key)


@pytest.fixture(scope="module")
async def backups(tmp_path_factory: pytest.TempPathFactory) -> Backups:
    """Taken while it runs: some actions, a backup, more actions, another one."""
    folder = tmp_path_factory.mktemp("backups")
    engine = Engine(folder / "data", rehearsal=False)
    DataDir(engine.settings.data_dir).admit(rehearsal=False)
    engine.start()
    try:
        async with open_house(engine.settings) as house:
            return await _two_backups(house, folder)
    finally:
        engine.stop()


async def _two_backups(house: House, folder: Path) -> Backups:
    answered = Answered(house)
    worked_on, touched_once, _ = await handled(house), (await permits(house, 1))[0], await ended(house)
    ends = await start(house, house.opening())
    await asyncio.to_thread(backup, house.settings, folder / "first", with_keys=True)
    for n in range(3):
        await answered.act(worked_on, "handler", "note", text=f"第{n}次联系")
    await answered.act(touched_once, "enterprise", "add_information", text="补充说明")
    came = await start(house, house.opening())
    await answered.act(came, "window", "accept")
    await answered.act(came, "dispatcher", "assign", lead_unit="station-a")
    await answered.act(ends, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(ends).result()
    kept = permit(house, 1)
    await house.keep(kept)
    await asyncio.to_thread(backup, house.settings, folder / "second", with_keys=True)
    return Backups(
        *(folder / "first", folder / "second", answered.keys), *(worked_on, touched_once, came, ends, kept.number)
    )


@asynccontextmanager
async def restored(data_dir: Path, *, worker: bool) -> AsyncIterator[House]:
    """A restored directory with its engine, and perhaps a worker."""
    engine = Engine(data_dir, rehearsal=False)
    engine.start()
    try:
        async with open_house(engine.settings, worker=worker) as house:
            yield house
    finally:
        engine.stop()


async def goes_on(house: House, taken: Backups, tmp_path: Path) -> None:
    """Nothing is apart, everything answered is there once, and the appeals can be acted on."""
    assert (await run(house, tmp_path))["appeals"] == []
    for number, keys in taken.answered.items():
        counted = Counter(entry.entry_id for entry in await house.journal(number))
        assert [key for key in keys if counted[key] != 1] == []
    noted = await house.act(taken.worked_on, "handler", "note", key="after-1", text="之后")
    assert noted.last_action is Action.NOTE
    await house.act(taken.came_between, "handler", "sign", key="after-2")
    await house.act(taken.touched_once, "enterprise", "add_information", key="after-3", text="恢复之后")
    repeated = house.message("handler", "note", key=taken.answered[taken.worked_on][0], text="第0次联系")
    assert await house.perform(taken.worked_on, repeated) == 6
    assert not (await house.look(taken.ended_between)).is_open
    assert (await run(house, tmp_path))["appeals"] == []
    assert await asyncio.to_thread(count_flawed, house.settings.database_url) == 0


async def test_tables_older_than_the_engine_are_told_again_by_the_histories(backups: Backups, tmp_path: Path) -> None:
    restore(backups.first, tmp_path / "data", engine_from=backups.second, keys=None)
    async with restored(tmp_path / "data", worker=True) as house:
        report = await run(house, tmp_path)
        assert left(report) == set()
        assert set(backups.answered) <= {a["number"] for a in report["appeals"]}
        await goes_on(house, backups, tmp_path)


async def test_an_engine_older_than_the_tables_takes_what_they_prove_when_it_is_told_to(
    backups: Backups, tmp_path: Path
) -> None:
    restore(backups.second, tmp_path / "data", engine_from=backups.first, keys=None)
    async with restored(tmp_path / "data", worker=False) as house:
        with opened(house.settings.database_url) as tables:
            before = tables.dump()
        report = await run(house, tmp_path, dry_run=True)
        kinds = {a["number"]: [f["kind"] for f in a["faults"]] for a in report["appeals"]}
        assert kinds[backups.worked_on] == ["tables-ahead"]
        assert kinds[backups.came_between] == ["workflow-missing"]
        with opened(house.settings.database_url) as tables:
            assert tables.dump() == before
        assert left(await run(house, tmp_path, engine_restored=True)) == set()
    async with restored(tmp_path / "data", worker=True) as house:
        await Relay(house.database, house.gateway, house.teller).start_waiting()
        assert (await house.look(backups.unstarted)).seq > 0
        await goes_on(house, backups, tmp_path)


async def test_the_whole_system_reconciles_by_itself_before_it_works_again(backups: Backups, tmp_path: Path) -> None:
    restore(backups.second, tmp_path / "data", engine_from=backups.first, keys=None)
    running = Running(tmp_path / "data")
    running.start()
    try:
        assert not (tmp_path / "data" / MARKER).exists()
        for number, keys in backups.answered.items():
            journal = running.ask("supervisor", f"/v1/appeals/{number}/journal")
            assert len(journal["items"]) > len(keys)
        note = {"text": "恢复之后"}
        assert running.post("handler", f"/v1/appeals/{backups.worked_on}/actions/note", "after", note).is_success
    finally:
        assert running.stop() == 0


async def test_nothing_works_on_a_restored_directory_while_an_appeal_cannot_be_settled(tmp_path: Path) -> None:
    engine = Engine(tmp_path / "taken", rehearsal=False)
    DataDir(engine.settings.data_dir).admit(rehearsal=False)
    engine.start()
    try:
        async with open_house(engine.settings, worker=False) as house:
            odd = await heard_of(house)
            await write(house, odd, ACCEPT)
            with opened(house.settings.database_url) as tables:
                tables.run("UPDATE journal SET hash = 'x' WHERE number = ?", odd.number)
            await asyncio.to_thread(backup, house.settings, tmp_path / "kept", with_keys=True)
    finally:
        engine.stop()
    data = tmp_path / "data"
    restore(tmp_path / "kept", data, engine_from=None, keys=None)

    with pytest.raises(AssertionError, match=odd.number) as refused:
        Running(data).start()

    assert f"删除 {data / MARKER}" in str(refused.value).replace("\n", "")
    assert (data / MARKER).exists()
    assert not (data / "logs" / "worker.log").exists()
    (data / MARKER).unlink()  # the way out that it names
    running = Running(data)
    running.start()
    assert running.stop() == 0


def test_a_backup_is_complete_or_not_there_and_says_what_it_holds(backups: Backups, tmp_path: Path) -> None:
    names = {path.name for path in backups.first.iterdir()}
    assert {"appeals.db", "engine.db", "codec-keys", "manifest.json"} <= names
    assert {path.stat().st_mode & 0o077 for path in backups.first.iterdir()} == {0}
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in backups.first.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    with (damaged / "appeals.db").open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 64)
    with pytest.raises(OperatorError, match=r"appeals\.db"):
        restore(damaged, tmp_path / "data", engine_from=None, keys=None)
    assert not (tmp_path / "data").exists()


def test_a_directory_that_holds_anything_is_not_restored_into(backups: Backups, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "something").touch()
    with pytest.raises(OperatorError, match="不是空目录"):
        restore(backups.first, tmp_path / "data", engine_from=None, keys=None)
