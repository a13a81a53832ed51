"""The board: whoever is in charge sees where things stand, and finds the appeals behind every number."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from python_calamine import CalamineWorkbook

from tests.web.people import Page, Site
from web import excel
from web.excel import MEDIA_TYPE
from web.heat import shaded


async def filled(site: Site) -> dict[str, str]:
    made: dict[str, str] = {}
    for stage in ("accept", "assign", "handle", "feedback", "evaluate", "closed"):
        made[stage] = (await site.api.submit(title=f"=1+1 {stage}"))["number"]
        if stage != "accept":
            await site.api.walk(made[stage], stage)
    return made


def numbers(page: Page) -> set[str]:
    return set(re.findall(r"SQ\d{8}-\d{8}", page.text))


async def test_the_board_shows_what_is_open_what_turns_and_how_it_went(site: Site) -> None:
    await filled(site)
    page = await (await site.sign_in("supervisor")).open("/board")
    assert page.status == 200, page.text
    for words in ("在办诉求", "24小时内到期", "三率", "100.0%", "各单位各环节用时", "甲派出所", "截至 2026年9月1日"):
        assert words in page.text, words


async def test_every_number_leads_to_as_many_appeals(site: Site) -> None:
    made = await filled(site)
    supervisor = await site.sign_in("supervisor")
    page = await supervisor.open("/board")
    links = dict.fromkeys(link for link in page.links if link.startswith("/board/list?"))
    assert len(links) > 20
    # The number stands in the link itself.
    shown = dict(re.findall(r'<a href="(/board/list\?[^"]+)">（?(\d+)', page.html))
    assert len(shown) > 20
    for link, count in shown.items():
        behind = await supervisor.open(link.replace("&amp;", "&"))
        assert len(numbers(behind)) == int(count), link
    red = await supervisor.open("/board/list?open=true&stage=handle&colour=green")
    assert numbers(red) == {made["handle"]}
    assert "未办结" in red.text
    assert "环节：承办" in red.text


async def test_filters_stand_in_the_address_and_are_kept_by_a_name_for_oneself_or_for_all(site: Site) -> None:
    await filled(site)
    supervisor, leader = await site.sign_in("supervisor"), await site.sign_in("leader")
    page = await supervisor.open("/board?under=station-a&by=service&from=2026-08-01&to=2026-09-01")
    assert "甲派出所" in page.text
    for name, more in (("甲所本月", {"shared": "1"}), ("自用", {})):
        page = await supervisor.send(page, "/board/views", {"name": name, **more})
        assert f"已保存视图“{name}”" in page.text
    kept = [link for link in page.links if unquote(link).startswith("/board?from=2026-08-01")]
    assert len(kept) == 2
    assert kept[0] == "/board?from=2026-08-01&to=2026-09-01&by=service&under=station-a"
    seen = await leader.open("/board")
    assert "甲所本月 （朱督办）" in seen.text
    assert "自用" not in seen.text
    page = await supervisor.send(page, "/remove", {})
    assert "已删除视图" in page.text
    assert len([link for link in page.links if link.startswith("/board?from=2026-08-01")]) == 1


async def test_only_those_in_charge_open_it_and_leaders_see_their_own_house(site: Site) -> None:
    await filled(site)
    for name in ("handler", "window", "enterprise"):
        page = await (await site.sign_in(name)).open("/board")
        assert page.status == 403
    for path in ("/board/list?open=true", "/board/export.xlsx?open=true"):
        assert (await (await site.sign_in("handler")).open(path)).status == 403
    page = await (await site.sign_in("station-b-leader")).open("/board")
    assert "没有符合条件的在办诉求" in page.text
    assert "乙派出所" in page.html
    assert 'value="station-a"' not in page.html
    refused = await (await site.sign_in("station-b-leader")).open("/board?under=station-a")
    assert refused.status == 403


async def test_a_filter_that_means_nothing_is_told_of(site: Site) -> None:
    supervisor = await site.sign_in("supervisor")
    for path in ("/board?by=month", "/board?from=yesterday", "/board/list?stage=nowhere", "/board/list?foo=1"):
        page = await supervisor.open(path)
        assert page.status == 422, path
        assert "筛选条件无效" in page.text


async def test_an_export_says_what_was_asked_for_and_when_and_no_text_is_a_formula(site: Site, tmp_path: Path) -> None:
    made = await filled(site)
    supervisor = await site.sign_in("supervisor")
    answer = await supervisor.client.get("/board/export.xlsx?open=true&unit=station-a")
    assert answer.headers["content-type"] == MEDIA_TYPE
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sheet[0][0] == "诉求列表"
    assert sheet[1][0] == "筛选条件：未办结；牵头单位：甲派出所"
    assert str(sheet[2][0]).startswith("数据截至：2026-09-01 12:00")
    assert sheet[4][:3] == ["编号", "标题", "企业"]
    rows = {str(row[0]): row for row in sheet[5:]}
    assert set(rows) == {made[stage] for stage in ("handle", "feedback", "evaluate")}
    assert rows[made["handle"]][1] == "=1+1 handle"
    (tmp_path / "list.xlsx").write_bytes(answer.content)
    with zipfile.ZipFile(tmp_path / "list.xlsx") as book:
        assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


async def test_beyond_the_most_rows_the_sheet_says_so(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(site)
    monkeypatch.setattr(excel, "MOST", 2)
    supervisor = await site.sign_in("supervisor")
    answer = await supervisor.client.get("/board/export.xlsx?sort=number")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(sheet[5:]) == 3
    assert "只导出前2行" in str(sheet[-1][0])
    assert "前2行" in unquote(answer.headers["content-disposition"])


async def test_a_region_goes_by_its_name_wherever_it_is_read(site: Site) -> None:
    await filled(site)
    supervisor = await site.sign_in("supervisor")
    page = await supervisor.open("/board?by=region&region=330205")
    assert '<option value="330205" selected>江北区</option>' in page.html
    assert '<th scope="row">江北区</th>' in page.html
    assert "行政区划：江北区" in (await supervisor.open("/board/list?region=330205")).text
    answer = await supervisor.client.get("/board/export.xlsx?region=330205")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert sheet[1][0] == "筛选条件：行政区划：江北区"
    assert {row[sheet[4].index("行政区划")] for row in sheet[5:]} == {"江北区"}


async def test_what_is_open_on_the_board_is_of_this_moment(site: Site) -> None:
    made = await filled(site)
    supervisor = await site.sign_in("supervisor")
    before = await supervisor.open("/board")
    assert "在办诉求 截至" in before.text
    await site.api.done("window", made["accept"], "accept")
    after = await supervisor.open("/board")
    counts = [re.findall(r'stage=accept">(\d+)', page.html) for page in (before, after)]
    assert (counts[0][0], counts[1]) == ("1", [])
    site.api.clock.now += timedelta(days=30)
    assert "超期 5" in (await (await site.sign_in("supervisor")).open("/board")).text


async def test_a_view_of_any_number_is_one_that_is_not_there(site: Site) -> None:
    browser = await site.sign_in("supervisor")
    csrf = (await browser.open("/board")).form("/sign-out").pairs
    for number in (2**31 - 1, 2**31, 10**20):
        assert (await browser.post(f"/board/views/{number}/remove", csrf)).status in {404, 422}


async def test_a_period_of_all_times_breaks_no_board(site: Site) -> None:
    page = await (await site.sign_in("supervisor")).open("/board?from=0001-01-01&to=9999-12-31")
    assert page.status in {200, 422}


async def test_a_period_that_ends_before_it_begins_is_said_at_the_field_and_what_was_asked_stays(site: Site) -> None:
    browser = await site.sign_in("supervisor")
    page = await browser.open("/board?from=2026-12-01&to=2026-11-01&by=service")
    assert page.status == 422
    assert page.text.count("统计的截止时间应晚于起始时间，且不超过十年") == 1
    asked = dict(page.form("/board").pairs)
    assert (asked["from"], asked["to"], asked["by"]) == ("2026-12-01", "2026-11-01", "service")
    assert 'aria-describedby="f-to-wrong"' in page.html
    assert "三率" not in page.text
    page = await browser.open("/board?from=yesterday")
    assert (page.status, page.text.count("“统计自”填写有误")) == (422, 1)
    page = await browser.open("/board?channel=pigeon")
    assert (page.status, "“渠道”填写有误" in page.text) == (422, True)


async def test_a_clock_that_runs_again_in_a_second_round_is_one_that_runs_and_the_page_says_so(site: Site) -> None:
    made = await filled(site)
    await site.api.done("enterprise", made["evaluate"], "rate", grade=1, comment="没有解决")
    supervisor = await site.sign_in("supervisor")
    assert "重办后又在计时的，因此仍是“进行中”" in (await supervisor.open("/board")).text
    found = {kept: await supervisor.open(f"/board/list?clock=handle&kept={kept}") for kept in ("running", "met")}
    assert [made["evaluate"] in numbers(page) for page in found.values()] == [True, False]


async def test_what_took_minutes_is_nowhere_painted_dark() -> None:
    def shade(hours: float) -> int:
        cell = {"unit": "a", "unit_name": "甲", "stage": "sign", "median_hours": hours, "count": 1}
        return int(shaded({"as_of": "", "items": [cell | {"stage": "assign"}]})["rows"][0]["cells"][1]["shade"])

    assert (shade(0.1), shade(20.0)) == (0, 5)


async def test_the_board_stands_in_the_navigation_of_whoever_may_open_it(site: Site) -> None:
    seen = {}
    for name in ("supervisor", "leader", "admin", "handler", "duty", "visitor", "enterprise"):
        browser = await site.sign_in(name)
        leads = "/board" in (await browser.open("/services")).links
        assert leads == ((await browser.open("/board")).status == 200), name
        seen[name] = leads
    assert [name for name, leads in seen.items() if leads] == ["supervisor", "leader", "admin"]
