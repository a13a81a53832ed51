"""Who has no account follows one appeal by its number and a code, and sees nothing else."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.axe import check_accessible
from tests.browser.people import PHONE, People

pytestmark = pytest.mark.engine


async def test_number_phone_and_code_open_this_appeal_and_no_other(people: People) -> None:
    number = await people.appeal("signed", "厂区东门照明损坏")
    other = await people.appeal("submit", "另一件诉求")
    phone = await people.stranger(PHONE)
    await phone.goto("/track")
    await phone.get_by_label("诉求编号").fill(number.lower())
    contact = (await people.ask("handler", f"/v1/appeals/{number}"))["contact"]
    await phone.get_by_label("联系电话").fill(contact["phone"][-4:])
    await phone.get_by_role("button", name="获取验证码").tap()
    digits = await phone.get_by_role("note").locator("strong").filter(has_text=re.compile(r"^\d{6}$")).inner_text()
    await check_accessible(phone)

    await phone.get_by_label("六位验证码").fill("000000" if digits != "000000" else "111111")
    await phone.get_by_role("button", name="查看进度").tap()
    await expect(phone.get_by_role("alert")).to_contain_text("验证码不正确")
    await phone.get_by_label("六位验证码").fill(digits)
    await phone.get_by_role("button", name="查看进度").tap()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("厂区东门照明损坏")
    await expect(phone.get_by_text("甲派出所").first).to_be_visible()

    await phone.goto(f"/track/{other}")
    assert "另一件诉求" not in await phone.content()
    answer = await phone.goto("/desk")
    assert answer
    assert answer.status == 403
