"""Anybody verifies a paper by its code, and learns nothing else from it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.api.bench import Api, problem, submission
from tests.api.test_documents import NUMBER, issued, kind_of_permit, page, papers
from tests.web.people import Page, Site

SECOND = "第二轮办好了"
AGAIN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("dispatcher", "assign", {"lead_unit": "station-a"}),
    ("handler2", "sign", {}),
    ("handler2", "submit_result", {"outcome": "solved", "text": SECOND}),
    ("station-a-leader", "review", {"approved": True}),
    ("handler2", "send_answer", {"text": SECOND, "method": "phone"}),
)
JSON = {"Accept": "application/json"}


async def verified(site: Site, code: str) -> tuple[Page, dict[str, Any]]:
    """What a stranger is shown, and what a machine is told."""
    told = await site.api.get(None, f"/verify/{code}", headers=JSON)
    shown = await site.stranger().open(f"/verify/{code}")
    assert (shown.status, told.status_code) == (200, 200), shown.text
    return shown, told.json()


async def permit(api: Api) -> dict[str, Any]:
    found = await papers(api, "hazmat_handler", await issued(api))
    return found[kind_of_permit(found)]


async def test_a_paper_is_verified_and_nothing_about_people_is_learnt(site: Site) -> None:
    number = await issued(site.api)
    found = await papers(site.api, "hazmat_handler", number)
    shown, told = await verified(site, found[kind_of_permit(found)]["code"])
    assert (told["number"], told["unit_name"], told["standing"]) == (NUMBER, "治安支队", "valid")
    assert (told["enterprise"], told["valid_until"]) == ("宁波***有限公司", "2026-09-30")
    for said in (NUMBER, "治安支队", "有效", "宁波***有限公司", "2026年9月30日"):
        assert said in shown.text, said
    for hidden in ("示例制造", "91330205", "张三", "13800001234", "浙B12345", "赵示例", number):
        assert hidden not in shown.html, hidden
        assert hidden not in str(told), hidden
    assert '<html lang="zh-CN">' in shown.html
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//|url\(|@import', shown.html)
    assert shown.answer.headers["cache-control"] == "no-store"
    assert "accept" in shown.answer.headers["vary"].lower()


async def test_a_paper_that_was_typed_in_is_found_however_it_was_typed(site: Site) -> None:
    code = (await permit(site.api))["code"]
    typed = " " + "-".join(code[n : n + 4] for n in range(0, len(code), 4)).lower()
    browser = site.stranger()
    form = (await browser.open("/verify")).form("/verify")
    assert (form.method, form.names) == ("get", ["code"])
    shown = await browser.open(f"/verify?code={quote(typed)}")
    assert (shown.status, NUMBER in shown.text) == (200, True)
    _, told = await verified(site, typed.strip())
    assert told["code"] == code


async def test_it_holds_or_not_at_the_moment_of_the_reader(rehearsal_site: Site) -> None:
    api = rehearsal_site.api
    one = await permit(api)
    _, before = await verified(rehearsal_site, one["code"])
    api.clock.now += timedelta(days=30)
    shown, after = await verified(rehearsal_site, one["code"])
    assert (before["standing"], after["standing"]) == ("valid", "expired")
    assert "已过期" in shown.text
    assert "预演环境" in shown.text
    assert "已过期" in await page(api, "hazmat_handler", one)


async def test_an_answer_stays_genuine_and_says_that_a_later_one_followed(site: Site) -> None:
    number = str((await site.api.submit())["number"])
    await site.api.walk(number, "evaluate")
    first = (await papers(site.api, "enterprise", number))["answer"]
    shown, told = await verified(site, first["code"])
    assert (told["round"], told["followed_on"], told["standing_name"]) == (1, None, "有效")
    assert "后续答复" not in shown.text
    await site.api.done("enterprise", number, "rate", grade=1)
    for who, action, body in AGAIN:
        await site.api.done(who, number, action, **body)
    shown, told = await verified(site, first["code"])
    assert (told["standing"], told["standing_name"], told["round"]) == ("valid", "真实，已有后续答复", 1)
    assert told["followed_on"] == told["checked_at"][:10]
    assert "这份答复书是真实的，但不是最新的答复 ：2026年9月1日又作出了新的答复" in shown.text
    assert SECOND not in shown.html + str(told)
    last = (await papers(site.api, "enterprise", number))["answer"]
    assert (last["name"], last["round"], last["followed_at"]) == ("办理情况答复书（第2轮）", 2, None)
    assert "2026年9月1日已有后续答复" in await page(site.api, "enterprise", first)
    assert "后续答复" not in await page(site.api, "enterprise", last)
    listed = (await (await site.sign_in("enterprise")).open(f"/track/{number}")).text
    assert "第1轮 · 已有后续答复" in listed


async def test_the_receipt_of_what_still_waits_for_the_engine_is_genuine(site: Site) -> None:
    site.api.gateway.away = True
    kept = (await site.api.post("enterprise", "/v1/appeals", submission())).json()
    assert kept["pending"]
    code = (await papers(site.api, "enterprise", kept["number"]))["receipt"]["code"]
    shown, told = await verified(site, code)
    assert told["kind"] == "receipt"
    assert "回执" in shown.text


@pytest.mark.parametrize("wrong", ["last", "other", "x", "<script>", "９" * 36])
async def test_a_wrong_code_says_so_and_nothing_else(site: Site, wrong: str) -> None:
    code = (await papers(site.api, "enterprise", await issued(site.api)))["receipt"]["code"]
    tried = {"last": code[:-1] + ("A" if code[-1] != "A" else "B"), "other": "2020010100000001" + code[16:]}
    other = tried.get(wrong, wrong)
    shown = await site.stranger().open(f"/verify/{other}")
    assert (shown.status, "查无此文书" in shown.text) == (404, True)
    assert "<script>" not in shown.html
    assert "宁波" not in shown.text
    problem(await site.api.get(None, f"/verify/{other}", headers=JSON), 404, "unknown-document")
