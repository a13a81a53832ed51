"""One real system in rehearsal and one real browser for all tests of a worker; each test has its own people."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.browser import chromium
from tests.browser.people import WAIT_SECONDS, People
from tests.support.running import Running


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The whole system as `appeals up --rehearsal` starts it, with the sample organisation."""
    started = Running(tmp_path_factory.mktemp("browser") / "data", rehearsal=True)
    started.start()
    yield started
    assert started.stop() == 0


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    expect.set_options(timeout=WAIT_SECONDS * 1000)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(**chromium.options())
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, Any]:
    """Who has signed in already, and the cookies they got."""
    return {}


@pytest.fixture
async def people(running: Running, browser: Browser, signed_in: dict[str, Any]) -> AsyncIterator[People]:
    come = People(running, browser, signed_in)
    yield come
    await come.leave()
