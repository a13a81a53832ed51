"""Coming in and going out by hand-made means: nothing breaks, nothing stays open, nothing is confirmed blindly."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.sessions import COOKIE, open_tracking
from tests.web.people import Browser, Site
from web.visitor import STRANGERS

MEGABYTE = 2**20
IDLE = timedelta(hours=13)


def key(site: Site, name: str) -> dict[str, str]:
    return {"name": name, "password": site.api.keys[name]}


async def size_refused(browser: Browser, path: str, megabytes: int) -> int:
    content = b"x" * (megabytes * MEGABYTE)
    answer = await browser.client.post(path, data={"text": "t"}, files={"file": ("a.pdf", content)})
    return answer.status_code


async def test_whoever_follows_by_a_code_can_end_it(site: Site) -> None:
    number = (await site.api.submit())["number"]
    browser = site.stranger()
    browser.client.cookies.set(COOKIE, await open_tracking(site.api.context, number, request_id="r"))
    page = await browser.open(f"/track/{number}")
    assert page.status == 200
    await browser.send(page, "/sign-out")
    assert (await browser.open(f"/track/{number}")).answer.url.path == "/track"


async def test_what_is_confirmed_is_said_in_words(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "evaluate")
    browser = site.stranger()
    path = "/desk/many/note"
    page = await browser.post(path, [("number", number), ("/text", "等太久")])
    page = await browser.send(page, "/sign-in", key(site, "handler"))
    for words in (number, "批量办理", "等太久"):
        assert words in page.text.partition("刚才填写的内容还没有提交")[2], words


async def test_a_choice_and_a_unit_that_are_confirmed_are_said_by_their_names(site: Site) -> None:
    browser = site.stranger()
    pairs = [("/lead_unit", "station-a"), ("/method", "phone"), ("once", "abcdefgh12345678")]
    page = await browser.post("/desk/many/assign", pairs)
    page = await browser.send(page, "/sign-in", key(site, "supervisor"))
    assert "批量办理：交办" in page.text
    assert "甲派出所" in page.text
    assert "abcdefgh12345678" not in page.text


async def test_a_button_without_fields_leads_back_to_its_page(site: Site) -> None:
    browser = await site.sign_in("handler")
    page = await browser.open("/account")
    browser.client.cookies.clear()
    page = await browser.send(page, "/account/sessions")
    assert page.status == 401
    page = await browser.send(page, "/sign-in", key(site, "handler"))
    assert (page.status, page.answer.url.path) == (200, "/account")


@pytest.mark.parametrize("kept", ['[["a","\\ud800bc"]]', "[" * 5000, "[1]", "{", '[["a"]]', "7"])
async def test_what_no_page_of_ours_has_kept_is_refused(site: Site, kept: str) -> None:
    fields = {**key(site, "handler"), "kept": kept, "next": "/account/channels"}
    assert (await site.stranger().post("/sign-in", list(fields.items()))).status == 422


async def test_signing_in_ends_whatever_was_open_in_the_same_browser(site: Site) -> None:
    browser = await site.sign_in("handler")
    copied = browser.client.cookies[COOKIE]
    await browser.post("/sign-in", list(key(site, "leader").items()))
    assert "杨分局" in (await browser.open("/account")).text
    other = site.stranger()
    other.client.cookies.set(COOKIE, copied)
    assert (await other.open("/account")).answer.url.path == "/sign-in"


async def test_a_wrong_password_leaves_whoever_is_in_in(site: Site) -> None:
    browser = await site.sign_in("handler")
    await browser.post("/sign-in", [("name", "leader"), ("password", "wrong")])
    assert "郑承办" in (await browser.open("/account")).text


async def test_a_stranger_posts_no_large_files_and_an_officer_whose_session_was_idle_loses_nothing(site: Site) -> None:
    assert await size_refused(site.stranger(), "/account/channels", STRANGERS + 1) == 413
    assert await size_refused(site.stranger(), "/track", STRANGERS + 1) == 413
    browser = await site.sign_in("handler")
    site.api.clock.now += IDLE
    assert await size_refused(browser, "/account/channels", STRANGERS + 1) == 401
