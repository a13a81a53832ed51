"""Whoever is complained of learns nothing of it: also not from a figure."""

from __future__ import annotations

import re

from sqlalchemy import insert, select

from storage.tables import accounts
from tests.web.people import Browser, Site

COMPLAINTS = "/desk?tab=all&service=complaint-12389"


async def _second_supervisor(site: Site) -> None:
    """Else nobody would be left to decide on a complaint about the first."""
    async with site.api.database.write() as w:
        row = await w.row(select(accounts).where(accounts.c.code == "supervisor"))
        assert row is not None
        await w.run(insert(accounts), {**row._mapping, "code": "supervisor2", "name": "钱督办"})


async def _counted(browser: Browser) -> str:
    html = (await browser.open(COMPLAINTS)).html
    tabs = re.findall(r'class="nav-link.*?</a>|class="colour .*?</a>', html, re.DOTALL)
    return "".join(re.sub(r"<[^>]+>|\s", "", f"<{one}") for one in tabs)


async def test_the_desk_does_not_count_a_complaint_for_whom_it_complains_of(site: Site) -> None:
    await _second_supervisor(site)
    named = await site.sign_in("supervisor")
    before = await _counted(named)
    assert "全部0件" in before
    form = {"kind": "不依法履行职责", "complained_officer": "朱督办"}
    number = (await site.api.submit(service="complaint-12389", title="投诉督办人员", form=form))["number"]
    assert (await named.open(f"/appeals/{number}")).status == 404
    assert await _counted(named) == before
    await site.api.submit(service="complaint-12389", title="投诉他人", form={"kind": "不依法履行职责"})
    assert "全部1件" in await _counted(named)
