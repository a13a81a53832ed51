"""The harness measures what it says: two cases of each contender on the embedded engine, and the page made of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.bare.contract import STEPS
from bench.compare import Plan, compare
from bench.embedded import embedded
from bench.report import KEPT, Results
from bench.targets import targets

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    with embedded() as topology:
        return compare(topology, Plan(cases={1: 2, 20: 2}, rounds=1, warm_up=1))


@pytest.mark.parametrize("contender", ["product", "bare"])
def test_every_case_takes_all_its_steps_and_is_paid_for_by_its_own_processes(
    measured: dict[str, Any], contender: str
) -> None:
    score = measured["concurrency"]["1"][contender]
    assert score["cases"] == 2
    assert score["rate"] > 0
    assert set(score["cpu"]) == {"engine", "worker", "driver"} | ({"api"} if contender == "product" else set())
    # Six updates of at least five events each, and the start.
    assert measured["history"][contender]["events"] > 5 * (STEPS + 1)
    assert measured["bytes"][contender]["engine"] > 0


def test_the_page_shows_the_targets_and_keeps_what_was_written_by_hand(
    measured: dict[str, Any], tmp_path: Path
) -> None:
    page = tmp_path / "RESULTS.md"
    page.write_text(f"old figures\n{KEPT}\nwhat a person wrote\n", encoding="utf-8")

    Results(tmp_path).keep("embedded", measured, {"processor": "two cores"}, "2026-11-22 12:00")

    told = page.read_text(encoding="utf-8")
    assert "old figures" not in told
    assert told.endswith(f"{KEPT}\nwhat a person wrote\n")
    assert all(target.what in told for target in targets({"embedded": measured}))
