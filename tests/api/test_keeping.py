"""Housekeeping of attachments: by the settings, again and again, and no trouble ends it."""

from __future__ import annotations

import asyncio
import io
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.keeping import keep_house, vault_of
from runtime.errors import SettingsError
from runtime.settings import Settings
from storage import migrate
from storage.attachment_files import FilesAway
from storage.attachments import AttachmentReads
from storage.database import Database
from storage.drafts import FORM, Draft, DraftReads, Drafts
from storage.vault import Upload

NOW = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    settings = Settings(data_dir=tmp_path)
    migrate.upgrade(settings.database_url)
    database = Database.create(settings.database_url)
    yield database
    await database.close()


def upload() -> Upload:
    return Upload(io.BytesIO(b"%PDF-1.7\n"), "a.pdf", "enterprise", "key")


async def test_what_nobody_uses_goes_and_trouble_in_between_is_survived(database: Database, tmp_path: Path) -> None:
    vault = vault_of(Settings(data_dir=tmp_path, attachment_days=1), database)
    one, _ = await vault.keep(upload(), NOW)
    folder, aside = tmp_path / "attachments", tmp_path / "aside"
    folder.rename(aside)
    folder.write_text("in the way")
    task = asyncio.create_task(keep_house(database, vault, lambda: NOW + timedelta(days=2), pause=0.01))
    try:
        await until_state(database, one.id, "expired")
        folder.unlink()
        aside.rename(folder)
        await until_state(database, one.id, None)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert not [path for path in folder.rglob("att-*") if path.is_file()]


async def test_a_kept_form_goes_after_a_day_also_when_nobody_keeps_another_one(
    database: Database, tmp_path: Path
) -> None:
    written = [(FORM + "/account/channels", NOW), (FORM + "/inbox", NOW + timedelta(hours=1)), ("appeal-general", NOW)]
    async with database.write() as w:
        for service, at in written:
            await Drafts(w).keep(Draft("handler", service, {"pairs": []}, (), at))
    vault = vault_of(Settings(data_dir=tmp_path), database)
    task = asyncio.create_task(keep_house(database, vault, lambda: NOW + timedelta(days=1), pause=0.01))
    deadline = time.monotonic() + 60
    try:
        while await kept(database, written[0][0]):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert all([await kept(database, service) for service, _ in written[1:]])


async def kept(database: Database, service: str) -> bool:
    async with database.read() as r:
        return await DraftReads(r).get("handler", service, NOW) is not None


async def until_state(database: Database, attachment: str, state: str | None) -> None:
    deadline = time.monotonic() + 60
    while True:
        async with database.read() as r:
            found = await AttachmentReads(r).get(attachment)
        if (found and found.state.value) == state:
            return
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


async def test_the_settings_say_where_they_are_kept(database: Database, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    await vault_of(Settings(data_dir=tmp_path, attachments=str(elsewhere)), database).keep(upload(), NOW)
    assert [path.name[:4] for path in elsewhere.rglob("att-*")] == ["att-"]


async def test_a_bucket_may_be_named_with_its_secret_in_a_file(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    (tmp_path / "secret").write_text("secret\n")
    settings = Settings(data_dir=tmp_path, attachments="s3://papers/x", s3_secret_key_file=tmp_path / "secret")
    with pytest.raises(FilesAway):
        await vault_of(settings, database).keep(upload(), NOW)
    missing = settings.model_copy(update={"s3_secret_key_file": tmp_path / "nothing"})
    with pytest.raises(SettingsError, match="APPEALS_S3_SECRET_KEY_FILE"):
        vault_of(missing, database)
