"""Makes a data directory with the code of an earlier release: ``python -m tests.release.previous COMMIT``.

It is kept, small, so that every later release proves that it opens it. Once more with the next release's commit, under
its own name; the old ones stay as long as an appeal that began with them may be open.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tests.support.running import ROOT, Running, submission

HERE = Path(__file__).parent
#: What makes a data directory; the rest is written anew at each start.
PARTS = ("engine.db", "appeals.db", "codec-keys", "sample-keys.json", "version.json")
WORK: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "accept": (),
    "assign": (("window", "accept", {}),),
    "handle": (
        ("window", "accept", {}),
        ("dispatcher", "assign", {"lead_unit": "station-a"}),
        ("handler", "sign", {}),
    ),
    "feedback": (
        ("window", "accept", {}),
        ("dispatcher", "assign", {"lead_unit": "station-a"}),
        ("handler", "sign", {}),
        ("handler", "submit_result", {"outcome": "solved", "text": "已划设卸货区"}),
    ),
    "evaluate": (
        ("window", "accept", {}),
        ("dispatcher", "assign", {"lead_unit": "station-a"}),
        ("handler", "sign", {}),
        ("handler", "submit_result", {"outcome": "solved", "text": "已划设卸货区"}),
        ("leader", "review", {"approved": True}),
        ("handler", "send_answer", {"text": "已设卸货区", "method": "phone"}),
    ),
    "closed": (("enterprise", "withdraw", {"reason": "已自行解决"}),),
}


def act(system: Running, number: str, who: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
    """One action of somebody of the sample organisation; the appeal after it."""
    answer = system.post(who, f"/v1/appeals/{number}/actions/{action}", f"{number}-{action}", body)
    assert answer.status_code == 200, answer.text
    done: dict[str, Any] = answer.json()
    return done


def _fill(system: Running, *, rehearsal: bool) -> dict[str, str]:
    """An appeal in each stage; in a rehearsal one of them is two days ahead."""
    numbers = {}
    for stage, steps in WORK.items():
        submitted = system.post("system", "/v1/appeals", stage, submission())
        assert submitted.status_code in {201, 202}, submitted.text
        number = numbers[stage] = submitted.json()["number"]
        for who, action, body in steps:
            act(system, number, who, action, body)
    if rehearsal:
        system.fast_forward(numbers["handle"], 2 * 86_400)
    return numbers


def make(commit: str, name: str, *, rehearsal: bool) -> Path:
    """Runs that code, works with it, stops it, and packs what it kept."""
    with tempfile.TemporaryDirectory() as directory:
        code, data = Path(directory) / "code", Path(directory) / "data"
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True)  # noqa: S607
        code.mkdir()
        subprocess.run(["tar", "-x", "-C", str(code)], input=archive.stdout, check=True)  # noqa: S607
        data.mkdir()
        shutil.copy(ROOT / "tests/replay/codec-keys", data / "codec-keys")
        system = Running(data, rehearsal=rehearsal, root=code)
        system.start()
        try:
            numbers = _fill(system, rehearsal=rehearsal)
        finally:
            assert system.stop() == 0
        for part in ("engine.db", "appeals.db"):
            with sqlite3.connect(data / part, isolation_level=None) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                database.execute("VACUUM")
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()
        (data / "numbers.json").write_text(json.dumps(numbers))
        kept = HERE / f"{name}.tar.xz"
        with tarfile.open(kept, "w:xz") as packed:
            for part in (*PARTS, "numbers.json"):
                packed.add(data / part, part)
        return kept


def unpack(name: str, into: Path) -> dict[str, str]:
    """A kept data directory, as its owner left it; the appeal's number by its stage."""
    into.mkdir(mode=0o700)
    with tarfile.open(HERE / f"{name}.tar.xz") as packed:
        packed.extractall(into, filter="data")
    numbers: dict[str, str] = json.loads((into / "numbers.json").read_text())
    return numbers


if __name__ == "__main__":
    for name, rehearsal in ((f"{sys.argv[1]}", False), (f"{sys.argv[1]}-rehearsal", True)):
        print(make(sys.argv[1], name, rehearsal=rehearsal))  # noqa: T201 - a script that says what it made
