"""Transfers whose outside body was told of them by a message that is nowhere any more, or was never told.

A database that was restored has lost the messages that came after its backup; an engine that was, the orders to send
them. Either way the tables show it, once they are mended: a transfer that is open, or that we took back, and no notice
of it. It is told again by the id that it had or would have had: a body that knows the id does nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from activities.outbox import Outbox
from activities.repair import Repair
from cli.reconciler import FOUND, MENDED, UNEXPLAINED, Outcome
from domain.appeal import Appeal, Transfer
from domain.journal import Entry
from domain.notice import OUTSIDE, Call, Notice
from domain.vocabulary import Action
from storage.appeals import Appeals
from storage.database import Database
from storage.deliveries import DeliveryReads
from storage.journal import JournalReads
from storage.notices import NoticeReads

UNTOLD: Final = "transfer-untold"
_GRACE: Final = timedelta(seconds=60)
"""What was decided just now is being told."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the body of the ``n``-th transfer must have been told, and when it was decided."""

    of: Action
    n: int
    transfer: Transfer
    at: datetime

    def notice(self, journal: Sequence[Entry]) -> Notice | None:
        """As the loop told it, or would have; None when its entry is not to be found."""
        at_that_time = [e for e in journal if e.at == self.at]
        entry = next((e for e in at_that_time if e.action is self.of), at_that_time[-1] if at_that_time else None)
        data = {"transfer": self.n}
        call = Call(self.transfer.body.code, OUTSIDE, template=self.of.value, mark=self.of.value, data=data)
        return call.of(entry) if entry else None


class Untold:
    """Looks for them, and tells them."""

    def __init__(self, database: Database, outbox: Outbox, partners: Collection[str], *, dry_run: bool) -> None:
        """``partners``: the bodies that are spoken to by machine; the others are told by people."""
        self._database = database
        self._repair = Repair(database, outbox)
        self._partners = partners
        self._dry_run = dry_run

    async def settle(self, numbers: Collection[str], unsettled: Collection[str]) -> list[Outcome]:
        """What was found among ``numbers``, and what became of it; nothing is said of the ``unsettled``."""
        async with self._database.read() as r:
            handed_over = [n for n in await DeliveryReads(r).handed_over() if n in numbers and n not in unsettled]
        outcomes = [await self._settle(number) for number in handed_over if self._partners]
        return [outcome for outcome in outcomes if outcome]

    async def _settle(self, number: str) -> Outcome | None:
        async with self._database.read() as r:
            stored, journal = await Appeals(r).get(number), await JournalReads(r).of(number)
            notices = await NoticeReads(r).of(number)
        if stored is None:
            return None
        before = datetime.now(UTC) + stored.offset - _GRACE
        told = {(n.template, n.data["transfer"]) for n in notices if n.is_for_outside and "transfer" in n.data}
        words = [w for w in untold(stored.appeal, told) if w.at < before and w.transfer.body.code in self._partners]
        if not words:
            return None
        lost = [word.notice(journal) for word in words]
        if self._dry_run:
            result = FOUND
        else:
            await self._repair.tell_outside([notice for notice in lost if notice])
            result = MENDED if all(lost) else UNEXPLAINED
        return Outcome(number, tuple((UNTOLD, f"#{word.n}:{word.of.value}") for word in words), result)


def untold(appeal: Appeal, told: Collection[tuple[str, int]]) -> Iterator[Word]:
    """In order. What the body itself has ended, it knew of; of what was taken back, it may have heard the beginning."""
    for n, transfer in enumerate(appeal.transfers, 1):
        if transfer.refused_at or transfer.replied_at or (Action.RECALL_TRANSFER.value, n) in told:
            continue
        if (Action.TRANSFER.value, n) not in told:
            yield Word(Action.TRANSFER, n, transfer, transfer.at)
        if transfer.ended_at:
            yield Word(Action.RECALL_TRANSFER, n, transfer, transfer.ended_at)
