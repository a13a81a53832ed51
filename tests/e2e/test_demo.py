"""The README's first five minutes, as a newcomer runs them."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from tests.support.running import ROOT, Running, submission

pytestmark = [pytest.mark.engine, pytest.mark.slow]


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A rehearsal on a data directory of its own."""
    started = Running(tmp_path_factory.mktemp("demo") / "data", rehearsal=True)
    started.start()
    yield started
    assert started.stop() == 0


def test_the_demos_story_is_told_to_its_end_and_reads_true(rehearsal: Running) -> None:
    command = [sys.executable, "-m", "cli.main", "demo", "--data-dir", str(rehearsal.directory)]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "件件有结果、事事有回音" in told.stdout
    appeals = {a["service"]: a for a in rehearsal.ask("supervisor", "/v1/appeals")["items"]}
    general, permit = appeals["appeal-general"], appeals["hazmat-toxic-purchase"]
    assert (general["stage"], general["outcome"], general["round"]) == ("closed", "solved", 2)
    assert (permit["stage"], permit["outcome"], permit["round"]) == ("closed", "solved", 1)
    handles = {c["round"]: c for c in general["clocks"] if c["name"] == "handle"}
    # Two days passed while the enterprise owed its photos, and cost nothing.
    assert [p["cause"] for p in handles[1]["pauses"]] == ["supplement"]
    assert handles[1]["elapsed"] == 0
    assert next(c for c in permit["clocks"] if c["name"] == "handle")["budget"] == "48 hours"
    journal = rehearsal.ask("supervisor", f"/v1/appeals/{permit['number']}/journal")["items"]
    assert next(e["data"]["rung"] for e in journal if e["action"] == "rung") == "75"


def test_rungs_fire_at_their_own_time_although_somebody_acts_while_the_clock_is_moved(rehearsal: Running) -> None:
    number = rehearsal.post("system", "/v1/appeals", "moved", submission()).json()["number"]
    path = f"/v1/appeals/{number}/actions/add_information"
    words = threading.Thread(
        target=lambda: [
            rehearsal.post("window", path, f"moved-{n}", {"text": f"补充{n}"}).raise_for_status() for n in range(5)
        ],
    )
    words.start()
    rehearsal.fast_forward(number, 6 * 86_400)
    words.join()

    journal = rehearsal.ask("supervisor", f"/v1/appeals/{number}/journal")["items"]
    fired = [e for e in journal if e["action"] in {"rung", "escalate"}]
    assert [e["data"]["rung"] for e in fired][:3] == ["75", "90", "100"]
    assert not any(e["data"]["missed"] for e in fired)
    assert [e["data"]["rung"] for e in fired][-1] >= "+1"
