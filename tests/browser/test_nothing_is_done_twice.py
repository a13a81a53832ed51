"""Two people at once, the back button, a second tap: one deed, and the second one reads who was first."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.axe import check_accessible
from tests.browser.people import PHONE, People

pytestmark = pytest.mark.engine


async def test_who_comes_second_is_told_who_was_first_and_loses_no_word(people: People) -> None:
    number = await people.appeal("signed", "两人同时办理的诉求")
    slow = await people.person("handler")
    await slow.goto(f"/appeals/{number}?do=submit_result")
    await slow.get_by_role("radio", name="部分解决").check()
    await slow.get_by_label("结果说明").fill("我写了很久的结果说明")
    await people.act("handler2", number, "submit_result", outcome="solved", text="已解决")
    await slow.get_by_role("button", name="提交结果", exact=True).click()

    told = slow.get_by_role("alert").first
    await expect(told).to_contain_text("王协理")
    await expect(told).to_contain_text("提交结果")
    await expect(slow.get_by_text("我写了很久的结果说明")).to_be_visible()
    await check_accessible(slow)
    assert await _times(people, number, "submit_result") == 1


async def test_going_back_after_a_deed_shows_how_it_stands_now(people: People) -> None:
    number = await people.appeal("assigned", "签收后退回的诉求")
    page = await people.person("handler")
    await page.goto("/desk")
    await page.goto(f"/appeals/{number}")
    await page.get_by_role("button", name="签收", exact=True).click()
    await expect(page.locator("main > .alert-success")).to_be_visible()
    await page.go_back()
    await page.go_forward()
    await expect(page.get_by_role("button", name="签收", exact=True)).to_be_hidden()
    await page.reload()
    assert await _times(people, number, "sign") == 1


async def test_a_double_tap_submits_one_rating(people: People) -> None:
    number = await people.appeal("answered", "连点两下评价的诉求")
    phone = await people.person("enterprise", PHONE)
    await phone.goto(f"/track/{number}?grade=4")
    await phone.get_by_role("button", name="提交评价").dblclick()
    await expect(phone.locator("main > .alert-success")).to_be_visible()
    assert await _times(people, number, "rate") == 1


async def _times(people: People, number: str, action: str) -> int:
    journal = (await people.ask("supervisor", f"/v1/appeals/{number}/journal"))["items"]
    return [entry["action"] for entry in journal].count(action)
