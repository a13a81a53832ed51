"""A holiday file is taken in whole, or refused with the row that is wrong and nothing changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import yaml
from icalendar import Calendar as Ics
from icalendar import Event

from domain.calendar import is_working_day
from storage.calendar_check import faults
from storage.calendar_import import Import, prepare, write
from storage.calendar_sources import LARGEST, BadSource
from storage.calendars import FILE, load_calendars
from storage.organisation import CATALOGUE

TODAY = date(2026, 11, 22)
NOTICE = "国办发明电〔2026〕9号"
HEAD = ("日期", "结束日期", "类型", "名称")
Rows = list[tuple[Any, ...]]

#: An arrangement that 2027 might have.
GOOD: Rows = [
    ("2027-01-01", "2027-01-03", "放假", "元旦"),
    ("2027-02-05", "2027-02-11", "放假", "春节"),
    ("2027-01-31", "", "上班", ""),
    ("2027-02-20", "", "上班", ""),
    ("2027-04-03", "2027-04-05", "放假", "清明节"),
    ("2027-05-01", "2027-05-05", "放假", "劳动节"),
    ("2027-05-08", "", "上班", ""),
    ("2027-06-09", "", "放假", "端午节"),
    ("2027-09-15", "", "放假", "中秋节"),
    ("2027-10-01", "2027-10-07", "放假", "国庆节"),
    ("2027-09-26", "", "上班", ""),
    ("2027-10-09", "", "上班", ""),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A catalogue directory that a deployment has made its own, still empty."""
    made = tmp_path / "catalogue"
    made.mkdir()
    return made


def excel(path: Path, rows: Iterable[tuple[Any, ...]], head: tuple[str, ...] = HEAD) -> Path:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("放假")
        for number, row in enumerate([("2027年放假安排",), head, *rows]):
            for column, cell in enumerate(row):
                sheet.write(number, column, cell)
    return path


def ics(path: Path, events: Iterable[tuple[str, date, int]]) -> Path:
    made = Ics()
    made.add("prodid", "-//tests//")
    made.add("version", "2.0")
    for summary, first, days in events:
        event = Event()
        event.add("summary", summary)
        event.add("dtstart", first)
        event.add("dtend", first + timedelta(days=days))
        made.add_component(event)
    path.write_bytes(made.to_ical())
    return path


def plan(folder: Path, path: Path, **more: Any) -> Import:
    return prepare(folder, path, TODAY, **{"notice": NOTICE, **more})


def told(folder: Path, path: Path, **more: Any) -> str:
    with pytest.raises(BadSource) as refused:
        plan(folder, path, **more)
    assert list(folder.iterdir()) == []
    return "\n".join(refused.value.faults)


def test_an_excel_file_becomes_a_year_of_the_calendar(folder: Path, tmp_path: Path) -> None:
    planned = plan(folder, excel(tmp_path / "2027.xlsx", GOOD))
    assert (planned.number, planned.year.status, planned.year.notice) == (2027, "announced", NOTICE)
    assert planned.year.workdays == ("2027-01-31", "2027-02-20", "2027-05-08", "2027-09-26", "2027-10-09")
    assert len(planned.year.holidays) == 27
    assert list(folder.iterdir()) == [], "looking changes nothing"
    written = write(planned, folder)
    assert written == folder / FILE
    again = load_calendars(folder)
    assert again == planned.after
    assert again.version == "cn-2027.1"
    assert faults(again) == []
    calendar = again.calendar()
    assert 2027 in calendar.announced
    assert is_working_day(calendar, date(2027, 10, 9))
    assert not is_working_day(calendar, date(2027, 10, 7))


def test_what_changes_is_told_day_by_day(folder: Path, tmp_path: Path) -> None:
    changes = {str(c.day): (c.was, c.becomes) for c in plan(folder, excel(tmp_path / "2027.xlsx", GOOD)).changes}
    assert changes["2027-10-04"] == ("工作日", "放假（国庆节）")
    assert changes["2027-10-09"] == ("周末", "调休上班")
    assert changes["2027-01-02"] == ("周末", "放假（元旦）")
    assert "2027-10-01" not in changes, "known before"
    assert len(changes) == 19


def test_comments_and_other_years_stay_as_they_are_written(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(CATALOGUE / "calendars", folder / "calendars")
    before = (folder / FILE).read_text()
    write(plan(folder, excel(tmp_path / "2027.xlsx", GOOD)), folder)
    after = (folder / FILE).read_text()
    kept = before[: before.index("  2027:")].replace('"cn-2026.2"', '"cn-2027.1"')
    assert after.startswith(kept)
    assert [path.name for path in (folder / "calendars").iterdir()] == ["cn.yaml"], "no draft is left"


def test_a_correction_of_the_same_year_raises_the_version_again(folder: Path, tmp_path: Path) -> None:
    write(plan(folder, excel(tmp_path / "a.xlsx", GOOD)), folder)
    shorter = [row for row in GOOD if row[0] != "2027-10-09"]
    again = plan(folder, excel(tmp_path / "b.xlsx", shorter))
    assert again.after.version == "cn-2027.2"
    assert [(str(c.day), c.was, c.becomes) for c in again.changes] == [("2027-10-09", "调休上班", "周末")]
    write(again, folder)
    assert load_calendars(folder) == again.after


def test_a_year_may_be_added_before_or_after_those_that_are_there(folder: Path, tmp_path: Path) -> None:
    later = [(text.replace("2027", "2028"), "", "放假", "节日") for text in ("2027-01-01", "2027-05-01")]
    later += [(f"2028-10-0{day}", "", "放假", "国庆节") for day in (1, 2, 3)]
    write(plan(folder, excel(tmp_path / "2028.xlsx", later)), folder)
    write(plan(folder, excel(tmp_path / "2027.xlsx", GOOD)), folder)
    assert list(load_calendars(folder).years) == [*range(2020, 2029)]


def test_an_ics_feed_of_several_years_gives_the_year_asked_for(folder: Path, tmp_path: Path) -> None:
    events = [
        (f"{name or '国庆节'} {'假期 第1天/共3天' if kind == '放假' else '补班'}", date.fromisoformat(first), days)
        for first, last, kind, name in GOOD
        for days in [(date.fromisoformat(last or first) - date.fromisoformat(first)).days + 1]
    ]
    feed = ics(tmp_path / "holidays.ics", [("国庆节（休）", date(2026, 10, 1), 7), *events])
    planned = plan(folder, feed, number=2027)
    assert planned.left_out == 7
    assert planned.year == plan(folder, excel(tmp_path / "2027.xlsx", GOOD)).year
    assert "请用 --year 指明" in told(folder, feed)


def test_a_yaml_file_of_another_deployment_brings_its_notice(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    written = write(plan(own, excel(tmp_path / "2027.xlsx", GOOD)), own)
    planned = prepare(folder, written, TODAY, 2027, NOTICE)
    assert planned.year == load_calendars(own).years[2027]
    cut = tmp_path / "2027.yaml"
    cut.write_text(yaml.safe_dump({"years": {2027: yaml.safe_load(written.read_text())["years"][2027]}}))
    assert prepare(folder, cut, TODAY).year.notice == NOTICE


def test_without_a_notice_a_year_stays_provisional(folder: Path, tmp_path: Path) -> None:
    assert plan(folder, excel(tmp_path / "2027.xlsx", GOOD), notice="").year.status == "provisional"


def test_dates_may_be_written_in_every_way_that_leaves_no_doubt(folder: Path, tmp_path: Path) -> None:
    ways: Rows = [
        (date(2027, 1, 1), "", "休", "元旦"),
        ("2027/5/1", "", "放假", "劳动节"),
        ("2027年10月1日", "", "放假", "国庆节"),
        (20271002, "", "Holiday", "国庆节"),
        ("2027.10.3", "", "假期", "国庆节"),
        ("", "", "", ""),
        ("2027-10-09", "", "班", ""),
    ]
    year = plan(folder, excel(tmp_path / "ways.xlsx", ways)).year
    assert list(year.holidays) == ["2027-01-01", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03"]
    assert year.workdays == ("2027-10-09",)


REFUSED: list[tuple[Rows, str]] = [
    ([("2026-10-01", "2026-10-07", "放假", "国庆节")], "没有 2027 年的日期，文件里是 2026 年"),
    ([*GOOD, ("2026-10-02", "", "放假", "国庆节")], "放假 第 15 行：2026-10-02 不属于 2027 年"),
    ([*GOOD, ("2027-10-09", "", "放假", "国庆节")], "放假 第 15 行：2027-10-09 既放假又上班（另见放假 第 14 行）"),
    ([*GOOD, ("2027-10-07", "", "放假", "重阳节")], "放假 第 15 行：2027-10-07 又写了一遍"),
    ([*GOOD, ("2027-10-13", "", "上班", "")], "调休上班日 2027-10-13 是周三，应为周六或周日"),
    ([*GOOD, ("十月八日", "", "放假", "国庆节")], "放假 第 15 行：日期“十月八日”看不懂"),
    ([*GOOD, ("10月8日", "", "放假", "国庆节")], "放假 第 15 行：日期“10月8日”看不懂"),
    ([*GOOD, (46296, "", "放假", "国庆节")], "放假 第 15 行：日期“46296”看不懂"),
    ([*GOOD, ("2027-02-30", "", "放假", "国庆节")], "放假 第 15 行"),
    ([*GOOD, ("2027-10-16", "", "调休", "")], "放假 第 15 行：类型“调休”看不懂"),
    ([*GOOD, ("2027-11-11", "", "放假", "")], "放假 第 15 行：2027-11-11 没有节日名称"),
    ([*GOOD, ("2027-11-11", "2027-11-10", "放假", "x")], "放假 第 15 行：结束日期 2027-11-10 早于开始日期"),
    ([*GOOD, ("2027-11-01", "2027-11-30", "放假", "x")], "放假 第 15 行：2027-11-01 至 2027-11-30 超过 15 天"),
    ([row for row in GOOD if row[3] != "国庆节"], "缺少法定节假日 2027-10-01"),
    (
        [("2027-10-01", "2027-10-05", "放假", "国庆节") if row[3] == "国庆节" else row for row in GOOD]
        + [("2027-10-07", "", "放假", "国庆节")],
        "国庆节中间缺少 2027-10-06",
    ),
    ([], "没有 2027 年的日期，文件里是 空的"),
]


@pytest.mark.parametrize(("rows", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_a_file_that_is_wrong_is_refused_by_its_row_and_nothing_changes(
    folder: Path, tmp_path: Path, rows: Rows, words: str
) -> None:
    assert words in told(folder, excel(tmp_path / "wrong.xlsx", rows), number=2027)


def test_every_row_that_is_wrong_is_told_at_once(folder: Path, tmp_path: Path) -> None:
    rows: Rows = [("x", "", "放假", "元旦"), ("y", "", "放假", "元旦"), *GOOD]
    assert told(folder, excel(tmp_path / "wrong.xlsx", rows)).count("看不懂") == 2


def test_faults_of_every_kind_are_told_together_and_nothing_that_only_follows_from_them(
    folder: Path, tmp_path: Path
) -> None:
    rows: Rows = [
        *(row for row in GOOD if row[3] != "国庆节"),
        ("十月一日", "", "休假吧", "国庆节"),
        ("", "", "放假", "国庆节"),
        ("2027-10-13", "", "上班", ""),
        ("2026-06-01", "", "放假", "端午节"),
        ("2027-05-08", "", "上班", ""),
    ]
    said = told(folder, excel(tmp_path / "wrong.xlsx", rows), number=2027)
    for words in (
        "日期“十月一日”看不懂，应写作 2027-10-01；类型“休假吧”看不懂，应为“放假”或“上班”",
        "没有日期，应写作 2027-10-01",
        "2027-10-13 是周三",
        "2026-06-01 不属于 2027 年",
        "2027-05-08 又写了一遍",
    ):
        assert said.count(words) == 1, words
    assert "缺少" not in said, "what is missing stands in the rows that cannot be read"
    assert len(said.splitlines()) == 5


def test_a_calendar_without_days_is_refused(folder: Path, tmp_path: Path) -> None:
    assert "没有任何日期" in told(folder, excel(tmp_path / "empty.xlsx", []))
    assert "没有任何日期" in told(folder, ics(tmp_path / "empty.ics", []))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("plan.docx", b"PK", "应为 Excel"),
        ("plan.xlsx", b"no workbook", "不是可读的 Excel 文件"),
        ("plan.ics", b"BEGIN:VCALENDAR\nno end", "不是可读的日历文件"),
        ("plan.yaml", b"years: [", "cannot be read"),
        ("plan.yaml", b"holidays: {}", "years: Field required"),
        ("large.ics", b" " * (LARGEST + 1), "文件太大"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(
    folder: Path, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert words in told(folder, path, number=2027)


def test_a_file_that_is_not_there_or_has_no_header_is_refused(folder: Path, tmp_path: Path) -> None:
    assert "没有这个文件" in told(folder, tmp_path / "nowhere.xlsx")
    assert "找不到表头" in told(folder, excel(tmp_path / "plain.xlsx", GOOD, head=("a", "b", "c", "d")))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("SUMMARY:植树节\nDTSTART;VALUE=DATE:20270312", "第 1 个事件“植树节”：看不出是放假还是上班"),
        ("SUMMARY:国庆节（休）\nDTSTART;VALUE=DATE:20271001\nRRULE:FREQ=YEARLY", "是重复事件"),
        ("SUMMARY:国庆节（休）", "第 1 个事件“国庆节（休）”"),
    ],
)
def test_an_event_that_says_no_day_off_or_worked_is_refused(
    folder: Path, tmp_path: Path, lines: str, words: str
) -> None:
    path = tmp_path / "odd.ics"
    path.write_text(f"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
    assert words in told(folder, path, number=2027)


def test_an_event_may_say_its_kind_by_property_and_its_day_by_the_hour(folder: Path, tmp_path: Path) -> None:
    event = "BEGIN:VEVENT\nSUMMARY:{}\nX-APPLE-SPECIAL-DAY:{}\nDTSTART:{}\nDTEND:{}\nEND:VEVENT"
    off = [event.format("国庆", "WORK-HOLIDAY", f"202710{d:02}T000000", f"202710{d + 1:02}T000000") for d in (1, 2, 3)]
    # 16:00 UTC is midnight in Shanghai.
    off += [event.format("元旦", "WORK-HOLIDAY", "20261231T160000Z", "20270101T160000Z")]
    off += [event.format("劳动节", "WORK-HOLIDAY", "20270501T000000", "20270502T000000")]
    work = event.format("国庆", "ALTERNATE-WORKDAY", "20271009T000000", "20271010T000000")
    path = tmp_path / "special.ics"
    path.write_text("\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *off, work, "END:VCALENDAR", ""]))
    year = plan(folder, path).year
    assert list(year.holidays) == ["2027-01-01", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03"]
    assert year.holidays["2027-10-01"] == "国庆节"
    assert year.workdays == ("2027-10-09",)


def test_a_day_that_has_begun_never_becomes_a_working_day(folder: Path, tmp_path: Path) -> None:
    """Only that could move an open deadline into the past; days to come, and days that become free, cannot."""
    path = excel(tmp_path / "2027.xlsx", GOOD)
    write(plan(folder, path), folder)
    shorter = excel(tmp_path / "shorter.xlsx", [row for row in GOOD if row[0] != "2027-06-09"])
    longer = excel(tmp_path / "longer.xlsx", [*GOOD, ("2027-06-10", "", "放假", "端午节")])
    before = (folder / FILE).read_text()
    for today in (date(2027, 6, 9), date(2027, 7, 1)):
        with pytest.raises(BadSource, match="2027-06-09 已经过去或就是今天，不能由放假（端午节）改为工作日"):
            prepare(folder, shorter, today, notice=NOTICE)
        assert len(prepare(folder, longer, today, notice=NOTICE).changes) == 1
    assert len(prepare(folder, shorter, date(2027, 6, 8), notice=NOTICE).changes) == 1
    assert (folder / FILE).read_text() == before


def test_a_hole_that_was_there_before_does_not_stand_in_the_way(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(CATALOGUE / "calendars", folder / "calendars")
    content = yaml.safe_load((folder / FILE).read_text())
    del content["years"][2021]
    (folder / FILE).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False))
    planned = plan(folder, excel(tmp_path / "2027.xlsx", GOOD))
    assert write(planned, folder).is_file()
    assert faults(load_calendars(folder)) == ["缺少 2021 年"]


@pytest.mark.parametrize("how", ["flow", "spoilt"])
def test_a_file_that_cannot_be_rewritten_faithfully_stays_as_it_is(folder: Path, tmp_path: Path, how: str) -> None:
    planned = plan(folder, excel(tmp_path / "2027.xlsx", GOOD))
    (folder / FILE).parent.mkdir()
    content = yaml.safe_load((CATALOGUE / FILE).read_text())
    text = {"flow": yaml.safe_dump(content, default_flow_style=True), "spoilt": "version: [\n"}[how]
    (folder / FILE).write_text(text)
    with pytest.raises(BadSource, match="请按预览手工修改"):
        write(planned, folder)
    assert (folder / FILE).read_text() == text
    assert [path.name for path in (folder / "calendars").iterdir()] == ["cn.yaml"]


def test_a_version_of_another_kind_is_raised_too(folder: Path, tmp_path: Path) -> None:
    planned = plan(folder, excel(tmp_path / "2027.xlsx", GOOD))
    shutil.copytree(CATALOGUE / "calendars", folder / "calendars")
    (folder / FILE).write_text((folder / FILE).read_text().replace("cn-2026.2", "ours"))
    assert plan(folder, excel(tmp_path / "2027.xlsx", GOOD)).after == replace(planned.after, version="ours.1")


def test_names_that_are_no_plain_words_come_back_as_they_were(folder: Path, tmp_path: Path) -> None:
    odd = [*GOOD, ("2027-11-11", "", "放假", '公假: "yes" #1')]
    planned = plan(folder, excel(tmp_path / "odd.xlsx", odd), notice="通知: [9]")
    write(planned, folder)
    assert load_calendars(folder) == planned.after
