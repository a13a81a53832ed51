from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtime.errors import ChildFailedError
from runtime.leash import ORPHANED
from runtime.process import LEASH, Child, ChildSpec
from runtime.supervisor import MAX_DEATHS, StopRequested, Supervisor
from tests.runtime.support import gone, until

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)

PARENT = """
import json, os, sys, time
from runtime.process import Child, ChildSpec
child = Child(ChildSpec("child", json.loads(sys.argv[1]), 5.0, watch=sys.argv[2] == "watch"))
print(child.pid, flush=True)
time.sleep(600)
"""

leashes = pytest.mark.parametrize(
    "watch",
    [
        pytest.param(True, id="pipe"),
        pytest.param(
            False,
            id="kernel",
            marks=pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux asks the kernel"),
        ),
    ],
)


def sleeper(**changes: object) -> ChildSpec:
    return ChildSpec(**{"name": "sleeper", "command": ["sleep", "600"], "grace_seconds": 5.0, **changes})  # type: ignore[arg-type]


def python(code: str, **changes: object) -> ChildSpec:
    return sleeper(command=[sys.executable, "-c", code], **changes)


@leashes
def test_a_child_does_not_outlive_a_killed_parent(watch: bool, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    code = f"import os, time; open({str(told)!r}, 'w').write(str(os.getpid())); time.sleep(600)"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps([sys.executable, "-c", code]), "watch" if watch else "kernel"],
        stdout=subprocess.PIPE,
        cwd=Path.cwd(),
    )
    try:
        until(lambda: told.exists() and told.read_text(), what="the child started")
    finally:
        parent.kill()
        parent.communicate()
    until(lambda: gone(int(told.read_text())), what="the child ended with its parent")


def test_a_child_whose_parent_died_before_the_leash_was_on_does_not_begin(tmp_path: Path) -> None:
    began = tmp_path / "began"
    reader, writer = os.pipe()
    command = [sys.executable, "-I", "-S", str(LEASH), "1", str(reader), "kernel", "touch", str(began)]
    done = subprocess.run(command, pass_fds=(reader,), check=False)
    os.close(reader)
    os.close(writer)
    assert done.returncode == ORPHANED
    assert not began.exists()


@leashes
def test_a_child_is_asked_first_and_then_ended(watch: bool, tmp_path: Path) -> None:
    output = tmp_path / "out.log"
    child = Child(python(STUBBORN, grace_seconds=0.3, output=output, watch=watch))
    until(lambda: "up" in output.read_text(), what="the child ignores SIGTERM now")
    assert not child.stop()
    assert child.poll() is not None
    polite = Child(sleeper(watch=watch))
    assert polite.stop()


@leashes
def test_a_childs_exit_code_and_descriptors_come_through(watch: bool) -> None:
    reader, writer = os.pipe()
    spec = python(f"import os; os.write({writer}, b'hello'); raise SystemExit(7)", descriptors=(writer,), watch=watch)
    child = Child(spec)
    os.close(writer)
    assert os.read(reader, 10) == b"hello"
    os.close(reader)
    until(lambda: child.poll() is not None)
    assert child.poll() == 7
    child.close()


def test_ctrl_c_in_the_terminal_does_not_reach_a_child() -> None:
    child = Child(sleeper())
    try:
        assert os.getsid(child.pid) != os.getsid(0)
    finally:
        child.stop()


def test_a_child_that_dies_is_started_again() -> None:
    seen: list[int] = []
    supervisor = Supervisor(on_start=lambda pids: seen.append(pids["sleeper"]))
    first = supervisor.start(sleeper()).pid
    os.kill(first, signal.SIGKILL)
    try:
        assert supervisor.wait(lambda: len(seen) == 2, 60)
        assert seen[0] == first != seen[1]
    finally:
        supervisor.stop()
    assert all(gone(pid) for pid in seen)


def test_a_child_that_dies_again_and_again_ends_the_run_in_words() -> None:
    supervisor = Supervisor()
    supervisor.start(python("raise SystemExit(3)", name="worker"))
    with pytest.raises(ChildFailedError, match=rf"worker .*{MAX_DEATHS} .*退出码 3"):
        supervisor.wait(lambda: False, 60)
    supervisor.stop()


def test_waiting_ends_when_time_is_over() -> None:
    assert not Supervisor().wait(lambda: False, 0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_run_and_children_leave_in_reverse_order(number: signal.Signals, tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        f"def leave(*_): open({str(order)!r}, 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, leave); print('up', flush=True); time.sleep(600)"
    )
    supervisor = Supervisor()
    with supervisor.listening():
        for name in ("engine ", "worker ", "api "):
            output = tmp_path / name.strip()
            command = [sys.executable, "-c", code, name]
            supervisor.start(ChildSpec(name, command, 10.0, output=output))
            assert supervisor.wait(lambda output=output: output.exists() and "up" in output.read_text(), 60)  # type: ignore[misc]
        os.kill(os.getpid(), number)
        with pytest.raises(StopRequested):
            supervisor.run()
        supervisor.stop()
    assert order.read_text() == "api worker engine "


@pytest.mark.parametrize(("echo_seconds", "left_alone"), [(0.0, False), (60.0, True)], ids=["another", "an echo"])
def test_a_second_signal_ends_the_waiting_but_an_echo_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, echo_seconds: float, left_alone: bool
) -> None:
    monkeypatch.setattr("runtime.supervisor.ECHO_SECONDS", echo_seconds)
    output = tmp_path / "out.log"
    supervisor = Supervisor()
    with supervisor.listening():
        grace = 2.0 if left_alone else 600.0
        child = supervisor.start(python(STUBBORN, grace_seconds=grace, output=output))
        assert supervisor.wait(lambda: "up" in output.read_text(), 60)
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGINT)
        started = time.monotonic()
        supervisor.stop()
        assert (time.monotonic() - started >= grace) is left_alone
    assert gone(child.pid)


FOLLOWER = """
import os, sys
from runtime.supervisor import StopRequested, Supervisor
supervisor = Supervisor(follow=os.getppid())
print(os.getpid(), flush=True)
try:
    supervisor.run()
except StopRequested:
    open(sys.argv[1], "w").write("stopped")
"""


def test_a_run_that_follows_its_parent_stops_with_it(tmp_path: Path) -> None:
    told = tmp_path / "told"
    shell = subprocess.Popen(
        ["/bin/sh", "-c", '"$@"; true', "sh", sys.executable, "-c", FOLLOWER, str(told)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path.cwd(),
    )
    assert shell.stdout is not None
    follower = int(shell.stdout.readline())
    shell.kill()
    shell.wait()
    until(lambda: told.exists() and told.read_text() == "stopped")
    until(lambda: gone(follower))
    shell.stdout.close()
