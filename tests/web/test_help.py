"""Help is there for every page, in the words of the page, and for whoever may open it."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.browser.shots import SHOTS
from tests.web.people import Site
from web import pages
from web.navigation import navigation
from web.pages.help import TOPICS
from web.shell import page_router

ROOT = Path(__file__).parents[2]
TEXTS = ROOT / "web/templates/help"
GUIDE = ROOT / "docs/use"


async def test_every_page_of_the_navigation_has_its_help(site: Site) -> None:
    known = {topic.page for topic in TOPICS}
    for who in ("enterprise", "leader", "window"):
        page = await (await site.sign_in(who)).open("/help")
        assert page.status == 200
        reached = {link.split("/")[1].split("#")[0].split("?")[0] or "home" for link in page.links if link[0] == "/"}
        assert {place.path.split("/")[1] or "home" for place in navigation(None)} <= known
        assert reached & known <= set(page.ids), who


def test_every_page_has_its_help() -> None:
    modules = [import_module(found.name) for found in pkgutil.iter_modules(pages.__path__, "web.pages.")]
    framed = [m.router for m in modules if hasattr(m, "router") and m.router.route_class is page_router().route_class]
    routes = [route for router in framed for route in router.routes]
    shown = {route.path.split("/")[1] or "home" for route in routes if "GET" in route.methods}
    assert shown - {"help"} <= {topic.page for topic in TOPICS}


def test_every_text_belongs_to_a_page() -> None:
    assert {file.stem for file in TEXTS.glob("*.html")} == {topic.page for topic in TOPICS} | {"help"}


def test_the_user_guide_shows_pictures_that_are_made_and_leads_to_pages_that_are_there() -> None:
    made = {f"{shot.name}-{size}.png" for shot in SHOTS for size in ("desktop", "phone")}
    for page in GUIDE.glob("*.md"):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            found = GUIDE / target
            assert (found.name in made) if found.suffix == ".png" else found.exists(), f"{page.name}: {target}"


async def test_an_enterprise_is_not_told_of_pages_that_it_cannot_open(site: Site) -> None:
    page = await (await site.sign_in("enterprise")).open("/help")
    for topic in TOPICS:
        assert (topic.page in page.ids) is not topic.for_staff, topic.page
    assert "谁做什么" not in page.text
    staff = await (await site.sign_in("handler")).open("/help")
    assert {topic.page for topic in TOPICS} <= set(staff.ids)
    assert "谁做什么" in staff.text


@pytest.mark.parametrize("path", ["/services", "/services/truck-pass", "/verify", "/sign-in", "/help"])
async def test_each_page_carries_its_own_help_and_leads_to_the_rest(site: Site, path: str) -> None:
    page = await site.stranger().open(path)
    name = path.split("/")[1]
    first = (TEXTS / f"{name}.html").read_text(encoding="utf-8").splitlines()[0]
    assert first in page.html.split("<dialog")[1]
    assert f"/help#{name}" in page.links


async def test_a_page_that_has_none_shows_where_to_begin(site: Site) -> None:
    page = await site.stranger().open("/nowhere")
    assert page.status == 404
    assert (TEXTS / "home.html").read_text(encoding="utf-8").splitlines()[0] in page.html


async def test_help_and_policy_say_that_the_duty_room_stands_in_for_the_unit(site: Site) -> None:
    browser = await site.sign_in("leader")
    for path in ("/help", "/policy"):
        assert "值班室当班的人" in (await browser.open(path)).text, path
    assert "通知值班员、负责人，再逐级上报" not in (await browser.open("/help")).text
