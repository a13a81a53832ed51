"""Repair: the same tables, written by the same writer, when they have come apart from the workflow.

No workflow commands it; ``appeals reconcile`` calls it. It stands in this room because no other one writes appeals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import structlog

from activities.outbox import Outbox
from domain.journal import Entry
from domain.notice import Notice
from domain.rules import Rules
from storage.comparison import Claim
from storage.database import Database
from storage.mending import AppealMender, Overtaken
from storage.notices import Notices

log = structlog.get_logger(__name__)


class Repair:
    """Makes the tables of an appeal say what was proved to be true of it."""

    def __init__(self, database: Database, outbox: Outbox | None = None) -> None:
        """``database`` is where the appeals are, ``outbox`` takes what outside bodies are to be told."""
        self._database = database
        self._outbox = outbox

    async def mend(
        self,
        claim: Claim,
        entries: Sequence[Entry],
        *,
        rules: Iterable[Rules] = (),
        notices: Sequence[Notice] = (),
        lower: int | None = None,
    ) -> bool:
        """Every row as it should be, in one transaction. False when the workflow has written meanwhile: look again.

        ``lower`` is a fence in the row that no write can have left there.
        """
        try:
            async with self._database.write() as connection:
                mender = AppealMender(connection)
                for one in rules:
                    await mender.keep_rules(one)
                await mender.mend(claim, entries, lower=lower)
                await Notices(connection).add(notices)
        except Overtaken:
            return False
        log.info("mended", number=claim.appeal.number, seq=claim.appeal.seq)
        return True

    async def tell_outside(self, notices: Sequence[Notice]) -> None:
        """What outside bodies must hear, with its messages; what is there already stays as it is."""
        async with self._database.write() as connection:
            await Notices(connection).add(notices)
            if self._outbox:
                await self._outbox.post(connection, notices)

    async def leave_to_the_relay(self, number: str) -> None:
        """What intake has kept waits to be started, also when it was said to have been."""
        async with self._database.write() as connection:
            await AppealMender(connection).unmark(number)
