"""What the bench says of escalations that call people: by the rows, and by the witness who received the messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from bench.due import SECOND, DueTogether
from bench.pages import Called, figures
from bench.report import Results
from domain.moments import fire, next_moment
from domain.opening import begin
from domain.vocabulary import Action

DUE = datetime(2026, 9, 30, 15, 59, 59, tzinfo=UTC)


def test_each_appeal_has_one_escalation_that_opens_within_the_second() -> None:
    loader = DueTogether(cast("Any", None), cast("Any", None), timedelta(hours=60), accept="60 hours", quiet="-")
    loader.due = DUE
    appeal = fire(begin(loader.opening(7)).appeal, DUE - timedelta(minutes=5)).appeal
    moment = next_moment(appeal)
    assert moment is not None
    assert DUE <= moment < DUE + SECOND
    (entry,) = fire(appeal, DUE + SECOND).entries
    assert entry.action is Action.ESCALATE
    assert entry.data["due_at"]


def test_who_was_not_called_or_called_twice_is_counted(tmp_path: Path) -> None:
    def after(seconds: float) -> datetime:
        return DUE + timedelta(seconds=seconds)

    called = [
        Called("once", DUE, after(1), after(2)),
        Called("twice", DUE, after(1), after(4)),
        Called("never", DUE, after(1), None),
        Called("unheard", DUE, after(1), after(3)),
    ]
    keys = {"once:1": "once", "twice:1": "twice", "unheard:1": "unheard"}
    came = [("once:1:sms", 3.5), ("twice:1:sms", 5.0), ("twice:1:sms", 6.0), ("an-opening:1:sms", 0.0)]
    found = figures(called, keys, [(key, DUE.timestamp() + at) for key, at in came], 5)

    assert (found["missing"], found["twice"], found["messages"]) == (3, 1, 2)
    assert found["attempt"] == [2000.0, 3000.0, 3000.0, 3000.0]
    assert found["received"][0] == 2500.0

    machine = {"processor": "two cores"}
    told = Results(tmp_path).keep("pages", found | {"wanted": 5}, machine, "2026-11-22 12:00")
    assert [(t.found, t.reached) for t in told] == [("3 s", True), ("4", False)]
    assert "3, 1" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
