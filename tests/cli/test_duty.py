"""Whoever runs the system sees who is on duty, takes in a table, and is told what would go wrong."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from typer.testing import CliRunner, Result

from cli.main import app
from domain.wall import ZONE
from runtime.settings import Settings
from storage import migrate, sample

TODAY = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture
def filled(settings: Settings) -> Settings:
    migrate.upgrade(settings.database_url)
    sample.install(settings.database_url, settings.sample_keys_file)
    return settings


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Tomorrow and the day after, another order than usual."""
    path = tmp_path / "值班表.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("安排")
        sheet.write_row(0, 0, ["日期", "带班领导"])
        for n in (1, 2):
            sheet.write_row(n, 0, [f"{TODAY + timedelta(days=n):%Y-%m-%d}", "朱督办"])
    return path


def run(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(app, ["duty", *words, "--data-dir", str(settings.data_dir)])


def test_who_is_on_duty_now(filled: Settings) -> None:
    told = run(filled, "now", "duty-room")
    assert told.exit_code == 0, told.output
    assert "尤值班" in told.stdout


def test_a_unit_that_is_not_there_is_told_with_those_that_are(filled: Settings) -> None:
    told = run(filled, "now", "moon")
    assert told.exit_code == 1
    assert "duty-room" in told.stderr


def test_a_month_of_a_unit_with_its_holes(filled: Settings) -> None:
    told = run(filled, "show", "branch", "--month", "2026-02")
    assert told.exit_code == 0, told.output
    assert ("2026-02-28 08:30" in told.stdout, "2026-03-02 08:30" in told.stdout) == (True, True)
    assert "空岗" in run(filled, "show", "branch", "--month", "2025-12").stdout
    assert "没有排班" in run(filled, "show", "station-a").stdout
    assert run(filled, "show", "branch", "--month", "2026-13").exit_code == 1


def test_a_table_is_shown_first_and_written_in_somebodys_name(filled: Settings, table: Path) -> None:
    tried = run(filled, "import", "branch", str(table))
    assert tried.exit_code == 0, tried.output
    assert "仅预览" in tried.stdout
    assert "朱督办" in tried.stdout
    for words in (("--write",), ("--write", "--as", "handler")):
        refused = run(filled, "import", "branch", str(table), *words)
        assert refused.exit_code == 1
        assert "--as" in refused.stderr
    assert "第 1 版" in run(filled, "show", "branch").stdout
    written = run(filled, "import", "branch", str(table), "--write", "--as", "leader", "--hand-over", "09:00")
    assert written.exit_code == 0, written.output
    month = run(filled, "show", "branch").stdout
    assert f"{TODAY + timedelta(days=1):%Y-%m-%d} 09:00" in month
    assert "第 2 版" in month
    assert "没有变化" in run(filled, "import", "branch", str(table)).stdout


def test_a_table_that_makes_no_sense_is_told_line_by_line(filled: Settings, tmp_path: Path) -> None:
    path = tmp_path / "错.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("安排")
        sheet.write_row(0, 0, ["日期", "值班员"])
        sheet.write_row(1, 0, ["2026-09-10", "路人甲"])
    told = run(filled, "import", "branch", str(path))
    assert told.exit_code == 1
    assert "安排 第 2 行" in told.stderr
    assert run(filled, "import", "branch", str(path), "--hand-over", "晚上").exit_code == 1


def test_check_is_quiet_about_a_whole_month_and_loud_about_a_hole(filled: Settings, table: Path) -> None:
    whole = run(filled, "check")
    assert whole.exit_code == 0, whole.output
    assert "没有空岗" in whole.stdout
    assert "没有登记任何联系渠道" in whole.stdout
    # A unit of which there is nothing but a table of two days.
    assert run(filled, "import", "station-a", str(table), "--write", "--as", "admin").exit_code == 0
    told = run(filled, "check", "--days", "10")
    assert told.exit_code == 1
    assert "甲派出所" in told.stdout
    assert "带班领导：没有排班" in told.stdout


def test_check_names_the_steps_that_find_nobody(filled: Settings) -> None:
    connection = sqlite3.connect(filled.data_dir / "appeals.db")
    with connection:
        connection.execute("DELETE FROM rosters WHERE unit = 'city'")
    connection.close()
    told = run(filled, "check")
    assert told.exit_code == 1
    assert "市公安局：领导、本单位值班人员无人可找" in told.stdout
    assert "ordinary第2步" in told.stdout


def test_without_a_database_of_this_version_it_says_so(settings: Settings) -> None:
    told = run(settings, "now", "branch")
    assert told.exit_code == 1
    assert "Traceback" not in told.output
    assert "数据库" in told.stderr
