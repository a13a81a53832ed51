from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from cli.words import OUT
from runtime.settings import Settings


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the developer has set must not decide a test."""
    for name in os.environ:
        if name.startswith(("APPEALS_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    # The console may have been made before, in a process whose terminal was said to be narrow.
    monkeypatch.setattr(OUT, "_width", 200)


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command takes the process's log over; run within the tests' own process it must give it back."""
    root = logging.getLogger()
    handlers, level, configured = root.handlers[:], root.level, structlog.get_config()
    yield
    root.handlers, root.level = handlers, level
    structlog.configure(**configured)
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    return Settings.load(data_dir=data_dir)
