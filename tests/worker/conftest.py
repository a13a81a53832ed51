"""A partner that really runs, for the tests of one file, and databases as the store's tests have them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.database import Database
from storage.migrate import upgrade
from tests.storage.conftest import database, empty_url, postgres, url
from tests.support.hotline import Hotline, hotline

__all__ = ["database", "empty_url", "postgres", "url"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    with hotline(tmp_path_factory.mktemp("hotline")) as opened:
        yield opened


@pytest.fixture
def partner(running: Hotline) -> Hotline:
    """It, well behaved and with an empty file."""
    running.forget()
    running.behave()
    return running


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[Database]:
    """A SQLite database, where the other one would tell nothing more."""
    address = f"sqlite:///{tmp_path / 'plain.db'}"
    upgrade(address)
    opened = Database.create(address)
    yield opened
    await opened.close()
