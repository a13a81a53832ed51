"""Running appeals outlive releases: every kept history replays, and its messages make the commands written down."""

from __future__ import annotations

import difflib
import json

import pytest
from temporalio.client import WorkflowHistory
from temporalio.workflow import NondeterminismError

from domain.rungs import OWED_BY_ENTERPRISE
from domain.vocabulary import Action, Cause, Stage
from tests.replay.fingerprint import HISTORIES, KEPT, Life, kept, live_through, written
from tests.replay.scenarios import SCENARIOS

pytestmark = pytest.mark.engine

NAMES = sorted(path.stem for path in HISTORIES.glob("*.json"))
CHANGED = """
The workflow's commands have changed. Appeals in flight were recorded with the old ones: a worker that replays them
stops at the first that differs. Follow docs/changing-workflows.md (a patch, proved before and after). If you did, or
if only appeals to come are concerned, write the new commands down and look at the difference in your review:

    python -m tests.replay.fingerprint
"""


@pytest.fixture(scope="module")
async def lives() -> dict[str, Life]:
    """Every kept history, replayed, and lived through anew."""
    return await live_through(kept())


def test_every_way_has_its_kept_history() -> None:
    assert set(SCENARIOS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_a_kept_history_replays(name: str, lives: dict[str, Life]) -> None:
    assert lives[name].failure is None


async def test_a_history_of_other_commands_does_not_replay() -> None:
    """The control that must fail: if this replayed, the others would prove nothing."""
    history = json.loads((HISTORIES / "escalated.json").read_text())
    scheduled = next(e for e in history["events"] if "activityTaskScheduledEventAttributes" in e)
    scheduled["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "an_activity_of_another_workflow"

    life = (await live_through([WorkflowHistory.from_json("altered", json.dumps(history))]))["altered"]

    assert isinstance(life.failure, NondeterminismError)


async def test_the_workflow_makes_the_commands_that_are_written_down(lives: dict[str, Life]) -> None:
    before, now = KEPT.read_text(encoding="utf-8"), written(lives)
    difference = "\n".join(difflib.unified_diff(before.splitlines(), now.splitlines(), "kept", "now", n=2, lineterm=""))
    assert not difference, f"{CHANGED}\n{difference}"


async def test_every_action_and_every_kind_of_moment_is_in_a_kept_history(lives: dict[str, Life]) -> None:
    entries = [entry for life in lives.values() for batch in life.batches for entry in batch.entries]

    assert {entry.action for entry in entries} == set(Action)
    assert {entry.to_stage for entry in entries} == set(Stage)
    assert {e.data["cause"] for e in entries if e.action is Action.PAUSE_ENDED} == {Cause.PAUSE, Cause.PARK}
    assert {e.data["clock"] for e in entries if e.action is Action.LAPSE} == OWED_BY_ENTERPRISE
    assert {"first", "75", "90", "100", "+1"} <= {e.data.get("rung") for e in entries}
