"""The first page comes quickly over a phone's network."""

from __future__ import annotations

import pytest

from tests.browser.people import PHONE, People

pytestmark = pytest.mark.engine
_MOST_BYTES = 150 * 1024


@pytest.mark.parametrize("path", ["/", "/services", "/track", "/sign-in"])
async def test_the_first_page_with_all_it_needs_is_150_kb_at_most(people: People, path: str) -> None:
    page = await people.stranger(PHONE)
    await page.goto(path, wait_until="load")
    sizes = await page.evaluate(
        """() => [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
          .map((one) => [one.name, one.transferSize])"""
    )
    assert len(sizes) > 3, sizes
    assert sum(size for _, size in sizes) <= _MOST_BYTES, sizes
