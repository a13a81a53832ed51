from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
import structlog

from runtime.logging import configure_logging
from runtime.settings import Settings

pytestmark = pytest.mark.usefixtures("logging_as_before")


def test_our_lines_and_a_librarys_look_alike(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(Settings.load(log_format="json"), service="api")
    structlog.contextvars.bind_contextvars(number="QS-1")
    structlog.get_logger("ours").info("appeal_accepted", seq=3)
    logging.getLogger("library").warning("gone %s", "away", extra={"color_message": "twice"})
    ours, theirs = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert ours["event"] == "appeal_accepted"
    assert ours["seq"] == 3
    assert theirs["event"] == "gone away"
    assert "color_message" not in theirs
    for line in (ours, theirs):
        assert line["service"] == "api"
        assert line["number"] == "QS-1"
        assert line["timestamp"].endswith("Z")


def test_a_file_takes_everything_and_the_terminal_the_warnings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "logs" / "api.log"
    configure_logging(Settings.load(log_file=file), service="api")
    log = structlog.get_logger("ours")
    log.debug("too_small")
    log.info("told_in_the_file")
    log.warning("told_in_both")
    assert [json.loads(line)["event"] for line in file.read_text().splitlines()] == ["told_in_the_file", "told_in_both"]
    terminal = capsys.readouterr().err
    assert "told_in_both" in terminal
    assert "told_in_the_file" not in terminal


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_traceback_tells_no_variables(capsys: pytest.CaptureFixture[str], log_format: str) -> None:
    configure_logging(Settings.load(log_format=log_format), service="api")
    phone = "1380" + "0138000"
    try:
        raise LookupError("away")
    except LookupError:
        structlog.get_logger("ours").exception("lookup_failed")
    shown = capsys.readouterr().err
    assert "LookupError: away" in shown
    assert phone not in shown


def test_configuring_again_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        configure_logging(Settings.load(log_format="json"), service="api")
    logging.getLogger("uvicorn.error").warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1
