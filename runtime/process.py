"""One child process: on a leash, in a session of its own, with a time limit for leaving."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

LEASH: Final = Path(__file__).with_name("leash.py")
WATCHER_SECONDS: Final = 3.0
POLL_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run and how to let it go."""

    name: str
    command: Sequence[str]
    grace_seconds: float
    """From SIGTERM to SIGKILL."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's own."""
    descriptors: tuple[int, ...] = ()
    """What the child inherits besides the standard three: locks, a listening socket."""
    vital: bool = True
    """Whether everything is stopped when it does not stay up; what is not is left down."""
    output: Path | None = None
    """Takes what the child prints; this process's own terminal when None."""
    watch: bool = not sys.platform.startswith("linux")
    """Leash by a pipe; may be asked for where the kernel would do it."""


class Child:
    """A running child. Start it from the main thread: the leash hangs on the thread that starts it."""

    def __init__(self, spec: ChildSpec) -> None:
        self.spec = spec
        reader, self._leash = os.pipe()
        output = _open_log(spec.output) if spec.output else None
        mode = "watch" if spec.watch else "kernel"
        leash = [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(reader), mode]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own commands
                [*leash, *spec.command],
                env={**os.environ, **spec.environment},
                pass_fds=(reader, *spec.descriptors),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the terminal reaches the supervisor alone, which drains in order
            )
        except BaseException:
            os.close(self._leash)
            raise
        finally:
            os.close(reader)
            if output is not None:
                os.close(output)

    @property
    def pid(self) -> int:
        """The child's process id (the watcher's, where a pipe is watched)."""
        return self._process.pid

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._process.poll()

    def terminate(self) -> None:
        """Ask it to leave."""
        if self.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, impatient: Callable[[], bool] = lambda: False) -> bool:
        """Ask it to leave, and end it when its time is over or `impatient` says so. True when it left by itself."""
        self.terminate()
        deadline = time.monotonic() + self.spec.grace_seconds
        while self.poll() is None and time.monotonic() < deadline and not impatient():
            time.sleep(POLL_SECONDS)
        left = self.poll() is not None
        if not left:
            self._end_at_once()
            self._process.wait()
        self.close()
        return left

    def _end_at_once(self) -> None:
        if self.spec.watch:
            # Ending the watcher would set its child free; closing its pipe makes it end the child first.
            self.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(WATCHER_SECONDS)
        self._process.kill()

    def close(self) -> None:
        """Let the leash go of a child that has ended."""
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1


def _open_log(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
