"""What others do is seen without a reload; what somebody is typing is left alone."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.people import People

pytestmark = pytest.mark.engine
#: The issue's figure: from the action's answer to the page.
SEEN_MS = 2000


async def test_the_desk_shows_what_another_did_within_two_seconds(people: People) -> None:
    number = await people.appeal("submit", "刚刚提交的诉求")
    page = await people.person("dispatcher")
    await page.goto("/desk?tab=mine&q=刚刚提交的诉求")
    await expect(page.locator("[data-row]")).to_have_count(0)
    await page.wait_for_function(
        "performance.getEntriesByType('resource').some(e => e.name.includes('/v1/events')) || 1"
    )
    await people.act("window", number, "accept")
    await expect(page.locator(f"#r-{number}")).to_be_visible(timeout=SEEN_MS)


async def test_two_changes_in_a_row_are_both_seen_within_two_seconds(people: People) -> None:
    number = await people.appeal("accepted", "连续变化的诉求")
    page = await people.person("supervisor")
    await page.goto(f"/appeals/{number}")
    await people.act("dispatcher", number, "assign", lead_unit="station-b")
    await expect(page.locator("#state")).to_contain_text("乙派出所", timeout=SEEN_MS)
    await people.act("handler3", number, "sign")
    await expect(page.locator("#state")).to_contain_text("冯乙所", timeout=SEEN_MS)


async def test_a_form_under_somebodys_hands_stays(people: People) -> None:
    number = await people.appeal("signed", "正在填写时有人更新")
    page = await people.person("handler")
    await page.goto(f"/appeals/{number}?do=submit_result")
    await page.get_by_label("结果说明").fill("写到一半")
    await people.act("handler2", number, "note", text="旁人的记录", public=False)
    await expect(page.locator("#facts")).to_contain_text("旁人的记录")
    await expect(page.get_by_label("结果说明")).to_have_value("写到一半")
    await expect(page.get_by_label("结果说明")).to_be_focused()
