"""The pages of enterprises look in order: cards of one row are equally high, and their words begin in one line."""

from __future__ import annotations

import pytest

from tests.browser.people import SIZES, People

pytestmark = pytest.mark.engine


async def test_needs_of_one_row_are_equally_high(people: People) -> None:
    page = await people.stranger()
    await page.goto("/")
    boxes = await page.locator(".need").evaluate_all("found => found.map(one => one.getBoundingClientRect().toJSON())")
    rows: dict[float, set[float]] = {}
    for box in boxes:
        rows.setdefault(box["top"], set()).add(box["height"])
    assert 1 < len(rows) < len(boxes)
    assert all(len(heights) == 1 for heights in rows.values()), rows


@pytest.mark.parametrize("size", SIZES)
async def test_the_words_of_all_cards_begin_in_one_line(people: People, size: str) -> None:
    number = await people.appeal("submit", "门前路灯不亮")
    page = await people.person("enterprise", SIZES[size])
    await page.goto(f"/track/{number}")
    begins = ".where, #follow .card-body > h2"
    lefts = await page.locator(begins).evaluate_all("found => found.map(one => one.getBoundingClientRect().left)")
    assert len(lefts) > 2
    assert len(set(lefts)) == 1, lefts
