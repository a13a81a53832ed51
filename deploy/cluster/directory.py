"""Where one cluster keeps everything: logs, secrets, ports, the lock of the run that uses it."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.cluster.ports import Ports
from runtime.codec import ensure_key_file
from runtime.errors import DataDirLockedError
from runtime.locks import FileLock

ROLES = ("postgres", "appeals", "temporal")


class Directory:
    """One cluster's directory, which may be used again."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.logs = self.path / "logs"
        self.secrets = self.path / "secrets"
        self.codec_keys = self.secrets / "codec-keys"
        for one in (self.path, self.logs, self.secrets):
            one.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.geteuid() == 0:
            self.path.chmod(0o711)  # PostgreSQL's user passes through to its own
        self.ports = Ports(self.path / "ports.json")
        self._lock = FileLock(self.path / "run.lock")

    def password_file(self, role: str) -> Path:
        """Holds the password of a database role."""
        return self.secrets / f"{role}-database-password"

    def open(self, **note: str | int) -> None:
        """Take it for this run, and make what is missing of its secrets.

        Args:
            note: what commands beside this run find in the lock: `port`, `engine`.

        Raises:
            DataDirLockedError: another run uses it.
        """
        if not self._lock.acquire(**note):
            raise DataDirLockedError(
                f"{self.path} 正被另一个运行使用（进程 {self._lock.holder().pid}）。",
                f"{self.path} is used by another run (pid {self._lock.holder().pid}).",
                "先停止它，或换一个目录。 / Stop it, or take another directory.",
            )
        self.ports.keep()
        for role in ROLES:
            path = self.password_file(role)
            if not path.exists():
                path.touch(mode=0o600)
                path.write_text(base64.urlsafe_b64encode(secrets.token_bytes(24)).decode() + "\n", encoding="utf-8")
        ensure_key_file(self.codec_keys)

    def close(self) -> None:
        """Let the next run have it."""
        self._lock.release()


@contextmanager
def scratch() -> Iterator[Path]:
    """A directory for one run that PostgreSQL's user can enter; gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="appeals-cluster-"))
    try:
        if os.geteuid() == 0:
            directory.chmod(0o711)
        yield directory
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(directory)
