"""Static files: kept for ever under the address of what they hold, and under no other."""

from __future__ import annotations

import pytest

from api.static_files import asset
from tests.web.people import Site

FOR_EVER = "public, max-age=31536000, immutable"


async def test_a_browser_keeps_a_file_for_ever_by_the_address_on_the_page(site: Site) -> None:
    answer = await site.stranger().client.get(asset("app.css"))
    assert answer.headers["cache-control"] == FOR_EVER


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789ab", "?v=0123456789ab&x=1"])
async def test_what_another_release_calls_it_is_asked_for_again(site: Site, query: str) -> None:
    answer = await site.stranger().client.get(f"/static/app.css{query}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-cache"
