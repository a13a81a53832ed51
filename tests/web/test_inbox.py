"""The inbox on a page: what somebody was told, by which channels it went, read one by one or all at once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from runtime.codec import ensure_key_file
from runtime.links import load_links
from runtime.settings import Settings
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.organisation import Organisation
from tests.api.bench import Api, open_api
from tests.api.test_escalations import Phones, act, breached, look, messenger_of
from tests.api.test_inbox import told
from tests.web.people import Page, Site
from web.site import add_pages


@pytest.fixture
async def calling(folder: Path, keys: Mapping[str, str]) -> AsyncIterator[Site]:
    """A rehearsal in which people are told."""
    ensure_key_file(folder / "codec-keys")
    async with open_api(folder, keys, rehearsal=True, public_url="http://appeals.test", dress=add_pages) as api:
        api.gateway.organisation = Organisation.load()
        yield Site(api)


async def step(api: Api, *audience: str, count: int = 1) -> str:
    """They are told of a step, so many times; the number of the appeal."""
    number: str = (await api.submit())["number"]
    for n in range(count):
        await told(api, number, str(n), *audience)
    return number


def messages(page: Page) -> list[str]:
    return page.html.split('<article class="message')[1:]


def unread(page: Page) -> int:
    """What the mark in the navigation says."""
    mark = page.html.split('id="told-in"')[1].split("</a>")[0]
    number = int(mark.split('<span class="count">')[1].split("<")[0])
    assert mark.startswith(" hidden") is (number == 0)
    return number


async def test_an_officer_reads_what_he_was_told_newest_first_and_where_it_leads(site: Site) -> None:
    first, second = await step(site.api, "account:handler"), await step(site.api, "account:handler")
    page = await (await site.sign_in("handler")).open("/inbox")
    assert page.status == 200
    newest, oldest = messages(page)
    assert second in newest
    assert first in oldest
    assert f"诉求{second}（企业诉求）有一个步骤需要您办理。" in page.text
    assert "仅在收件箱" in newest
    assert "未读" in newest
    assert unread(page) == 2


async def test_a_line_says_what_the_matter_is_called_to_whoever_may_read_it(site: Site) -> None:
    number = await step(site.api, "account:handler", "account:enterprise2")
    title = (await site.api.appeal(number)).submission.title
    await site.api.walk(number, "handle")
    assert title in messages(await (await site.sign_in("handler")).open("/inbox"))[-1]
    (line,) = messages(await (await site.sign_in("enterprise2")).open("/inbox"))
    assert number in line
    assert title not in line


async def test_an_empty_inbox_says_what_will_come_and_where_to_say_how_one_is_reached(site: Site) -> None:
    officer = await (await site.sign_in("cyber-officer")).open("/inbox")
    assert "还没有消息。交给您办理" in officer.text
    assert "/account#channels" in officer.links
    assert unread(officer) == 0
    firm = await (await site.sign_in("enterprise2")).open("/inbox")
    assert "需要您补充材料或者评价" in firm.text


async def test_an_enterprise_reads_its_own_and_is_led_to_its_progress(site: Site) -> None:
    number = await step(site.api, "enterprise")
    browser = await site.sign_in("enterprise")
    page = await browser.open("/inbox")
    assert f"您的诉求{number}（企业诉求）" in page.text
    (one,) = [form.action for form in page.forms if form.action.endswith("/read") and form.action != "/inbox/read"]
    page = await browser.send(page, one, press=("open", "1"))
    assert page.answer.url.path == f"/track/{number}"
    assert unread(page) == 0


async def test_who_opens_the_matter_has_read_it(site: Site) -> None:
    number = await step(site.api, "account:supervisor")
    browser = await site.sign_in("supervisor")
    page = await browser.open("/inbox")
    (one,) = [form.action for form in page.forms if form.action.startswith("/inbox/") and form.action != "/inbox/read"]
    page = await browser.send(page, one, press=("open", "1"))
    assert page.answer.url.path == f"/appeals/{number}"
    page = await browser.open("/inbox")
    assert unread(page) == 0
    assert f"/appeals/{number}" in page.links


async def test_one_is_marked_or_all_that_stood_there(site: Site) -> None:
    await step(site.api, "account:handler", count=3)
    browser = await site.sign_in("handler")
    page = await browser.open("/inbox?new=true")
    one = next(form.action for form in page.forms if form.action.startswith("/inbox/") and form.action != "/inbox/read")
    page = await browser.send(page, one)
    assert page.answer.url.query == b"new=true"
    assert len(messages(page)) == unread(page) == 2
    await step(site.api, "account:handler")  # comes while they look
    page = await browser.send(page, "/inbox/read")
    assert "已全部标为已读" in page.text
    assert unread(page) == 1
    page = await browser.send(await browser.open("/inbox"), "/inbox/read")
    assert unread(page) == 0
    assert len(messages(page)) == 4
    assert "没有未读的消息" in (await browser.open("/inbox?new=true")).text


async def test_a_long_inbox_is_turned_page_by_page(site: Site) -> None:
    await step(site.api, "account:handler", count=45)
    browser = await site.sign_in("handler")
    page, seen = await browser.open("/inbox"), []
    while True:
        seen.append(len(messages(page)))
        further = [link for link in page.links if "before=" in link]
        if not further:
            break
        page = await browser.open(further[-1])
    assert seen == [20, 20, 5]
    assert "/inbox" in page.links
    assert unread(page) == 45
    assert (await browser.open("/inbox?before=x")).status == 422


async def test_a_call_is_taken_with_one_tap_beside_its_message(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await calling.sign_in("hazmat_leader")
    before = await browser.open("/inbox")
    page = await browser.send(before, f"/duty/calls/{found['id']}/acknowledge")
    assert page.answer.url.path == "/inbox"
    assert "已认领。" in page.text
    assert (await look(calling.api, "hazmat_leader", found))["acknowledged_by"] == "hazmat_leader"
    assert "已有人认领" in page.text
    assert unread(page) == unread(before) - 1
    assert f"/duty/calls/{found['id']}" in page.links


async def test_a_call_that_somebody_else_has_is_not_offered_and_says_so(calling: Site) -> None:
    found = await breached(calling.api)
    browser = await calling.sign_in("hazmat_leader")
    shown = await browser.open("/inbox")
    assert (await act(calling.api, "duty", found, "acknowledge")).status_code == 200
    page = await browser.send(shown, f"/duty/calls/{found['id']}/acknowledge")
    assert page.status == 409
    assert "尤值班已认领" in page.text
    page = await browser.open("/inbox")
    assert "已有人认领" in page.text
    assert not [form for form in page.forms if form.action.endswith("/acknowledge")]


async def test_it_says_by_which_channels_a_message_went(calling: Site, folder: Path) -> None:
    links = load_links(Settings(data_dir=folder))
    assert links is not None
    async with calling.api.database.write() as w:
        phone = ContactPoint("sms", "13900000001")
        await ContactPointsWriter(w).replace("hazmat_leader", [phone], calling.api.clock(), "r")
    await breached(calling.api)
    messenger = messenger_of(calling.api, links, {"sms": Phones()})
    await messenger.turn()
    await messenger.idle()
    page = await (await calling.sign_in("hazmat_leader")).open("/inbox")
    assert "短信已送达" in page.text
    assert "13900000001" not in page.html


async def test_somebody_else_s_message_is_not_there(site: Site) -> None:
    await step(site.api, "account:handler")
    owner, other = await site.sign_in("handler"), await site.sign_in("handler2")
    page = await owner.open("/inbox")
    one = next(form.action for form in page.forms if form.action.startswith("/inbox/") and form.action != "/inbox/read")
    own = [pair for pair in (await other.open("/inbox")).form("/sign-out").pairs if pair[0] in {"csrf", "by"}]
    assert (await other.post(one, own)).status == 404
    assert messages(await other.open("/inbox")) == []
    assert unread(await owner.open("/inbox")) == 1


async def test_without_an_account_there_is_none(site: Site) -> None:
    assert (await site.stranger().open("/inbox")).answer.url.path == "/sign-in"
