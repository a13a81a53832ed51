"""Whoever has colours of their own (high contrast) is told by shapes and frames what a background told."""

from __future__ import annotations

import pytest

from tests.browser.people import People

pytestmark = pytest.mark.engine

_STYLES = """() => {
  const of = (what, name, part) => getComputedStyle(document.querySelector(what), part)[name];
  return {
    page: of("body", "backgroundColor"),
    shape: of(".appeal-head .colour", "backgroundColor", "::before"),
    now: of(".loop > .now", "outlineStyle"),
    other: of(".loop > :not(.now)", "outlineStyle"),
    first: of(".btn-primary", "backgroundColor"),
  };
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_shape_of_a_colour_the_present_stage_and_the_first_button_stay_visible(
    people: People, scheme: str
) -> None:
    number = await people.appeal("submit", "门前路灯不亮")
    page = await people.person("window", forced_colors="active", color_scheme=scheme)
    await page.goto(f"/appeals/{number}")
    found = await page.evaluate(_STYLES)
    assert found["page"] not in {found["shape"], found["first"]}
    assert (found["now"], found["other"]) == ("solid", "none")
