from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from runtime.errors import OperatorError

HEAVY = ("sqlalchemy", "temporalio", "fastapi", "uvicorn", "pydantic_settings")


@pytest.fixture
def run() -> CliRunner:
    return CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})


def test_help_names_the_commands(run: CliRunner) -> None:
    done = run.invoke(app, ["--help"])
    assert done.exit_code == 0
    for command in ("up", "api", "worker", "migrate", "doctor"):
        assert command in done.stdout


def test_up_takes_the_options_of_the_contract(run: CliRunner) -> None:
    done = run.invoke(app, ["up", "--help"])
    for option in ("--port", "--data-dir", "--rehearsal", "--host", "--no-sample"):
        assert option in done.stdout


def test_the_command_line_loads_no_room_before_a_command_runs() -> None:
    code = f"import sys, cli.main; raise SystemExit(','.join(m for m in {HEAVY} if m in sys.modules) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=Path.cwd())
    assert done.returncode == 0, done.stderr


def test_a_wrong_setting_is_said_in_words_and_ends_with_1(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPEALS_DATABASE_URL", "mysql://u:geheim@h/d")
    done = run.invoke(app, ["doctor"])
    assert done.exit_code == 1
    assert "APPEALS_DATABASE_URL" in done.stderr
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr


def test_words_with_brackets_stay_whole(run: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperatorError("目录 [/tmp/a] 不行", "[bold] is no directory", "pip install 'appeal-loop[engine]'")

    monkeypatch.setattr("cli.doctor.doctor", fail)
    done = run.invoke(app, ["doctor"])
    assert done.exit_code == 1
    for words in ("目录 [/tmp/a] 不行", "[bold] is no directory", "pip install 'appeal-loop[engine]'"):
        assert words in done.stderr


def test_migrate_makes_the_database_and_says_so(run: CliRunner, tmp_path: Path) -> None:
    for _ in range(2):
        done = run.invoke(app, ["migrate", "--data-dir", str(tmp_path / "new")])
        assert done.exit_code == 0, done.stderr
    assert (tmp_path / "new" / "appeals.db").exists()


def test_a_database_is_not_migrated_for_the_other_mode(run: CliRunner, tmp_path: Path) -> None:
    assert run.invoke(app, ["migrate", "--data-dir", str(tmp_path)]).exit_code == 0
    done = run.invoke(app, ["migrate", "--data-dir", str(tmp_path), "--rehearsal"])
    assert done.exit_code == 1
    assert "预演" in done.stderr
