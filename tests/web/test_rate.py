"""Rating by the link in a message: looking changes nothing, two taps rate, and a second time says what was rated."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.codec import ensure_key_file
from runtime.links import RATE, Links, load_links
from runtime.settings import Settings
from storage.message_texts import Texts
from storage.messages import Matter, MessageReads
from tests.api.bench import NOON
from tests.storage.build import organisation
from tests.web.people import Browser, Page, Site
from web.following import AGAIN

BY_A_DETACHMENT: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("window", "accept", {}),
    ("dispatcher", "assign", {"lead_unit": "public-order"}),
    ("hazmat_handler", "sign", {}),
    ("hazmat_handler", "submit_result", {"outcome": "solved", "text": "已办"}),
    ("hazmat_leader", "review", {"approved": True}),
    ("hazmat_handler", "send_answer", {"text": "已办", "method": "phone"}),
)


@pytest.fixture
def folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("APPEALS_CODEC_KEYS", raising=False)
    ensure_key_file(folder / "codec-keys")
    return folder


@pytest.fixture
def links(folder: Path) -> Links:
    found = load_links(Settings(data_dir=folder))
    assert found is not None
    return found


async def journal(site: Site, number: str) -> list[dict[str, Any]]:
    answer = await site.api.get("supervisor", f"/v1/appeals/{number}/journal")
    return list(answer.json()["items"])


async def link_of(site: Site, links: Links, number: str) -> str:
    """The address in the message that follows the last answer."""
    seqs = [e["seq"] for e in await journal(site, number) if e["action"] == "send_answer"]
    return f"/rate/{links.sign(RATE, number, str(seqs[-1]), at=NOON)}"


async def answered(site: Site, name: str = "enterprise", **changes: Any) -> str:
    number = str((await site.api.submit(name, **changes))["number"])
    await site.api.walk(number, "evaluate")
    return number


def grades_of(page: Page) -> list[tuple[str, str]]:
    return [button for form in page.forms for button in form.buttons]


async def tap_on(browser: Browser, number: str, grade: int) -> Page:
    page = await browser.open(f"/track/{number}?grade={grade}")
    return await browser.send(page, "/actions/rate")


async def tap(browser: Browser, link: str, grade: int, comment: str = "") -> Page:
    page = await browser.open(f"{link}?grade={grade}")
    return await browser.send(page, link, {"comment": comment})


async def test_two_taps_rate_and_looking_changes_nothing(site: Site, links: Links) -> None:
    number = await answered(site)
    link, browser = await link_of(site, links, number), site.stranger()
    for _ in range(2):
        page = await browser.open(link)
        assert page.status == 200
        assert "已增加巡逻" in page.text
        assert [value for name, value in grades_of(page) if name == "grade"] == [*"54321"]
        assert "请确认" in (await browser.open(f"{link}?grade=5")).text
    assert (await site.api.appeal(number)).ratings == ()
    page = await tap(browser, link, 5, "很快")
    assert "非常满意" in page.text
    assert "很快" in page.text
    (rating,) = (await site.api.appeal(number)).ratings
    assert (rating.grade, rating.comment) == (5, "很快")
    (entry,) = [e for e in await journal(site, number) if e["action"] == "rate"]
    assert entry["actor"]["id"] == f"contact:{number}"
    assert entry["actor"]["name"] == "宁波示例制造有限公司（联系人，凭评价链接）"


async def message_to(site: Site, links: Links, number: str, template: str) -> str:
    """The message as it goes out to the enterprise's contact."""
    texts = Texts(public_url="http://appeals.test", rating=lambda n, seq, at: links.sign(RATE, n, seq, at=at))
    async with site.api.database.read() as r:
        sent = [one for one in await MessageReads(r).of(number) if one.template == template]
    return texts.of(sent[-1], Matter("企业诉求", secret=False, offset=timedelta())).whole


async def test_from_the_message_to_the_rating_in_the_journal_after_which_the_link_is_used_up(
    site: Site, links: Links
) -> None:
    site.api.gateway.organisation = organisation()
    number = await answered(site)
    sent = await message_to(site, links, number, "send_answer")
    assert "请查看并评价" in sent
    link = sent.splitlines()[-1].removeprefix("http://appeals.test")
    phone = site.stranger()
    page = await phone.open(link)
    assert "已收到答复" in page.text
    page = await tap(phone, link, 2, "还是很暗")
    assert "不满意" in page.text
    assert "已收到答复" not in page.text
    (entry,) = [e for e in await journal(site, number) if e["action"] == "rate"]
    assert (entry["data"]["grade"], entry["data"]["comment"]) == (2, "还是很暗")
    again = await site.stranger().open(f"{link}?grade=5")
    assert "每次答复评价一次，不能更改" in again.text
    assert not [form for form in again.forms if form.action == link]
    assert [one.grade for one in (await site.api.appeal(number)).ratings] == [2]


async def test_used_again_it_says_what_was_rated_and_rates_nothing(site: Site, links: Links) -> None:
    number = await answered(site)
    link, browser = await link_of(site, links, number), site.stranger()
    first = await browser.open(f"{link}?grade=5")
    second = await browser.open(f"{link}?grade=3")
    await browser.send(first, link)
    page = await browser.send(second, link)
    assert "您的评价 非常满意" in page.text
    assert len((await site.api.appeal(number)).ratings) == 1


async def test_whoever_is_dissatisfied_hears_that_it_is_done_again_and_the_next_answer_has_a_link_of_its_own(
    site: Site, links: Links
) -> None:
    number = await answered(site)
    link, browser = await link_of(site, links, number), site.stranger()
    assert AGAIN in (await browser.open(f"{link}?grade=1")).text
    page = await tap(browser, link, 1)
    assert f"已收到您的评价。第2轮办理已经开始：{AGAIN}。现在由江北分局重新交办。" in page.text
    assert "感谢" not in page.text
    assert (await site.api.appeal(number)).round == 2
    assert "非常不满意" in (await browser.open(link)).text


async def test_who_takes_it_up_is_said_by_name_and_every_page_and_paper_says_it_in_the_same_words(site: Site) -> None:
    number = str((await site.api.submit())["number"])
    for who, action, body in BY_A_DETACHMENT:
        await site.api.done(who, number, action, **body)
    browser = await site.sign_in("enterprise")
    answer = next(p for p in (await browser.open(f"/track/{number}")).links if "/documents/answer.html" in p)
    shown = [answer, f"/track/{number}?grade=1", "/services/appeal-general"]
    for path in shown:
        assert AGAIN in (await browser.open(path)).text, path
    assert (await browser.open("/help")).text.count(AGAIN) >= len(("loop", "track", "rate"))
    page = await tap_on(browser, number, 1)
    assert "现在由市公安局重新交办。" in page.text
    assert "由谁 市公安局" in page.text


async def test_the_answer_is_confirmed_as_received(site: Site, links: Links) -> None:
    number = await answered(site)
    link, browser = await link_of(site, links, number), site.stranger()
    page = await browser.send(await browser.open(link), f"{link}/received")
    assert "已确认收到答复" in page.text
    result = (await site.api.appeal(number)).result
    assert result is not None
    assert result.received_at is not None


async def test_an_appeal_of_nobody_known_is_rated_by_its_contact(site: Site, links: Links) -> None:
    enterprise = {"uscc": None, "name": "路边小店"}
    number = await answered(site, "system", channel="alert_110", enterprise=enterprise)
    page = await tap(site.stranger(), await link_of(site, links, number), 4)
    assert "满意" in page.text
    assert [one.grade for one in (await site.api.appeal(number)).ratings] == [4]


async def test_a_closed_appeal_is_not_rated(site: Site, links: Links) -> None:
    number = await answered(site)
    link = await link_of(site, links, number)
    await site.api.done("enterprise", number, "withdraw", reason="不需要了")
    page = await site.stranger().open(f"{link}?grade=5")
    assert "已经办结" in page.text
    assert not [form for form in page.forms if form.action == link]


@pytest.mark.parametrize("bad", ["x", "grade"])
async def test_what_is_no_link_of_ours_opens_nothing(site: Site, links: Links, bad: str) -> None:
    number = await answered(site)
    link = f"/rate/{bad}" if bad == "x" else f"{(await link_of(site, links, number))}?grade=9"
    page = await site.stranger().open(link)
    assert page.status in {403, 422}
    assert (await site.api.appeal(number)).ratings == ()
