"""A backup holds the attachments that its tables speak of; a restore brings them back, each checked."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli import snapshot_files
from cli.snapshot import copy, draft
from cli.snapshot_files import Taken, put_back, take
from domain.attachments import Attachment
from runtime.settings import Settings
from storage import migrate
from storage.attachment_files import LocalFiles
from storage.attachments import Attachments
from storage.database import Database
from storage.vault import Upload, Vault

PDF = b"%PDF-1.7\n"
NOW = datetime(2026, 9, 1, tzinfo=UTC)


async def uploaded(settings: Settings, *names: str, number: str | None = "SQ20260901-00000001") -> list[Attachment]:
    migrate.upgrade(settings.database_url)
    database = Database.create(settings.database_url)
    try:
        vault = Vault(database, LocalFiles(Path(settings.attachments)), None, timedelta(days=7))
        kept = [(await vault.keep(Upload(io.BytesIO(PDF), n, "enterprise", n), NOW))[0] for n in names]
        async with database.write() as w:
            await Attachments(w).bind([one.id for one in kept], number, NOW)
    finally:
        await database.close()
    return kept


def backed_up(settings: Settings, folder: Path) -> Taken:
    with draft(folder) as made:
        copy(settings.data_dir / "appeals.db", made / "appeals.db")
        return take(settings, made / "appeals.db", made)


async def test_they_come_back_as_they_were(settings: Settings, tmp_path: Path) -> None:
    kept = await uploaded(settings, "a.pdf", "b.pdf")
    assert backed_up(settings, tmp_path / "backup") == Taken(count=2)
    assert put_back(tmp_path / "backup", tmp_path / "backup" / "appeals.db", tmp_path / "restored") == Taken(count=2)
    files = LocalFiles(tmp_path / "restored" / "attachments")
    for one in kept:
        assert files.path(one.id).read_bytes() == PDF
        assert files.path(one.id).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "backup" / "attachments").stat().st_mode & 0o777 == 0o700


async def test_what_is_missing_or_damaged_is_named(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = await uploaded(settings, "a.pdf", "b.pdf", "c.pdf")
    files = LocalFiles(Path(settings.attachments))
    files.path(kept[0].id).unlink()
    files.path(kept[1].id).write_bytes(b"%PDF-1.8\n")
    taken = backed_up(settings, tmp_path / "backup")
    assert (taken.count, set(taken.lost)) == (2, {kept[0].id, kept[1].id})
    snapshot_files.tell(taken)
    assert kept[0].id in capsys.readouterr().out


async def test_an_upload_that_nobody_used_and_that_is_gone_is_no_loss(settings: Settings, tmp_path: Path) -> None:
    kept = await uploaded(settings, "a.pdf", number=None)
    LocalFiles(Path(settings.attachments)).path(kept[0].id).unlink()
    assert backed_up(settings, tmp_path / "backup") == Taken()


async def test_what_is_in_s3_is_left_to_its_own_backup(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await uploaded(settings, "a.pdf")
    elsewhere = settings.model_copy(update={"attachments": "s3://papers/appeals"})
    snapshot_files.tell(backed_up(elsewhere, tmp_path / "backup"))
    assert "S3" in capsys.readouterr().out


def test_tables_of_a_release_without_attachments_have_none(tmp_path: Path) -> None:
    import sqlite3

    sqlite3.connect(tmp_path / "appeals.db").close()
    assert put_back(tmp_path, tmp_path / "appeals.db", tmp_path / "restored") == Taken()
