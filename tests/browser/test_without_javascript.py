"""Every deed is a plain form: a browser without JavaScript carries an appeal from its submission to its rating."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import PHONE, People

pytestmark = [pytest.mark.engine, pytest.mark.slow]
PLAIN: Final[dict[str, Any]] = {"java_script_enabled": False}


async def test_submitted_accepted_assigned_signed_answered_and_rated(people: People) -> None:
    enterprise = await people.person("enterprise", PHONE, **PLAIN)
    await enterprise.goto("/submit/appeal-general")
    await enterprise.get_by_label("一句话说明什么事").fill("没有脚本也能提交")
    await enterprise.get_by_label("诉求内容").fill("内容")
    await enterprise.get_by_label("联系人姓名").fill("王经理")
    await enterprise.get_by_label("联系电话").fill("13800001234")
    await enterprise.get_by_role("button", name="提交", exact=True).click()
    number = (await enterprise.locator(".big-number").first.inner_text()).strip()

    await _deed(people, "window", number, "受理")
    dispatcher = await people.person("dispatcher", **PLAIN)
    await dispatcher.goto("/desk")
    await dispatcher.locator(f"input[name=number][value='{number}']").check()
    await dispatcher.get_by_role("button", name="批量交办").click()
    await dispatcher.get_by_label("牵头单位").select_option("station-a")
    await dispatcher.get_by_role("button", name=re.compile("下一步")).click()
    await dispatcher.get_by_role("button", name="确认交办1件").click()
    await expect(dispatcher.get_by_text("1件已交办")).to_be_visible()
    await _deed(people, "handler", number, "签收")
    await people.act("handler", number, "submit_result", outcome="solved", text="已解决")
    await people.act("leader", number, "review", approved=True)
    await people.act("handler", number, "send_answer", text="已解决", method="phone")

    await enterprise.goto(f"/track/{number}")
    await enterprise.get_by_role("button", name="非常满意", exact=True).click()
    await enterprise.get_by_role("button", name="提交评价").click()
    await _flash(enterprise)
    assert [one["grade"] for one in (await people.ask("enterprise", f"/v1/appeals/{number}"))["ratings"]] == [5]


async def _deed(people: People, who: str, number: str, deed: str) -> None:
    page = await people.person(who, **PLAIN)
    await page.goto(f"/appeals/{number}")
    opener = page.locator("#deeds").get_by_role("link", name=deed, exact=True)
    if await opener.count():
        await opener.click()
    await page.get_by_role("button", name=deed, exact=True).click()
    await _flash(page)


async def _flash(page: Page) -> None:
    await expect(page.locator("main > .alert-success")).to_be_visible()
