"""WCAG 2.2 AA on every page, full, empty and with errors shown, at a desk and on a phone, enlarged, and narrow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from playwright.async_api import Error, Page, ViewportSize

from tests.browser.axe import sideways, violations
from tests.browser.people import SIZES, People
from tests.browser.scenery import fill
from tests.browser.shots import SHOTS, Shot
from tests.support.running import Running

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(400)]

ENLARGED = ViewportSize(width=683, height=384)
"""A desk's screen at 200 %."""
NARROW = ViewportSize(width=320, height=640)
"""1280 at 400 %: what WCAG 1.4.10 asks for."""


@pytest.fixture(scope="module")
async def numbers(running: Running) -> Mapping[str, str]:
    """A town full of appeals, by title."""
    return (await asyncio.to_thread(fill, running)).numbers


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_on_any_page_is_out_of_anybodys_reach(
    people: People, numbers: Mapping[str, str], size: str
) -> None:
    wrong: list[str] = []
    windows: dict[str, Page] = {}
    for shot in SHOTS:
        if shot.who not in windows:
            windows[shot.who] = await _window(people, shot.who, size)
        wrong += await _faults(shot, windows[shot.who], numbers)
    assert not wrong, "\n".join(wrong)


async def _window(people: People, who: str, size: str) -> Page:
    return await (people.person(who, SIZES[size]) if who else people.stranger(SIZES[size]))


async def _faults(shot: Shot, page: Page, numbers: Mapping[str, str]) -> list[str]:
    try:
        await shot.open(page, numbers)
        found = await violations(page)
        before = page.viewport_size
        assert before
        for viewport in (NARROW, ENLARGED, before):
            await page.set_viewport_size(viewport)
            found += await sideways(page)
    except (AssertionError, Error) as error:
        return [f"{shot.name}: {error}"]
    return [f"{shot.name}: {fault}" for fault in found]
