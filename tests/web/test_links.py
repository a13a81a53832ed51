"""Every link on every page leads somewhere, for everybody."""

from __future__ import annotations

import pkgutil
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from starlette.routing import Route

from tests.api.bench import open_api
from tests.web.people import Browser, Site
from web import pages
from web.site import add_pages

_STAGES = ("accept", "assign", "handle", "feedback", "evaluate", "closed")
_ALIKE = {"/appeals/{number}": len(_STAGES), "/track/{number}": len(_STAGES)}
_FEW = 2
"""Pages of one kind that one person looks at; lists lead to more of the same. An appeal's is another in each stage."""
_OWN = {"", "appeals.test"}


@pytest.fixture(scope="module")
async def town(
    template: Path, tmp_path_factory: pytest.TempPathFactory, keys: Mapping[str, str]
) -> AsyncIterator[Site]:
    """Pages with an appeal in every stage; whoever walks about changes nothing."""
    folder = Path(shutil.copytree(template, tmp_path_factory.mktemp("town") / "data"))
    async with open_api(folder, keys, dress=add_pages) as api:
        for stage in _STAGES:
            number = (await api.submit())["number"]
            if stage != "accept":
                await api.walk(number, stage)
        yield Site(api)


def _routes() -> Iterator[Route]:
    """Of all pages."""
    for page in pkgutil.iter_modules(pages.__path__, "web.pages."):
        router = getattr(import_module(page.name), "router", None)
        yield from (route for route in (router.routes if router else ()) if isinstance(route, Route))


_ROUTES = [(route.path_regex, route.path) for route in _routes()]


def _kind(path: str) -> str:
    """Pages of one kind are those of one route."""
    plain = urlsplit(path).path
    return next((kind for pattern, kind in _ROUTES if pattern.match(plain)), plain)


async def _walk(browser: Browser, start: str) -> Counter[str]:
    """Goes to every kind of address that can be reached; what is no page is only asked for."""
    came_from, waiting = {start: ""}, [start]
    seen: Counter[str] = Counter()
    while waiting:
        path = waiting.pop(0)
        if seen[kind := _kind(path)] >= _ALIKE.get(kind, _FEW):
            continue
        seen[kind] += 1
        page = await browser.open(path)
        assert page.status == 200, f"{path}, to which {came_from[path]} leads: {page.status}"
        if "text/html" not in page.answer.headers["content-type"] or path.startswith("/docs"):
            continue
        ids = set(page.ids)
        for link in page.links:
            target, fragment = urldefrag(urljoin(path, link))
            if urlsplit(target).scheme not in {"", "http"} or urlsplit(target).netloc not in _OWN:
                continue
            assert not (link.startswith("#") and fragment and fragment not in ids), f"{path}: nothing is at {link}"
            if target and target not in came_from:
                came_from[target] = path
                waiting.append(target)
    return seen


@pytest.mark.parametrize("name", ["enterprise", "window", "dispatcher", "handler", "leader", "supervisor", "admin"])
async def test_every_link_leads_somewhere(town: Site, name: str) -> None:
    assert len(await _walk(await town.sign_in(name), "/")) > 10


async def test_a_stranger_finds_no_door_that_does_not_open(town: Site) -> None:
    assert len(await _walk(town.stranger(), "/")) > 5
