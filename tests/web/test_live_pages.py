"""A live page says up to where it knows, so that the stream goes on exactly there."""

from __future__ import annotations

import re
from typing import Any

import pytest

from domain.notice import Notice
from storage.journal import JournalReads
from storage.messages import MessageReads
from storage.telling import tell
from tests.api.bench import NOON
from tests.storage.build import organisation
from tests.web.people import Site

_LIVE = re.compile(r'data-live="/v1/events\?after=(\d+)"')


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("handler", "/desk"),
        ("handler", "/appeals/{number}"),
        ("handler", "/appeals/{number}?do=note"),
        ("enterprise", "/track/{number}"),
        ("duty", "/duty"),
        ("supervisor", "/board"),
        ("supervisor", "/board/list"),
    ],
)
async def test_a_live_page_says_up_to_where_it_knows(site: Site, name: str, path: str) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    page = await (await site.sign_in(name)).open(path.replace("{number}", number))
    async with site.api.database.read() as r:
        assert _LIVE.findall(page.html) == [str(await JournalReads(r).last_position())]


async def test_what_happens_while_a_page_is_made_is_not_taken_for_known(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = (await site.api.submit())["number"]
    before: list[int] = []
    real = JournalReads.of

    async def meanwhile(self: JournalReads, of: str) -> object:
        found = await real(self, of)
        if not before:
            async with site.api.database.read() as r:
                before.append(await JournalReads(r).last_position())
            await site.api.done("window", number, "accept")
        return found

    browser = await site.sign_in("window")
    monkeypatch.setattr(JournalReads, "of", meanwhile)
    page = await browser.open(f"/appeals/{number}")
    assert _LIVE.findall(page.html) == [str(before[0])]


async def test_a_form_that_is_refused_is_a_live_page_too(site: Site) -> None:
    number = (await site.api.submit())["number"]
    await site.api.walk(number, "handle")
    browser = await site.sign_in("handler")
    page = await browser.open(f"/appeals/{number}?do=submit_result")
    refused = await browser.send(page, f"/appeals/{number}/actions/submit_result", {})
    assert refused.status == 422
    assert _LIVE.findall(refused.html)


async def test_the_inbox_says_up_to_which_message_it_was_read(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await tell_handler(site)
    async with site.api.database.read() as r:
        known = await MessageReads(r).last_position()
    real = MessageReads.inbox

    async def meanwhile(self: MessageReads, *of: Any, **how: Any) -> object:
        found = await real(self, *of, **how)
        await tell_handler(site)
        return found

    browser = await site.sign_in("handler")
    monkeypatch.setattr(MessageReads, "inbox", meanwhile)
    page = await browser.open("/inbox")
    assert f'data-live="/v1/inbox/events?after={known}"' in page.html
    async with site.api.database.read() as r:
        assert await MessageReads(r).last_position() > known > 0


async def tell_handler(site: Site) -> None:
    number = (await site.api.submit())["number"]
    async with site.api.database.write() as w:
        notice = Notice(f"{number}:x", number, NOON, ("account:handler",), "station-a", "step", {})
        await tell(w, [notice], organisation(), NOON)
