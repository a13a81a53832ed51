"""One worker process of the bare workflow; on stdin, where its rows go.

The same SDK, server, event loop, pollers and payload encryption as the product's worker.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys

import uvloop
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker

from bench.bare.contract import TASK_QUEUE
from bench.bare.records import Records, open_store
from bench.bare.workflow import Bare
from runtime.settings import Settings
from runtime.temporal import connect


async def run(url: str) -> None:
    """Works until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    store = await open_store(url)
    client = await connect(Settings.load())
    worker = Worker(
        client,
        task_queue=TASK_QUEUE,
        workflows=[Bare],
        activities=[Records(store).write],
        # Its best form: the sandbox guards developers, and this workflow is done.
        workflow_runner=UnsandboxedWorkflowRunner(),
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
    )
    async with worker:
        print("ready", flush=True)
        await stop.wait()
    await store.close()


if __name__ == "__main__":
    uvloop.run(run(**json.loads(sys.stdin.readline())))
