"""A session that ends under a filled form: after signing in it stands there again, filled in, and was not sent."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from sqlalchemy.exc import DBAPIError

from runtime.codec import ensure_key_file
from storage.drafts import FORM, DraftReads
from tests.web.people import Browser, Page, Site

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
NOT_SENT = "还没有提交。"
WORDS = "昨夜又来了两辆货车，\n第二行“引号”与<尖括号>"


@pytest.fixture
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With the key by which codes are sealed."""
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    ensure_key_file(folder / "codec-keys")
    return folder


def lose(browser: Browser) -> None:
    browser.client.cookies.clear()


async def back_in(browser: Browser, page: Page, name: str) -> Page:
    assert page.status == 401
    return await browser.send(page, "/sign-in", {"name": name, "password": browser.api.keys[name]})


def values_of(page: Page, action: str) -> dict[str, str]:
    return dict(page.form(action).pairs)


async def signed(site: Site) -> str:
    number = str((await site.api.submit())["number"])
    await site.api.walk(number, "handle")
    return number


async def test_an_officer_is_back_on_the_appeals_own_form_with_words_choice_and_file(site: Site) -> None:
    number = await signed(site)
    browser = await site.sign_in("handler")
    page = await browser.open(f"/appeals/{number}?do=submit_result")
    form = page.form("/actions/submit_result")
    files = {"_file/evidence": ("现场.png", PNG, "image/png")}
    # Refused for want of an outcome: so the file is uploaded already.
    page = Page(await browser.client.post(form.action, data={**dict(form.pairs), "/text": WORDS}, files=files))
    assert page.status == 422
    lose(browser)
    page = await browser.send(page, "/actions/submit_result", {"/outcome": "partly_solved"})
    page = await back_in(browser, page, "handler")
    address = str(page.answer.url)
    assert address.endswith(f"/appeals/{number}?do=submit_result&kept=1#held")
    assert "货车" not in unquote(address)
    page = await browser.open(address)
    values = values_of(page, "/actions/submit_result")
    assert (values["/text"], values["/outcome"]) == (WORDS, "partly_solved")
    assert "已上传：现场.png" in page.text
    assert NOT_SENT in page.text
    assert (await site.api.appeal(number)).result is None
    await browser.send(page, "/actions/submit_result")
    result = (await site.api.appeal(number)).result
    assert result is not None
    assert (result.text, len(result.evidence)) == (WORDS, 1)
    assert NOT_SENT not in (await browser.open(address)).text


async def test_an_enterprise_is_back_on_the_form_of_its_new_appeal(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    form = page.form("/submit/appeal-general")
    files = {"file:photo": ("东门.png", PNG, "image/png")}
    page = Page(await browser.client.post(form.action, data={**dict(form.pairs), "upload": "1"}, files=files))
    lose(browser)
    fields = {"/title": "门前乱停车", "/description": WORDS, "/form/category": "交通管理", "/contact/name": "李四"}
    page = await back_in(browser, await browser.send(page, "/submit/appeal-general", fields), "enterprise")
    assert (page.status, str(page.answer.url.path)) == (200, "/submit/appeal-general")
    assert NOT_SENT in page.text
    page = await browser.open(str(page.answer.url))
    values = values_of(page, "/submit/appeal-general")
    assert {name: values[name] for name in fields} == fields
    assert "东门.png" in page.text
    page = await browser.send(page, "/submit/appeal-general", {"/contact/phone": "12"})
    assert page.status == 422
    page = await browser.send(page, "/submit/appeal-general", {"/contact/phone": "13900001234"})
    assert "已收到您的诉求" in page.text
    assert "门前乱停车" not in (await browser.open("/submit/appeal-general?kept=1")).html


async def test_materials_and_a_rating_are_back_on_the_page_of_the_appeal(site: Site) -> None:
    asked, rated = [str((await site.api.submit(title=title))["number"]) for title in ("缺材料的", "办完的")]
    await site.api.done("window", asked, "request_supplement", items=["现场照片"])
    await site.api.walk(rated, "evaluate")
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{asked}")
    lose(browser)
    page = await browser.send(page, "/actions/supplement", {"words:0": "照片已寄出", "words:1": "另附说明"})
    page = await back_in(browser, page, "enterprise")
    values = values_of(page, "/actions/supplement")
    assert (values["words:0"], values["words:1"]) == ("照片已寄出", "另附说明")
    assert NOT_SENT in page.text
    page = await browser.send(page, "/actions/supplement")
    assert "材料已提交" in page.text

    page = await browser.open(f"/track/{rated}?grade=2")
    lose(browser)
    page = await back_in(browser, await browser.send(page, "/actions/rate", {"comment": "等太久"}), "enterprise")
    values = values_of(page, "/actions/rate")
    assert (values["grade"], values["comment"]) == ("2", "等太久")
    assert (await site.api.appeal(rated)).ratings == ()
    assert "已收到您的评价" in (await browser.send(page, "/actions/rate")).text


async def test_files_that_came_with_refused_materials_need_not_be_chosen_again(site: Site) -> None:
    number = str((await site.api.submit())["number"])
    await site.api.done("window", number, "request_supplement", items=["现场照片"])
    browser = await site.sign_in("enterprise")
    form = (await browser.open(f"/track/{number}")).form("/actions/supplement")
    site.api.gateway.away = True
    files = {"file:0": ("灯.png", PNG, "image/png")}
    page = Page(await browser.client.post(form.action, data={**dict(form.pairs), "words:0": "东门"}, files=files))
    site.api.gateway.away = False
    assert page.status == 503
    assert "已上传：灯.png" in page.text
    assert values_of(page, "/actions/supplement")["words:0"] == "东门"
    assert "材料已提交" in (await browser.send(page, "/actions/supplement")).text


async def test_nobody_else_is_handed_what_somebody_has_typed(site: Site) -> None:
    number = await signed(site)
    browser = await site.sign_in("handler")
    page = await browser.open(f"/appeals/{number}?do=note")
    lose(browser)
    page = await browser.send(page, "/actions/note", {"/text": "只给自己看的"})
    page = await browser.send(page, "/sign-in", {"name": "leader", "password": site.api.keys["leader"]})
    assert page.status == 409
    assert "属于另一个账号" in page.text
    assert (await browser.open("/account")).answer.url.path == "/sign-in"
    page = await browser.send(page, "/sign-in", {"name": "handler", "password": site.api.keys["handler"]})
    assert values_of(page, "/actions/note")["/text"] == "只给自己看的"
    other = await site.sign_in("leader")
    assert "只给自己看的" not in (await other.open(str(page.answer.url))).html


async def test_a_form_of_an_earlier_session_is_there_again_and_another_persons_is_not(site: Site) -> None:
    number = await signed(site)
    browser = await site.sign_in("handler")
    page = await browser.open(f"/appeals/{number}?do=note")
    await browser.post("/sign-in", [("name", "handler"), ("password", site.api.keys["handler"])])
    again = await browser.send(page, "/actions/note", {"/text": "先前写的"})
    assert (again.status, again.answer.url.path) == (200, f"/appeals/{number}")
    assert values_of(again, "/actions/note")["/text"] == "先前写的"
    await browser.post("/sign-in", [("name", "leader"), ("password", site.api.keys["leader"])])
    again = await browser.send(page, "/actions/note", {"/text": "先前写的"})
    assert again.status == 409
    assert "另一个账号" in again.text


async def test_a_contact_goes_on_by_a_new_code(site: Site) -> None:
    number = await signed(site)
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    lose(browser)
    page = await browser.send(page, "/actions/add_information", {"/text": "东门也很暗"})
    page = await browser.send(page, "/track", {"phone": "1234"})
    digits = page.text.partition("验证码显示在这里：")[2].split()[0]
    page = await browser.send(page, "/code", {"code": digits})
    assert values_of(page, "/actions/add_information")["/text"] == "东门也很暗"
    assert "补充说明已提交" in (await browser.send(page, "/actions/add_information")).text


async def test_a_form_without_an_appeal_is_confirmed_at_an_address_of_its_own(site: Site) -> None:
    browser = await site.sign_in("handler")
    page = await browser.open("/account")
    lose(browser)
    page = await browser.send(page, "/account/channels", {"address.sms": "13800005678"})
    page = await back_in(browser, page, "handler")
    assert str(page.answer.url).endswith("/sign-in/kept?to=%2Faccount%2Fchannels")
    page = await browser.open(str(page.answer.url))
    assert "13800005678" in page.text
    assert "通知渠道已保存" in (await browser.send(page, "/account/channels")).text
    assert (await browser.open("/sign-in/kept?to=%2Faccount%2Fchannels")).answer.url.path == "/account"
    assert (await browser.open("/sign-in/kept?to=https://evil.example/")).answer.url.path == "/desk"


async def test_what_is_kept_is_shown_for_a_day_and_is_no_draft(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    lose(browser)
    await back_in(browser, await browser.send(page, "/submit/appeal-general", {"/title": "昨天写的"}), "enterprise")
    assert "草稿" not in (await browser.open("/")).text
    site.api.clock.now += timedelta(hours=25)
    browser = await site.sign_in("enterprise")
    assert "昨天写的" not in (await browser.open("/submit/appeal-general?kept=1")).html


async def test_what_is_not_wanted_any_more_is_forgotten_by_its_button_and_the_form_is_plain(site: Site) -> None:
    number = await signed(site)
    browser = await site.sign_in("handler")
    page = await browser.open(f"/appeals/{number}?do=note")
    lose(browser)
    page = await back_in(browser, await browser.send(page, "/actions/note", {"/text": "不要了的"}), "handler")
    kept = str(page.answer.url)
    await browser.post("/sign-in/forget", [("to", f"/appeals/{number}/actions/note"), ("csrf", "forged")])
    assert "不要了的" in (await browser.open(kept)).html
    page = await browser.send(await browser.open(kept), "/sign-in/forget")
    (step,) = page.answer.history
    assert (step.status_code, step.headers["location"]) == (303, f"/appeals/{number}?do=note")
    assert values_of(page, "/actions/note")["/text"] == ""
    assert "不要了的" not in (await browser.open(kept)).html
    async with site.api.database.read() as r:
        to = f"{FORM}/appeals/{number}/actions/note"
        assert await DraftReads(r).get("handler", to, site.api.clock.now) is None


async def test_a_new_appeal_that_is_not_wanted_any_more_begins_anew(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    lose(browser)
    page = await browser.send(page, "/submit/appeal-general", {"/title": "不要了的"})
    page = await back_in(browser, page, "enterprise")
    page = await browser.send(page, "/sign-in/forget")
    assert str(page.answer.url).endswith("/submit/appeal-general")
    assert "不要了的" not in (await browser.open("/submit/appeal-general?kept=1")).html


async def lost(*_: object) -> None:
    raise DBAPIError("", None, Exception(), connection_invalidated=True)


async def test_whoever_has_come_in_is_in_although_what_was_typed_cannot_be_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    lose(browser)
    page = await browser.send(page, "/submit/appeal-general", {"/title": "门口很暗"})
    monkeypatch.setattr("web.held.keep_form", lost)
    page = await back_in(browser, page, "enterprise")
    assert (page.status, page.answer.url.path) == (200, "/submit/appeal-general")
    assert "您已登录。刚才填写的内容没有保留，请重新填写。" in page.text


async def test_whoever_has_proved_the_phone_is_in_although_what_was_typed_cannot_be_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await signed(site)
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    lose(browser)
    page = await browser.send(page, "/actions/add_information", {"/text": "东门也很暗"})
    page = await browser.send(page, "/track", {"phone": "1234"})
    digits = page.text.partition("验证码显示在这里：")[2].split()[0]
    monkeypatch.setattr("web.held.keep_form", lost)
    page = await browser.send(page, "/code", {"code": digits})
    assert (page.status, page.answer.url.path) == (200, f"/track/{number}")
    assert "刚才填写的内容没有保留，请重新填写。" in page.text


async def test_a_form_of_an_earlier_session_that_is_too_long_to_keep_is_refused_by_a_page(site: Site) -> None:
    browser = await site.sign_in("handler")
    said = [("csrf", "earlier"), *((f"address.{n}", "x" * 200_000) for n in range(6))]
    page = await browser.post("/account/channels", said)
    assert page.status == 413
    assert page.answer.headers["content-type"].startswith("text/html")
    assert "内容太长，没有保留" in page.text


async def test_a_page_with_a_held_form_is_refreshed_from_its_own_address(site: Site) -> None:
    number = str((await site.api.submit())["number"])
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}?new=1")
    assert f'hx-get="/track/{number}?new=1"' in page.html
    lose(browser)
    page = await browser.send(page, "/actions/add_information", {"/text": "又来了两辆"})
    page = await back_in(browser, page, "enterprise")
    held = "new=1&do=add_information&kept=1"
    # However the number was typed: it is the page's own that the address is made of.
    page = await browser.open(f"/track/%20{number.lower()}?{held}")
    assert "又来了两辆" in page.html
    assert f'hx-get="/track/{number}?{held.replace("&", "&amp;")}"' in page.html
