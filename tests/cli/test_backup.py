"""`appeals backup` and `appeals restore`, as far as files tell; with a running system: tests/repair/test_restore.py."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.backup import backup, restore
from runtime.codec import ensure_key_file
from runtime.datadir import DataDir
from runtime.errors import OperatorError
from runtime.settings import Settings
from storage.database import Database
from storage.migrate import upgrade
from tests.storage.build import begun, put


def made(data_dir: Path, *, rehearsal: bool = False) -> Settings:
    """A data directory that was worked in; nobody looks into its engine here."""
    settings = Settings.load(data_dir=data_dir, rehearsal=rehearsal)
    data_dir.mkdir()
    DataDir(data_dir).admit(rehearsal=rehearsal)
    ensure_key_file(settings.key_file)
    upgrade(settings.database_url)
    with closing(sqlite3.connect(settings.engine_db)) as engine:
        engine.execute("CREATE TABLE history (event)")
    return settings


async def positions(settings: Settings, number: str) -> list[int]:
    """Those of a new appeal's entries."""
    database = Database.create(settings.database_url)
    try:
        assert await put(database, *begun(number, "hazmat-toxic-purchase"))
    finally:
        await database.close()
    with closing(sqlite3.connect(settings.data_dir / "appeals.db")) as tables:
        found = tables.execute("SELECT position FROM journal WHERE number = ? ORDER BY seq", (number,))
        return [position for (position,) in found]


@pytest.mark.parametrize("used", [True, False])
async def test_no_position_is_given_twice_however_often_a_backup_is_restored(tmp_path: Path, used: bool) -> None:
    settings = made(tmp_path / "data")
    given = await positions(settings, "SQ20260901-00000001") if used else []
    backup(settings, tmp_path / "kept", with_keys=True)
    given += await positions(settings, "SQ20260901-00000002")
    for name in ("first", "second"):
        restore(tmp_path / "kept", tmp_path / name, engine_from=None, keys=None)
        given += await positions(Settings.load(data_dir=tmp_path / name), "SQ20260901-00000003")
    assert given == sorted(set(given))


def test_a_rehearsal_lends_no_engine_to_real_work(tmp_path: Path) -> None:
    for name, rehearsal in (("real", False), ("rehearsed", True)):
        settings = made(tmp_path / f"{name}-data", rehearsal=rehearsal)
        backup(settings, tmp_path / name, with_keys=True)
    with pytest.raises(OperatorError, match="rehearsal"):
        restore(tmp_path / "real", tmp_path / "new", engine_from=tmp_path / "rehearsed", keys=None)
    assert not (tmp_path / "new").exists()
