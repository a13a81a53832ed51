"""The written way to change a workflow (docs/changing-workflows.md), walked by one that lives through four releases."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import Replayer, Worker

from cli.replay import replayed
from runtime.engine import find_binary
from tests.replay.fingerprint import live_through
from tests.replay.train import NAME, PATCH, Deprecated, First, Patched, Removed
from tests.support.engine import Engine
from worker.main import runner

pytestmark = pytest.mark.engine

QUEUE = "train"
OPEN = f"WorkflowType = '{NAME}' AND ExecutionStatus = 'Running'"
#: As docs/changing-workflows.md says; nothing listed: it may be deprecated.
WITHOUT_IT = f"{OPEN} AND (TemporalChangeVersion IS NULL OR TemporalChangeVersion != '{PATCH}')"


@asynccontextmanager
async def released(client: Client, release: type) -> AsyncIterator[None]:
    """A worker of that release. It keeps nothing between two tasks: each is a replay from the start."""
    async with Worker(client, task_queue=QUEUE, workflows=[release], workflow_runner=runner(), max_cached_workflows=0):
        yield


async def listed(engine: Engine, query: str, *, wanted: int) -> list[str]:
    """What the real `temporal workflow list` answers, once the list has caught up."""
    command = (str(find_binary(engine.settings)), "workflow", "list", "--address", str(engine.settings.engine_address))
    async with asyncio.timeout(30):
        while True:
            asked = (*command, "--query", query, "--output", "json")
            process = await asyncio.create_subprocess_exec(*asked, stdout=asyncio.subprocess.PIPE)
            out, _ = await process.communicate()
            found = [line["execution"]["workflowId"] for line in json.loads(out)]
            if len(found) == wanted:
                return found


async def fits(client: Client, release: type) -> bool:
    """What `appeals replay --open` of that release would say."""
    replayer = Replayer(workflows=[release], workflow_runner=runner())
    return all([failure is None async for _, failure in replayed(client, replayer, OPEN)])


async def turned(handle: WorkflowHandle[Patched, None]) -> None:
    """It goes on in a new history: the old one is not open any more."""
    await handle.execute_update("turn")


async def test_a_workflow_lives_through_a_patch_from_its_first_day_to_its_removal(engine: Engine) -> None:
    client = await Client.connect(str(engine.settings.engine_address))
    async with released(client, First):
        train = await client.start_workflow(NAME, id="train", task_queue=QUEUE)
        await train.execute_update("stop")

    # The patch comes: what is under way goes on as it began. Without one it would have stood still.
    assert await fits(client, Patched)
    assert not await fits(client, Removed)
    async with released(client, Patched):
        await train.execute_update("stop")
        # Too early to deprecate it, and the list says for whose sake.
        assert await listed(engine, WITHOUT_IT, wanted=1) == ["train"]
        assert not await fits(client, Deprecated)
        await turned(train)
        await train.execute_update("stop")

    assert await listed(engine, WITHOUT_IT, wanted=0) == []
    assert await fits(client, Deprecated)
    deprecated_at = datetime.now(UTC).isoformat()
    async with released(client, Deprecated):
        await train.execute_update("stop")
        # Too early to remove it: this history still has the patch as one.
        before = f"{OPEN} AND TemporalChangeVersion = '{PATCH}' AND StartTime < '{deprecated_at}'"
        assert await listed(engine, before, wanted=1) == ["train"]
        assert not await fits(client, Removed)
        await turned(train)
        await train.execute_update("stop")

    assert await listed(engine, before, wanted=0) == []
    assert await fits(client, Removed)
    async with released(client, Removed):
        await train.execute_update("stop")
    await train.terminate()


async def test_a_new_command_behind_a_patch_is_seen_by_the_fingerprint_and_by_no_replay(engine: Engine) -> None:
    client = await Client.connect(str(engine.settings.engine_address))
    async with released(client, First):
        train = await client.start_workflow(NAME, id="seen", task_queue=QUEUE)
        await train.execute_update("stop")
    history = await train.fetch_history()
    await train.terminate()

    old, new = [(await live_through([history], release))["seen"] for release in (First, Patched)]

    assert (old.failure, new.failure) == (None, None)
    assert old.woken != new.woken
    assert f"patch {PATCH}" in str(new)
