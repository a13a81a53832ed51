"""Running appeals outlive releases: today's workflow replays every history that was ever kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from runtime.codec import data_converter, load_keyring
from runtime.settings import Settings
from tests.replay.record import HISTORIES, KEYS
from tests.replay.scenarios import SCENARIOS
from worker.main import runner
from workflows.appeal import AppealWorkflow

pytestmark = pytest.mark.engine

NAMES = sorted(path.stem for path in HISTORIES.glob("*.json"))


def replayer(tmp_path: Path) -> Replayer:
    """As the worker decodes and runs."""
    settings = Settings.load(data_dir=tmp_path, codec_keys_file=KEYS)
    return Replayer(
        workflows=[AppealWorkflow],
        workflow_runner=runner(),
        data_converter=data_converter(load_keyring(settings)),
    )


def load(name: str, text: str | None = None) -> WorkflowHistory:
    """A kept history."""
    return WorkflowHistory.from_json(name, text or (HISTORIES / f"{name}.json").read_text())


def test_every_way_has_its_kept_history() -> None:
    assert set(SCENARIOS) <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
async def test_a_kept_history_replays(name: str, tmp_path: Path) -> None:
    await replayer(tmp_path).replay_workflow(load(name))


async def test_a_history_of_other_commands_does_not_replay(tmp_path: Path) -> None:
    """The control that must fail: if this replayed, the others would prove nothing."""
    history = json.loads((HISTORIES / "escalated.json").read_text())
    scheduled = next(e for e in history["events"] if "activityTaskScheduledEventAttributes" in e)
    scheduled["activityTaskScheduledEventAttributes"]["activityType"]["name"] = "an_activity_of_another_workflow"

    with pytest.raises(NondeterminismError):
        await replayer(tmp_path).replay_workflow(load("escalated", json.dumps(history)))
