"""Waiting for a state instead of sleeping, and processes of other processes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from runtime.process import Child, ChildSpec

PATIENCE = 60.0


def until(done: Callable[[], object], seconds: float = PATIENCE, what: str = "") -> None:
    """Poll until something holds; fail when it does not, in time."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"did not happen within {seconds} s: {what or done}"
        time.sleep(0.02)


def gone(pid: int) -> bool:
    """No process of that id runs; one that nobody has reaped yet does not run."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z"


def running(spec: ChildSpec) -> Iterator[Child]:
    """A child for one test."""
    child = Child(spec)
    try:
        yield child
    finally:
        child.stop(lambda: True)
