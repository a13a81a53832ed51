"""One worker process: the appeal's workflow and its activities, from settings."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from datetime import timedelta

import structlog
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.messages import Messages
from activities.outbox import Outbox
from activities.records import Records
from runtime.message_counts import count_ended
from runtime.settings import Settings
from runtime.temporal import connect
from runtime.tracing import traced
from runtime.webhooks import Secrets
from storage.database import Database
from storage.organisation import Organisation
from storage.partners import partners_of
from worker.deliverer import delivering
from worker.endpoint import Vital, endpoint
from worker.messaging import messaging
from worker.search_attributes import register
from worker.watching import Watching
from workflows import contract
from workflows.appeal import AppealWorkflow

log = structlog.get_logger(__name__)

#: Everything but the workflow's own module is loaded once: module code in the sandbox runs again for each workflow.
PASSED_THROUGH = (
    *("activities", "domain", "storage", "structlog", "sqlalchemy"),
    *("workflows.contract", "workflows.patches", "workflows.shown"),
)
_DRAIN = timedelta(seconds=10)
_RETRY_SECONDS = 1.0
_AT_ONCE = 24


def build(
    client: Client,
    database: Database,
    task_queue: str,
    *,
    sandboxed: bool = True,
    outbox: Outbox | None = None,
    organisation: Organisation | None = None,
    wake: Callable[[], None] = lambda: None,
) -> Worker:
    """The worker for ``task_queue``; ``outbox`` takes what outside bodies are to be told.

    ``organisation`` finds the people of a notice; ``wake`` is called when there is something to send them.
    """
    records, messages = Records(database), Messages(database, outbox, organisation, wake, count_ended)
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[AppealWorkflow],
        activities=[records.write, messages.tell],
        workflow_runner=runner() if sandboxed else UnsandboxedWorkflowRunner(),
        interceptors=[Watching()],
        # Pollers that grow with the load: with a fixed few, the first step of new appeals starves behind running ones.
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        # What has begun is brought to its end: of a hundred at once each waits a second for the others before it
        # writes, and whoever a rung calls hears of it seconds later (bench, pages).
        max_concurrent_workflow_tasks=_AT_ONCE,
        graceful_shutdown_timeout=_DRAIN,
    )


def runner() -> SandboxedWorkflowRunner:
    """The sandbox as the tests, the replays and, if it is told to, the worker use it."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return SandboxedWorkflowRunner(restrictions=restrictions)


async def run(settings: Settings) -> None:
    """Works until SIGTERM or Ctrl-C, then drains: what has begun is finished or left to another worker."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    database = Database.create(settings.database_url)
    vital = Vital(loop)
    organisation = Organisation.load(settings.catalogue_dir)
    partners = partners_of(organisation, settings.partner_urls, rehearsal=settings.rehearsal)
    outbox = Outbox(partners, f"urn:appeals:{organisation.code}", rehearsal=settings.rehearsal)
    try:
        with traced(settings, "worker"), endpoint(settings.metrics_bind, vital):
            async with (
                delivering(database, partners, Secrets(settings.partner_secrets), organisation),
                messaging(settings, database, organisation) as messenger,
            ):
                client = await _connected(settings, stop)
                if client is not None:
                    worker = build(
                        client,
                        database,
                        settings.task_queue,
                        sandboxed=settings.sandbox,
                        outbox=outbox,
                        organisation=organisation,
                        wake=messenger.wake,
                    )
                    await _work(worker, vital, stop)
    finally:
        await database.close()


async def _work(worker: Worker, vital: Vital, stop: asyncio.Event) -> None:
    async with worker:
        log.info("worker_started", task_queue=worker.task_queue)
        vital.works(worker.client)
        await stop.wait()
        vital.drains()
    log.info("worker_drained")


async def _connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A client, as soon as the engine is there and knows our search attributes; None when stopped before."""
    while not stop.is_set():
        try:
            client = await connect(settings, measured=settings.metrics_bind is not None)
            await register(client, contract.SEARCH_ATTRIBUTES)
        except (RuntimeError, RPCError):
            log.warning("engine_away")
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return client
    return None
