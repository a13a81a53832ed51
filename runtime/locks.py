"""Locks on files of the data directory, which end with whoever holds them, however that one dies.

`flock` belongs to the open file: a child that inherits the descriptor holds the lock too. So the engine's lock lives as
long as any engine does, even when the process that started it was killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

POLL_SECONDS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Holder:
    """Who wrote a lock file last. `alive` is about the process, not the lock."""

    pid: int | None
    note: dict[str, Any]

    @property
    def alive(self) -> bool:
        """Whether a process of that id exists."""
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


class FileLock:
    """An exclusive lock, with a note in the file that says who holds it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self, **note: Any) -> bool:
        """Take the lock if it is free, and say who we are; at once, without waiting."""
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._file = handle
        self.write(pid=os.getpid(), **note)
        return True

    def acquire_within(self, patience: Callable[[Holder], float], **note: Any) -> bool:
        """Take the lock, waiting as long as `patience` gives to its present holder, in seconds from the first try."""
        started = time.monotonic()
        while not self.acquire(**note):
            if time.monotonic() - started >= patience(self.holder()):
                return False
            time.sleep(POLL_SECONDS)
        return True

    def write(self, **note: Any) -> None:
        """Replace the note. Only the holder may."""
        data = json.dumps(note).encode()
        os.ftruncate(self.fileno(), 0)
        os.pwrite(self.fileno(), data, 0)

    def holder(self) -> Holder:
        """Whom the note names; nobody when it is missing or half written."""
        note: Any = None
        with contextlib.suppress(OSError, ValueError):
            note = json.loads(self.path.read_text(encoding="utf-8"))
        if not isinstance(note, dict):
            return Holder(None, {})
        pid = note.get("pid")
        return Holder(pid if isinstance(pid, int) and pid > 0 else None, note)

    def held(self) -> bool:
        """Whether anybody holds it now, found by trying."""
        if self._file is not None:
            return True
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def fileno(self) -> int:
        """The descriptor, for a child that shall hold the lock too."""
        if self._file is None:
            raise RuntimeError(f"{self.path} is not locked by this process")
        return self._file

    def release(self) -> None:
        """Let go. The lock ends when every process that inherited it has let go as well."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()
