"""What the one script adds: pages that follow what others do, keys, and buttons that are pressed once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import PHONE, People
from tests.browser.scenery import Town

pytestmark = pytest.mark.engine


async def overdue(people: People, title: str) -> dict[str, Any]:
    """What calls for a matter whose time is used up."""
    town = Town(people.running)
    number = await people.appeal("signed", title)
    await asyncio.to_thread(partial(town.wait_until, number, "handle", -1))
    found: dict[str, Any] = (await people.ask("duty", f"/v1/escalations?number={number}"))["items"][0]
    return found


def somebody(found: dict[str, Any]) -> tuple[str, str]:
    """Whom it called besides the duty officer: account and name."""
    return next((one["account"], one["name"]) for one in found["called"] if one["account"] != "duty")


def call_of(page: Page, found: dict[str, Any]) -> Any:
    return page.locator("article.call", has=page.locator(f"a[href='/duty/calls/{found['id']}']"))


async def test_a_page_follows_what_others_do_and_the_focus_stays(people: People) -> None:
    found = await overdue(people, "东门外夜间噪声")
    page = await people.person("duty", PHONE)
    await page.goto("/duty")
    card = call_of(page, found)
    await expect(card.get_by_role("button", name="认领")).to_be_visible()
    await card.get_by_role("link").first.focus()
    other, name = somebody(found)
    await people.post(other, f"/v1/escalations/{found['id']}/actions/acknowledge")
    await expect(card).to_contain_text(f"{name}已认领")
    await expect(card.get_by_role("link").first).to_be_focused()


async def test_what_somebody_is_writing_is_not_taken_from_under_the_hands(people: People) -> None:
    found = await overdue(people, "西门外夜间噪声")
    page = await people.person("duty")
    await page.goto(f"/duty/calls/{found['id']}")
    await page.locator("summary", has_text="结束").click()
    await page.get_by_label("情况").fill("正在写")
    async with page.expect_response(f"**/duty/calls/{found['id']}"):
        await people.post(somebody(found)[0], f"/v1/escalations/{found['id']}/actions/acknowledge")
    await expect(page.get_by_label("情况")).to_have_value("正在写")
    await page.get_by_role("button", name="结束").click()
    # The page that was old meanwhile changes nothing behind anybody's back: it says how it went.
    await expect(page.get_by_text("已结束该升级督办").or_(page.get_by_role("alert")).first).to_be_visible()


async def test_a_button_that_is_tapped_twice_is_pressed_once(people: People) -> None:
    found = await overdue(people, "南门外夜间噪声")
    page = await people.person("duty", PHONE)
    await page.goto("/duty")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await call_of(page, found).get_by_role("button", name="认领").dblclick()
    await expect(page.get_by_text("已认领。")).to_be_visible()
    assert len(sent) == 1


async def test_without_any_script_a_call_is_taken_all_the_same(people: People) -> None:
    found = await overdue(people, "北门外夜间噪声")
    page = await people.person("duty", PHONE, anew=True, java_script_enabled=False)
    await page.goto("/duty")
    await call_of(page, found).get_by_role("button", name="认领").tap()
    await expect(call_of(page, found)).to_contain_text("您已认领")


async def test_the_way_around_unfolds_on_a_phone_without_any_script(people: People) -> None:
    page = await people.person("duty", PHONE, anew=True, java_script_enabled=False)
    await page.goto("/duty")
    link = page.get_by_role("navigation", name="主导航").get_by_role("link", name="值班表")
    await expect(link).to_be_hidden()
    await page.get_by_text("菜单").tap()
    await link.tap()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("值班表")


async def test_keys_go_through_rows_and_press_buttons_and_are_letters_where_somebody_writes(people: People) -> None:
    found = await overdue(people, "码头清晨噪声")
    page = await people.person("duty")
    await page.goto("/duty")
    await page.keyboard.press("j")
    await expect(page.locator("[data-row] a").first).to_be_focused()
    await page.keyboard.press("k")
    await expect(page.locator("[data-row] a").first).to_be_focused()
    await page.goto(f"/duty/calls/{found['id']}")
    await page.keyboard.press("Shift+?")
    await expect(page.get_by_role("dialog")).to_contain_text("认领")
    await page.keyboard.press("Escape")
    await _letters_where_somebody_writes_or_composes(page)
    await page.keyboard.press("a")
    await expect(page.get_by_text("已认领。")).to_be_visible()


async def _letters_where_somebody_writes_or_composes(page: Page) -> None:
    await page.locator("summary", has_text="结束").click()
    field = page.get_by_label("情况")
    await field.press_sequentially("a?/j")
    await expect(field).to_have_value("a?/j")
    await page.evaluate(
        """() => {
          document.activeElement.blur();
          for (const more of [{isComposing: true}, {keyCode: 229}, {ctrlKey: true}]) {
            document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "a", bubbles: true, ...more}));
          }
        }"""
    )
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.get_by_role("button", name="认领")).to_be_enabled()


async def test_a_line_that_is_broken_is_mentioned_and_mended(people: People) -> None:
    page = await people.person("duty", PHONE)
    await page.clock.install()
    await page.route("**/v1/events*", lambda route: route.abort())
    await page.goto("/duty")
    await expect(page.locator("#line")).to_be_hidden()
    await page.clock.run_for(11_000)
    await expect(page.locator("#line")).to_have_text("连接中断，页面可能不是最新；正在重连")
    await page.unroute("**/v1/events*")
    await page.clock.run_for(60_000)
    await expect(page.locator("#line")).to_be_hidden()
    people.trouble.clear()  # the line was broken on purpose


async def test_whoever_is_writing_is_told_that_somebody_else_has_acted(people: People) -> None:
    number = await people.appeal("assigned", "两人同时打开的诉求")
    page = await people.person("handler")
    await page.goto(f"/appeals/{number}?do=return_assignment#act")
    await page.get_by_label("理由").fill("不归本所管辖")
    note = page.locator("[data-meanwhile]")
    await expect(note).to_be_hidden()
    await people.act("handler2", number, "sign")
    await expect(note).to_contain_text("办理了“签收”。提交前请核对。")
    await expect(page.get_by_label("理由")).to_have_value("不归本所管辖")


async def test_officers_to_choose_from_are_those_of_the_unit_that_was_chosen(people: People) -> None:
    number = await people.appeal("accepted", "交给哪个单位的谁")
    page = await people.person("dispatcher")
    await page.goto(f"/appeals/{number}?do=assign#act")
    groups = page.locator("select[name='/officer'] optgroup:not([disabled])")
    assert await groups.count() > 1
    await page.locator("select[name='/lead_unit']").select_option("station-a")
    await expect(groups).to_have_count(1)
    await expect(groups).to_have_attribute("label", "甲派出所")


async def test_a_network_that_is_gone_is_mentioned(people: People) -> None:
    page = await people.person("duty", PHONE)
    await page.clock.install()
    async with page.expect_response("**/v1/events*"):
        await page.goto("/duty")
    await page.evaluate("dispatchEvent(new Event('offline'))")
    await page.clock.run_for(6000)
    await expect(page.locator("#line")).to_have_text("连接中断，页面可能不是最新；正在重连")
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect(page.locator("#line")).to_be_hidden()
