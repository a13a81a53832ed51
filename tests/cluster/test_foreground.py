"""`python -m deploy.cluster up`, as `make cluster` runs it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from deploy.cluster import scratch
from runtime.ports import free_port

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
SECONDS = 120.0
PARTS = {"api": "api", "worker": "worker", "temporal": "--config-file", "postgres": "unix_socket_directories="}


def parent_of(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def children(parent: int) -> dict[int, str]:
    """Process id to part, of what that process started."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and parent_of(int(entry.name)) == parent:
            with contextlib.suppress(OSError):
                words = (entry / "cmdline").read_bytes().decode().split("\0")
                found |= {int(entry.name): part for part, mark in PARTS.items() if mark in words}
    return found


@pytest.fixture
def foreground() -> Iterator[subprocess.Popen[bytes]]:
    """The topology, ready, as a process of its own."""
    with scratch() as directory, (directory / "out").open("wb") as out:
        port = free_port()
        command = [sys.executable, "-m", "deploy.cluster", "up", "--data-dir", str(directory), "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
        try:
            wait_ready(port, process, directory / "out")
            yield process
        finally:
            process.kill()
            process.wait()


def wait_ready(port: int, process: subprocess.Popen[bytes], out: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5, trust_env=False).status_code == 200:
                return
        assert process.poll() is None, out.read_text()
        assert time.monotonic() < deadline, out.read_text()
        time.sleep(0.2)


def until_running(parent: int) -> dict[int, str]:
    """All five parts."""
    deadline = time.monotonic() + SECONDS
    while sorted(found := children(parent).values()) != ["api", "postgres", "temporal", "worker", "worker"]:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return children(parent)


def test_ctrl_c_lets_api_workers_temporal_and_postgres_go_in_this_order(
    foreground: subprocess.Popen[bytes],
) -> None:
    living = until_running(foreground.pid)
    foreground.send_signal(signal.SIGINT)
    gone: list[str] = []
    while foreground.poll() is None:
        ended = [pid for pid in living if parent_of(pid) != foreground.pid]
        gone += [living.pop(pid) for pid in ended]
        time.sleep(0.005)
    assert foreground.returncode == 0
    assert [*gone, *living.values()] == ["api", "worker", "worker", "temporal", "postgres"]


def test_what_dies_is_started_again_and_nothing_outlives_the_foreground(foreground: subprocess.Popen[bytes]) -> None:
    first = until_running(foreground.pid)
    [api] = [pid for pid, part in first.items() if part == "api"]
    [temporal] = [pid for pid, part in first.items() if part == "temporal"]
    for pid in (api, temporal):
        os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + SECONDS
    while api in (now := until_running(foreground.pid)) or temporal in now:
        assert time.monotonic() < deadline
        time.sleep(0.1)

    foreground.kill()
    foreground.wait()
    while left := [part for pid, part in now.items() if Path(f"/proc/{pid}").exists()]:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
