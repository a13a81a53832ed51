"""What somebody typed is theirs: a session that ended, a form that was refused, a line that broke lose none of it."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import check_accessible
from tests.browser.people import PHONE, People

pytestmark = pytest.mark.engine
WORDS = "补充：昨夜23点又来了两辆货车，车牌浙B12345，\n第二行“引号”与<尖括号>&符号。"


async def test_a_session_that_ended_under_a_filled_form_loses_no_word(people: People) -> None:
    number = await people.appeal("signed", "厂门口夜间违停")
    phone = await people.person("enterprise", PHONE, anew=True)
    await phone.goto(f"/track/{number}")
    await phone.get_by_text("补充说明", exact=True).tap()
    await phone.get_by_role("textbox", name="补充说明").fill(WORDS)
    await phone.context.clear_cookies()
    await phone.locator("form[action$=add_information] button[type=submit]").tap()

    await expect(phone.get_by_text("刚才填写的内容已保留")).to_be_visible()
    await check_accessible(phone)
    await phone.get_by_role("textbox", name="账号").fill("enterprise")
    await phone.get_by_label("密码").fill("wrong the first time")
    await phone.get_by_role("button", name="登录").last.tap()
    await expect(phone.get_by_role("alert")).to_be_visible()
    await phone.get_by_label("密码").fill(people.running.key("enterprise"))
    await phone.get_by_role("button", name="登录").last.tap()
    await expect(phone.get_by_text("还没有提交。")).to_be_visible()
    # At an address of its own: loading it again, and going back to it, ask nothing.
    assert phone.url.endswith(f"/track/{number}?do=add_information&kept=1#held")
    await phone.reload()
    await expect(phone.get_by_role("textbox", name="补充说明")).to_have_value(WORDS)
    await check_accessible(phone)
    await phone.locator("form[action$=add_information] button[type=submit]").tap()

    await expect(phone.get_by_role("status").first).to_be_visible()
    assert phone.url.endswith(f"/track/{number}")
    assert await _said(people, number) == [WORDS]


async def test_a_form_of_an_earlier_session_is_confirmed_first(people: People) -> None:
    number = await people.appeal("signed", "厂门口白天违停")
    page = await people.person("enterprise", anew=True)
    await page.goto(f"/track/{number}")
    await page.get_by_text("补充说明", exact=True).click()
    await page.get_by_role("textbox", name="补充说明").fill(WORDS)
    # In another tab they leave and come back: the page's proof is of the session before.
    tab = await page.context.new_page()
    await tab.goto("/account")
    await tab.get_by_role("button", name="退出").click()
    await _sign_in(tab, people)
    await page.locator("form[action$=add_information] button[type=submit]").click()
    await expect(page.get_by_text("还没有提交。")).to_be_visible()
    assert await _said(people, number) == []
    await page.locator("form[action$=add_information] button[type=submit]").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("厂门口白天违停")
    assert await _said(people, number) == [WORDS]


async def _sign_in(page: Page, people: People) -> None:
    await page.goto("/sign-in")
    await page.get_by_role("textbox", name="账号").fill("enterprise")
    await page.get_by_label("密码").fill(people.running.key("enterprise"))
    await page.get_by_role("button", name="登录").last.click()
    await page.wait_for_url("**/")


async def _said(people: People, number: str) -> list[str]:
    journal = (await people.ask("supervisor", f"/v1/appeals/{number}/journal"))["items"]
    return [entry["data"]["text"].replace("\r\n", "\n") for entry in journal if entry["action"] == "add_information"]


async def test_a_draft_comes_back_and_enter_does_not_throw_it_away(people: People) -> None:
    page = await people.person("enterprise")
    await page.goto("/submit/suggestion")
    await page.get_by_label("一句话说明什么事").fill("写到一半的建议")
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("草稿已保存").first).to_be_visible()
    await page.goto("/submit/suggestion")
    title = page.get_by_label("一句话说明什么事")
    await expect(title).to_have_value("写到一半的建议")
    await title.press("Enter")
    await page.wait_for_load_state()
    await expect(title).to_have_value("写到一半的建议")
    await page.get_by_role("button", name="丢弃草稿").click()
    await expect(title).to_have_value("")
