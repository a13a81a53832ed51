from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from cli import prepare
from cli.doctor import doctor
from runtime.datadir import DataDir
from runtime.ports import free_port, listen
from runtime.settings import Settings
from storage.organisation import CATALOGUE


@pytest.fixture
def settings(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """On a port of this test's own, with nobody's engine at the default address."""
    (tmp_path / "temporal.toml").touch()
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    return settings.model_copy(update={"port": free_port()})


def test_before_the_first_run_nothing_is_wrong(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.data_dir.rmdir()
    assert doctor(settings) == 0
    out = capsys.readouterr().out
    assert "尚不存在" in out
    assert "make run" in out
    assert not settings.data_dir.exists(), "the doctor looks only"


def test_after_a_run_everything_is_named(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    DataDir(settings.data_dir).admit(rehearsal=False)
    prepare.keys(settings)
    prepare.database(settings)
    assert doctor(settings) == 0
    out = capsys.readouterr().out
    for words in ("Python 3", "temporal version", "正式", "加密密钥 1 个", f"端口 {settings.port} 空闲", "结构版本"):
        assert words in out


def test_each_thing_that_is_wrong_is_told_with_a_way_out_and_the_others_are_still_looked_at(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    DataDir(settings.data_dir).stamp_file.write_text('{"layout": 99, "app": "99.0", "rehearsal": false}')
    settings.key_file.write_text("no key")
    broken = settings.model_copy(update={"temporal_bin": tmp_path / "nowhere", "database_url": "sqlite+aiosqlite:////"})
    with listen("127.0.0.1", settings.port):
        assert doctor(broken) == 1
    out = capsys.readouterr().out
    for words in ("99.0", "nowhere", "APPEALS_TEMPORAL_BIN", "kid:base64", f"--port {settings.port + 1}", "磁盘剩余"):
        assert words in out


def test_a_key_file_that_others_may_read_is_a_warning(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    prepare.keys(settings)
    settings.key_file.chmod(0o644)
    assert doctor(settings) == 0
    assert f"chmod 600 {settings.key_file}" in capsys.readouterr().out


def test_an_engine_that_should_be_there_and_is_not_fails(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare.keys(settings)
    directory = DataDir(settings.data_dir)
    directory.lock()
    away = f"127.0.0.1:{free_port()}"
    directory.run_lock.write(pid=os.getpid(), port=settings.port, engine=away)
    try:
        assert doctor(settings) == 1
    finally:
        directory.release()
    assert f"引擎 {away} 连接不上" in capsys.readouterr().out


def test_a_catalogue_that_is_not_taken_is_told_with_its_first_hole(
    settings: Settings, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert doctor(settings) == 0
    assert "服务目录没有漏洞（随附目录）" in capsys.readouterr().out
    own = Path(shutil.copytree(CATALOGUE, tmp_path / "own"))
    plain = own / "services" / "appeal-general.yaml"
    plain.write_text(plain.read_text("utf-8").replace("handle: 5 working days", "handle: soon"), encoding="utf-8")
    assert doctor(settings.model_copy(update={"catalogue_dir": own})) == 0
    out = capsys.readouterr().out
    for words in (
        "不采用其改动（catalogue-not-taken）",
        "service appeal-general version 1: handle",
        "appeals catalogue check",
    ):
        assert words in out
