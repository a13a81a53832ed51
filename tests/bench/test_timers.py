"""What the bench calls timers due at once: one of each appeal within the second, and no other for hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bench.due import SECOND, DueTogether
from bench.report import Results
from domain.calendar import ZONE
from domain.moments import fire, next_moment
from domain.opening import begin

DUE = datetime(2026, 9, 30, 23, 59, 59, tzinfo=ZONE)


def test_each_appeal_has_one_timer_within_the_second_and_no_other_for_hours() -> None:
    before = timedelta(hours=60)
    loader = DueTogether(cast("Any", None), cast("Any", None), before, accept="80 hours")  # nothing is opened here
    loader.due = DUE
    begun = [begin(loader.opening(n)).appeal for n in range(10)]
    moments = [next_moment(appeal) for appeal in begun]
    assert len(set(moments)) == 10
    assert all(moment and DUE <= moment < DUE + SECOND for moment in moments)
    assert len({appeal.number for appeal in begun}) == 10
    for appeal in begun:
        (entry,) = fire(appeal, DUE + timedelta(hours=11)).entries
        assert entry.data["rung"] == "75"


def test_the_page_tells_what_went_wrong(tmp_path: Path) -> None:
    figures = {
        "timers": 500, "wanted": 600, "missing": 1, "twice": 0, "early": 2, "late": [1.0, 2.0, 3.0, 4.0],
        "all written after": 5.0, "api before": [9, 1.0, 2.0], "api meanwhile": [7, 3.0, 4.0],
        "troubles": [0, 1], "rss": {"engine": 200.0},
    }  # fmt: skip
    wrong, fewer = Results(tmp_path).keep("timers", figures, {"processor": "two cores"}, "2026-11-22 12:00")
    assert [(t.found, t.reached) for t in (wrong, fewer)] == [("3", False), ("500", False)]
    assert "1, 0, 2" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
