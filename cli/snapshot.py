"""Copies of SQLite databases in use, and folders that appear complete or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from runtime.datadir import Stamp, check_version
from runtime.errors import OperatorError

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
_PATIENCE_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is, beside it as JSON."""

    format: int
    app: str
    layout: int
    schema: str
    rehearsal: bool
    created: str
    tables_at: str
    engine_at: str
    key_ids: tuple[str, ...]
    files: dict[str, str]
    """Name to SHA-256."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Raises OperatorError: no backup, or one of a newer version."""
        try:
            found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            manifest = cls(**{field.name: found[field.name] for field in fields(cls)})
        except (OSError, ValueError, KeyError, TypeError):
            raise refused(f"{folder} 不是一个完整的备份。", f"{folder} is no complete backup.") from None
        if manifest.format > FORMAT:
            raise refused(f"备份 {folder} 由更新的版本建立。", f"The backup {folder} was made by a newer version.")
        check_version(folder, Stamp(manifest.layout, manifest.app, manifest.rehearsal, manifest.created))
        return manifest


def copy(source: Path, target: Path) -> str:
    """A consistent copy by SQLite itself, beside whoever writes; checked. When it was taken."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    with database(source, "mode=ro") as found, database(target, "mode=rwc") as copy:
        found.backup(copy)  # in one step: one moment, and nobody waits for it
        # One file, to be opened by anybody: the journal's mode comes back when it is used again.
        copy.execute("PRAGMA journal_mode = DELETE")
    check_integrity(target)
    sync(target)
    return at


@contextmanager
def database(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    """A connection to a SQLite file."""
    with contextlib.closing(
        sqlite3.connect(f"file:{path}?{mode}", uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)
    ) as connection:
        yield connection


def check_integrity(path: Path) -> None:
    """Raises OperatorError: SQLite itself finds it damaged."""
    with database(path, "mode=ro&immutable=1") as connection:
        found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise refused(f"{path} 已损坏。", f"{path} is damaged: {found[0]}", "appeals doctor")


def schema(tables: Path) -> str:
    """The revision of the tables."""
    with database(tables, "mode=ro&immutable=1") as connection:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """A folder for its owner only, beside the one it becomes when everything in it is written."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        yield draft
        for path in draft.iterdir():
            path.chmod(0o700 if path.is_dir() else 0o600)
        if folder.exists():
            folder.rmdir()
        draft.rename(folder)
        sync(folder.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def write(path: Path, content: bytes) -> None:
    """A file for its owner only, on the disk when this returns."""
    path.touch(mode=0o600)
    path.write_bytes(content)
    sync(path)


def sync(path: Path) -> None:
    """Wait until it is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def digest(path: Path) -> str:
    """SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refused(zh: str, en: str, mend: str = "") -> OperatorError:
    """What the operator is told."""
    return OperatorError(zh, en, mend)
