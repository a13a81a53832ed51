"""`appeals replay`: whether the running appeals fit the program that is to replace the present one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from temporalio.workflow import NondeterminismError

from cli.replay import reason
from tests.support.house import House
from workflows import contract
from workflows.contract import AppealStart

pytestmark = pytest.mark.engine

ROOT = Path(__file__).parents[2]
#: The next release as somebody forgot to patch it: it waits instead of writing.
CARELESS = """
import sys
from datetime import timedelta
from temporalio import workflow
from workflows import appeal

async def write(batch, *, patiently):
    await workflow.sleep(timedelta(seconds=1))

appeal._write = write
from cli import main
from worker import main as worker
from temporalio.worker import UnsandboxedWorkflowRunner
worker.runner = UnsandboxedWorkflowRunner
sys.argv = ["appeals", *sys.argv[1:]]
main.main()
"""


def replay(house: House, *options: str, program: tuple[str, ...] = ("-m", "cli.main")) -> tuple[int, str]:
    """Exit code and words of the command, in a process of its own, beside the running engine."""
    named = {"APPEALS_ENGINE_ADDRESS": str(house.settings.engine_address), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *program, "replay", "--data-dir", str(house.settings.data_dir), *options]
    done = subprocess.run(command, env=os.environ | named, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


async def open_and_closed(house: House) -> tuple[str, str]:
    first, second = await house.submit(description="不可外传的情况"), await house.submit()
    await house.act(first, "window", "accept")
    await house.act(second, "enterprise", "withdraw", reason="已自行解决")
    await house.client.get_workflow_handle(second).result()
    return first, second


async def test_running_appeals_fit_the_program_that_made_them_and_nothing_is_changed(house: House) -> None:
    number, _ = await open_and_closed(house)
    # Begun while no worker took it: there is nothing to replay yet, and nothing to wait for.
    opening = house.opening()
    await house.client.start_workflow(contract.WORKFLOW, AppealStart(opening), id=opening.number, task_queue="nobody")
    events = len(await house.events(number))

    code, words = replay(house)

    assert (code, "重放 1 件，0 件不符" in words) == (0, True), words
    assert len(await house.events(number)) == events
    code, words = replay(house, "--all")
    assert (code, "重放 2 件，0 件不符" in words) == (0, True), words


async def test_a_release_with_other_commands_is_stopped_before_it_meets_them(house: House) -> None:
    number, _ = await open_and_closed(house)

    code, words = replay(house, program=("-c", CARELESS))

    assert code == 1
    assert f"✗ {number} Nondeterminism error" in words
    assert "不可外传" not in words
    assert "Traceback" not in words


async def test_a_small_part_may_be_replayed(house: House) -> None:
    await open_and_closed(house)

    code, words = replay(house, "--all", "--most", "1")

    assert (code, "重放 1 件" in words) == (0, True), words


def test_an_error_that_is_not_the_engines_is_told_by_its_kind_only() -> None:
    assert reason(ValueError("张三 13800001234")) == "ValueError"
    assert "13800001234" not in reason(NondeterminismError("[TMPRL1100] Activity machine 'x' \"13800001234\""))
