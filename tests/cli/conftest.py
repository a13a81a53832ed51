from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtime.settings import Settings


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set must not decide a test."""
    for name in os.environ:
        if name.startswith(("APPEALS_", "TEMPORAL_")):
            monkeypatch.delenv(name)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    return Settings.load(data_dir=data_dir)
