"""A limit is over at night: who is on duty takes it on a phone, once however often it is tapped, and hands it over."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.axe import check_accessible
from tests.browser.people import PHONE, People

pytestmark = [pytest.mark.engine, pytest.mark.slow]


async def test_a_breach_is_taken_by_a_double_tap_once_only_and_handed_over(people: People) -> None:
    number = await people.appeal("assigned", "夜里没有人签收的诉求")
    await people.fast_forward(number, 4 * 86_400)
    phone = await people.person("duty", PHONE)
    await phone.goto("/duty")
    call = phone.locator("article").filter(has_text=number).first
    await check_accessible(phone)
    await call.get_by_role("button", name="认领").dblclick()
    await expect(phone.locator("article").filter(has_text=number).first).to_contain_text("您已认领")
    assert await _deeds(people, number) == ["acknowledge"]

    await phone.get_by_role("link", name="夜里没有人签收的诉求").first.tap()
    await phone.get_by_text("移交给他人").tap()
    await phone.get_by_label("移交给").select_option("leader")
    await phone.get_by_role("textbox", name="说明").fill("交接班")
    await check_accessible(phone)
    await phone.get_by_role("button", name="移交", exact=True).tap()
    await expect(phone.locator("main > .alert-success")).to_be_visible()
    assert await _deeds(people, number) == ["acknowledge", "hand_over"]
    leader = await people.person("leader", PHONE)
    await leader.goto("/duty")
    handed = leader.locator("article").filter(has_text=number).first
    await expect(handed.get_by_role("button", name="认领")).to_be_visible()


async def test_who_comes_second_reads_who_took_it(people: People) -> None:
    number = await people.appeal("assigned", "两人同时认领的诉求")
    await people.fast_forward(number, 4 * 86_400)
    phone = await people.person("duty", PHONE)
    await phone.goto("/duty")
    escalation = (await people.ask("duty", f"/v1/escalations?number={number}"))["items"][0]
    await phone.context.set_offline(offline=True)  # the night's network: this page does not learn of it
    await people.post("supervisor", f"/v1/escalations/{escalation['id']}/actions/acknowledge")
    await phone.context.set_offline(offline=False)
    await phone.locator("article").filter(has_text=number).first.get_by_role("button", name="认领").tap()
    await expect(phone.get_by_text("朱督办").first).to_be_visible()
    assert await _deeds(people, number) == ["acknowledge"]
    people.trouble = [told for told in people.trouble if "ERR_INTERNET_DISCONNECTED" not in told]


async def _deeds(people: People, number: str) -> list[str]:
    """What people did about its escalations."""
    journal = (await people.ask("supervisor", f"/v1/appeals/{number}/journal"))["items"]
    return [entry["action"] for entry in journal if entry["action"] in {"acknowledge", "hand_over", "end", "raise"}]
