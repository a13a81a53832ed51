from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from cli import calendar
from cli.checks import Level
from cli.checks_calendar import calendar as look
from cli.main import app
from runtime.settings import Settings
from storage.calendars import load_calendars

NOTICE = "国办发明电〔2026〕9号"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calendar, "_today", lambda: date(2026, 11, 22))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "catalogue"
    made.mkdir()
    return made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        ("日期", "结束日期", "类型", "名称"),
        ("2027-01-01", "2027-01-03", "放假", "元旦"),
        ("2027-05-01", "2027-05-05", "放假", "劳动节"),
        ("2027-05-08", "", "上班", ""),
        ("2027-10-01", "2027-10-07", "放假", "国庆节"),
        ("2027-10-09", "", "上班", ""),
    ]
    path = tmp_path / "2027.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path


def run(*arguments: object, **environment: str) -> Result:
    return CliRunner(env={"COLUMNS": "160", "TERM": "dumb", **environment}).invoke(
        app, ["calendar", *map(str, arguments)]
    )


def test_a_year_is_shown_with_its_notice_its_holidays_and_the_hours() -> None:
    done = run("show", 2020)
    assert done.exit_code == 0
    for words in ("国办发明电〔2020〕1号", "2020-01-24 至 2020-02-02", "2020-10-10", "08:30–12:00", "每天"):
        assert words in done.stdout
    assert "2026 年：已公布" in run("show").stdout
    assert "2027 年：暂定" in run("show", 2027).stdout


def test_a_year_that_is_not_there_is_said_with_those_that_are() -> None:
    done = run("show", 1999)
    assert done.exit_code == 1
    assert "没有 1999 年" in done.stderr
    assert "2026" in done.stderr


def test_the_shipped_calendar_has_no_holes_and_the_next_year_is_missed() -> None:
    done = run("check")
    assert done.exit_code == 0
    assert "2027 年的放假安排尚未导入" in done.stdout
    assert "没有漏洞" in done.stdout


def test_a_hole_ends_the_check_with_1(folder: Path, file: Path) -> None:
    run("import", file, "--notice", NOTICE, "--write", "--directory", folder)
    own = folder / "calendars" / "cn.yaml"
    own.write_text(own.read_text().replace('      "2026-10-02": 国庆节\n', ""))
    done = run("check", "--directory", folder)
    assert done.exit_code == 1
    assert "2026 年：国庆节中间缺少 2026-10-02" in done.stdout


def test_a_calendar_that_cannot_be_read_is_said_in_words(folder: Path) -> None:
    (folder / "calendars").mkdir()
    done = run("check", "--directory", folder)
    assert done.exit_code == 1
    assert "日历读不出来" in done.stderr
    assert "cn.yaml" in done.stderr


def test_an_import_shows_first_and_writes_only_when_told(folder: Path, file: Path) -> None:
    done = run("import", file, "--notice", NOTICE, "--directory", folder)
    assert done.exit_code == 0
    for words in ("2027-10-09", "周六", "调休上班", "放假（国庆节）", "未作任何改动"):
        assert words in done.stdout
    assert list(folder.iterdir()) == []
    done = run("import", file, "--notice", NOTICE, "--write", APPEALS_CATALOGUE_DIR=str(folder))
    assert done.exit_code == 0, done.stderr
    assert "cn-2027.1" in done.stdout
    assert "不必重启" in done.stdout
    assert load_calendars(folder).years[2027].notice == NOTICE
    done = run("import", file, "--notice", NOTICE, "--directory", folder)
    assert "没有变化" in done.stdout


def test_nothing_is_written_without_a_notice_or_a_directory_of_ones_own(folder: Path, file: Path) -> None:
    done = run("import", file, "--write", "--directory", folder)
    assert done.exit_code == 1
    assert "没有通知文号" in done.stderr
    done = run("import", file, "--notice", NOTICE, "--write")
    assert done.exit_code == 1
    assert "APPEALS_CATALOGUE_DIR" in done.stderr
    assert list(folder.iterdir()) == []


def test_a_refusal_names_the_row_and_changes_nothing(folder: Path, file: Path) -> None:
    done = run("import", file, "--year", 2026, "--notice", NOTICE, "--write", "--directory", folder)
    assert done.exit_code == 1
    assert "什么也没有改动" in done.stderr
    assert "没有 2026 年的日期" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


UNREADABLE = [
    ("a.yaml", "2027:\n  holidays: {}\n", "a.yaml：看不懂，应写作 years:"),
    ("a.yaml", ": : :\n-", "a.yaml：看不懂，应写作 years:"),
    (
        "a.yaml",
        "years: {2027: {status: announced, notice: x, holidays: {2027-13-01: 元旦}, workdays: []}}",
        "没有 2027-13-01 这一天",
    ),
    (
        "a.ics",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:元旦休\nDTSTART:2027\nEND:VEVENT\nEND:VCALENDAR\n",
        "第 1 个事件“元旦休”：起止日期看不懂",
    ),
    ("a.xlsx", "no workbook", "不是可读的 Excel 文件"),
]


@pytest.mark.parametrize(("name", "content", "words"), UNREADABLE)
def test_a_file_that_cannot_be_read_is_refused_in_chinese(tmp_path: Path, name: str, content: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    done = run("import", path)
    assert done.exit_code == 1
    assert words in done.stderr


def test_a_file_or_a_calendar_that_is_not_there_is_said_in_words(folder: Path, file: Path) -> None:
    assert "没有这个文件" in run("import", folder / "none.yaml").stderr
    (folder / "calendars").mkdir()
    (folder / "calendars" / "cn.yaml").write_text("years: 5", encoding="utf-8")
    broken = run("import", file, "--directory", folder)
    assert broken.exit_code == 1
    assert "日历读不出来" in broken.stderr


def test_a_catalogue_directory_that_is_not_there_is_refused() -> None:
    done = run("check", APPEALS_CATALOGUE_DIR="/nowhere")
    assert done.exit_code == 1
    assert "APPEALS_CATALOGUE_DIR" in done.stderr


def test_the_doctor_tells_holes_and_years_that_are_missed(
    settings: Settings, folder: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = settings.model_copy(update={"catalogue_dir": folder})
    monkeypatch.setattr("cli.checks_calendar.today", lambda: date(2026, 11, 22))
    assert [(found.level, "2027" in found.what) for found in look(own)] == [(Level.WARN, True)]
    run("import", file, "--notice", NOTICE, "--write", "--directory", folder)
    assert [(found.level, "已公布至 2027 年" in found.what) for found in look(own)] == [(Level.OK, True)]
    path = folder / "calendars" / "cn.yaml"
    path.write_text(path.read_text().replace('      "2026-10-02": 国庆节\n', ""))
    assert [found.level for found in look(own)] == [Level.FAIL, Level.FAIL]
