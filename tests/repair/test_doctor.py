"""The doctor names the appeals whose work does not get on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from cli.checks import Finding, Level
from cli.checks_work import search_attributes, tables, work
from storage.meta import Meta
from tests.support.engine import Engine
from tests.support.house import House, open_house
from worker.main import runner
from workflows import contract
from workflows.appeal import AppealWorkflow
from workflows.contract import AppealStart, Batch

pytestmark = pytest.mark.engine

SECONDS = 90


@activity.defn(name="write_records")
async def never_writes(_batch: Batch) -> None:
    """A database that is away."""
    raise ApplicationError("away", type="database-away")


@workflow.defn(name=contract.WORKFLOW)
class Broken:
    """A release that cannot go on with what runs."""

    @workflow.run
    async def run(self, _start: AppealStart) -> None:
        """Fails its task."""
        raise RuntimeError("a decision that was never made")


async def found(client: Client, wanted: Callable[[Finding], bool]) -> Finding:
    """What the doctor says, as soon as it says it."""
    async with asyncio.timeout(SECONDS):
        while True:
            for finding in await work(client):
                if wanted(finding):
                    return finding
            await asyncio.sleep(0.2)


async def start(house: House) -> str:
    """A workflow that somebody will work on, or not."""
    opening = house.opening()
    await house.keep(opening)
    queue = house.settings.task_queue
    await house.client.start_workflow(contract.WORKFLOW, AppealStart(opening), id=opening.number, task_queue=queue)
    return opening.number


async def test_writes_that_lag_and_tasks_that_keep_failing_are_named_with_their_appeals(own_engine: Engine) -> None:
    async with open_house(own_engine.settings, worker=False) as house:
        assert (await search_attributes(house.client)).level is Level.OK
        assert {finding.level for finding in await work(house.client)} == {Level.OK}
        queue = house.settings.task_queue
        lagging = await start(house)
        async with Worker(
            house.client,
            task_queue=queue,
            workflows=[AppealWorkflow],
            activities=[never_writes],
            workflow_runner=runner(),
        ):
            finding = await found(house.client, lambda f: "写入滞后" in f.what)
            assert lagging in finding.what
        stuck = await start(house)
        async with Worker(
            house.client, task_queue=queue, workflows=[Broken], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            finding = await found(house.client, lambda f: "停滞不前" in f.what and stuck in f.what)
            assert finding.level is Level.FAIL


async def test_what_waits_in_the_intake_and_the_last_reconciliation_are_told(own_engine: Engine) -> None:
    async with open_house(own_engine.settings, worker=False) as house:

        async def said() -> list[Finding]:
            return await asyncio.to_thread(lambda: list(tables(house.settings)))

        assert [f.level for f in await said()] == [Level.OK, Level.OK]
        opening = house.opening()
        opening = replace(opening, created_at=datetime.now(UTC) - timedelta(hours=1))
        await house.keep(opening)
        async with house.database.write() as w:
            await Meta(w).set("reconcile.at", datetime.now(UTC).isoformat(timespec="seconds"))
            await Meta(w).set("reconcile.apart", "3")
            await Meta(w).set("reconcile.unexplained", "1")

        intake, reconciled = await said()

        assert (intake.level, reconciled.level) == (Level.FAIL, Level.FAIL)
        assert "收件 1 件" in intake.what
        assert "未解决 1 件" in reconciled.what
