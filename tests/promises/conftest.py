"""One house for all promises, each of which has appeals of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support.engine import Engine
from tests.support.house import House, open_house


@pytest.fixture(scope="session")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """As ``engine``, for the tests of all files."""
    started = Engine(tmp_path_factory.mktemp("shared"))
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="session")
async def shared_house(shared_engine: Engine) -> AsyncIterator[House]:
    """The house around it."""
    async with open_house(shared_engine.settings) as opened:
        yield opened


@pytest.fixture(scope="module")
async def own_house(engine: Engine) -> AsyncIterator[House]:
    """A house for one file."""
    async with open_house(engine.settings) as opened:
        yield opened


@pytest.fixture
def house(request: pytest.FixtureRequest) -> House:
    """The shared one; a file that is marked ``alone`` writes what every appeal depends on, and has its own."""
    found: House = request.getfixturevalue("own_house" if request.node.get_closest_marker("alone") else "shared_house")
    return found
