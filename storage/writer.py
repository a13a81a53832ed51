"""Writing an appeal: its journal, its row and its escalations, in one transaction and few round trips.

The writer may run more than once for the same entries, and for entries that the engine has forgotten again (a ghost:
the worker died between this commit and the engine's). So it makes the tables equal to what it is given, from the
first entry on, and leaves identical rows untouched. The ordinary write goes on from the row's own last entry, in three
statements.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, select, tuple_, update

from domain.appeal import Appeal, Escalation
from domain.colours import Moments
from domain.journal import Entry
from domain.notice import Notice
from storage.codec import entry_row
from storage.database import Database, Write
from storage.held_notices import Held
from storage.intake import Intake
from storage.locks import Lock, take
from storage.ordinary import is_written_ordinarily
from storage.rows import appeal_row, escalation_row
from storage.tables import appeals, escalations, held_notices, journal
from storage.upsert import insert_or_ignore, upsert

_KEPT = frozenset({"number", "offset_us"})
_MOVE_ON = (
    update(appeals)
    .where(appeals.c.number == bindparam("of"))
    .where(appeals.c.fence <= bindparam("upto"), appeals.c.seq == bindparam("before"))
    .values({c: bindparam(c.name) for c in appeals.columns if c.name not in _KEPT})
)
"""The ordinary write: nothing lies beyond the entry before it."""

_BEYOND = (
    journal.c.number == bindparam("of"),
    journal.c.seq >= bindparam("first"),
    tuple_(journal.c.seq, journal.c.entry_id, journal.c.hash, journal.c.salt).not_in(
        bindparam("kept", expanding=True),
    ),
)
_GHOSTS = delete(journal).where(*_BEYOND)
_UNHEARD = delete(held_notices).where(
    held_notices.c.number == bindparam("of"), held_notices.c.seq.in_(select(journal.c.seq).where(*_BEYOND))
)
_MOMENTS = select(func.count(journal.c.at.distinct())).where(*_BEYOND)
_GONE = delete(escalations).where(
    escalations.c.number == bindparam("of"),
    escalations.c.id.not_in(bindparam("kept", expanding=True)),
)


class TablesAhead(Exception):  # noqa: N818 - an answer, which rolls the transaction back
    """More lies beyond than a crash can leave: the engine has forgotten what was answered (ADR 0013)."""


async def write(
    database: Database,
    appeal: Appeal,
    entries: Sequence[Entry],
    fence: int,
    moments: Moments,
    held: Sequence[Notice] = (),
) -> bool:
    """As :meth:`AppealWriter.write`, in a transaction of its own and as few round trips as will do."""
    if await is_written_ordinarily(database, appeal, entries, fence, moments, held):
        return True
    async with database.write() as w:
        return await AppealWriter(w).write(appeal, entries, fence, moments, held)


class AppealWriter:
    """The only writer of an appeal's tables."""

    def __init__(self, w: Write) -> None:
        self._w = w

    async def write(
        self,
        appeal: Appeal,
        entries: Sequence[Entry],
        fence: int,
        moments: Moments,
        held: Sequence[Notice] = (),
    ) -> bool:
        """Make the tables say what ``appeal`` and its newest ``entries`` say, and hold what is to be told of these.

        Journal rows from the first entry's seq on that differ, or lie beyond the last, are replaced; without entries,
        those beyond the appeal's last go. False, and nothing is written, when a later attempt (a higher ``fence``) was
        here before. The rules are there already: intake, or whoever migrates an appeal, keeps them. Raises TablesAhead.
        """
        row = appeal_row(appeal, fence, moments)
        if entries and await self._follows(row, entries[0].seq):
            if appeal.escalations:
                await self._upsert_escalations(appeal.number, appeal.escalations)
            await Held(self._w).keep(appeal.number, appeal.seq, held)
            if await self._append(appeal, entries):
                return True
        if not await self._replace(appeal, entries, row):
            return False
        await Held(self._w).keep(appeal.number, appeal.seq, held)
        return True

    async def _follows(self, row: dict[str, Any], first: int) -> bool:
        """Whether the row could be moved on from just before the entries: then nothing of a ghost can be there."""
        if first == 1:
            return await self._w.run(insert_or_ignore(self._w.dialect, appeals), row) == 1
        return await self._w.run(_MOVE_ON, {**row, "of": row["number"], "upto": row["fence"], "before": first - 1}) == 1

    async def _replace(self, appeal: Appeal, entries: Sequence[Entry], row: dict[str, Any]) -> bool:
        statement = upsert(self._w.dialect, appeals, "number", keep=("offset_us",), fence="fence")
        # This takes the row's lock first, so attempts on one appeal follow each other.
        if not await self._w.run(statement, row):
            return False
        await self._w.run(_GONE, {"of": appeal.number, "kept": [e.id for e in appeal.escalations]})
        if appeal.escalations:
            await self._upsert_escalations(appeal.number, appeal.escalations)
        kept = [(e.seq, e.entry_id, e.hash, e.salt) for e in entries]
        first = entries[0].seq if entries else appeal.seq + 1
        beyond = {"of": appeal.number, "first": first, "kept": kept}
        # A ghost is what one task decided, and a task has one time. More is not for a writer to take away.
        if await self._w.value(_MOMENTS, beyond) > 1:
            raise TablesAhead
        await self._w.run(_UNHEARD, beyond)
        await self._w.run(_GHOSTS, beyond)
        if entries:
            await self._append(appeal, entries)
        return True

    async def set_offset(self, number: str, offset: timedelta) -> None:
        """Rehearsal: how far this appeal's own now is ahead."""
        await self._w.run(update(appeals).where(appeals.c.number == number).values(offset_us=offset))

    async def _append(self, appeal: Appeal, entries: Sequence[Entry]) -> bool:
        """False when something stands in the place of one of them."""
        if entries[0].seq == 1:
            # The engine has it: nobody need start it again.
            await Intake(self._w).mark_started(appeal.number, appeal.created_at)
        # Positions are drawn before the commit. Without a lock up to the commit a reader could see 11 before 10, go on
        # from 11 and never see 10. It costs the server's group commit, so it is taken last: what is left is one insert
        # and the commit itself, and as many of these fit into a second as the disk can sync.
        if (lock := take(self._w.dialect, Lock.JOURNAL)) is not None:
            await self._w.value(lock)
        statement = insert_or_ignore(self._w.dialect, journal)
        written = [await self._w.run(statement, entry_row(entry)) for entry in entries]
        return sum(written) == len(entries)

    async def _upsert_escalations(self, number: str, current: Sequence[Escalation]) -> None:
        rows = [escalation_row(number, e) for e in current]
        await self._w.run(upsert(self._w.dialect, escalations, "id"), rows)
