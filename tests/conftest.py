"""Fixtures that several rooms share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from storage import passwords
from tests.support.engine import Engine
from tests.support.house import House, open_house


@pytest.fixture(scope="session", autouse=True)
def own_hash() -> Iterator[PasswordHash]:
    """The product's own way to hash passwords; tests hash the same way with the least work there can be."""
    own = passwords._HASH
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "_HASH", PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)))
        yield own


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A real engine with per-workflow time skipping, for the tests of one file."""
    started = Engine(tmp_path_factory.mktemp("engine"))
    started.start()
    try:
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
async def house(engine: Engine) -> AsyncIterator[House]:
    """The whole house around that engine, with a worker."""
    async with open_house(engine.settings) as opened:
        yield opened
