"""One worker process: the appeal's workflow and its activities, from settings."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.worker import PollerBehaviorAutoscaling, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.messages import Messages
from activities.records import Records
from runtime.settings import Settings
from runtime.temporal import connect
from storage.database import Database
from workflows.appeal import AppealWorkflow

log = structlog.get_logger(__name__)

#: Everything but the workflow's own module is loaded once: module code in the sandbox runs again for each workflow.
PASSED_THROUGH = ("activities", "domain", "storage", "workflows.contract", "structlog", "sqlalchemy")
_DRAIN = timedelta(seconds=10)
_RETRY_SECONDS = 1.0


def build(client: Client, database: Database, task_queue: str) -> Worker:
    """The worker for ``task_queue``, with the sandbox on."""
    records, messages = Records(database), Messages(database)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[AppealWorkflow],
        activities=[records.write, messages.tell],
        workflow_runner=runner(),
        # Pollers that grow with the load: with a fixed few, the first step of new appeals starves behind running ones.
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        graceful_shutdown_timeout=_DRAIN,
    )


def runner() -> SandboxedWorkflowRunner:
    """The sandbox as the worker, the tests and the replays use it."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


async def run(settings: Settings) -> None:
    """Works until SIGTERM or Ctrl-C, then drains: what has begun is finished or left to another worker."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    database = Database.create(settings.database_url)
    try:
        client = await _connected(settings, stop)
        if client is not None:
            async with build(client, database, settings.task_queue):
                log.info("worker_started", task_queue=settings.task_queue)
                await stop.wait()
            log.info("worker_drained")
    finally:
        await database.close()


async def _connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A client, as soon as the engine is there; None when the worker is stopped before."""
    while not stop.is_set():
        try:
            return await connect(settings)
        except RuntimeError:
            log.warning("engine_away")
            await asyncio.sleep(_RETRY_SECONDS)
    return None
