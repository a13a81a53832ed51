from __future__ import annotations

from urllib.parse import urldefrag, urljoin, urlsplit

import pytest

from tests.web.people import Browser, Site

_MOST = 80
"""Pages that one person looks at; lists lead to more of the same."""


async def _walk(browser: Browser, start: str) -> dict[str, str]:
    """Every address that can be reached, and the page that leads there; what is no page is only asked for."""
    came_from, waiting = {start: ""}, [start]
    seen: dict[str, int] = {}
    while waiting and len(seen) < _MOST:
        path = waiting.pop(0)
        page = await browser.open(path)
        assert page.status == 200, f"{path}, to which {came_from[path]} leads: {page.status}"
        seen[path] = page.status
        if "text/html" not in page.answer.headers["content-type"] or path.startswith("/docs"):
            continue
        ids = set(page.ids)
        for link in page.links:
            target, fragment = urldefrag(urljoin(path, link))
            if urlsplit(target).scheme not in {"", "http"} or urlsplit(target).netloc not in {"", "appeals.test"}:
                continue
            assert not (link.startswith("#") and fragment and fragment not in ids), f"{path}: nothing is at {link}"
            if target and target not in came_from:
                came_from[target] = path
                waiting.append(target)
    return came_from


@pytest.mark.parametrize("name", ["enterprise", "window", "dispatcher", "handler", "leader", "supervisor", "admin"])
async def test_every_link_leads_somewhere(site: Site, name: str) -> None:
    for stage in ("accept", "assign", "handle", "feedback", "evaluate", "closed"):
        number = (await site.api.submit())["number"]
        if stage != "accept":
            await site.api.walk(number, stage)
    browser = await site.sign_in(name)
    assert len(await _walk(browser, "/")) > 10


async def test_a_stranger_finds_no_door_that_does_not_open(site: Site) -> None:
    assert len(await _walk(site.stranger(), "/")) > 10
