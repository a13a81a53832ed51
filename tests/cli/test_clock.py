"""`appeals clock`: a deadline told whole, in one sentence, or not at all."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from cli.main import app
from domain.matrix import markdown


@pytest.fixture
def run() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})


def test_it_says_the_deadline_in_one_sentence_of_each_language_and_stretch_by_stretch(run: CliRunner) -> None:
    done = run.invoke(app, ["clock", "2026-09-30T16:00:00+08:00", "5 working days"])
    due, chinese, english, first, *_ = done.stdout.splitlines()
    assert due == "到期 / due: 2026-10-13T17:30:00.000+08:00"
    assert chinese == (
        "2026年9月30日16:00起算（当日不计），时限5个工作日；"
        "其间国庆节放假（10月1日至7日），不计入，10月10日（周六）调休上班，按工作日计；应于10月13日17:30前办结。"
    )
    assert english.startswith(
        "Counted from 30 September 2026, 16:00 (that day is not counted), limit: 5 working days; "
    )
    assert first.endswith("起始当日不计入")


NOON, DAY = "2026-09-30T12:00:00+08:00", "2026-10-01T12:00:00+08:00"
NONSENSE = [
    ((), "请给出起算时刻和时长"),
    ((NOON,), "请给出起算时刻和时长"),
    (("2026-09-30T16:00:00", "1 hour"), "时刻“2026-09-30T16:00:00”写法有误"),
    (("明天", "1 hour"), "时刻“明天”写法有误"),
    ((NOON, "5 days"), "时长“5 days”写法有误，应为"),
    ((NOON, "1 hour", "--pause", NOON), f"暂停“{NOON}”写法有误，应写作 开始/结束"),
    ((NOON, "1 hour", "--pause", f"{DAY}/{NOON}"), "结束应晚于开始"),
]


@pytest.mark.parametrize(("arguments", "words"), NONSENSE)
def test_what_makes_no_sense_is_refused_in_words_that_name_it(
    run: CliRunner, arguments: tuple[str, ...], words: str
) -> None:
    done = run.invoke(app, ["clock", *arguments])
    assert done.exit_code == 1
    assert words in done.stderr
    assert "isoformat" not in done.stderr
    assert "到期" not in done.stdout


def test_a_pause_after_the_deadline_is_refused_and_one_that_an_earlier_pause_makes_room_for_is_not(
    run: CliRunner,
) -> None:
    first = ("--pause", "2026-09-30T12:30:00+08:00/2026-10-01T12:00:00+08:00")
    later = ("--pause", "2026-10-01T12:10:00+08:00/2026-10-01T13:00:00+08:00")
    done = run.invoke(app, ["clock", NOON, "1 hour", *later])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "2026-10-01T12:10:00.000+08:00 起的暂停晚于到期时刻（2026-09-30T13:00:00.000+08:00）" in done.stderr
    assert run.invoke(app, ["clock", NOON, "1 hour", *later, *first]).exit_code == 0


def test_a_year_from_before_the_calendar_begins_is_not_called_unannounced(run: CliRunner) -> None:
    done = run.invoke(app, ["clock", "2019-09-30T16:00:00+08:00", "5 working days"])
    assert "（日历没有2019年的节假日数据，仅按周末推算）" in done.stdout
    assert "the calendar has no holidays of 2019" in done.stdout
    assert "尚未公布" not in done.stdout


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_it_prints_what_each_event_does_to_each_clock(run: CliRunner, tongue: str) -> None:
    done = run.invoke(app, ["clock", "--table", tongue])
    assert done.stdout == markdown(chinese=tongue == "zh") + "\n"
