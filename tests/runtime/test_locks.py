from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runtime.datadir import DataDir, Stamp
from runtime.errors import DataDirError, DataDirLockedError, DataDirNewerError, RehearsalMismatchError
from runtime.locks import FileLock
from runtime.version import DATA_LAYOUT, VERSION

HOLD = """
import sys
from pathlib import Path
from runtime.locks import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.acquire(state="running", port=1234), flush=True)
sys.stdin.read()
"""

WAIT = """
import sys
from pathlib import Path
from runtime.datadir import DataDir
print("trying", flush=True)
DataDir(Path(sys.argv[1])).lock()
print("got it", flush=True)
"""


@pytest.fixture
def data_dir(tmp_path: Path) -> DataDir:
    directory = DataDir(tmp_path / "data")
    directory.create()
    return directory


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that holds a lock until its input ends."""
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd(),
    )
    assert other.stdout is not None
    assert other.stdout.readline().strip() == "True"
    return other


def end(other: subprocess.Popen[str]) -> None:
    other.kill()
    other.communicate()


def test_a_lock_is_held_once_and_says_by_whom(tmp_path: Path) -> None:
    other = hold(tmp_path / "x.lock")
    try:
        mine = FileLock(tmp_path / "x.lock")
        assert mine.held()
        assert not mine.acquire()
        assert mine.holder().pid == other.pid
        assert mine.holder().alive
        assert mine.holder().note["port"] == 1234
    finally:
        end(other)
    assert not mine.held()
    assert not mine.holder().alive
    assert mine.acquire()
    assert mine.holder().pid == os.getpid()


def test_a_child_that_inherits_a_lock_keeps_it(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x.lock")
    assert lock.acquire()
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], pass_fds=(lock.fileno(),))
    try:
        lock.release()
        assert not lock.acquire()
    finally:
        child.kill()
        child.wait()
    assert lock.acquire()


def test_a_note_that_is_no_note_names_nobody(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "x.lock")
    for text in ("", "[1", "[]", '{"pid": "7"}', '{"pid": -1}'):
        lock.path.write_text(text)
        assert lock.holder().pid is None
        assert not lock.holder().alive


def test_a_second_run_is_refused_and_told_which_process_holds_the_directory(data_dir: DataDir) -> None:
    other = hold(data_dir.run_lock.path)
    try:
        with pytest.raises(DataDirLockedError, match=rf"进程 {other.pid}.*1234") as refused:
            data_dir.lock()
        assert str(data_dir.path) in refused.value.zh
        assert data_dir.running_engine() is None
    finally:
        end(other)
    data_dir.lock()


def test_a_run_that_is_on_its_way_out_is_waited_for(data_dir: DataDir) -> None:
    other = hold(data_dir.run_lock.path)
    note = data_dir.run_lock.path
    note.write_text(json.dumps({"pid": other.pid, "state": "stopping"}))
    waiter = subprocess.Popen(
        [sys.executable, "-c", WAIT, str(data_dir.path)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
    )
    assert waiter.stdout is not None
    assert waiter.stdout.readline() == "trying\n"
    end(other)
    out, _ = waiter.communicate(timeout=60)
    assert out == "got it\n"


def test_an_engine_that_is_left_over_keeps_the_directory_and_lets_the_run_lock_go(
    data_dir: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.datadir.DYING_SECONDS", 0.2)
    other = hold(data_dir.engine_lock.path)
    try:
        with pytest.raises(DataDirLockedError, match=r"engine\.lock"):
            data_dir.lock()
        assert not data_dir.run_lock.held()
    finally:
        end(other)


def test_the_address_of_the_running_engine_is_known_beside_it(data_dir: DataDir) -> None:
    data_dir.lock()
    data_dir.run_lock.write(pid=os.getpid(), engine="127.0.0.1:7000")
    assert DataDir(data_dir.path).running_engine() == "127.0.0.1:7000"
    data_dir.release()
    assert DataDir(data_dir.path).running_engine() is None


def test_a_directory_is_stamped_once_and_admits_the_same_mode(data_dir: DataDir) -> None:
    assert data_dir.read_stamp() is None
    data_dir.admit(rehearsal=True)
    first = data_dir.read_stamp()
    assert first is not None
    assert (first.layout, first.app, first.rehearsal) == (DATA_LAYOUT, VERSION, True)
    data_dir.admit(rehearsal=True)
    assert data_dir.read_stamp() == first


@pytest.mark.parametrize("made_for", [True, False])
def test_rehearsal_and_real_work_do_not_mix(data_dir: DataDir, made_for: bool) -> None:
    data_dir.admit(rehearsal=made_for)
    with pytest.raises(RehearsalMismatchError, match="--rehearsal"):
        data_dir.admit(rehearsal=not made_for)


def test_data_without_a_stamp_is_never_rehearsed_on(data_dir: DataDir) -> None:
    (data_dir.path / "appeals.db").touch()
    with pytest.raises(RehearsalMismatchError):
        data_dir.admit(rehearsal=True)
    data_dir.admit(rehearsal=False)


def test_other_files_may_lie_in_the_directory(data_dir: DataDir) -> None:
    (data_dir.path / "notes.txt").write_text("mine")
    data_dir.admit(rehearsal=True)


@pytest.mark.parametrize(("layout", "app"), [(DATA_LAYOUT, "99.0.0"), (DATA_LAYOUT + 1, VERSION), (1, "0.1.1")])
def test_a_directory_of_a_newer_version_is_refused(data_dir: DataDir, layout: int, app: str) -> None:
    text = json.dumps({"layout": layout, "app": app, "rehearsal": False, "created": "2027-01-01"})
    data_dir.stamp_file.write_text(text)
    with pytest.raises(DataDirNewerError, match=rf"{app}.*{VERSION}"):
        data_dir.admit(rehearsal=False)
    assert data_dir.stamp_file.read_text() == text


def test_an_older_versions_directory_is_taken_over(data_dir: DataDir) -> None:
    data_dir.stamp_file.write_text('{"layout": 1, "app": "0.0.9", "rehearsal": false}')
    data_dir.admit(rehearsal=False)
    assert data_dir.read_stamp() == Stamp(DATA_LAYOUT, VERSION, rehearsal=False, created="")


@pytest.mark.parametrize("text", ["", "[]", '{"layout": "x"}'])
def test_a_broken_stamp_is_told_and_kept(data_dir: DataDir, text: str) -> None:
    data_dir.stamp_file.write_text(text)
    with pytest.raises(DataDirError, match=r"version\.json"):
        data_dir.admit(rehearsal=False)
    assert data_dir.stamp_file.read_text() == text


def test_a_directory_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirError, match="--data-dir"):
        DataDir(tmp_path / "file" / "data").create()
