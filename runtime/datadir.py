"""The data directory: whose it is, what it was made for, which version made it."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from runtime.errors import DataDirError, DataDirLockedError, DataDirNewerError, RehearsalMismatchError
from runtime.locks import FileLock, Holder
from runtime.version import DATA_LAYOUT, VERSION

DYING_SECONDS: Final = 15.0
"""How long to wait for a previous run that is on its way out."""
LIVING_SECONDS: Final = 2.0
"""How long to wait for one that seems to stay: it may have been told to stop a moment ago."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What `version.json` says."""

    layout: int
    app: str
    rehearsal: bool
    created: str

    @classmethod
    def fresh(cls, *, rehearsal: bool) -> Self:
        """The stamp of a directory made now, by this version."""
        return cls(DATA_LAYOUT, VERSION, rehearsal, datetime.now(UTC).isoformat(timespec="seconds"))


class DataDir:
    """One data directory and the lock of the run that uses it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stamp_file = path / "version.json"
        self.run_lock = FileLock(path / "run.lock")
        self.engine_lock = FileLock(path / "engine.lock")

    def create(self) -> None:
        """Make the directory, for its owner only, unless it is there.

        Raises:
            DataDirError: it cannot be made or written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            writable = os.access(self.path, os.W_OK | os.X_OK)
        except OSError:
            writable = False
        if not writable:
            raise DataDirError(
                f"数据目录 {self.path} 无法创建或写入。",
                f"The data directory {self.path} cannot be made or written.",
                "用 --data-dir 指定另一个目录。 / Name another one with --data-dir.",
            )

    def lock(self, **note: Any) -> None:
        """Hold the directory for this run, and its engine's lock too.

        Raises:
            DataDirLockedError: another run keeps it, which the message names.
        """
        # Who holds the run's lock and finds an engine left over waits for it: it is dying with its parent.
        for lock, patience in ((self.run_lock, _patience), (self.engine_lock, lambda _: DYING_SECONDS)):
            if not lock.acquire_within(patience, state="running", **note):
                self.run_lock.release()
                raise _locked(self.path, lock)

    def read_stamp(self) -> Stamp | None:
        """What made this directory; None before the first run.

        Raises:
            DataDirError: the stamp cannot be read.
        """
        try:
            found = json.loads(self.stamp_file.read_text(encoding="utf-8"))
            return Stamp(
                int(found["layout"]), str(found["app"]), bool(found["rehearsal"]), str(found.get("created", ""))
            )
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError):
            raise DataDirError(
                f"{self.stamp_file} 已损坏。",
                f"{self.stamp_file} cannot be read.",
                "从备份恢复该文件，或用 --data-dir 指定另一个目录。 / Restore it, or name another directory.",
            ) from None

    def admit(self, *, rehearsal: bool) -> None:
        """Stamp the directory, or check that its stamp lets this version and this mode use it.

        Raises:
            DataDirNewerError: a newer version made it or used it last.
            RehearsalMismatchError: it was made for the other mode.
        """
        stamp = self.read_stamp()
        if stamp is None:
            # A directory with our files and no stamp is taken for real work, never for a rehearsal.
            used = any((self.path / name).exists() for name in ("engine.db", "appeals.db"))
            stamp = Stamp.fresh(rehearsal=rehearsal and not used)
        check_version(self.path, stamp)
        if stamp.rehearsal != rehearsal:
            raise _mismatch(self.path, made_for_rehearsal=stamp.rehearsal)
        self._write(Stamp(DATA_LAYOUT, VERSION, stamp.rehearsal, stamp.created))

    def running_engine(self) -> str | None:
        """Address of the engine of the run that holds this directory now, for commands beside it."""
        if not self.run_lock.held():
            return None
        address = self.run_lock.holder().note.get("engine")
        return address if isinstance(address, str) else None

    def running_port(self) -> int | None:
        """Port of the API of the run that holds this directory now."""
        if not self.run_lock.held():
            return None
        port = self.run_lock.holder().note.get("port")
        return port if isinstance(port, int) else None

    def _write(self, stamp: Stamp) -> None:
        handle, draft = tempfile.mkstemp(dir=self.path, prefix=".version.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(stamp), file)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(self.stamp_file)

    def release(self) -> None:
        """Let the next run have the directory."""
        self.engine_lock.release()
        self.run_lock.release()


def check_version(path: Path, stamp: Stamp) -> None:
    """Refuse a directory that a newer version made or used last.

    Raises:
        DataDirNewerError: it did.
    """
    if stamp.layout > DATA_LAYOUT or _ordered(stamp.app) > _ordered(VERSION):
        raise DataDirNewerError(
            f"数据目录 {path} 由更新的版本（{stamp.app}）创建或使用过，本程序是 {VERSION}。",
            f"The data directory {path} was made or last used by a newer version ({stamp.app}); this is {VERSION}.",
            "请升级本程序，或用 --data-dir 指定另一个目录。 / Upgrade, or name another directory with --data-dir.",
        )


def _ordered(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())


def _patience(holder: Holder) -> float:
    leaving = not holder.alive or holder.note.get("state") == "stopping"
    return DYING_SECONDS if leaving else LIVING_SECONDS


def _locked(path: Path, lock: FileLock) -> DataDirLockedError:
    holder = lock.holder()
    port = holder.note.get("port")
    where = f"，端口 {port}" if port else ""
    at = f" on port {port}" if port else ""
    return DataDirLockedError(
        f"数据目录 {path} 正被另一个运行占用（进程 {holder.pid}{where}）。",
        f"The data directory {path} is held by another run (process {holder.pid}{at}; lock {lock.path.name}).",
        f"先停止它（kill {holder.pid}），或用 --data-dir 指定另一个目录。 / "
        f"Stop it (kill {holder.pid}), or name another directory with --data-dir.",
    )


def _mismatch(path: Path, *, made_for_rehearsal: bool) -> RehearsalMismatchError:
    if made_for_rehearsal:
        return RehearsalMismatchError(
            f"数据目录 {path} 是为预演创建的，不能用于正式运行。",
            f"The data directory {path} was made for rehearsal and cannot be used for real work.",
            "加上 --rehearsal，或用 --data-dir 指定另一个目录。 / Add --rehearsal, or name another directory.",
        )
    return RehearsalMismatchError(
        f"数据目录 {path} 不是为预演创建的，不能在其上预演。",
        f"The data directory {path} was not made for rehearsal; rehearsing in it is refused.",
        "去掉 --rehearsal，或用 --data-dir 指定一个新目录。 / Leave --rehearsal out, or name a new directory.",
    )
