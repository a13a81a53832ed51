from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy import make_url

from runtime.errors import SettingsError
from runtime.settings import Settings
from runtime.version import VERSION


def test_everything_lives_in_the_data_directory_unless_told_otherwise(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path)
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/appeals.db"
    assert settings.key_file == tmp_path / "codec-keys"
    assert settings.sample_keys_file == tmp_path / "sample-keys.json"
    assert settings.engine_db.parent == settings.logs_dir.parent == tmp_path


def test_a_relative_data_directory_is_one_of_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert Settings.load().data_dir == tmp_path / "data"


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgresql://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgres://u@h/d", "postgresql+psycopg://u@h/d"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////x/a.db", "sqlite+aiosqlite:////x/a.db"),
    ],
)
def test_a_database_url_gets_the_driver_we_use(monkeypatch: pytest.MonkeyPatch, written: str, used: str) -> None:
    monkeypatch.setenv("APPEALS_DATABASE_URL", written)
    assert Settings.load().database_url == used


@pytest.mark.parametrize("url", ["mysql://u:geheim@h/d", "geheim"])
def test_another_database_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="APPEALS_DATABASE_URL") as refused:
        Settings.load(database_url=url)
    assert "geheim" not in str(refused.value)


def test_each_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPEALS_PORT", "80000")
    monkeypatch.setenv("APPEALS_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"(?s)APPEALS_PORT.*APPEALS_LOG_LEVEL"):
        Settings.load()


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPEALS_PORT", "")
    assert Settings.load().port == 8000


def test_an_option_wins_over_the_environment_and_none_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPEALS_PORT", "8001")
    assert Settings.load(port=None).port == 8001
    assert Settings.load(port=8002).port == 8002


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().port = 1


def test_secrets_are_not_printed() -> None:
    settings = Settings.load(database_url="postgresql://u:geheim@h/d", codec_keys="k:geheim")
    assert "geheim" not in repr(settings)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_loopback_is_known_by_address(host: str, loopback: bool) -> None:
    assert Settings.load(host=host).on_loopback is loopback


def test_a_child_gets_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parent = Settings.load(data_dir=tmp_path, port=8123, rehearsal=True, database_url="postgresql://u:p@h/d")
    environment = parent.environment(engine_address="127.0.0.1:7000")
    assert "APPEALS_CODEC_KEYS" not in environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings.load() == parent.model_copy(update={"engine_address": "127.0.0.1:7000"})


def test_a_password_may_stand_in_a_file_and_then_in_no_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "password"
    file.write_text("p@ss:w/ört%41\n", encoding="utf-8")
    settings = Settings.load(database_url="postgresql://u@h:5432/d", database_password_file=file)
    url = make_url(settings.database_url)
    assert (url.username, url.password, url.host, url.port, url.database) == ("u", "p@ss:w/ört%41", "h", 5432, "d")

    environment = settings.environment()
    assert environment["APPEALS_DATABASE_URL"] == "postgresql+psycopg://u@h:5432/d"
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert Settings.load() == settings


@pytest.mark.parametrize("url", ["postgresql://h/d", "postgresql://@h/d"])
def test_a_password_without_its_user_is_refused(url: str, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("geheim", encoding="utf-8")
    with pytest.raises(SettingsError, match="user@host") as refused:
        Settings.load(database_url=url, database_password_file=file)
    assert "geheim" not in str(refused.value)


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="absent cannot be read"):
        Settings.load(database_url="postgresql://u@h/d", database_password_file=tmp_path / "absent")


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == VERSION


def test_lock_files_name_no_host_and_no_path() -> None:
    for file in Path("requirements").glob("*.txt"):
        text = file.read_text(encoding="utf-8")
        assert "://" not in text
        assert "find-links" not in text
        assert os.sep + "tmp" not in text
        assert "--hash=sha256:" in text


def test_attachments_are_in_the_data_directory_in_another_or_in_a_bucket(tmp_path: Path) -> None:
    assert Settings.load(data_dir=tmp_path).attachments == str(tmp_path / "attachments")
    assert Settings.load(attachments=str(tmp_path / "x")).attachments == str(tmp_path / "x")
    assert Settings.load(attachments="s3://papers/appeals").attachments == "s3://papers/appeals"
    for wrong in ("s3://", "http://papers"):
        with pytest.raises(SettingsError, match="APPEALS_ATTACHMENTS"):
            Settings.load(attachments=wrong)


def test_links_on_documents_need_a_web_address() -> None:
    assert Settings.load(public_url="https://appeals.example/").public_url == "https://appeals.example"
    with pytest.raises(SettingsError, match="APPEALS_PUBLIC_URL"):
        Settings.load(public_url="appeals.example")


def test_a_gateway_that_cannot_be_meant_is_refused() -> None:
    with pytest.raises(SettingsError, match="SMS_GATEWAY_URL"):
        Settings.load(sms_gateway_url="sms.example")
