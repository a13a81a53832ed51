"""The whole system, started as a person starts it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runtime.datadir import DataDir
from runtime.ports import free_port, listen
from tests.runtime.support import gone, until

pytestmark = [pytest.mark.engine, pytest.mark.slow]
READY_SECONDS = 120.0
STOP_SECONDS = 60.0


@dataclass
class Run:
    """One `appeals up` and what it prints."""

    process: subprocess.Popen[bytes]
    data_dir: Path
    port: int
    printed: Path

    @property
    def note(self) -> Mapping[str, Any]:
        return DataDir(self.data_dir).run_lock.holder().note

    def status(self, path: str = "/readyz") -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def until_ready(self) -> None:
        until(lambda: self.status() == 200 or self.process.poll() is not None, READY_SECONDS, "ready")
        assert self.process.poll() is None, self.words()

    def words(self) -> str:
        return self.printed.read_text(encoding="utf-8")

    def ended(self, number: signal.Signals) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)


def start(data_dir: Path, *options: str, port: int | None = None, environment: Mapping[str, str] | None = None) -> Run:
    port = port or free_port()
    printed = data_dir.with_name(f"{data_dir.name}-{port}.out")
    command = [sys.executable, "-P", "-m", "cli.main", "up", "--data-dir", str(data_dir), "--port", str(port), *options]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("APPEALS_", "TEMPORAL_"))}
    root = {"PYTHONPATH": str(Path.cwd())}
    with printed.open("ab") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=out, env={**clean, **root, **(environment or {})}, cwd=data_dir.parent
        )
    return Run(process, data_dir, port, printed)


def refused(run: Run) -> str:
    """The words of a run that must not start."""
    try:
        assert run.process.wait(READY_SECONDS) == 1
    finally:
        run.ended(signal.SIGKILL)
    assert "Traceback" not in run.words()
    return run.words()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """One running system for this file."""
    started = start(tmp_path_factory.mktemp("up") / "data")
    try:
        started.until_ready()
        yield started
    finally:
        started.ended(signal.SIGTERM)


def test_it_prints_addresses_and_sign_in_names_and_the_keys_are_there(run: Run) -> None:
    until(lambda: "Ctrl-C" in run.words())
    keys = json.loads((run.data_dir / "sample-keys.json").read_text())
    for name in ("enterprise", "handler", "leader"):
        assert name in keys
        assert name in run.words()
    assert f"http://127.0.0.1:{run.port}/docs" in run.words()
    assert not any(key in run.words() for key in keys.values())


def test_what_it_keeps_is_its_owners(run: Run) -> None:
    for path in run.data_dir.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_second_run_is_refused_naming_the_first(run: Run) -> None:
    words = refused(start(run.data_dir))
    assert f"进程 {run.process.pid}" in words
    assert f"端口 {run.port}" in words


def test_a_taken_port_is_said_with_its_taker(run: Run, tmp_path: Path) -> None:
    words = refused(start(tmp_path / "other", port=run.port))
    assert f"127.0.0.1:{run.port}" in words
    assert f"--port {run.port + 1}" in words
    if sys.platform == "linux":
        assert "pid" in words


@pytest.mark.parametrize("name", ["worker", "api", "engine"])
def test_a_part_that_is_killed_is_started_again_where_it_was(run: Run, name: str) -> None:
    before = run.note
    os.kill(before["children"][name], signal.SIGKILL)
    until(lambda: run.note.get("children", {}).get(name) not in {None, before["children"][name]}, what="restarted")
    run.until_ready()
    assert run.note["engine"] == before["engine"]
    others = {"api", "worker", "engine"} - {name}
    assert {other: run.note["children"][other] for other in others} == {o: before["children"][o] for o in others}


def test_the_doctor_finds_the_running_system_well(run: Run) -> None:
    command = [sys.executable, "-m", "cli.main", "doctor", "--data-dir", str(run.data_dir), "--port", str(run.port)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"进程 {run.process.pid}" in done.stdout
    assert f"引擎 {run.note['engine']} 可用" in done.stdout
    assert "待命" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_it_drains_everything_and_the_next_start_goes_on(tmp_path: Path, number: signal.Signals) -> None:
    first = start(tmp_path / "data")
    try:
        first.until_ready()
        children = first.note["children"]
        keys = (first.data_dir / "sample-keys.json").read_bytes()
    finally:
        code = first.ended(number)
    assert code == 0
    assert all(gone(pid) for pid in children.values())
    assert "Traceback" not in first.words()
    second = start(tmp_path / "data", port=first.port)
    try:
        second.until_ready()
        assert (second.data_dir / "sample-keys.json").read_bytes() == keys
    finally:
        second.ended(signal.SIGTERM)


def test_killed_it_takes_every_child_along_and_can_start_again_at_once(tmp_path: Path) -> None:
    first = start(tmp_path / "data")
    try:
        first.until_ready()
        children = first.note["children"]
    finally:
        first.ended(signal.SIGKILL)
    second = start(tmp_path / "data", port=first.port)
    try:
        until(lambda: all(gone(pid) for pid in children.values()), what="the children ended with their parent")
        second.until_ready()
    finally:
        second.ended(signal.SIGTERM)


def test_stopped_while_it_is_starting_it_leaves_nothing_behind(tmp_path: Path) -> None:
    run = start(tmp_path / "data")
    try:
        until(lambda: "children" in run.note, READY_SECONDS)
        engine = run.note["children"]["engine"]
    finally:
        code = run.ended(signal.SIGTERM)
    assert code == 0
    assert gone(engine)


def test_rehearsal_and_real_work_do_not_mix(tmp_path: Path) -> None:
    run = start(tmp_path / "data", "--rehearsal")
    try:
        run.until_ready()
    finally:
        run.ended(signal.SIGTERM)
    assert "--rehearsal" in refused(start(tmp_path / "data"))


def test_a_newer_versions_directory_is_refused(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "version.json").write_text('{"layout": 1, "app": "9.0.0", "rehearsal": false}')
    assert "9.0.0" in refused(start(data_dir))


def test_without_an_engine_the_ways_to_get_one_are_said(tmp_path: Path) -> None:
    words = refused(start(tmp_path / "data", environment={"APPEALS_TEMPORAL_BIN": str(tmp_path / "nowhere")}))
    assert "nowhere" in words
    assert "APPEALS_TEMPORAL_BIN" in words


def test_the_sample_is_not_served_beyond_this_machine(tmp_path: Path) -> None:
    assert "loopback" in refused(start(tmp_path / "data", "--host", "0.0.0.0"))  # noqa: S104
    assert not (tmp_path / "data").exists()


def test_a_folder_that_is_called_like_a_room_is_not_taken_for_it(tmp_path: Path) -> None:
    for name in ("api", "cli", "worker", "storage"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong room')")
    with listen("127.0.0.1", 0) as taken:
        words = refused(start(tmp_path / "data", port=taken.getsockname()[1]))
    assert "wrong room" not in words
