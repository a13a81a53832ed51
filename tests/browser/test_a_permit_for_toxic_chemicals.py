"""A permit under special circumstances, step by step on the pages, with its procedure drawn."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from playwright.async_api import Page, expect

from domain.calendar import ZONE
from tests.browser.axe import check_accessible
from tests.browser.people import People
from tests.browser.scenery import CHEMISTRY

pytestmark = [pytest.mark.engine, pytest.mark.slow]


async def test_reviewed_inspected_decided_issued_and_answered(people: People) -> None:
    number = await people.appeal("submit", "氰化钠购买许可", service="hazmat-toxic-purchase", firm=CHEMISTRY)
    officer = await people.person("hazmat_handler")
    await _open(officer, number)
    await officer.get_by_role("radio", name="情况特殊").check()
    await officer.get_by_label("特殊情况").fill("首次申请")
    await officer.get_by_label("勘验人员").fill("褚勘验")
    await check_accessible(officer)
    await _press(officer, "审查")
    await officer.get_by_text("流程图", exact=True).click()
    await expect(officer.locator("svg").filter(has_text="现场勘验").first).to_be_visible()
    await check_accessible(officer)

    await _open(officer, number)
    await officer.get_by_label("勘验人员").fill("褚勘验")
    now = datetime.now(ZONE)
    await officer.get_by_label("勘验时间").fill(now.strftime("%Y-%m-%dT%H:%M"))
    await officer.get_by_label("勘验情况").fill("专用仓库符合要求")
    await _press(officer, "现场勘验")

    leader = await people.person("hazmat_leader")
    await _open(leader, number)
    await leader.get_by_role("radio", name="准予许可", exact=True).check()
    await leader.get_by_label("有效期至").fill((now + timedelta(days=180)).strftime("%Y-%m-%d"))
    await leader.get_by_label("数量").fill("50千克")
    await _press(leader, "审批决定")
    await _open(officer, number)
    await officer.get_by_role("radio", name="已发证").check()
    await officer.get_by_label("证件编号").fill(f"浙甬剧购{number[2:]}号")
    await _press(officer, "制证发证")
    appeal = await people.ask("hazmat_handler", f"/v1/appeals/{number}")
    assert (appeal["stage"], appeal["result"]["outcome"]) == ("feedback", "solved")


async def _open(page: Page, number: str) -> None:
    await page.goto(f"/appeals/{number}?do=complete_step")


async def _press(page: Page, step: str) -> None:
    await page.get_by_role("button", name=step, exact=True).click()
    await expect(page.locator("main > .alert-success")).to_be_visible()
