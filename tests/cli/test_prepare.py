from __future__ import annotations

import sqlite3
import stat

import pytest

from cli import prepare
from runtime.codec import load_keyring
from runtime.errors import CodecKeysError, DataDirNewerError, OperatorError, RehearsalMismatchError, SampleExposedError
from runtime.ports import free_port
from runtime.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104


def test_the_first_run_makes_a_key_and_the_next_keeps_it(settings: Settings) -> None:
    prepare.keys(settings)
    before = settings.key_file.read_bytes()
    assert stat.S_IMODE(settings.key_file.stat().st_mode) == 0o600
    prepare.keys(settings)
    assert settings.key_file.read_bytes() == before


def test_no_new_key_is_made_beside_histories_that_an_old_one_encrypted(settings: Settings) -> None:
    settings.engine_db.touch()
    with pytest.raises(CodecKeysError, match="备份"):
        prepare.keys(settings)
    assert not settings.key_file.exists()


def test_keys_of_the_environment_need_no_file(settings: Settings) -> None:
    prepare.keys(settings)
    text = settings.key_file.read_text()
    settings.key_file.unlink()
    prepare.keys(Settings.load(data_dir=settings.data_dir, codec_keys=text))
    assert not settings.key_file.exists()
    with pytest.raises(CodecKeysError):
        load_keyring(settings)


def test_a_database_is_made_once_and_for_one_mode(settings: Settings) -> None:
    for _ in range(2):
        prepare.database(settings)
    prepare.check_schema(settings)
    rehearsal = settings.model_copy(update={"rehearsal": True})
    for check in (prepare.database, prepare.check_schema):
        with pytest.raises(RehearsalMismatchError):
            check(rehearsal)


def test_a_process_by_hand_is_told_to_migrate_first(settings: Settings) -> None:
    with pytest.raises(OperatorError, match="appeals migrate"):
        prepare.check_schema(settings)


def test_a_newer_schema_is_refused(settings: Settings) -> None:
    prepare.database(settings)
    with sqlite3.connect(settings.data_dir / "appeals.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DataDirNewerError, match="9999"):
        prepare.database(settings)


def test_a_database_that_is_away_is_told_without_its_password() -> None:
    url = f"postgresql://u:geheim@127.0.0.1:{free_port()}/d?connect_timeout=2"
    with pytest.raises(OperatorError, match="APPEALS_DATABASE_URL") as refused:
        prepare.database(Settings.load(database_url=url))
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_the_sample_serves_on_loopback(settings: Settings, host: str) -> None:
    prepare.refuse_exposed_sample(settings.model_copy(update={"host": host, "sample": True}))


def test_without_any_sample_every_host_is_served(settings: Settings) -> None:
    everywhere = settings.model_copy(update={"host": EVERYWHERE})
    prepare.refuse_exposed_sample(everywhere)
    prepare.database(settings)
    prepare.refuse_exposed_sample(everywhere)


def test_the_sample_refuses_another_host_when_asked_for_when_its_keys_lie_there_and_when_it_is_in_the_database(
    settings: Settings,
) -> None:
    everywhere = settings.model_copy(update={"host": EVERYWHERE})
    with pytest.raises(SampleExposedError, match="loopback"):
        prepare.refuse_exposed_sample(everywhere.model_copy(update={"sample": True}))
    prepare.database(settings)
    prepare.sample(settings)
    with pytest.raises(SampleExposedError):
        prepare.refuse_exposed_sample(everywhere)
    settings.sample_keys_file.unlink()
    with pytest.raises(SampleExposedError):
        prepare.refuse_exposed_sample(everywhere)
