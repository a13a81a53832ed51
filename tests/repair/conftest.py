"""A production engine with a worker, and many appeals that came to be with few requests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.storage.conftest import postgres
from tests.support.engine import Engine
from tests.support.house import House, open_house

__all__ = ["own_engine", "own_house", "postgres"]


@pytest.fixture
def own_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """An engine of this test alone, without time skipping."""
    engine = Engine(tmp_path_factory.mktemp("engine"), rehearsal=False)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@pytest.fixture
async def own_house(own_engine: Engine) -> AsyncIterator[House]:
    """The house around it."""
    async with open_house(own_engine.settings) as house:
        yield house
