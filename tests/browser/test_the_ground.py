"""What the other files of this folder stand on: their watching sees what it should."""

from __future__ import annotations

import pytest
from playwright.async_api import Error

from tests.browser.axe import violations
from tests.browser.people import People

pytestmark = pytest.mark.engine


async def test_a_page_that_asks_another_host_or_fails_is_told(people: People) -> None:
    page = await people.stranger()
    await page.goto("/healthz")
    await page.evaluate("setTimeout(() => { throw new Error('planted') })")
    await page.evaluate("console.error('planted too')")
    with pytest.raises(Error):
        await page.goto("http://example.invalid/")
    for planted in ("another host: http://example.invalid/", ": planted", "planted too"):
        assert any(planted in told for told in people.trouble), people.trouble
    people.trouble.clear()


async def test_a_page_that_not_everybody_can_use_is_told(people: People) -> None:
    page = await people.stranger()
    await page.goto("/healthz")
    await page.set_content("<main><img src='data:,'><input><p style='color:#eee'>faint</p></main>")
    found = " ".join(await violations(page))
    assert all(rule in found for rule in ("image-alt", "label", "color-contrast", "html-has-lang")), found
