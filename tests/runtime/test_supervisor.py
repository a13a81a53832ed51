"""Children are kept alive; one that the system can do without is given up alone."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest

from runtime import supervisor
from runtime.errors import ChildFailedError
from runtime.process import ChildSpec
from runtime.supervisor import Supervisor


def spec(name: str, code: str, tmp_path: Path, *, vital: bool) -> ChildSpec:
    return ChildSpec(name, [sys.executable, "-c", code], 5, vital=vital, output=tmp_path / f"{name}.log")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "FIRST_BACKOFF_SECONDS", 0.0)


def test_a_child_that_is_not_vital_is_left_down_and_the_others_go_on(tmp_path: Path) -> None:
    keeper = Supervisor()
    keeper.start(spec("needed", "import time; time.sleep(600)", tmp_path, vital=True))
    keeper.start(spec("extra", "raise SystemExit(3)", tmp_path, vital=False))
    needed = keeper.pids()["needed"]
    kept = keeper._kept[1]
    try:
        assert keeper.wait(lambda: len(kept.deaths) == supervisor.MAX_DEATHS, 60)
        keeper.check()
        assert (keeper.pids(), kept.due) == ({"needed": needed}, math.inf)
    finally:
        keeper.stop()


def test_a_vital_one_that_does_not_stay_up_stops_everything(tmp_path: Path) -> None:
    keeper = Supervisor()
    keeper.start(spec("needed", "raise SystemExit(3)", tmp_path, vital=True))
    try:
        with pytest.raises(ChildFailedError):
            keeper.wait(lambda: False, 60)
    finally:
        keeper.stop()
