"""An API of its own for every test, on a copy of one migrated database."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from runtime.settings import Settings
from storage import migrate, sample
from tests.api.bench import Api, open_api


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with tables and the sample organisation."""
    settings = Settings(data_dir=tmp_path_factory.mktemp("api"))
    migrate.upgrade(settings.database_url)
    sample.install(settings.database_url, settings.sample_keys_file)
    return settings.data_dir


@pytest.fixture(scope="session")
def keys(template: Path) -> Mapping[str, str]:
    loaded: Mapping[str, str] = json.loads((template / "sample-keys.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def folder(template: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(template, tmp_path / "data"))


@pytest.fixture
async def api(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    async with open_api(folder, keys) as opened:
        yield opened


@pytest.fixture(scope="module")
async def quiet(
    template: Path, tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]
) -> AsyncIterator[Api]:
    """One API for all tests of a file that write nothing."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("quiet") / "data"))
    async with open_api(folder, keys) as opened:
        yield opened


@pytest.fixture
async def rehearsal(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Api]:
    async with open_api(folder, keys, rehearsal=True) as opened:
        yield opened
