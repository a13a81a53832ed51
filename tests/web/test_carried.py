"""What a form carries on past a session's end: everything that was typed but passwords."""

from __future__ import annotations

from tests.web.people import Site
from tests.web.test_sign_in import GOOD


async def test_a_password_is_in_no_page_that_carries_a_form_on(site: Site) -> None:
    browser = await site.sign_in("handler")
    page = await browser.open("/account")
    browser.client.cookies.clear()
    page = await browser.send(page, "/account/password", {"old": "Old Secret 1", "new": GOOD, "again": GOOD})
    assert page.status == 401
    assert "Old Secret 1" not in page.html
    assert GOOD not in page.html
    page = await browser.send(page, "/sign-in", {"name": "leader", "password": site.api.keys["leader"]})
    assert (page.status, page.answer.url.path) == (200, "/account")
    assert "Old Secret 1" not in page.html
