from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest

from runtime.codec import ensure_key_file
from runtime.errors import CodecKeysError, SettingsError
from runtime.ports import free_port
from runtime.settings import Settings
from runtime.temporal import LOCAL_ADDRESS, connect, retry_config, target


@pytest.fixture(autouse=True)
def no_profile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The developer's own profile file must not decide a test."""
    file = tmp_path / "temporal.toml"
    file.write_text("")
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    return file


def test_without_any_setting_the_engine_is_on_this_machine(settings: Settings) -> None:
    assert target(settings)["target_host"] == LOCAL_ADDRESS
    assert target(settings)["namespace"] == "default"


def test_the_standard_variables_and_the_profile_file_are_heard(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, no_profile: Path
) -> None:
    no_profile.write_text('[profile.default]\naddress = "file:1"\nnamespace = "from-file"\n')
    assert target(settings)["target_host"] == "file:1"
    monkeypatch.setenv("TEMPORAL_ADDRESS", "env:2")
    assert target(settings)["target_host"] == "env:2"
    assert target(settings)["namespace"] == "from-file"


def test_the_embedded_engine_wins_and_takes_nothing_from_a_profile(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "env:2")
    monkeypatch.setenv("TEMPORAL_API_KEY", "for another server")
    ours = settings.model_copy(update={"engine_address": "127.0.0.1:7000"})
    assert target(ours) == {"target_host": "127.0.0.1:7000", "namespace": "default"}


def test_a_broken_profile_is_told_in_words(settings: Settings, no_profile: Path) -> None:
    no_profile.write_text("[profile")
    with pytest.raises(SettingsError, match="TEMPORAL_CONFIG_FILE"):
        target(settings)


async def test_no_client_without_keys(settings: Settings) -> None:
    with pytest.raises(CodecKeysError):
        await connect(settings, lazy=True)


async def test_a_lazy_client_is_made_while_the_engine_is_away_and_its_call_fails_at_once(settings: Settings) -> None:
    ensure_key_file(settings.key_file)
    away = settings.model_copy(update={"engine_address": f"127.0.0.1:{free_port()}"})
    client = await connect(away, lazy=True)
    started = time.monotonic()
    with pytest.raises(RuntimeError):
        await client.start_workflow("x", id="x", task_queue="x", rpc_timeout=timedelta(seconds=2))
    assert time.monotonic() - started < 30


def test_patience_bounds_retries_by_time() -> None:
    assert retry_config(timedelta(seconds=2)).max_elapsed_time_millis == 2000
