"""A session that ends under somebody's hands: the page stays, says so, and goes on to sign in when it is sent."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.people import People

pytestmark = pytest.mark.engine
LOST = "登录已失效：填写的内容还在，提交时会请您重新登录"


async def test_a_page_with_something_typed_stays_when_the_session_ends(people: People) -> None:
    number = await people.appeal("signed", "写到一半时登录失效的诉求")
    page = await people.person("handler", anew=True)
    await page.goto(f"/appeals/{number}?do=submit_result")
    words = page.get_by_label("结果说明")
    await words.fill("写了很久的结果说明")
    await page.get_by_role("heading", level=1).click()
    await page.context.clear_cookies()
    await people.act("window", number, "add_information", text="企业来电补充")
    await expect(page.get_by_text(LOST)).to_be_visible()
    await expect(words).to_have_value("写了很久的结果说明")
    await page.get_by_role("radio", name="部分解决").check()
    await page.get_by_role("button", name="提交结果", exact=True).click()
    await expect(page.get_by_text("刚才填写的内容已保留")).to_be_visible()


async def test_a_form_that_was_refused_is_something_typed(people: People) -> None:
    number = await people.appeal("signed", "退回修改时登录失效的诉求")
    page = await people.person("handler", anew=True)
    await page.goto(f"/appeals/{number}?do=submit_result")
    await page.get_by_label("结果说明").fill("漏选了办理结果的说明")
    await page.locator("#act form").evaluate("form => form.noValidate = true")
    await page.get_by_role("button", name="提交结果", exact=True).click()
    await page.get_by_role("heading", level=1).click()
    await page.context.clear_cookies()
    await people.act("window", number, "add_information", text="企业来电补充")
    await expect(page.get_by_text(LOST)).to_be_visible()
    await expect(page.get_by_label("结果说明")).to_have_value("漏选了办理结果的说明")


async def test_a_page_whose_session_ended_before_it_could_listen_asks_to_sign_in(people: People) -> None:
    number = await people.appeal("signed", "还没接通就已退出的诉求")
    page = await people.person("handler", anew=True)
    lines: asyncio.Queue[Route] = asyncio.Queue()
    await page.route("**/v1/events*", lines.put)
    await page.goto(f"/appeals/{number}")
    line = await lines.get()
    await page.context.clear_cookies()
    await line.continue_()
    await (await lines.get()).continue_()  # the page asks why
    await page.wait_for_url("**/sign-in?**")


async def test_a_page_where_nobody_is_at_work_asks_to_sign_in(people: People) -> None:
    number = await people.appeal("signed", "看着看着登录失效的诉求")
    page = await people.person("handler", anew=True)
    await page.goto(f"/appeals/{number}")
    await page.context.clear_cookies()
    await people.act("window", number, "add_information", text="企业来电补充")
    await page.wait_for_url("**/sign-in?**")
