"""The desk without a mouse: / j k Enter a ?, and never while a character is being composed."""

from __future__ import annotations

import uuid

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import People

pytestmark = pytest.mark.engine


async def test_from_the_search_to_the_signature_by_keys_alone(people: People) -> None:
    mark = f"只用键盘{uuid.uuid4().hex[:6]}"
    number = await people.appeal("assigned", f"{mark}的诉求")
    await people.appeal("assigned", f"{mark}的另一件")
    page = await people.person("handler")
    await page.goto("/desk")
    await page.keyboard.press("/")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.type(mark)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=**")
    rows = page.locator("[data-row] h2 a")
    await expect(rows).to_have_count(2)
    for key, focused in (("j", 0), ("j", 1), ("k", 0)):
        await page.keyboard.press(key)
        await expect(rows.nth(focused)).to_be_focused()
    if await rows.nth(0).inner_text() != f"{mark}的诉求":
        await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/appeals/{number}")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog")).to_contain_text("签收")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await expect(page.locator("main > .alert-success")).to_be_visible()
    assert (await people.ask("handler", f"/v1/appeals/{number}"))["stage"] == "handle"


async def test_no_key_acts_while_a_character_is_composed_or_typed(people: People) -> None:
    number = await people.appeal("assigned", "输入法组字时不签收")
    page = await people.person("handler")
    await page.goto(f"/appeals/{number}")
    await _composed(page, "a")
    await _composed(page, "?")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.goto("/desk?q=输入法组字时不签收")
    await page.keyboard.press("/")
    await page.keyboard.press("End")
    await page.keyboard.type("j?a/")
    await expect(page.get_by_role("searchbox")).to_have_value("输入法组字时不签收j?a/")
    assert (await people.ask("handler", f"/v1/appeals/{number}"))["stage"] == "assign"


async def test_everything_on_an_appeals_page_is_reached_by_tab_in_sight(people: People) -> None:
    number = await people.appeal("signed", "用Tab走一遍")
    page = await people.person("handler")
    await page.goto(f"/appeals/{number}?do=submit_result")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    await page.keyboard.press("Enter")
    seen = set()
    for _ in range(40):
        await page.keyboard.press("Tab")
        where = await page.evaluate(_FOCUS)
        if where["end"]:
            break
        assert where["drawn"], f"nobody sees where the focus is: {where}"
        seen.add(where["name"])
    assert {"提交结果", "收起"} <= seen, seen


_FOCUS = """() => {
  const e = document.activeElement, style = getComputedStyle(e), box = e.getBoundingClientRect();
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const inside = box.bottom > 0 && box.top < innerHeight;
  const name = (e.textContent || e.name || e.id).trim();
  return { end: e === document.body, name, drawn: inside && (outlined || style.boxShadow !== 'none') };
}"""


async def _composed(page: Page, key: str) -> None:
    """As an input method sends it: while it composes, and as browsers that only say 229."""
    await page.evaluate(
        """key => { for (const more of [{ isComposing: true }, { keyCode: 229 }]) {
          document.body.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
          document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more }));
        } }""",
        key,
    )
