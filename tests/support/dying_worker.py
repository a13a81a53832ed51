"""A worker that is killed -9 exactly between a row's commit and its workflow task's.

``python -m tests.support.dying_worker DIRECTORY ADDRESS SEQ``
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from temporalio import activity
from temporalio.worker import Worker

from activities.messages import Messages
from activities.records import Records
from runtime.settings import Settings
from runtime.temporal import connect
from storage.database import Database
from worker.main import runner
from workflows.appeal import AppealWorkflow
from workflows.contract import Batch


class FatalRecords(Records):
    """Commits the entry it was told to die of, and dies."""

    def __init__(self, database: Database, seq: int) -> None:
        super().__init__(database)
        self._seq = seq

    @activity.defn(name="write_records")
    async def write(self, batch: Batch) -> None:
        await super().write(batch)
        if any(entry.seq == self._seq for entry in batch.entries):
            os.kill(os.getpid(), signal.SIGKILL)


async def main(directory: Path, address: str, seq: int) -> None:
    """Works until it dies."""
    settings = Settings.load(data_dir=directory, rehearsal=True, engine_address=address)
    database = Database.create(settings.database_url)
    records, messages = FatalRecords(database, seq), Messages(database)
    worker = Worker(
        await connect(settings),
        task_queue=settings.task_queue,
        workflows=[AppealWorkflow],
        activities=[records.write, messages.tell],
        workflow_runner=runner(),
    )
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
