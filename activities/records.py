"""The journal and the tables: the only writer of appeals."""

from __future__ import annotations

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from storage.database import Database, is_transient
from storage.writer import write
from workflows.contract import Batch

log = structlog.get_logger(__name__)


class Records:
    """Writes what the workflow has decided; at least once, so the same batch twice must leave the same rows."""

    def __init__(self, database: Database) -> None:
        """``database`` is where the appeals are."""
        self._database = database

    @activity.defn(name="write_records")
    async def write(self, batch: Batch) -> None:
        """Replaces every differing row from the batch's first entry on, in one transaction.

        Raises an application error without the statement's values, which may be personal; also when a later attempt
        has been here before, because then nothing is written and nobody may be told that it was.
        """
        try:
            done = (batch.appeal, batch.entries, batch.fence, batch.moments, batch.held)
            written = await write(self._database, *done)
        except Exception as error:  # noqa: BLE001 - any error may quote the values of its statement
            kind = "database-away" if is_transient(error) else "write-failed"
            raise ApplicationError(type(error).__name__, type=kind) from None
        if not written:
            log.error("stale_write", number=batch.appeal.number, seq=batch.appeal.seq, fence=batch.fence)
            raise ApplicationError("a later attempt has written", type="stale-write")
