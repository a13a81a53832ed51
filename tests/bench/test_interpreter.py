"""The bench holds the interpreter against code that does the same; if it did less, the figure would say nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from bench import by_hand
from bench.interpreter import Engraving, walked
from bench.report import Results
from domain.errors import Conflict
from domain.loop import decide
from domain.opening import begin
from domain.vocabulary import Stage


def test_the_procedure_written_by_hand_leaves_the_same_appeal_journal_and_messages() -> None:
    loader = Engraving(cast("Any", None), cast("Any", None))  # nothing is opened here
    appeal, acts = begin(loader.opening(0)).appeal, loader.acts()
    by_data = walked(decide, appeal, acts)
    assert by_data == walked(by_hand.decide, appeal, acts)
    assert by_data[-1].appeal.stage is Stage.FEEDBACK
    for loop in (decide, by_hand.decide):
        with pytest.raises(Conflict):
            walked(loop, appeal, acts[1:])


def test_the_page_tells_what_the_interpreter_costs(tmp_path: Path) -> None:
    same, dearer = ({"data": d, "hand": 1.0, "ratio": d} for d in (1.0, 1.5))
    figures = {"loop": dearer, "engine": {"step": same, "cpu": dearer}}
    told = Results(tmp_path).keep("interpreter", figures, {"processor": "two cores"}, "2026-11-22 12:00")
    assert [target.reached for target in told] == [True, False]
    assert "| 1.500 |" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
