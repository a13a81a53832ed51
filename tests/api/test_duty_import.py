"""A published table of shifts comes in from Excel: tried first, every mistake told by its line, written only then."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import xlsxwriter

from tests.api.bench import Api, problem

PATH = "/v1/duty/branch/roster/import"


def workbook(*rows: list[Any]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("九月")
        for n, row in enumerate(rows):
            sheet.write_row(n, 0, row)
    return made.getvalue()


TABLE = workbook(
    ["江北分局2026年9月值班安排表"],
    ["日期", "星期", "值班员", "带班领导", "联系电话"],
    ["2026-09-10", "四", "周首接、吴 分派", "杨分局", "0574-1"],
    ["2026-09-11", "五", "dispatcher", "朱督办", ""],
    ["2026-09-12", "六", "周首接 吴分派", "", ""],
)


async def send(api: Api, who: str, content: bytes, **params: Any) -> Any:
    files = {"file": ("值班表.xlsx", content)}
    return await api.client.post(PATH, headers=api.bearer(who), files=files, params=params)


async def day(api: Api, which: int) -> list[str]:
    now = (await api.get("leader", "/v1/duty/branch/now", params={"at": f"2026-09-{which:02}T20:00:00+08:00"})).json()
    return [one["account"] for one in now["on_duty"]]


async def test_it_is_tried_first_and_says_who_changes_when(api: Api) -> None:
    before = await day(api, 11)
    tried = await send(api, "leader", TABLE)
    assert tried.status_code == 200, tried.text
    said = tried.json()
    assert (said["dry_run"], said["rows"], said["version"], said["holes"]) == (True, 3, 1, [])
    changes = [(c["duty"], c["from"][:16], [p["account"] for p in c["becomes"]]) for c in said["changes"]]
    assert ("带班领导", "2026-09-11T08:30", ["supervisor"]) in changes
    assert ("值班员", "2026-09-10T08:30", ["window", "dispatcher"]) in changes
    assert await day(api, 11) == before


async def test_what_is_written_holds_on_its_days_only(api: Api) -> None:
    around = [await day(api, 9), await day(api, 13)]
    written = await send(api, "leader", TABLE, dry_run=False)
    assert (written.status_code, written.json()["version"]) == (200, 2)
    assert [set(await day(api, which)) for which in (10, 11, 12)] == [
        {"window", "dispatcher", "leader"}, {"dispatcher", "supervisor"}, {"window", "dispatcher", "leader"},
    ]  # fmt: skip
    assert [await day(api, 9), await day(api, 13)] == around
    again = await send(api, "leader", TABLE)
    assert (again.json()["changes"], again.json()["version"]) == ([], 2)
    line, *_ = await api.audit("roster")
    assert (line.account, line.code) == ("leader", "roster-imported")


async def test_it_is_handed_over_when_it_is_said(api: Api) -> None:
    await send(api, "leader", TABLE, dry_run=False, hand_over="18:00")
    shifts = (await api.get("leader", "/v1/duty/branch/shifts?from=2026-09-11&until=2026-09-12")).json()["items"]
    assert "2026-09-11T18:00:00.000+08:00" in {one["from"] for one in shifts}
    problem(await send(api, "leader", TABLE, hand_over="8点"), 422, "bad-parameter")


async def test_only_who_may_edit_may_import(api: Api) -> None:
    for dry_run in (True, False):
        problem(await send(api, "dispatcher", TABLE, dry_run=dry_run), 403, "forbidden")


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["日期", "值班员"], ["2026-09-10", "路人甲"]], ["九月 第 2 行“值班员”：“路人甲”不是"]),
        ([["日期", "值班员"], ["九月十日", "周首接"]], ["九月 第 2 行：日期“九月十日”看不懂"]),
        ([["日期", "值班员"], ["2026-09-10", "周首接、window"]], ["写了两次"]),
        (
            [["日期", "值班员"], ["2026-09-10", "周首接"], ["2026-09-10", "吴分派"]],
            ["九月 第 3 行：2026-09-10 与九月 第 2 行重复"],
        ),
        ([["开始日期", "结束日期", "值班员"], ["2026-09-10", "2026-09-09", "周首接"]], ["早于开始日期"]),
        ([["开始日期", "结束日期", "值班员"], ["2026-09-10", "2026-12-09", "周首接"]], ["超过 31 天"]),
        ([["日期", "备注"], ["2026-09-10", "周首接"]], ["没有岗位列"]),
        ([["值班员"], ["周首接"]], ["找不到表头"]),
        ([["日期", "值班员"]], ["表头下没有任何一行"]),
        ([["日期", "值班员"], ["2026-09-10", "路人甲"], ["x", "周首接"]], ["第 2 行", "第 3 行"]),
    ],
)
async def test_every_mistake_is_told_by_its_line(api: Api, rows: list[list[Any]], words: list[str]) -> None:
    body = problem(await send(api, "leader", workbook(*rows)), 422, "bad-roster-file")
    said = " ".join(error["detail"] for error in body["errors"])
    assert all(word in said for word in words), said


def packed(sheet: str) -> bytes:
    """A workbook with a worksheet of our own making."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(TABLE)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, sheet if part.startswith("xl/worksheets/") else old.read(part))
    return made.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
FAR = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no workbook", "不是可读的 Excel"),
        (packed(SHEET.format(FAR)), "表格太大"),
        (packed(SHEET.format('<row r="1"><c r="ZZ1"><v>1</v></c></row>')), "表格太大"),
        (packed(SHEET.format("<!--" + " " * 25 * 2**20 + "-->")), "文件太大"),
        (packed("<worksheet"), "不是可读的 Excel"),
    ],
    ids=["text", "far down", "far right", "bomb", "broken"],
)
async def test_a_file_that_is_a_trap_is_refused(api: Api, content: bytes, words: str) -> None:
    assert words in problem(await send(api, "leader", content), 422, "bad-roster-file")["detail"]


async def test_what_is_no_upload_is_told(api: Api) -> None:
    answer = await api.client.post(PATH, headers=api.bearer("leader"), json={})
    problem(answer, 415, "wrong-content-type")
    problem(await send(api, "leader", b"x" * (3 * 2**20)), 413, "attachment-too-large")
