"""Duty on a phone: what calls is seen, taken once, handed on, raised and ended, by forms that need no script."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from api.trail import PERSONAL_DATA
from domain.roster import Roster
from domain.vocabulary import Role
from runtime.codec import ensure_key_file
from runtime.links import load_links
from runtime.settings import Settings
from storage.accounts import Account, AccountsWriter
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.organisation import Organisation
from storage.rosters import Rosters, RostersWriter
from tests.api.bench import open_api
from tests.api.test_escalations import Phones, breached, look, messenger_of
from tests.web.people import Browser, Page, Site
from web.site import add_pages
from web.words import minute


@pytest.fixture
async def calling(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Site]:
    """A rehearsal in which people are told."""
    ensure_key_file(folder / "codec-keys")
    async with open_api(folder, keys, rehearsal=True, public_url="http://appeals.test", dress=add_pages) as api:
        api.gateway.organisation = Organisation.load()
        yield Site(api)


async def on_duty(calling: Site, name: str) -> Browser:
    """Signed in on the way to the page of duty."""
    browser = calling.stranger()
    door = await browser.open("/duty")
    page = await browser.send(door, "/sign-in", {"name": name, "password": calling.api.keys[name]})
    assert page.answer.url.path == "/duty", page.text
    return browser


def posts(page: Page) -> list[str]:
    """Where its buttons about calls lead."""
    return [form.action for form in page.forms if form.method == "post" and form.action.startswith("/duty/")]


def take(found: Mapping[str, Any]) -> str:
    return f"/duty/calls/{found['id']}/acknowledge"


async def press(browser: Browser, found: Mapping[str, Any], action: str, **fields: str) -> Page:
    page = await browser.open(f"/duty/calls/{found['id']}")
    return await browser.send(page, f"/duty/calls/{found['id']}/{action}", fields)


async def test_whoever_is_called_sees_what_since_when_and_who_was_told(calling: Site) -> None:
    found = await breached(calling.api)
    page = await (await on_duty(calling, "hazmat_leader")).open("/duty")
    assert page.status == 200
    assert "等待认领（1）" in page.text
    for said in (found["number"], found["title"], found["service_name"], "办理", "第1级", "卫治安"):
        assert said in page.text


async def test_it_says_when_the_level_on_which_it_stands_began_and_when_the_first(calling: Site) -> None:
    found = await breached(calling.api)
    ahead = {"number": found["number"], "seconds": 5 * 3600}
    assert (await calling.api.post("admin", "/v1/rehearsal/fast-forward", ahead, key=None)).status_code == 200
    found = await look(calling.api, "duty", found)
    (began,) = {who["at"] for who in found["called"] if who["level"] == found["level"] == 2}
    assert found["level_since"] == began > found["opened_at"]
    browser = await on_duty(calling, "duty")
    for path in ("/duty", f"/duty/calls/{found['id']}"):
        line = (await browser.open(path)).html.split("<dt>催办</dt><dd>")[1].split("</dd>")[0]
        assert line.startswith("第2级，"), path
        assert f"自 {minute(began)}<br>" in line, path
        assert f"第1级自 {minute(found['opened_at'])}" in line, path
    appeal = await browser.open(f"/appeals/{found['number']}")
    assert f"第2级{minute(began)}发出，第1级{minute(found['opened_at'])}发出" in appeal.text


async def test_the_level_names_who_was_called_and_for_which_unit(calling: Site) -> None:
    found = await breached(calling.api, "appeal-general", 2)
    assert {who["unit_name"] for who in found["called"]} == {"情指中心值班室"}
    browser = await on_duty(calling, "duty")
    said = f"代{found['owner_unit_name']}通知情指中心值班室"
    for path in ("/duty", f"/duty/calls/{found['id']}"):
        assert f"第1级，{said}" in (await browser.open(path)).text, path
    page = await browser.open(f"/appeals/{found['number']}")
    assert f"第1级 {said}" in page.text
    assert f"第1级升级督办（{said}）" in page.text


async def test_where_people_of_the_unit_itself_are_called_nobody_stands_in_for_it(calling: Site) -> None:
    found = await breached(calling.api)
    assert {who["unit_name"] for who in found["called"]} == {"治安支队", "情指中心值班室"}
    assert "第1级，通知治安支队、情指中心值班室" in (await (await on_duty(calling, "duty")).open("/duty")).text


async def test_how_long_taking_it_lasts_is_told_before_and_whoever_took_it_has_heard_of_it(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "duty")
    for path in ("/duty", f"/duty/calls/{found['id']}"):
        assert "认领后30分钟内不再催办" in (await browser.open(path)).text, path
    assert "尚无人收到" in (await browser.open(f"/duty/calls/{found['id']}")).text
    await press(browser, found, "acknowledge")
    page = await browser.open(f"/duty/calls/{found['id']}")
    assert "1人已收到" in page.text
    assert "尚无人收到" not in page.text
    assert "尤值班 （情指中心值班室） 已认领" in page.text


async def test_right_after_it_was_handed_over_the_card_says_to_whom(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "duty")
    await press(browser, found, "acknowledge")
    page = await press(browser, found, "hand_over", to="hazmat_leader", reason="请您接手")
    assert "移交给 卫治安" in page.text
    assert "改由我认领" in page.text
    assert 'btn-primary big" type="submit"' not in page.html
    # Why he did so he wrote himself: nobody else reads it who may not read the matter.
    assert "请您接手" in (await browser.open(f"/appeals/{found['number']}")).text


async def test_one_tap_takes_it_and_the_page_says_until_when(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "hazmat_leader")
    page = await browser.send(await browser.open("/duty"), take(found))
    assert page.status == 200
    assert "已认领。" in page.text
    assert "您已认领 ，至" in page.text
    assert (await look(calling.api, "hazmat_leader", found))["acknowledged_by"] == "hazmat_leader"


async def test_two_taps_are_one(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "hazmat_leader")
    page = await browser.open("/duty")
    first, second = await asyncio.gather(browser.send(page, take(found)), browser.send(page, take(found)))
    assert (first.status, second.status) == (200, 200)
    journal = (await calling.api.get("hazmat_leader", f"/v1/appeals/{found['number']}/journal")).json()["items"]
    assert [entry["action"] for entry in journal].count("acknowledge") == 1


async def test_the_second_of_two_people_reads_who_was_first(calling: Site) -> None:
    found = await breached(calling.api)
    leader, officer = await on_duty(calling, "hazmat_leader"), await on_duty(calling, "duty")
    shown = await officer.open("/duty")
    await press(leader, found, "acknowledge")
    page = await officer.send(shown, take(found))
    assert page.status == 409
    assert "卫治安已认领" in page.text
    assert "请卫治安移交给您" in page.text
    assert take(found) not in posts(page)


async def test_it_is_handed_to_somebody_chosen_from_those_who_may_have_it(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "duty")
    await press(browser, found, "acknowledge")
    page = await press(browser, found, "hand_over", to="hazmat_leader", reason="请您接手")
    assert page.status == 200
    assert "已移交" in page.text
    other = await (await on_duty(calling, "hazmat_leader")).open("/duty")
    assert take(found) in posts(other)


async def test_whoever_hands_it_over_reads_who_really_gets_it(calling: Site) -> None:
    found = await breached(calling.api)
    absence = {"from": "2026-08-01T00:00:00+08:00", "until": "2026-12-01T00:00:00+08:00", "substitutes": ["handler2"]}
    path, who = "/v1/officers/handler/absences", calling.api.bearer("admin")
    assert (await calling.api.client.put(path, json={"absences": [absence]}, headers=who)).status_code == 200
    browser = await on_duty(calling, "duty")
    page = await press(browser, found, "hand_over", to="handler", reason="换班")
    assert "郑承办现在不在岗，由代理人王协理接到通知" in page.text
    assert "王协理（代理郑承办，其不在岗）" in (await browser.open(f"/duty/calls/{found['id']}")).text


async def test_those_it_may_be_handed_to_are_officers_who_may_read_it_and_not_oneself(calling: Site) -> None:
    found = await breached(calling.api)
    page = await (await on_duty(calling, "duty")).open(f"/duty/calls/{found['id']}")
    values = page.html.split('id="to"')[1].split("</select>")[0]
    assert 'value="hazmat_leader"' in values
    assert 'value="duty"' not in values
    assert 'value="enterprise"' not in values


async def test_a_reason_that_was_forgotten_is_asked_for_and_nothing_else_is_lost(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "duty")
    page = await press(browser, found, "end", reason=" ")
    assert page.status == 422
    assert "<details data-keep open><summary>结束" in page.html
    assert (await look(calling.api, "duty", found))["state"] == "open"


async def test_it_is_ended_with_a_reason_and_listed_as_ended_today(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "duty")
    page = await press(browser, found, "end", reason="已电话督促，今晚办结")
    assert "已结束该升级督办" in page.text
    assert "今天已结束（1）" in page.text
    shown = await browser.open(f"/duty/calls/{found['id']}")
    assert posts(shown) == []


async def test_it_is_raised_to_the_next_level(calling: Site) -> None:
    found = await breached(calling.api)
    page = await press(await on_duty(calling, "duty"), found, "raise", reason="需要上级协调")
    assert "已升级" in page.text
    assert (await look(calling.api, "duty", found))["level"] == found["level"] + 1


async def test_whom_it_was_not_sent_to_sees_who_may_take_it_and_no_button(calling: Site) -> None:
    found = await breached(calling.api)
    page = await (await on_duty(calling, "supervisor")).open(f"/duty/calls/{found['id']}")
    assert page.status == 200
    assert "由值班人员或收到通知的人认领" in page.text
    assert posts(page) == []


async def test_the_phone_of_the_enterprise_is_dialled_by_whoever_may_see_it_and_that_is_on_record(
    calling: Site,
) -> None:
    found = await breached(calling.api)
    appeal = (await calling.api.get("supervisor", f"/v1/appeals/{found['number']}")).json()
    page = await (await on_duty(calling, "supervisor")).open(f"/duty/calls/{found['id']}")
    assert ("*" in appeal["contact"]["phone"]) is not any(link.startswith("tel:") for link in page.links)
    seen = [line for line in await calling.api.audit(PERSONAL_DATA) if line.account == "supervisor"]
    assert bool([line for line in seen if line.code == "escalation"]) is ("*" not in appeal["contact"]["phone"])


async def test_it_says_on_which_channel_people_were_told(calling: Site, folder: Path) -> None:
    links = load_links(Settings(data_dir=folder))
    assert links is not None
    async with calling.api.database.write() as w:
        phone = ContactPoint("sms", "13900000001")
        await ContactPointsWriter(w).replace("hazmat_leader", [phone], calling.api.clock(), "r")
    found = await breached(calling.api)
    messenger = messenger_of(calling.api, links, {"sms": Phones()})
    await messenger.turn()
    await messenger.idle()
    page = await (await on_duty(calling, "hazmat_leader")).open(f"/duty/calls/{found['id']}")
    assert "短信已送达" in page.text
    assert "13900000001" not in page.html


async def test_everybody_who_was_called_is_named_level_by_level_with_when_and_whether_it_arrived(
    calling: Site, folder: Path
) -> None:
    links = load_links(Settings(data_dir=folder))
    assert links is not None
    async with calling.api.database.write() as w:
        phone = ContactPoint("sms", "13900000001")
        await ContactPointsWriter(w).replace("hazmat_leader", [phone], calling.api.clock(), "r")
    found = await breached(calling.api)
    messenger = messenger_of(calling.api, links, {"sms": Phones()})
    await messenger.turn()
    await messenger.idle()
    browser = await on_duty(calling, "duty")
    await press(browser, found, "raise", reason="需要上级协调")
    found = await look(calling.api, "duty", found)
    assert {who["level"] for who in found["called"]} == {1, 2}
    for path in ("/duty", f"/duty/calls/{found['id']}", f"/appeals/{found['number']}"):
        page = await browser.open(path)
        assert page.status == 200, path
        for said in (*(who["name"] for who in found["called"]), "第1级", "第2级", "仅在收件箱", "已送达"):
            assert said in page.text, f"{path}: {said}"
        for at in {who["at"] for who in found["called"]}:
            assert minute(at) in page.text, path
    for path in (f"/duty/calls/{found['id']}", f"/appeals/{found['number']}"):
        page = await browser.open(path)
        assert "短信已送达" in page.text
        assert "13900000001" not in page.html
        assert "通知4人，2人已收到" in page.text  # one by a text message; one raised it


async def test_a_card_shows_the_last_two_calls_and_leads_to_the_earlier_ones(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await on_duty(calling, "duty")
    for _ in range(2):
        await press(browser, found, "raise", reason="需要上级协调")
    found = await look(calling.api, "duty", found)
    page = await browser.open("/duty")
    told = page.html.split("<dt>已通知</dt>")[1].split("</dd>")[0]
    assert [f"第{level}级" in told for level in (1, 2, 3)] == [False, True, True]
    assert "更早的1次" in told
    assert "told" in (await browser.open(f"/duty/calls/{found['id']}")).ids


async def test_many_who_were_called_at_once_are_folded_and_none_is_left_out(calling: Site) -> None:
    async with calling.api.database.write() as w:
        for n in range(6):
            account = Account(f"duty-{n}", f"值守民警{n}", (Role.DUTY,), "duty-room")
            await AccountsWriter(w).upsert(account)
        await RostersWriter(w).save(
            await Rosters(w).of("duty-room"), Roster("duty-room"), "roster-set", "admin", calling.api.clock(), "r"
        )
    found = await breached(calling.api)
    called = [who["name"] for who in found["called"]]
    assert len(called) > 6
    page = await (await on_duty(calling, "duty")).open(f"/duty/calls/{found['id']}")
    assert f"等{len(called)}人</summary>" in page.html
    for name in called:
        assert page.text.count(name) >= 1, name


async def test_units_are_dialled_and_nobody_s_own_number_is_shown(calling: Site) -> None:
    async with calling.api.database.write() as w:
        phone = ContactPoint("sms", "13900000001")
        await ContactPointsWriter(w).replace("duty", [phone], calling.api.clock(), "r")
    found = await breached(calling.api)
    browser = await on_duty(calling, "supervisor")
    page = await browser.open(f"/duty/calls/{found['id']}")
    assert {"tel:057400001300", "tel:057400001110"} <= set(page.links)
    assert "治安支队值班电话" in page.text
    own = await (await on_duty(calling, "duty")).open("/duty")
    assert "tel:057400001110" in own.links
    for shown in (page, own):
        assert "13900000001" not in shown.html


async def test_for_an_enterprise_there_is_no_such_page(calling: Site) -> None:
    browser = await calling.sign_in("enterprise")
    assert (await browser.open("/duty")).status == 403
    assert (await calling.stranger().open("/duty")).answer.url.path == "/sign-in"


async def test_what_does_not_exist_is_not_found(calling: Site) -> None:
    browser = await on_duty(calling, "duty")
    assert (await browser.open("/duty/calls/SQ20260930-00000001-2-1")).status == 404


async def test_a_quiet_night_says_so_and_who_is_on_duty(calling: Site) -> None:
    page = await (await on_duty(calling, "duty")).open("/duty")
    assert "现在没有等待认领的升级督办" in page.text
    assert "现在值班：" in page.text


async def test_the_page_is_light_enough_for_a_weak_network(calling: Site) -> None:
    for _ in range(3):
        await breached(calling.api)
    page = await (await on_duty(calling, "duty")).open("/duty")
    assert "等待认领（3）" in page.text
    assert len(page.html.encode()) < 40_000
    assert "<img" not in page.html
