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
        "其间国庆节放假（10月1日至7日），不计入，10月10日（周六）调休上班，计入；应于10月13日17:30前办结。"
    )
    assert english.startswith(
        "Counted from 30 September 2026, 16:00 (that day is not counted), limit: 5 working days; "
    )
    assert first.endswith("起始当日不计入")


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("2026-09-30T16:00:00+08:00",),
        ("2026-09-30T16:00:00", "1 hour"),
        ("2026-09-30T16:00:00+08:00", "5 days"),
        ("2026-09-30T16:00:00+08:00", "1 hour", "--pause", "2026-09-30T16:30:00+08:00"),
        ("2026-09-30T16:00:00+08:00", "1 hour", "--pause", "2026-09-30T17:00:00+08:00/2026-09-30T16:30:00+08:00"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(run: CliRunner, arguments: tuple[str, ...]) -> None:
    done = run.invoke(app, ["clock", *arguments])
    assert done.exit_code == 1
    assert "写法有误" in done.stderr
    assert "到期" not in done.stdout


@pytest.mark.parametrize("tongue", ["zh", "en"])
def test_it_prints_what_each_event_does_to_each_clock(run: CliRunner, tongue: str) -> None:
    done = run.invoke(app, ["clock", "--table", tongue])
    assert done.stdout == markdown(chinese=tongue == "zh") + "\n"
