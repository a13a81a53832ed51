"""Attachments in a backup: the files that the copied tables speak of, each checked against its hash."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cli.snapshot import database, digest, sync
from cli.words import OUT
from runtime.settings import Settings
from storage.attachment_files import S3, LocalFiles

FOLDER: Final = "attachments"
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class Taken:
    """How many files there are, and the ids of those that are missing or damaged; ``elsewhere``: they are in S3."""

    count: int = 0
    lost: tuple[str, ...] = ()
    elsewhere: bool = False


def take(settings: Settings, tables: Path, folder: Path) -> Taken:
    """The files of these tables into a backup. What nobody uses and is gone by now is no loss."""
    if urlsplit(settings.attachments).scheme == S3:
        return Taken(elsewhere=True)
    return _copy(LocalFiles(Path(settings.attachments)), LocalFiles(folder / FOLDER), tables)


def put_back(backup: Path, tables: Path, data_dir: Path) -> Taken:
    """The files of a backup into a new data directory."""
    return _copy(LocalFiles(backup / FOLDER), LocalFiles(data_dir / FOLDER), tables)


def tell(taken: Taken) -> None:
    """What became of them."""
    if taken.elsewhere:
        OUT.print("[yellow]附件在 S3 中，不含在内：请用其自己的备份。 / Attachments are in S3: back them up there.[/]")
    elif taken.count or taken.lost:
        OUT.print(f"附件 {taken.count} 个 / {taken.count} attachments")
    if taken.lost:
        more = " …" if len(taken.lost) > _SHOWN else ""
        OUT.print(
            f"[red]{len(taken.lost)} 个附件缺失或已损坏 / attachments are missing or damaged: "
            f"{' '.join(taken.lost[:_SHOWN])}{more}[/]",
            soft_wrap=True,
        )


def _copy(source: LocalFiles, target: LocalFiles, tables: Path) -> Taken:
    count, lost = 0, []
    for name, sha256, number in _known(tables):
        path, copy = source.path(name), target.path(name)
        if not path.is_file():
            lost += [name] if number else []
            continue
        copy.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copyfile(path, copy)
        copy.chmod(0o600)
        sync(copy)
        count += 1
        if digest(copy) != sha256:
            lost.append(name)
    return Taken(count, tuple(lost))


def _known(tables: Path) -> list[tuple[str, str, str | None]]:
    with database(tables, "mode=ro&immutable=1") as connection:
        try:
            rows = connection.execute("SELECT id, sha256, number FROM attachments WHERE state <> 'expired' ORDER BY id")
            return [(row[0], row[1], row[2]) for row in rows]
        except sqlite3.OperationalError:
            return []  # tables of a release that had none
