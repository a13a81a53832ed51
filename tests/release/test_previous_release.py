"""A data directory of an earlier release opens in this one, and every appeal in it goes on.

The days pass while it is kept: everything that has fallen due since happens when it is opened, as after an outage.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runtime.datadir import DataDir
from runtime.engine import find_binary
from runtime.settings import Settings
from storage.comparison import proven
from storage.database import Database
from storage.dossier import Dossiers
from storage.migrate import upgrade
from storage.rules import rules_by_version
from tests.release.previous import HERE, act, unpack
from tests.support.running import ROOT, Running

pytestmark = [pytest.mark.engine, pytest.mark.slow]

KEPT = sorted(path.name.removesuffix(".tar.xz") for path in HERE.glob("*.tar.xz"))
#: What is done in each stage, whatever has fallen due meanwhile, and where it leads.
NEXT: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "accept": ("window", "accept", {}, "assign"),
    "assign": ("dispatcher", "assign", {"lead_unit": "station-b"}, "assign"),
    "handle": ("handler", "submit_result", {"outcome": "solved", "text": "已划设卸货区"}, "feedback"),
    "feedback": ("leader", "review", {"approved": False, "reason": "请补充佐证"}, "handle"),
    "evaluate": ("supervisor", "lift", {"reason": "企业不认可"}, "assign"),
}


@pytest.fixture(scope="module", params=KEPT)
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """This release on a data directory of that one."""
    directory: Path = tmp_path_factory.mktemp("previous") / "data"
    numbers = unpack(request.param, directory)
    system = Running(directory, rehearsal=request.param.endswith("-rehearsal"))
    system.start()
    try:
        for stage, (who, action, body, leads_to) in NEXT.items():
            assert act(system, numbers[stage], who, action, body)["stage"] == leads_to
        yield system
    finally:
        code = system.stop()
    assert code == 0


def numbers_of(system: Running) -> dict[str, str]:
    numbers: dict[str, str] = json.loads((system.directory / "numbers.json").read_text())
    return numbers


def temporal(system: Running, *arguments: str) -> str:
    """What the real `temporal` says of the running engine."""
    binary = str(find_binary(Settings.load(data_dir=system.directory)))
    address = str(DataDir(system.directory).running_engine())
    return subprocess.run([binary, *arguments, "--address", address], capture_output=True, text=True, check=True).stdout


def appeals(system: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli.main", *arguments, "--data-dir", str(system.directory)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def listed_until(system: Running, query: str, number: str) -> None:
    """Waits until the engine's list has caught up."""
    deadline = time.monotonic() + 60
    while number not in (found := temporal(system, "workflow", "list", "--query", query, "--output", "json")):
        assert time.monotonic() < deadline, found
        time.sleep(0.2)


def test_appeals_that_began_before_are_found_by_the_lists_after_their_next_change(opened: Running) -> None:
    numbers = numbers_of(opened)

    listed_until(opened, "AppealStage='feedback' AND AppealUnit='station-a'", numbers["handle"])
    listed_until(opened, "AppealStage='assign' AND AppealUnit='branch'", numbers["assign"])
    # Each took the patch where it was, not at its beginning.
    late = "TemporalChangeVersion IS NOT NULL AND TemporalChangeVersion != 'search-attributes-1'"
    listed_until(opened, f"{late} AND AppealStage='feedback'", numbers["handle"])


def test_appeals_that_began_before_fit_this_release(opened: Running) -> None:
    replayed = appeals(opened, "replay", "--all")

    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    assert "0 件不符" in replayed.stdout


@pytest.mark.parametrize("name", KEPT)
async def test_rows_that_were_written_before_prove_themselves_still(name: str, tmp_path: Path) -> None:
    numbers = unpack(name, tmp_path / "data")
    url = f"sqlite:///{tmp_path}/data/appeals.db"
    upgrade(url)
    database = Database.create(url)
    try:
        async with database.read() as r:
            for dossier in (await Dossiers(r).of(list(numbers.values()))).values():
                assert dossier.row is not None
                rules = await rules_by_version(r, {dossier.row["rules_version"]})
                assert proven(dossier, rules).appeal.number in numbers.values()
    finally:
        await database.close()


def test_their_journals_hold(opened: Running) -> None:
    verified = appeals(opened, "audit", "verify")

    assert verified.returncode == 0, verified.stdout + verified.stderr
    for number in numbers_of(opened).values():
        assert opened.ask("supervisor", f"/v1/appeals/{number}")["number"] == number
