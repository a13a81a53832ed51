"""An enterprise's way in: finding what it needs, what is promised before it sends, the form, its files, its drafts."""

from __future__ import annotations

import gzip
import re
from typing import Any

import pytest

from storage.catalogue import Catalogue
from tests.api.bench import USCC
from tests.web.people import Browser, Page, Site

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")
CONTACT = {"/contact/name": "李四", "/contact/phone": "13900001234"}
GENERAL = {"/title": "门前乱停车", "/description": "每晚都停满", **CONTACT}
SERVICES = [service.code for service in Catalogue.load().services() if not service.internal]


async def filled_in(browser: Browser, code: str = "appeal-general", **more: Any) -> Page:
    page = await browser.open(f"/submit/{code}")
    return await browser.send(page, f"/submit/{code}", {**GENERAL, **more})


def number_of(page: Page) -> str:
    found = re.search(r"SQ\d{8}-\d{8}", page.text)
    assert found, page.text
    return found[0]


@pytest.mark.parametrize(
    ("words", "service"),
    [
        ("货车进城", "truck-pass"),
        ("刻章", "seal-engraving"),
        ("被骗了", "crime-report"),
        ("门口停车", "temporary-parking"),
    ],
)
async def test_a_service_is_found_by_the_words_that_people_use(site: Site, words: str, service: str) -> None:
    page = await site.stranger().open(f"/?q={words}")
    assert f"/submit/{service}" in page.links[: page.links.index("tel:110")]


async def test_every_service_is_found_by_need_and_whoever_is_in_danger_reads_110(site: Site) -> None:
    page = await site.stranger().open("/")
    assert {f"/submit/{code}" for code in SERVICES} <= set(page.links)
    assert "tel:110" in page.links
    assert "报警求助" in page.text


async def test_the_first_page_is_small(site: Site) -> None:
    browser = site.stranger()
    page = await browser.open("/")
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.html)
    assert files
    bodies = [page.html.encode(), *[(await browser.client.get(file)).content for file in files]]
    assert sum(len(gzip.compress(body)) for body in bodies) <= 150_000


async def test_every_service_says_what_is_promised_and_has_a_form(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    for code in SERVICES:
        page = await browser.open(f"/submit/{code}")
        assert page.status == 200, code
        assert re.search(r"最迟 \d+年\d+月\d+日 [\d:]+ 办结|办理时间：", page.text), code
        assert "/contact/phone" in page.form(f"/submit/{code}").names, code


async def test_what_is_promised_before_is_what_the_appeal_is_measured_by(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    before = await browser.open("/submit/appeal-general")
    promised = re.findall(r"最迟 (\d+年\d+月\d+日 [\d:]+) (受理|办结)", before.text)
    assert [what for _, what in promised] == ["受理", "办结"]
    page = await filled_in(browser)
    assert promised[0][0] in page.text
    number = re.findall(r"SQ\d+-\d+", page.text)[0]
    receipt = f"/v1/appeals/{number}/documents/receipt.html"
    assert f"{promised[1][0]}（承诺，自受理起算）" in (await browser.open(receipt)).text
    await site.api.walk(number, "handle")
    assert "自受理起算" not in (await browser.open(receipt)).text


async def test_a_stranger_reads_what_it_is_and_signs_in_to_fill_it_in(site: Site) -> None:
    page = await site.stranger().open("/submit/truck-pass")
    assert "登录后填写" in page.text
    assert "机动车行驶证" in page.text
    assert "/sign-in?next=/submit/truck-pass" in page.links
    assert not [form for form in page.forms if form.method == "post"]


async def test_it_is_submitted_and_the_receipt_says_number_and_deadline_and_what_comes_next(site: Site) -> None:
    page = await filled_in(await site.sign_in("enterprise"))
    assert page.status == 200
    number = number_of(page)
    assert "已收到您的诉求" in page.text
    assert "前受理" in page.text
    assert 'alt="二维码' in page.html
    assert f"/v1/appeals/{number}/documents/receipt.html" in page.links
    said = (await site.api.appeal(number)).submission
    assert (said.title, said.contact.name, said.channel) == ("门前乱停车", "李四", "web")
    assert said.enterprise.name == "宁波示例制造有限公司"


async def test_tapped_twice_it_is_one_appeal(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    first, second = [number_of(await browser.send(page, "/submit/appeal-general", GENERAL)) for _ in range(2)]
    assert first == second
    again = await browser.send(page, "/submit/appeal-general", {**GENERAL, "/title": "另外一件"})
    assert again.status == 422
    assert "已经提交过" in again.text
    third = await browser.send(again, "/submit/appeal-general")
    assert number_of(third) != first


async def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await filled_in(browser, **{"/contact/phone": "12", "/title": "", "/form/place": "示例路1号"})
    assert page.status == 422
    values = dict(page.form("/submit/appeal-general").pairs)
    assert values["/form/place"] == "示例路1号"
    assert values["/description"] == "每晚都停满"
    assert values["/contact/phone"] == "12"
    mended = await browser.send(page, "/submit/appeal-general", {"/title": "停车", "/contact/phone": "13900001234"})
    assert "已收到您的诉求" in mended.text


async def test_the_contact_of_last_time_stands_there_already(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    await filled_in(browser)
    values = dict((await browser.open("/submit/truck-pass")).form("/submit/truck-pass").pairs)
    assert (values["/contact/name"], values["/contact/phone"]) == ("李四", "13900001234")


async def test_whom_a_system_named_for_the_enterprise_is_not_offered_to_it(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    await filled_in(browser)
    named: dict[str, Any] = {
        "contact": {"name": "外人甲", "phone": "13700009999"},
        "enterprise": {"uscc": USCC, "name": "别的名称"},
    }
    await site.api.submit("system", **named)
    values = dict((await browser.open("/submit/truck-pass")).form("/submit/truck-pass").pairs)
    assert (values["/contact/name"], values["/contact/phone"]) == ("李四", "13900001234")


async def test_a_form_that_says_everything_needs_no_title(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    vehicle = {
        "/form/plate": "浙B12345", "/form/vehicle": "中型货车", "/form/new_energy": "false", "/form/delivery": "false",
        "/form/peak": "true", "/form/route": "绕城高速", "/form/purpose": "运料",
    }  # fmt: skip
    page = await browser.open("/submit/truck-pass")
    assert "/title" not in page.form("/submit/truck-pass").names
    page = await browser.send(page, "/submit/truck-pass", {**CONTACT, **vehicle, "anyway": "1"})
    assert (await site.api.appeal(number_of(page))).submission.title == "货车禁区电子通行证"


async def test_a_draft_is_kept_and_goes_when_it_is_sent_or_thrown_away(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    page = await browser.send(page, "/submit/appeal-general", {"/title": "写了一半"}, press=("save", "1"))
    assert "草稿已保存" in page.text
    assert "/submit/appeal-general" in (await browser.open("/")).links
    other = await site.sign_in("enterprise")
    page = await other.open("/submit/appeal-general")
    assert dict(page.form("/submit/appeal-general").pairs)["/title"] == "写了一半"
    page = await other.send(page, "/submit/appeal-general", press=("discard", "1"))
    assert "/title" in page.form("/submit/appeal-general").names
    assert "写了一半" not in page.html
    await other.send(page, "/submit/appeal-general", {"/title": "又写"}, press=("save", "1"))
    await filled_in(other)
    assert "又写" not in (await other.open("/submit/appeal-general")).html


async def send_file(browser: Browser, page: Page, content: bytes, name: str, **more: str) -> Page:
    form = page.form("/submit/appeal-general")
    carried = [value for key, value in form.pairs if key == "attached"]
    data = {**dict(form.pairs), "attached": carried, **more}
    return Page(await browser.client.post(form.action, data=data, files={"file:photo": (name, content, "image/png")}))


async def test_photos_are_uploaded_listed_removed_and_sent_without_any_script(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    page = await send_file(browser, page, PNG, "东门.png", upload="1")
    page = await send_file(browser, page, PNG + b"\0", "西门.png", upload="1")
    assert "东门.png" in page.text
    assert "西门.png" in page.text
    form = page.form("/submit/appeal-general")
    east = next(value for name, value in form.buttons if name == "remove")
    page = await browser.send(page, "/submit/appeal-general", press=("remove", east))
    assert "东门.png" not in page.text
    page = await browser.send(page, "/submit/appeal-general", GENERAL)
    (material,) = (await site.api.appeal(number_of(page))).submission.materials
    assert (material["code"], material["name"]) == ("photo", "西门.png")


async def test_a_file_that_will_not_do_is_named_and_what_was_typed_stays(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    page = await send_file(browser, page, b"MZ", "病毒.exe", **{"/title": "乱停车"})
    assert page.status == 422
    assert "病毒.exe：不接受这种文件" in page.text
    assert dict(page.form("/submit/appeal-general").pairs)["/title"] == "乱停车"


async def test_with_the_engine_away_it_is_kept_and_the_receipt_says_so(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    site.api.gateway.away = True
    page = await filled_in(browser)
    assert "编号已经有效" in page.text
    assert "已收到，正在登记" in page.text


async def test_an_officer_at_the_window_submits_for_an_enterprise(site: Site) -> None:
    browser = await site.sign_in("window")
    enterprise = {"/enterprise/name": "宁波示例制造有限公司", "/enterprise/uscc": USCC, "/channel": "window"}
    page = await browser.open("/submit/appeal-general")
    assert "替企业登记" in page.text
    browser.client.follow_redirects = False
    page = await browser.send(page, "/submit/appeal-general", {**GENERAL, **enterprise})
    assert page.answer.headers["location"].startswith("/appeals/SQ")


async def test_whoever_may_not_submit_is_told_so(site: Site) -> None:
    page = await (await site.sign_in("handler")).open("/submit/appeal-general")
    assert "不能提交诉求" in page.text
    assert (await site.stranger().open("/submit/nothing")).status == 404


async def test_a_form_whose_session_has_ended_is_carried_over_the_sign_in(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    browser.client.cookies.clear()
    page = await browser.send(page, "/submit/appeal-general", GENERAL)
    assert page.status == 401
    page = await browser.send(page, "/sign-in", {"name": "enterprise", "password": site.api.keys["enterprise"]})
    page = await browser.send(page, "/submit/appeal-general")
    assert "已收到您的诉求" in page.text
    assert (await site.api.appeal(number_of(page))).submission.title == "门前乱停车"


async def test_what_waits_for_the_enterprise_stands_first_and_what_is_closed_does_not(site: Site) -> None:
    closed = (await site.api.submit(title="早办结的"))["number"]
    await site.api.walk(closed, "closed")
    asked = (await site.api.submit(title="缺材料的"))["number"]
    await site.api.done("window", asked, "request_supplement", items=["现场照片"])
    later = (await site.api.submit(title="刚提交的"))["number"]
    page = await (await site.sign_in("enterprise")).open("/")
    assert "早办结的" not in page.text
    assert page.links.index(f"/track/{asked}") < page.links.index(f"/track/{later}")
    assert "等您补正" in page.text


async def test_officers_are_led_to_their_desk_and_only_those_who_may_are_told_to_submit(site: Site) -> None:
    window, handler = [await (await site.sign_in(name)).open("/") for name in ("window", "handler")]
    assert "/desk" in window.links
    assert "替企业登记诉求" in window.text
    assert "/desk" in handler.links
    assert "替企业登记诉求" not in handler.text


async def test_enter_presses_submit_and_never_what_throws_away(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    page = await browser.send(page, "/submit/appeal-general", {"/title": "写了一半"}, press=("save", "1"))
    page = await browser.open("/submit/appeal-general")
    files = {"file:photo": ("灯.png", PNG, "image/png")}
    form = page.form("/submit/appeal-general")
    page = Page(await browser.client.post(form.action, data={**dict(form.pairs), "upload": "1"}, files=files))
    form = page.form("/submit/appeal-general")
    assert "remove" in [name for name, _ in form.buttons]
    assert form.buttons[0] == ("", "")
    page = await browser.send(page, "/submit/appeal-general")
    assert page.status == 422
    form = page.form("/submit/appeal-general")
    assert "discard" in [name for name, _ in form.buttons]
    assert form.buttons[0] == ("", "")


async def test_a_group_of_fields_leaves_it_to_them_to_say_what_is_needed(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/hazmat-explosive-purchase")
    legends = re.findall(r"<legend>(.*?)</legend>", page.html)
    assert {"事项信息", "联系人"} <= set(legends)
    assert "联系人姓名" in page.text or "姓名" in page.text
    assert '<span class="needed"> 必填</span>' in page.html


async def test_a_place_is_written_in_one_line_and_a_story_in_many(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/hazmat-explosive-purchase")
    assert re.search(r'<input[^>]*name="/form/storage"', page.html)
    assert re.search(r'<textarea[^>]*name="/description"', page.html)


@pytest.mark.parametrize("phone", ["12345", "110", "87654321"])
async def test_a_phone_that_reaches_nobody_is_refused_in_plain_words(site: Site, phone: str) -> None:
    page = await filled_in(await site.sign_in("enterprise"), **{"/contact/phone": phone})
    assert page.status == 422
    assert "请填写手机号，或带区号的固定电话" in page.text


async def test_a_field_left_empty_is_said_once_in_the_words_that_stand_there(site: Site) -> None:
    page = await filled_in(await site.sign_in("enterprise"), **{"/title": "", "/description": "", "/contact/name": ""})
    for title in ("一句话说明什么事", "诉求内容", "联系人姓名"):
        assert page.text.count(f"请填写“{title}”") == 1
    assert "不能为空" not in page.text
    leads = re.findall(r'href="#([^"]+)">([^<]+)<', page.html.partition("有内容需要修改：")[2].partition("</div>")[0])
    assert [name for _, name in leads] == ["一句话说明什么事", "诉求内容", "联系人姓名"]
    assert {place for place, _ in leads} <= set(page.ids)


TOXIC = {
    "/form/chemical": "氰化钠", "/form/cas": "143-33-9", "/form/quantity": "50", "/form/unit": "千克",
    "/form/purpose": "电镀", **CONTACT,
}  # fmt: skip


async def test_a_material_that_is_lacking_is_asked_about_once(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/hazmat-toxic-purchase")
    assert "应当提交" in page.text
    wrong = await browser.send(page, "/submit/hazmat-toxic-purchase", {**TOXIC, "/contact/phone": "12345"})
    assert "还没有上传： 拟购买品种、数量的说明、购买用途说明" in wrong.text
    assert "带区号的固定电话" in wrong.text
    page = await browser.send(page, "/submit/hazmat-toxic-purchase", TOXIC)
    assert page.status == 422
    assert "仍然提交" in page.text
    page = await browser.send(page, "/submit/hazmat-toxic-purchase")
    assert "已收到您的诉求" in page.text


async def test_a_refused_file_is_told_at_the_top_with_the_other_mistakes(site: Site) -> None:
    browser = await site.sign_in("enterprise")
    page = await browser.open("/submit/appeal-general")
    page = await send_file(browser, page, b"MZ", "病毒.exe", **{**GENERAL, "/contact/phone": "12345"})
    top = page.text.partition("联系电话")[0]
    assert "病毒.exe：不接受这种文件（以内容为准，不看文件名）。" in top
    assert "带区号的固定电话" in page.text


@pytest.mark.parametrize("words", ["公章丢了", "门口乱停车", "红绿灯坏了"])
async def test_below_what_was_found_stands_the_way_for_everything_else_with_what_was_typed(
    site: Site, words: str
) -> None:
    browser = await site.sign_in("enterprise")
    for page in [await browser.open(f"{place}?q={words}") for place in ("/", "/services")]:
        assert "都不是？" in page.text
        assert "企业诉求" in page.text.partition("都不是？")[0].partition(words)[2]
        assert [one for one in page.links if one.startswith("/submit/appeal-general?title=")]
    page = await browser.open(f"/?q={words}")
    (link,) = {one for one in page.links if one.startswith("/submit/appeal-general?title=")}
    assert dict((await browser.open(link)).form("/submit/appeal-general").pairs)["/title"] == words


async def test_what_the_house_sends_to_itself_is_not_offered_to_enterprises(site: Site) -> None:
    outside, inside = await site.sign_in("enterprise"), await site.sign_in("handler")
    for path in ("/", "/services", "/services?q=监督预警"):
        assert "case-supervision" not in (await outside.open(path)).html
    assert "case-supervision" in (await inside.open("/services")).html


async def test_the_public_reads_no_marks_of_the_house_and_plain_words_about_fees(site: Site) -> None:
    browser, officer = await site.sign_in("enterprise"), await site.sign_in("handler")
    for code in SERVICES:
        page = await browser.open(f"/services/{code}")
        assert not re.search(r"待核实|（S\d|S\d·", page.text), code
        assert not re.search(r"[\u4e00-\u9fff][,;:]", page.text), code
        assert re.search(r"费用 [^。]*(不收费|免费|以窗口公示为准)。", page.text), code
    assert "（S1·7）" in (await officer.open("/services/hazmat-toxic-purchase")).text
    form = {name.removeprefix("/form/"): value for name, value in TOXIC.items() if name.startswith("/form/")}
    number = (await site.api.submit(service="hazmat-toxic-purchase", form={**form, "quantity": 50}))["number"]
    assert "待核实" not in (await browser.open(f"/track/{number}")).text
