"""Following an appeal: by number and code without an account, and everything that an enterprise does with it."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from runtime.codec import ensure_key_file
from storage.messages import MessageReads
from tests.api.bench import Api, open_api
from tests.web.people import Browser, Page, Site
from web.site import add_pages

PHONE = "13800001234"


@pytest.fixture
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    ensure_key_file(folder / "codec-keys")
    return folder


async def ask(browser: Browser, number: str, phone: str = "1234") -> Page:
    return await browser.send(await browser.open("/track"), "/track", {"number": number, "phone": phone})


def digits_of(page: Page) -> str:
    found = re.search(r"验证码显示在这里： ?(\d{6})", page.text)
    assert found, page.text
    return found[1]


async def enter(browser: Browser, page: Page, digits: str) -> Page:
    return await browser.send(page, "/code", {"code": digits})


async def entered(site: Site, number: str) -> tuple[Browser, Page]:
    """Somebody without an account who has got in by the code."""
    browser = site.stranger()
    page = await ask(browser, number)
    return browser, await enter(browser, page, digits_of(page))


async def submitted(site: Site, **changes: Any) -> str:
    return str((await site.api.submit(**changes))["number"])


@pytest.mark.parametrize("phone", ["1234", PHONE, "138 0000 1234"])
async def test_number_and_code_let_the_contact_see_and_act(site: Site, phone: str) -> None:
    number = await submitted(site)
    browser = site.stranger()
    page = await ask(browser, f" {number.lower()} ", phone)
    page = await enter(browser, page, digits_of(page))
    assert page.status == 200
    assert "等待受理" in page.text
    page = await browser.send(page, "/actions/add_information", {"/text": "东门也很暗"})
    assert "补充说明已提交" in page.text
    assert "东门也很暗" in page.text
    entries = (await site.api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    actor = entries[-1]["actor"]
    assert (actor["id"], actor["name"]) == (f"contact:{number}", "宁波示例制造有限公司（联系人，凭验证码）")


async def test_the_answer_is_the_same_for_a_wrong_phone_and_for_what_does_not_exist(site: Site) -> None:
    number = await submitted(site)
    pages = [await ask(site.stranger(), n, p) for n, p in ((number, "9999"), ("SQ20260901-00000000", "1234"))]
    told = {page.text.replace(number, "N").replace("SQ20260901-00000000", "N") for page in pages}
    assert len(told) == 1
    assert "验证码已发送到联系人的手机" in told.pop()
    assert not any("显示在这里" in page.text for page in pages)


async def test_without_the_sample_the_code_goes_to_the_phone_only(folder: Path, keys: dict[str, str]) -> None:
    async with open_api(folder, keys, dress=add_pages, sms_gateway_url="https://sms.example/send") as api:
        site = Site(api)
        number = await submitted(site)
        page = await ask(site.stranger(), number)
        async with api.database.read() as r:
            assert [one.template for one in await MessageReads(r).of(number)] == ["track_code"]
        assert "显示在这里" not in page.text
        assert not re.search(r"(?<!\d)\d{6}(?!\d)", page.text.replace("SQ20260901", ""))


async def test_a_wrong_code_opens_nothing_and_after_five_tries_neither_does_the_right_one(site: Site) -> None:
    number = await submitted(site)
    browser = site.stranger()
    page = asked = await ask(browser, number)
    digits = digits_of(page)
    wrong = "000000" if digits != "000000" else "000001"
    for _ in range(5):
        page = await enter(browser, page, wrong)
        assert page.status == 403
        assert "不正确或已失效" in page.text
    assert (await enter(browser, asked, digits)).status == 403
    assert "查进度" in (await browser.open(f"/track/{number}")).text
    assert len([line for line in await site.api.audit("refused") if line.code == "bad-code"]) == 6


async def test_a_code_serves_once_for_ten_minutes_and_only_three_are_sent(site: Site) -> None:
    number = await submitted(site)
    first = await ask(site.stranger(), number)
    digits = digits_of(first)
    assert (await enter(site.stranger(), first, digits)).status == 200
    assert (await enter(site.stranger(), first, digits)).status == 403
    second = await ask(site.stranger(), number)
    site.api.clock.now += timedelta(minutes=11)
    assert (await enter(site.stranger(), second, digits_of(second))).status == 403
    assert "显示在这里" in (await ask(site.stranger(), number)).text
    assert "显示在这里" not in (await ask(site.stranger(), number)).text


async def test_whoever_follows_one_appeal_sees_no_other_and_may_do_nothing_else(site: Site) -> None:
    number, other = await submitted(site), await submitted(site, title="仓库被盗")
    browser, _ = await entered(site, number)
    assert f"/track?number={other}" in str((await browser.open(f"/track/{other}")).answer.url)
    assert (await browser.client.get(f"/v1/appeals/{other}")).status_code == 404
    assert (await browser.client.get(f"/v1/appeals/{number}")).status_code == 200
    listed = await browser.client.get("/v1/appeals")
    assert listed.status_code in {200, 403}
    assert other not in listed.text
    assert "仓库被盗" not in (await browser.open("/track")).text


async def test_an_alert_of_nobody_known_is_followed_and_rated_by_its_contact(site: Site) -> None:
    said: dict[str, Any] = {"channel": "alert_110", "enterprise": {"uscc": None, "name": "路边小店"}}
    number = str((await site.api.submit("system", **said))["number"])
    await site.api.walk(number, "evaluate")
    browser, page = await entered(site, number)
    assert "已答复，请您评价" in page.text
    page = await browser.open(f"/track/{number}?grade=4")
    page = await browser.send(page, "/actions/rate", {"comment": ""})
    assert "感谢您的评价" in page.text
    assert [one.grade for one in (await site.api.appeal(number)).ratings] == [4]


async def test_the_page_says_where_it_is_with_whom_by_when_and_what_happened(site: Site) -> None:
    number = await submitted(site)
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    assert "等待受理" in page.text
    assert "最迟" in page.text
    assert "受理 （当前环节）" in page.text
    await site.api.walk(number, "handle")
    page = await browser.open(f"/track/{number}")
    assert "正在办理" in page.text
    assert "承办 （当前环节）" in page.text
    assert "签收，开始办理" in page.text
    assert "5个工作日" in page.text.replace(" ", "")
    await site.api.done("handler", number, "note", text="内部研究", public=False)
    await site.api.done("handler", number, "note", text="已派人查看", public=True)
    page = await browser.open(f"/track/{number}")
    assert "已派人查看" in page.text
    assert "内部研究" not in page.text


async def test_materials_that_were_asked_for_are_supplied_as_files_and_words(site: Site) -> None:
    number = await submitted(site)
    await site.api.done("window", number, "request_supplement", items=["现场照片", "情况说明"], reason="看不清位置")
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    assert "等您补充材料" in page.text
    assert "看不清位置" in page.text
    form = page.form("/actions/supplement")
    refused = await browser.post(form.action, form.pairs)
    assert refused.status == 422
    form = refused.form("/actions/supplement")
    data = {**dict(form.pairs), "words:1": "东门第二盏灯"}
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
    answer = await browser.client.post(form.action, data=data, files={"file:0": ("灯.png", png, "image/png")})
    page = Page(answer)
    assert page.status == 200, page.text
    assert "材料已提交" in page.text
    (request,) = (await site.api.appeal(number)).supplements
    assert [item["code"] for item in request.supplied] == ["现场照片", "情况说明"]
    assert request.supplied[0]["name"] == "灯.png"
    assert request.supplied[1]["reference"] == "东门第二盏灯"


async def test_a_file_that_comes_later_goes_with_a_word_about_it(site: Site) -> None:
    number = await submitted(site)
    browser = await site.sign_in("enterprise")
    form = (await browser.open(f"/track/{number}")).form("/actions/add_information")
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
    files = {"file:0": ("灯.png", png, "image/png")}
    refused = Page(await browser.client.post(form.action, data=dict(form.pairs), files=files))
    assert refused.status == 422
    form = refused.form("/actions/add_information")
    page = Page(await browser.client.post(form.action, data={**dict(form.pairs), "/text": "昨夜拍的"}))
    assert (page.status, "补充说明已提交" in page.text) == (200, True), page.text
    entry = (await site.api.get("window", f"/v1/appeals/{number}/journal")).json()["items"][-1]
    assert [entry["data"]["text"], entry["data"]["evidence"][0]["name"]] == ["昨夜拍的", "灯.png"]
    listed = (await site.api.get("window", f"/v1/appeals/{number}/attachments")).json()["items"]
    assert [one["name"] for one in listed] == ["灯.png"]
    assert "灯.png" in page.text


async def test_what_is_still_lacking_is_asked_about_and_told_the_officer_item_by_item(site: Site) -> None:
    number = await submitted(site)
    await site.api.done("window", number, "request_supplement", items=["现场照片", "情况说明"], reason="看不清位置")
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    said = {**dict(page.form("/actions/supplement").pairs), "words:2": "明天再打电话"}
    png = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
    files = {"file:0": ("灯.png", png, "image/png")}
    asked = Page(await browser.client.post(page.form("/actions/supplement").action, data=said, files=files))
    assert asked.status == 422
    assert "第2项“情况说明”还没有补，仍然提交？" in asked.text
    assert "第1项" not in asked.text
    (request,) = (await site.api.appeal(number)).supplements
    assert request.ended_at is None
    page = await browser.send(asked, "/actions/supplement")
    assert "材料已提交" in page.text
    told = (await (await site.sign_in("window")).open(f"/appeals/{number}")).text.partition("补正 现场照片")[2]
    for words in ("部分补正", "现场照片：灯.png", "情况说明： 没有单独补", "另外补交：明天再打电话"):
        assert words in told, told
    assert "已补正" not in told


async def test_whoever_is_asked_for_materials_reads_by_when_and_that_silence_withdraws(site: Site) -> None:
    number = await submitted(site)
    await site.api.done("window", number, "request_supplement", items=["现场照片"], reason="看不清位置")
    page = await (await site.sign_in("enterprise")).open(f"/track/{number}")
    assert re.search(r"请在 \S*月\S+日 \S+ 前一次交齐。到期没有提交的，视为撤回", page.text), page.text


async def test_what_was_refused_is_shown_again_as_it_was_filled_in(site: Site) -> None:
    number = await submitted(site)
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    await site.api.walk(number, "evaluate")
    await site.api.done("enterprise", number, "rate", grade=5)
    await site.api.done("visitor", number, "record_visit", result="satisfied")
    page = await browser.send(page, "/actions/add_information", {"/text": "写了很久的话"})
    assert page.status == 409
    assert "写了很久的话" in page.html
    assert "已办结" in page.text


async def test_with_the_engine_away_the_same_form_sent_again_does_it_once(site: Site) -> None:
    number = await submitted(site)
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    site.api.gateway.pending = True
    page = await browser.send(page, "/actions/add_information", {"/text": "补充"})
    assert page.status == 503
    site.api.gateway.pending = False
    page = await browser.send(page, "/actions/add_information")
    assert page.status == 200
    entries = (await site.api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    assert [e["action"] for e in entries].count("add_information") == 1


async def test_an_enterprise_sees_its_own_and_withdraws_one(site: Site) -> None:
    number = await submitted(site)
    browser = await site.sign_in("enterprise")
    page = await browser.open("/track")
    assert f"/track/{number}" in page.links
    page = await browser.open(f"/track/{number}")
    page = await browser.send(page, "/actions/withdraw", {"/reason": "已经解决"})
    assert "诉求已撤回" in page.text
    assert "已办结：已撤回" in page.text


async def test_the_house_is_led_to_its_desk_and_strangers_to_the_code(site: Site) -> None:
    number = await submitted(site)
    handler = await site.sign_in("handler")
    handler.client.follow_redirects = False
    answer: httpx2.Response = (await handler.open(f"/track/{number}")).answer
    assert answer.headers["location"] == f"/appeals/{number}"
    page = await site.stranger().open(f"/track/{number}")
    assert number in page.html
    assert "获取验证码" in page.text


async def test_of_a_complaint_its_sender_reads_what_was_said_to_them_and_no_more(site: Site) -> None:
    api: Api = site.api
    catalogue = (await api.get("enterprise", "/v1/services/complaint-12389")).json()
    form = {name: shape["examples"][0] for name, shape in catalogue["form"]["properties"].items()}
    number = str((await api.submit(service="complaint-12389", form=form))["number"])
    browser, page = await entered(site, number)
    assert page.status == 200
    assert "提交" in page.text
    assert "督察" not in page.text.split("办理经过")[1]
    assert (await browser.open("/track")).status == 200


async def test_a_step_that_is_the_enterprises_own_is_a_form_on_top_of_the_page(site: Site) -> None:
    api = site.api
    form = {"purpose": "预约办证", "matter": "为3名员工办理护照", "wished_on": "2026-09-14"}
    number = str((await api.submit(service="appointment", form=form))["number"])
    slot = {"slot": "2026-09-14", "confirm_by": "2026-09-12", "time": "9时", "place": "出入境窗口3号"}
    await api.done("admin-approval-officer", number, "complete_step", step="book", outcome="booked", record=slot)
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    assert "有一个步骤需要您办理：提醒、确认" in page.text
    assert "预约成功：2026-09-14 9时" in page.text.replace(":2026", "：2026")
    choice = page.form("/actions/complete_step")
    ways = [name for name, _ in choice.pairs if name.startswith("_way")]
    assert not ways
    refused = await browser.send(page, "/actions/complete_step")
    assert refused.status == 422
    page = await browser.send(refused, "/actions/complete_step", {"_way": "step=remind&outcome=confirmed"})
    assert page.status == 200, page.text
    assert "办理了自己的步骤" in page.text
    assert "需要您办理" not in page.text


@pytest.mark.parametrize("who", ["window", "dispatcher", "handler", "leader", "supervisor", "visitor"])
async def test_the_house_is_led_to_its_desk_also_when_it_posts_to_an_enterprises_page(site: Site, who: str) -> None:
    number = await submitted(site)
    browser = await site.sign_in(who)
    browser.client.follow_redirects = False
    csrf = (await browser.open("/account")).form("/sign-out").pairs
    page = await browser.post(f"/track/{number}/actions/rate", csrf)
    assert page.status == 303
    assert page.answer.headers["location"] == f"/appeals/{number}"
    assert PHONE not in page.html


async def test_strangers_cannot_use_up_the_contacts_code(site: Site) -> None:
    number = await submitted(site)
    browser = site.stranger()
    page = await ask(browser, number)
    for _ in range(6):
        stranger = await site.stranger().post(f"/track/{number}/code", [("code", "000000"), ("phone", "9999")])
        assert stranger.status == 403
        assert (await site.stranger().post(f"/track/{number}/code", [("code", "000000")])).status == 403
    assert (await enter(browser, page, digits_of(page))).status == 200


async def test_what_was_typed_when_a_session_by_code_had_ended_is_sent_after_a_new_code(site: Site) -> None:
    number = await submitted(site)
    browser, page = await entered(site, number)
    browser.client.cookies.clear()
    page = await browser.send(page, "/actions/add_information", {"/text": "写了很久的“话”"})
    assert page.status == 401
    page = await browser.send(page, "/track", {"phone": ""})
    assert page.status == 422
    page = await browser.send(page, "/track", {"phone": "1234"})
    digits = digits_of(page)
    page = await enter(browser, page, "000000" if digits != "000000" else "000001")
    assert page.status == 403
    page = await enter(browser, page, digits)
    assert page.status == 200
    assert dict(page.form("/actions/add_information").pairs)["/text"] == "写了很久的“话”"
    entries = (await site.api.get("supervisor", f"/v1/appeals/{number}/journal")).json()["items"]
    assert "add_information" not in [entry["action"] for entry in entries]
    page = await browser.send(page, "/actions/add_information")
    assert "补充说明已提交" in page.text
    assert "写了很久的“话”" in page.text


async def test_whoever_follows_another_appeal_by_now_is_asked_for_a_code_and_loses_nothing(site: Site) -> None:
    number, other = await submitted(site), await submitted(site)
    browser, page = await entered(site, number)
    asked = await ask(browser, other)
    await enter(browser, asked, digits_of(asked))
    page = await browser.send(page, "/actions/add_information", {"/text": "写了很久的话"})
    assert page.status == 401
    page = await browser.send(page, "/track", {"phone": "1234"})
    page = await enter(browser, page, digits_of(page))
    page = await browser.send(page, "/actions/add_information")
    assert "补充说明已提交" in page.text


async def test_a_form_is_carried_to_its_own_appeal_only(site: Site) -> None:
    number, other = await submitted(site), await submitted(site)
    for to in (f"/track/{other}/actions/withdraw", "https://elsewhere.example/", "/account/password"):
        fields = [("number", number), ("phone", "1234"), ("next", to), ("kept", '[["/reason", "别的事情"]]')]
        page = await site.stranger().post("/track", fields)
        assert page.status == 200
        assert "别的事情" not in page.html


async def test_enter_presses_the_button_that_sends_the_form(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    number = await submitted(site)
    page = await browser.open(f"/track/{number}")
    forms = [form for form in page.forms if "/actions/" in form.action]
    assert forms
    assert {form.buttons[0] for form in forms} == {("", "")}


async def test_nobody_is_offered_to_say_of_themselves_that_they_did_not_answer(site: Site) -> None:
    api = site.api
    form = {"purpose": "预约办证", "matter": "为3名员工办理护照", "wished_on": "2026-09-14"}
    number = str((await api.submit(service="appointment", form=form))["number"])
    slot = {"slot": "2026-09-14", "confirm_by": "2026-09-12", "time": "9时", "place": "出入境窗口3号"}
    await api.done("admin-approval-officer", number, "complete_step", step="book", outcome="booked", record=slot)
    ways = {who: await outcomes(api, who, number) for who in ("enterprise", "admin-approval-officer")}
    assert ways == {"enterprise": ["confirmed", "moved"], "admin-approval-officer": ["confirmed", "moved", "no_word"]}
    page = await (await site.sign_in("enterprise")).open(f"/track/{number}")
    assert "企业确认到场" in page.text
    assert "企业未回复" not in page.text


async def outcomes(api: Api, who: str, number: str) -> list[str]:
    """How the open step may end, as somebody is offered it."""
    offered = (await api.get(who, f"/v1/appeals/{number}/actions")).json()["items"]
    (schema,) = [one["schema"] for one in offered if one["action"] == "complete_step"]
    return list(schema["properties"]["outcome"]["enum"])


async def test_whoever_is_shown_other_peoples_names_by_this_page_stands_in_the_audit_log(site: Site) -> None:
    number = await submitted(site)
    own = str((await site.api.submit("system", channel="alert_110"))["number"])
    for who, one, shows in (("enterprise", number, True), ("system", number, False), ("system", own, True)):
        page = await (await site.sign_in(who)).open(f"/track/{one}")
        assert page.status == 200
        assert (PHONE in page.html) is shows
    assert await seen(site, number) == []
    assert await seen(site, own) == [("system", "track")]


async def seen(site: Site, number: str) -> list[tuple[str | None, str]]:
    """Who was shown the people of an appeal in full, by the audit log."""
    return [(one.account, one.code) for one in await site.api.audit("personal-data") if one.number == number]


async def test_a_browser_has_one_session_and_a_code_ends_the_earlier(site: Site) -> None:
    number = await submitted(site)
    browser = await site.sign_in("enterprise2")
    before = browser.client.cookies["appeals_session"]
    page = await ask(browser, number)
    assert (await enter(browser, page, digits_of(page))).status == 200
    earlier = site.stranger()
    earlier.client.cookies.set("appeals_session", before)
    assert "退出" not in (await earlier.open("/")).text


async def test_after_a_withdrawal_no_stage_that_was_never_reached_is_done(site: Site) -> None:
    number = await submitted(site)
    await site.api.done("window", number, "accept")
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}")
    assert "立即办结，不能恢复" in page.text
    page = await browser.send(page, "/actions/withdraw", {"/reason": "已经解决"})
    assert "受理 （已完成）" in page.text
    assert "交办 （在此办结）" in page.text
    assert "承办 （未经过）" in page.text


async def test_what_waits_for_the_enterprise_stands_first_in_its_list_and_is_marked(site: Site) -> None:
    rated, asked, confirmed, plain = [await submitted(site, title=f"第{n}件") for n in "一二三四"]
    for number in (rated, confirmed):
        await site.api.walk(number, "evaluate")
    await site.api.done("enterprise", confirmed, "rate", grade=5)
    await site.api.done("window", asked, "request_supplement", items=["现场照片"])
    browser = await site.sign_in("enterprise")
    page = await browser.open("/track")
    places = [page.links.index(f"/track/{number}") for number in (rated, asked, confirmed, plain)]
    assert max(places[:2]) < min(places[2:])
    assert "等您处理（2件）" in page.text
    assert "等您评价" in page.text
    assert "等您补正" in page.text
    assert page.html.count('class="turn"') == 2
    assert page.links.count(f"/track/{rated}") == 1
    home = await browser.open("/")
    assert "2件等您处理" in home.text
    assert 'class="tag strong"' not in home.html


async def test_whoever_has_rated_is_not_asked_whether_the_answer_has_come(site: Site) -> None:
    number = await submitted(site)
    await site.api.walk(number, "evaluate")
    browser = await site.sign_in("enterprise")
    page = await browser.open(f"/track/{number}?grade=5")
    assert "请确认收到答复" in page.text
    page = await browser.send(page, "/actions/rate", {"comment": ""})
    assert "请确认收到答复" not in page.text
    assert "承办单位以外的回访人员" in page.text
