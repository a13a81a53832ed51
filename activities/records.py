"""The journal and the tables: the only writer of appeals."""

from __future__ import annotations

from temporalio import activity
from temporalio.exceptions import ApplicationError

from storage.database import Database, is_transient
from storage.writer import AppealWriter
from workflows.contract import Batch


class Records:
    """Writes what the workflow has decided; at least once, so the same batch twice must leave the same rows."""

    def __init__(self, database: Database) -> None:
        """``database`` is where the appeals are."""
        self._database = database

    @activity.defn(name="write_records")
    async def write(self, batch: Batch) -> None:
        """Replaces every differing row from the batch's first entry on, in one transaction.

        Raises an application error without the statement's values, which may be personal.
        """
        try:
            async with self._database.write() as connection:
                await AppealWriter(connection).write(batch.appeal, batch.entries, batch.fence, batch.moments)
        except Exception as error:  # noqa: BLE001 - any error may quote the values of its statement
            kind = "database-away" if is_transient(error) else "write-failed"
            raise ApplicationError(type(error).__name__, type=kind) from None
