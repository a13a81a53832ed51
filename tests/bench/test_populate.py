"""The bench's own appeals are such as the domain makes, in every stage, and the page tells how long each look took."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

from bench.populate import Walker, fill
from bench.report import Results
from domain.calendar import ZONE
from storage.database import Database
from storage.figures import Figures
from storage.filters import AppealFilter
from storage.measures import Scope
from storage.statistics import Statistics

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=ZONE)


def test_the_models_differ_and_are_the_same_again() -> None:
    models = Walker(NOW).models(40)
    assert len(Counter(model.appeal.stage for model in models)) >= 3
    assert all(model.entries[-1].hash == model.appeal.head for model in models)
    assert [m.appeal.head for m in Walker(NOW).models(40)] == [m.appeal.head for m in models]


async def test_copies_are_counted_and_listed(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'appeals.db'}"
    fill(url, 700, NOW)
    database = Database.create(url)
    async with database.read() as r:
        standing = await Figures(r).open_by_stage()
        rates = await Statistics(r, Scope(AppealFilter()), NOW).rates(None, datetime(2020, 1, 1, tzinfo=ZONE), NOW)
    await database.close()
    assert sum(1 for count in standing.values() if count) >= 4
    assert next(share.part for share in rates if share.measure == "submitted") > 600


def test_the_slowest_page_is_held_against_the_limit(tmp_path: Path) -> None:
    figures = {
        "appeals": 100_000,
        "sqlite": {"supervisor /board": [20.0, 101.0, 120.0, 1.0], "handler /desk": [5.0, 9.0, 9.0, 1.0]},
        "postgresql": {"supervisor /board": [20.0, 60.0, 120.0, 1.0], "handler /desk": [5.0, 9.0, 9.0, 1.0]},
    }
    told = Results(tmp_path).keep("screens", figures, {"processor": "two cores"}, "2026-11-22 12:00")
    assert [(target.found, target.reached) for target in told] == [("101 ms", False), ("60 ms", True)]
    assert "| `supervisor /board` | 20 / 101 | 20 / 60 |" in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
