"""WCAG 2.2 AA on every page, full, empty and with errors shown, at a desk and on a phone, enlarged, and narrow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

import pytest
from playwright.async_api import Error, Page, ViewportSize

from tests.browser.axe import sideways, violations
from tests.browser.people import SIZES, People
from tests.browser.scenery import fill
from tests.browser.shots import SHOTS, Shot
from tests.support.running import Running

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]

ENLARGED = ViewportSize(width=683, height=384)
"""A desk's screen at 200 %."""
NARROW = ViewportSize(width=320, height=640)
"""1280 at 400 %: what WCAG 1.4.10 asks for."""
NARROWED: Mapping[str, Sequence[ViewportSize]] = {"desktop": (ENLARGED, NARROW), "phone": ()}
"""What a desk's window is made into; a phone's stays as it is."""
TOGETHER = 3
"""So many people look at once: while one waits for a page, another one's is looked at."""


@pytest.fixture(scope="module")
async def numbers(running: Running) -> Mapping[str, str]:
    """A town full of appeals, by title."""
    return (await asyncio.to_thread(fill, running)).numbers


@pytest.mark.parametrize("size", SIZES)
async def test_nothing_on_any_page_is_out_of_anybodys_reach(
    people: People, numbers: Mapping[str, str], size: str
) -> None:
    turns = asyncio.Semaphore(TOGETHER)

    async def look(who: str, shots: Sequence[Shot]) -> list[str]:
        async with turns:
            page = await (people.person(who, SIZES[size]) if who else people.stranger(SIZES[size]))
            return [fault for shot in shots for fault in await _faults(shot, page, numbers, NARROWED[size])]

    by_person = {who: list(shots) for who, shots in groupby(sorted(SHOTS, key=attrgetter("who")), attrgetter("who"))}
    found = await asyncio.gather(*(look(who, shots) for who, shots in by_person.items()))
    assert not any(found), "\n".join(fault for faults in found for fault in faults)


async def _faults(shot: Shot, page: Page, numbers: Mapping[str, str], narrowed: Sequence[ViewportSize]) -> list[str]:
    try:
        await shot.open(page, numbers)
        found = await violations(page) + await sideways(page)
        own = page.viewport_size
        assert own
        for viewport in narrowed:
            await page.set_viewport_size(viewport)
            found += await sideways(page)
        if narrowed:
            await page.set_viewport_size(own)
    except (AssertionError, Error) as error:
        return [f"{shot.name}: {error}"]
    return [f"{shot.name}: {fault}" for fault in found]
