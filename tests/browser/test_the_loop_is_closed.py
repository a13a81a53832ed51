"""One appeal through everybody's hands: submitted on a phone, not solved the first time, closed after the second."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.axe import check_accessible
from tests.browser.people import PHONE, People

pytestmark = [pytest.mark.engine, pytest.mark.slow]
TITLE = "厂区南门早高峰货车进不来"


async def test_submitted_on_a_phone_rated_1_done_again_by_others_rated_5_visited_and_closed(people: People) -> None:
    enterprise = await people.person("enterprise", PHONE)
    number = await _submit(enterprise)
    window = await people.person("window")
    await _found_on_the_desk(window, number)
    await _do(window, "受理")
    await _assign_with_others(people, number)

    handler = await people.person("handler")
    await _found_on_the_desk(handler, number)
    await handler.keyboard.press("a")
    await expect(handler.get_by_text("已签收").first).to_be_visible()
    await _answer(people, handler, number, "已劝离违停车辆。")
    await _rate(enterprise, number, "非常不满意", "第二天又停满了")
    await expect(enterprise.get_by_text("第2轮").first).to_be_visible()

    await _others_do_it_again(people, number)
    await _rate(enterprise, number, "非常满意", "")
    await people.fast_forward(number, 7 * 86_400)
    visitor = await people.person("visitor", PHONE)
    await visitor.goto(f"/appeals/{number}?do=record_visit")
    await visitor.get_by_role("radio", name="满意", exact=True).check()
    await visitor.get_by_role("button", name="回访", exact=True).tap()
    await expect(visitor.get_by_text("已办结：已解决").first).to_be_visible()
    await enterprise.goto(f"/track/{number}")
    await expect(enterprise.get_by_text("已办结：已解决")).to_be_visible()
    await check_accessible(enterprise)


async def _submit(page: Page) -> str:
    """From the first page to the receipt."""
    await page.goto("/")
    await page.get_by_role("searchbox").first.fill("违停")
    await page.get_by_role("button", name="查找").first.tap()
    await page.get_by_role("link", name=re.compile("写下您的诉求|提企业诉求")).tap()
    await expect(page.get_by_text(re.compile("最迟.*办结"))).to_be_visible()
    await page.get_by_role("button", name="提交", exact=True).tap()
    await expect(page.get_by_role("alert").first).to_be_visible()
    await check_accessible(page)
    await page.get_by_label("一句话说明什么事").fill(TITLE)
    await page.get_by_label("诉求内容").fill("每天七点到九点，南门外被社会车辆占满。")
    await page.get_by_label("联系人姓名").fill("王经理")
    await page.get_by_label("联系电话").fill("13800001234")
    photo = {"name": "南门.png", "mimeType": "image/png", "buffer": await page.screenshot()}
    await page.locator("input[type=file]").set_input_files(photo)  # type: ignore[arg-type]
    await expect(page.get_by_text("南门.png").first).to_be_visible()
    await page.get_by_role("button", name="提交", exact=True).tap()
    await expect(page.get_by_text("已收到您的诉求")).to_be_visible()
    await expect(page.get_by_role("img", name=re.compile("二维码"))).to_be_visible()
    await check_accessible(page)
    return (await page.locator(".big-number").first.inner_text()).strip()


async def _found_on_the_desk(page: Page, number: str) -> None:
    """It lies there for whoever's turn it is."""
    await page.goto("/desk")
    await page.locator(f"#r-{number}").get_by_role("link", name=TITLE).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    await page.wait_for_load_state()  # keys work from then on


async def _do(page: Page, deed: str) -> None:
    """Opens the deed's form where it is not open yet, and presses its button; it is written then."""
    opener = page.locator("#deeds").get_by_role("link", name=deed, exact=True)
    if await opener.count():
        await opener.click()
    await page.get_by_role("button", name=deed, exact=True).click()
    await expect(page.locator("main > .alert-success")).to_be_visible()


async def _assign_with_others(people: People, number: str) -> None:
    """By bulk, with one that somebody else assigns just before it is confirmed: each has its own answer."""
    other = await people.appeal("accepted", "另一件待交办的诉求")
    dispatcher = await people.person("dispatcher")
    await dispatcher.goto("/desk")
    for one in (number, other):
        await dispatcher.locator(f"input[name=number][value='{one}']").check()
    await dispatcher.get_by_role("button", name="批量交办").click()
    await dispatcher.get_by_label("牵头单位").select_option(label="甲派出所")
    await dispatcher.get_by_role("button", name=re.compile("下一步")).click()
    await check_accessible(dispatcher)
    await people.act("supervisor", other, "assign", lead_unit="station-c")
    await people.act("station-c-officer", other, "sign")
    await dispatcher.get_by_role("button", name="确认交办2件").click()
    await expect(dispatcher.get_by_role("status").first).to_contain_text("1件已交办，1件未能办理")
    assert (await people.ask("dispatcher", f"/v1/appeals/{number}"))["assignment"]["lead_unit"] == "station-a"
    assert (await people.ask("dispatcher", f"/v1/appeals/{other}"))["assignment"]["lead_unit"] == "station-c"


async def _others_do_it_again(people: People, number: str) -> None:
    """One level up, by another unit."""
    dispatcher = await people.person("dispatcher")
    await dispatcher.goto(f"/appeals/{number}?do=assign")
    await dispatcher.get_by_role("combobox", name=re.compile("^牵头单位")).select_option("station-b")
    await _do(dispatcher, "交办")
    second = await people.person("handler3")
    await second.goto(f"/appeals/{number}")
    await _do(second, "签收")
    await _answer(people, second, number, "已划设卸货区。")


async def _answer(people: People, officer: Page, number: str, text: str) -> None:
    """The result, its review, the answer."""
    await officer.goto(f"/appeals/{number}?do=submit_result")
    await officer.get_by_role("radio", name="已解决").check()
    await officer.get_by_label("结果说明").fill(text)
    await _do(officer, "提交结果")
    leader = await people.person("leader")
    await leader.goto(f"/appeals/{number}?do=review")
    await leader.get_by_role("radio", name="同意", exact=True).check()
    await _do(leader, "审核")
    await officer.goto(f"/appeals/{number}?do=send_answer")
    await officer.get_by_label("书面答复").fill(text)
    await officer.get_by_role("radio", name="电话").check()
    await _do(officer, "送达答复")


async def _rate(page: Page, number: str, grade: str, comment: str) -> None:
    """Two taps."""
    await page.goto(f"/track/{number}")
    await page.get_by_role("button", name=grade, exact=True).tap()
    if comment:
        await page.get_by_label("哪里没有办好").fill(comment)
    await page.get_by_role("button", name="提交评价").tap()
    await expect(page.locator("main > .alert-success")).to_be_visible()
