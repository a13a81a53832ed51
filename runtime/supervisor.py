"""Keeps children alive: starts them in order, restarts one that dies, lets them go in the reverse order.

One thread, no event loop: a leash hangs on the thread that starts the child, and a supervisor must not be what fails.
"""

from __future__ import annotations

import math
import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Final

import structlog

from runtime.errors import ChildFailedError
from runtime.process import Child, ChildSpec

TICK_SECONDS: Final = 0.1
MAX_DEATHS: Final = 5
DEATHS_WINDOW_SECONDS: Final = 60.0
FIRST_BACKOFF_SECONDS: Final = 0.1
LONGEST_BACKOFF_SECONDS: Final = 5.0
ECHO_SECONDS: Final = 1.0
"""Signals closer than this are one: make passes on what the terminal or a process group has sent us already."""

log = structlog.get_logger(__name__)


class StopRequested(Exception):  # noqa: N818 - no error: somebody asked us to stop
    """A signal came, or the process we follow is gone."""


@dataclass(slots=True)
class _Kept:
    spec: ChildSpec
    child: Child | None
    deaths: deque[float] = field(default_factory=deque)
    due: float = 0.0


class Supervisor:
    """The children of one run, in the order in which they were started."""

    def __init__(
        self, *, follow: int | None = None, on_start: Callable[[Mapping[str, int]], None] = lambda _: None
    ) -> None:
        """Children of this process.

        Args:
            follow: stop when this process is no longer our parent.
            on_start: told the process ids of all running children, by name, whenever one was started.
        """
        self._kept: list[_Kept] = []
        self._on_start = on_start
        self._signals = 0
        self._heard_at: float | None = None
        self._parent = follow

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Count SIGINT, SIGTERM and SIGHUP instead of dying of them."""
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, self._heard) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, _number: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._heard_at is None or now - self._heard_at >= ECHO_SECONDS:
            self._signals += 1
        self._heard_at = now

    def start(self, spec: ChildSpec) -> Child:
        """Start a child and keep it alive from now on."""
        child = Child(spec)
        self._kept.append(_Kept(spec, child))
        log.info("child_started", child=spec.name, pid=child.pid)
        self._on_start(self.pids())
        return child

    def pids(self) -> dict[str, int]:
        """Process ids of the children that run now, by name."""
        return {kept.spec.name: kept.child.pid for kept in self._kept if kept.child is not None}

    def check(self) -> None:
        """Restart what has died and is due.

        Raises:
            StopRequested: somebody asked us to stop.
            ChildFailedError: a child died again and again.
        """
        if self._signals or (self._parent is not None and os.getppid() != self._parent):
            raise StopRequested
        for kept in self._kept:
            if kept.child is not None and (code := kept.child.poll()) is not None:
                self._bury(kept, code)
            if kept.child is None and time.monotonic() >= kept.due:
                kept.child = Child(kept.spec)
                log.warning("child_restarted", child=kept.spec.name, pid=kept.child.pid)
                self._on_start(self.pids())

    def run(self) -> None:
        """Check until `check` raises."""
        while True:
            self.check()
            time.sleep(TICK_SECONDS)

    def wait(self, done: Callable[[], bool], seconds: float) -> bool:
        """Keep the children alive until something is done; False when it is not, in time."""
        deadline = time.monotonic() + seconds
        while not done():
            self.check()
            if time.monotonic() > deadline:
                return False
            time.sleep(TICK_SECONDS / 2)
        return True

    def stop(self) -> None:
        """Let the children go, the last started first, each within its time; a second signal ends the waiting."""
        enough = 2 if self._signals else 1
        for kept in reversed(self._kept):
            if kept.child is None:
                continue
            pid, left = kept.child.pid, kept.child.stop(lambda: self._signals >= enough)
            log.info("child_stopped", child=kept.spec.name, pid=pid, by_itself=left)
        self._kept.clear()

    def _bury(self, kept: _Kept, code: int) -> None:
        if kept.child is not None:
            kept.child.close()
        kept.child = None
        now = time.monotonic()
        kept.deaths.append(now)
        while kept.deaths[0] < now - DEATHS_WINDOW_SECONDS:
            kept.deaths.popleft()
        log.warning("child_died", child=kept.spec.name, exit_code=code, deaths=len(kept.deaths))
        if len(kept.deaths) >= MAX_DEATHS:
            if kept.spec.vital:
                raise _gave_up(kept.spec, code)
            log.error("child_left_down", child=kept.spec.name, exit_code=code)
            kept.due = math.inf
            return
        kept.due = now + min(FIRST_BACKOFF_SECONDS * 2 ** (len(kept.deaths) - 1), LONGEST_BACKOFF_SECONDS)


def _gave_up(spec: ChildSpec, code: int) -> ChildFailedError:
    where = f"日志 / log: {spec.output}" if spec.output else ""
    return ChildFailedError(
        f"{spec.name} 在 {DEATHS_WINDOW_SECONDS:.0f} 秒内退出了 {MAX_DEATHS} 次（退出码 {code}），全部停止。",
        f"{spec.name} ended {MAX_DEATHS} times within {DEATHS_WINDOW_SECONDS:.0f} s (exit code {code}): stopping all.",
        f"{where}\n用 appeals doctor 查看原因。 / `appeals doctor` tells what is wrong.".strip(),
    )
