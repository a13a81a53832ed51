"""At the window: an officer takes a matter in for an enterprise, with everything that the API asks for."""

from __future__ import annotations

from typing import Any

from tests.api.bench import USCC
from tests.web.people import Site

FILLED: dict[str, Any] = {
    "/enterprise/name": "宁波示例制造有限公司",
    "/enterprise/uscc": USCC,
    "/contact/name": "张三",
    "/contact/phone": "13800001234",
    "/title": "厂区夜间照明",
    "/description": "东门太暗",
}


async def test_an_officer_takes_a_matter_in_at_the_window(site: Site) -> None:
    window = await site.sign_in("window")
    choice = await window.open("/desk/new?q=企业诉求")
    assert "/desk/new/appeal-general" in choice.links
    page = await window.open("/desk/new/appeal-general")
    assert dict(page.form("/desk/new/appeal-general").pairs)["/channel"] == "window"
    done = await window.send(page, "/desk/new/appeal-general", FILLED)
    assert done.status == 200, done.text
    assert "已登记" in done.text
    number = done.answer.request.url.path.rsplit("/", 1)[1]
    said = (await site.api.appeal(number)).submission
    assert (said.channel, said.submitter.id, said.title) == ("window", "window", "厂区夜间照明")
    assert (said.enterprise.uscc, said.contact.phone) == (USCC, "13800001234")


async def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(site: Site) -> None:
    window = await site.sign_in("window")
    page = await window.open("/desk/new/appeal-general")
    wrong = await window.send(page, "/desk/new/appeal-general", {**FILLED, "/enterprise/uscc": "", "/title": "停产了"})
    assert wrong.status == 422
    assert "须填写统一社会信用代码" in wrong.text
    kept = dict(wrong.form("/desk/new/appeal-general").pairs)
    assert (kept["/title"], kept["/contact/phone"]) == ("停产了", "13800001234")
    done = await window.send(wrong, "/desk/new/appeal-general", {"/enterprise/uscc": USCC})
    assert "已登记" in done.text


async def test_a_caller_on_the_hotline_need_not_know_the_code(site: Site) -> None:
    window = await site.sign_in("window")
    page = await window.open("/desk/new/appeal-general")
    more = {"/enterprise/uscc": "", "/channel": "hotline_12345", "/external_ref": "RX-1"}
    done = await window.send(page, "/desk/new/appeal-general", {**FILLED, **more})
    number = done.answer.request.url.path.rsplit("/", 1)[1]
    said = (await site.api.appeal(number)).submission
    assert (said.enterprise.uscc, said.external_ref) == (None, "RX-1")


async def test_pressed_twice_it_is_taken_in_once(site: Site) -> None:
    window = await site.sign_in("window")
    page = await window.open("/desk/new/appeal-general")
    one, two = [await window.send(page, "/desk/new/appeal-general", FILLED) for _ in range(2)]
    assert one.answer.request.url == two.answer.request.url
    # The same form, filled in with something else, is another matter.
    other = await window.send(page, "/desk/new/appeal-general", {**FILLED, "/title": "另一件"})
    assert other.status == 422
    assert "已经登记过一件" in other.text
    done = await window.send(other, "/desk/new/appeal-general")
    assert "已登记" in done.text
    assert done.answer.request.url != one.answer.request.url


async def test_what_it_may_be_a_duplicate_of_is_shown(site: Site) -> None:
    before = (await site.api.submit())["number"]
    window = await site.sign_in("window")
    page = await window.open("/desk/new/appeal-general")
    same = {**FILLED, "/description": "东门太暗,请张三增加巡逻"}
    done = await window.send(page, "/desk/new/appeal-general", same)
    assert "可能与1件重复" in done.text
    assert f"/appeals/{before}" in done.links


async def test_the_engine_is_away_and_yet_nothing_is_lost(site: Site) -> None:
    window = await site.sign_in("window")
    page = await window.open("/desk/new/appeal-general")
    site.api.gateway.away = True
    done = await window.send(page, "/desk/new/appeal-general", FILLED)
    assert "已登记" in done.text
    assert "不会丢失" in done.text


async def test_who_may_not_take_in_is_told_so(site: Site) -> None:
    handler = await site.sign_in("handler")
    assert (await handler.open("/desk/new")).status == 403
    assert (await handler.open("/desk/new/appeal-general")).status == 403
    assert "登记新诉求" not in (await handler.open("/desk")).text
    assert (await (await site.sign_in("visitor")).open("/desk/new/nothing")).status == 404


async def test_what_was_handed_over_is_written_down(site: Site) -> None:
    window = await site.sign_in("window")
    page = await window.open("/desk/new/batch-onsite-id")
    assert "电子证照，免交" in page.text
    said = {"/form/documents": ["居住证", "身份证"], "/form/persons": 60, "/form/place": "厂区活动室"}
    brought = {"material": "list", "material:list": "档案柜3-2"}
    done = await window.send(page, "/desk/new/batch-onsite-id", {**FILLED, **said, **brought})
    assert "已登记" in done.text, done.text
    submission = (await site.api.appeal(done.answer.request.url.path.rsplit("/", 1)[1])).submission
    assert submission.form == {"documents": ["居住证", "身份证"], "persons": 60, "place": "厂区活动室"}
    assert submission.materials == ({"code": "list", "reference": "档案柜3-2"},)
