"""Signing in by the page: the right way leads on, the wrong one says why, and nothing that was typed is lost."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest

from api.sessions import COOKIE, open_tracking
from tests.web.people import Browser, Page, Site

README = Path(__file__).parents[2] / "README.md"
GOOD = "一句只有自己知道的话"


async def enter(site: Site, browser: Browser, name: str, password: str = "", to: str = "") -> Page:
    page = await browser.open(f"/sign-in?next={to}")
    return await browser.send(page, "/sign-in", {"name": name, "password": password or site.api.keys[name]})


async def test_whoever_signs_in_goes_on_to_where_they_wanted_to_go(site: Site) -> None:
    page = await enter(site, browser := site.stranger(), "handler", to="/account")
    assert page.answer.url.path == "/account"
    assert "郑承办" in page.text
    cookie = next(c for c in browser.client.cookies.jar if c.name == COOKIE)
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    assert not cookie.secure


async def test_the_cookie_travels_by_https_only_where_the_site_does(site: Site) -> None:
    settings = site.api.context.settings
    object.__setattr__(settings, "public_url", "https://appeals.example")
    browser = site.stranger()
    answer = await browser.client.post(
        "/sign-in", data={"name": "handler", "password": site.api.keys["handler"]}, follow_redirects=False
    )
    assert "Secure" in next(v for v in answer.headers.get_list("set-cookie") if v.startswith(COOKIE))


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "/\t/evil.example", "/sign-out"]
)
async def test_nobody_is_led_to_another_site(site: Site, elsewhere: str) -> None:
    browser = site.stranger()
    page = await browser.open(f"/sign-in?next={quote(elsewhere, safe='')}")
    answer = await browser.client.post(
        "/sign-in",
        data={"name": "handler", "password": site.api.keys["handler"], "next": elsewhere},
        follow_redirects=False,
    )
    assert answer.headers["location"] == "/desk"
    assert ("next", "") in page.form("/sign-in").pairs


async def test_a_wrong_password_is_told_and_the_name_is_kept(site: Site) -> None:
    page = await enter(site, site.stranger(), "handler", "wrong")
    assert page.status == 401
    assert "账号或密码不对" in page.text
    assert ("name", "handler") in page.form("/sign-in").pairs


async def test_a_locked_name_is_told_until_when(site: Site) -> None:
    browser = site.stranger()
    for _ in range(4):
        await enter(site, browser, "handler", "wrong")
    for password in ("wrong", ""):
        page = await enter(site, browser, "handler", password)
        assert page.status == 429
        assert "锁定至12:15，请届时再试" in page.text


async def test_in_the_sample_organisation_the_page_says_where_the_keys_are(site: Site) -> None:
    page = await site.stranger().open("/sign-in")
    assert "sample-keys.json" in page.text
    for name in re.findall(r"^\| `([a-z-]+)` \|", README.read_text(encoding="utf-8"), re.MULTILINE):
        assert f"<code>{name}</code>" in page.html, name
    site.api.context.settings.sample_keys_file.unlink()
    assert "sample-keys.json" not in (await site.stranger().open("/sign-in")).text


async def test_nothing_typed_is_lost_when_the_session_has_ended(site: Site) -> None:
    browser = await site.sign_in("handler")
    page = await browser.open("/account")
    browser.client.cookies.clear()
    page = await browser.send(
        page, "/account/channels", {"address.sms": "13800005678", "address.email": "officer@example.com"}
    )
    assert page.status == 401
    assert "已保留" in page.text
    page = await browser.send(page, "/sign-in", {"name": "handler", "password": "wrong"})
    page = await browser.send(page, "/sign-in", {"name": "handler", "password": site.api.keys["handler"]})
    assert page.status == 200
    assert page.answer.url.path == "/sign-in/kept"
    assert "officer@example.com" in page.text
    page = await browser.send(page, "/account/channels")
    assert "通知渠道已保存" in page.text
    found = (await site.api.get("handler", "/v1/me/channels")).json()["items"]
    assert [one["address"] for one in found] == ["13800005678", "officer@example.com"]


async def test_a_password_that_was_typed_is_not_shown_on_the_way(site: Site) -> None:
    browser = await site.sign_in("handler")
    page = await browser.open("/account")
    browser.client.cookies.clear()
    await browser.send(page, "/account/password", {"old": "Old Secret 1", "new": GOOD, "again": GOOD})
    page = await browser.send(page, "/account/password", {"old": "Old Secret 1", "new": GOOD, "again": GOOD})
    page = await browser.send(page, "/sign-in", {"name": "handler", "password": site.api.keys["handler"]})
    assert "Old Secret 1" not in page.text
    assert GOOD not in page.text


async def test_a_form_from_another_site_signs_nobody_in(site: Site) -> None:
    browser = site.stranger()
    data = {"name": "handler", "password": site.api.keys["handler"]}
    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        answer = await browser.client.post("/sign-in", data=data, headers=foreign)
        assert answer.status_code == 403
        assert not browser.client.cookies


async def test_signing_out_ends_the_session_and_needs_the_pages_own_form(site: Site) -> None:
    browser = await site.sign_in("handler")
    token = browser.client.cookies[COOKIE]
    assert "没有办理，请再按一次" in (await browser.post("/sign-out", [("csrf", "wrong")])).text
    page = await browser.open("/account")
    await browser.send(page, "/sign-out")
    assert COOKIE not in browser.client.cookies
    browser.client.cookies.set(COOKIE, token)
    assert (await browser.open("/account")).answer.url.path == "/sign-in"


async def test_who_is_signed_in_already_is_not_asked_again(site: Site) -> None:
    browser = await site.sign_in("handler")
    answer = await browser.client.get("/sign-in?next=/account", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/account")


async def test_the_account_page_says_who_i_am_and_where_i_am_signed_in(site: Site) -> None:
    browser = site.stranger()
    browser.client.headers["User-Agent"] = "Mozilla/5.0 (Linux; Android 15) Chrome/140 Mobile Safari/537.36"
    page = await enter(site, browser, "handler", to="/account")
    for word in ("郑承办", "承办民警", "handler", "手机 · Chrome", "本机"):
        assert word in page.text
    await site.sign_in("handler")
    page = await browser.send(await browser.open("/account"), "/account/sessions")
    assert "已结束其他1处登录" in page.text


async def test_a_password_is_changed_on_the_page(site: Site) -> None:
    browser = await site.sign_in("handler")
    typed = {"old": site.api.keys["handler"], "new": GOOD, "again": GOOD + "!"}
    page = await browser.send(await browser.open("/account"), "/account/password", typed)
    assert page.status == 422
    assert "不一样" in page.text
    page = await browser.send(page, "/account/password", {**typed, "old": "wrong", "again": GOOD})
    assert page.status == 403
    assert "原密码不对" in page.text
    page = await browser.send(page, "/account/password", {**typed, "again": GOOD})
    assert "密码已修改" in page.text
    assert (await enter(site, site.stranger(), "handler", GOOD, "/account")).status == 200


async def test_a_token_is_shown_once_and_deleted(site: Site) -> None:
    browser = await site.sign_in("handler")
    page = await browser.send(await browser.open("/account"), "/account/tokens", {"name": "报表", "scopes": None})
    assert page.status == 422
    page = await browser.send(page, "/account/tokens", {"name": "报表", "scopes": ["read", "act"], "days": "365"})
    secret = page.html.partition('<code class="secret">')[2].partition("</code>")[0]
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await site.api.get(None, "/v1/me", headers=headers)).json()["id"] == "handler"
    (token,) = (await site.api.get("handler", "/v1/me/tokens")).json()["items"]
    assert token["scopes"] == ["read", "act"]
    page = await browser.open("/account")
    assert secret not in page.html
    assert "报表" in page.text
    page = await browser.send(page, f"/account/tokens/{token['id']}/delete")
    assert "令牌已删除" in page.text
    assert (await site.api.get(None, "/v1/me", headers=headers)).status_code == 401


async def test_channels_are_kept_in_the_order_that_was_chosen_and_faults_are_told(site: Site) -> None:
    browser = await site.sign_in("handler")
    fields = {"address.sms": "13800005678", "order.sms": "2", "address.email": "officer", "order.email": "1"}
    page = await browser.send(await browser.open("/account"), "/account/channels", fields)
    assert page.status == 422
    assert "应为电子邮件地址" in page.text
    assert ("address.email", "officer") in page.form("/account/channels").pairs
    page = await browser.send(page, "/account/channels", {**fields, "address.email": "o@example.com", "wait.sms": "10"})
    assert "通知渠道已保存" in page.text
    found = (await site.api.get("handler", "/v1/me/channels")).json()["items"]
    assert [(one["channel"], one["wait"]) for one in found] == [("email", 300), ("sms", 600)]


async def test_whoever_follows_one_appeal_has_no_account_page(site: Site) -> None:
    number = (await site.api.submit())["number"]
    browser = site.stranger()
    browser.client.cookies.set(COOKIE, await open_tracking(site.api.context, number, request_id="r"))
    page = await browser.open("/account")
    assert page.status == 403
