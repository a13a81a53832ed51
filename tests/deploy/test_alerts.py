"""The alerts on messages say that a gateway is down long before a message has failed, not for one failure."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

RULES = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")

_OF = "appeals_message_attempts_total"


def series(channel: str, result: str, values: str) -> dict[str, str]:
    return {"series": f'{_OF}{{channel="{channel}",result="{result}"}}', "values": values}


def firing(folder: Path, name: str, at: str, *given: dict[str, str], labels: dict[str, str] | None = None) -> bool:
    """Whether the alert fires by then; ``labels`` are those of the series that makes it."""
    expected: list[Any] = [{"exp_labels": labels}] if labels else []
    case = {"eval_time": at, "alertname": name, "exp_alerts": expected}
    rule = next(r for g in yaml.safe_load(RULES.read_text())["groups"] for r in g["rules"] if r["alert"] == name)
    # Its words are no matter here: they quote the value.
    (folder / "rules.yml").write_text(
        yaml.safe_dump({"groups": [{"name": "one", "rules": [rule | {"annotations": {}}]}]})
    )
    tests = {"interval": "1m", "input_series": [*given], "alert_rule_test": [case]}
    (folder / "test.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"], "tests": [tests]}))
    done = subprocess.run([PROMTOOL or "", "test", "rules", "test.yml"], cwd=folder, capture_output=True, check=False)
    return (done.returncode == 0) is bool(labels)


DOWN = {"channel": "sms", "severity": "warning"}


def test_a_gateway_that_is_down_is_told_within_minutes(tmp_path: Path) -> None:
    down = [series("sms", "failed", "0 3 4 5 6 7 7 8 8 8 8"), series("sms", "delivered", "0x10")]
    assert firing(tmp_path, "AppealsChannelFails", "8m", *down, labels=DOWN)


def test_another_channel_that_works_hides_nothing_and_a_single_failure_is_none(tmp_path: Path) -> None:
    down = [series("sms", "failed", "0+2x10"), series("sms", "delivered", "0x10")]
    well = [series("email", "failed", "0x4 1x6"), series("email", "delivered", "0+9x10")]
    assert firing(tmp_path, "AppealsChannelFails", "8m", *down, *well, labels=DOWN)
    assert not firing(tmp_path, "AppealsChannelFails", "8m", *well)
    assert not firing(tmp_path, "AppealsChannelFails", "8m", series("sms", "failed", "0x4 1x6"))


def test_a_call_that_arrives_nowhere_is_told_after_five_minutes(tmp_path: Path) -> None:
    tried = {"series": "appeals_calls_undelivered_seconds", "values": "0+60x20"}
    labels = {"severity": "critical"}
    assert firing(tmp_path, "AppealsCallsUndelivered", "8m", tried, labels=labels)
    assert not firing(tmp_path, "AppealsCallsUndelivered", "4m", tried)
