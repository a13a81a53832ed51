"""Behind each figure are its appeals, and a file of them says what it was narrowed down to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect
from python_calamine import CalamineWorkbook

from tests.browser.people import People

pytestmark = pytest.mark.engine


async def test_a_figure_is_the_count_of_its_list(people: People) -> None:
    for _ in range(3):
        await people.appeal("signed", "看板上的诉求", "station-c")
    page = await people.person("supervisor")
    await page.goto("/board?under=station-c")
    figure = page.locator("#standing .tile.whole b a")
    count = int(re.sub(r"\D", "", await figure.inner_text()))
    assert count >= 3
    await figure.click()
    await page.wait_for_url("**/board/list**")
    await expect(page.locator("[data-row]")).to_have_count(count)


async def test_the_excel_file_holds_the_list_and_says_its_filter(people: People, tmp_path: Path) -> None:
    number = await people.appeal("signed", "导出到表格的诉求", "station-c")
    page = await people.person("supervisor")
    await page.goto("/board/list?under=station-c&open=true")
    rows = await page.locator("[data-row]").count()
    async with page.expect_download() as coming:
        await page.get_by_role("link", name="导出 Excel").click()
    file = tmp_path / "list.xlsx"
    await (await coming.value).save_as(file)
    table = CalamineWorkbook.from_path(file).get_sheet_by_index(0).to_python()
    said = [str(cell) for row in table for cell in row]
    assert any("丙派出所" in cell and "未办结" in cell for cell in said), said[:60]
    assert number in said
    assert sum(str(row[0]).startswith("SQ") for row in table) == rows


async def test_a_chart_is_drawn_and_its_table_says_the_same_without_it(people: People) -> None:
    await people.appeal("signed", "图表里的诉求")
    page = await people.person("supervisor")
    await page.goto("/board")
    await expect(page.locator("figure[data-chart=stages] canvas, figure[data-chart=stages] svg").first).to_be_visible()
    plain = await people.person("supervisor", java_script_enabled=False)
    await plain.goto("/board")
    await expect(plain.locator("#t-stages tfoot td").first).to_be_visible()
    assert await plain.locator("figure[data-chart]:visible").count() == 0
