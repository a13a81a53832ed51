"""What outside bodies were told by a message that is nowhere any more, or were never told.

A database that was restored has lost the messages that came after its backup; an engine that was, the orders to send
them. Either way the tables show it, once they are mended: a transfer that is open, or that we took back, an answer or
an end of what the body brought, and no notice of it. It is told again by the id that it had or would have had: a body
that knows the id does nothing twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from activities.outbox import Outbox
from activities.repair import Repair
from cli.reconciler import FOUND, MENDED, UNEXPLAINED, Outcome
from domain.appeal import Appeal, Transfer
from domain.journal import Entry
from domain.notice import OUTSIDE, Call, Notice
from domain.outside import BRINGS, RESULT, is_told_back, result_call
from domain.vocabulary import Action
from storage.appeals import Appeals, Stored
from storage.database import Database
from storage.deliveries import DeliveryReads
from storage.journal import JournalReads
from storage.notices import NoticeReads

UNTOLD: Final = "transfer-untold"
RESULT_UNTOLD: Final = "result-untold"
_GRACE: Final = timedelta(seconds=60)
"""What was decided just now is being told."""


@dataclass(frozen=True, slots=True)
class Word:
    """What the body of the ``n``-th transfer must have been told, and when it was decided."""

    of: Action
    n: int
    transfer: Transfer
    at: datetime

    @property
    def fault(self) -> tuple[str, str]:
        """Its kind, and where."""
        return UNTOLD, f"#{self.n}:{self.of.value}"

    @property
    def call(self) -> Call:
        """As the loop would make it."""
        data = {"transfer": self.n}
        return Call(self.transfer.body.code, OUTSIDE, template=self.of.value, mark=self.of.value, data=data)


@dataclass(frozen=True, slots=True)
class Result:
    """An answer, or the end, of what a body brought, and when it was; ``of`` is the action if that is known."""

    call: Call
    at: datetime
    of: Action | None = None

    @property
    def fault(self) -> tuple[str, str]:
        """Its kind, and where."""
        return RESULT_UNTOLD, "closed" if self.call.data["closed"] else "answered"


def notice_of(word: Word | Result, journal: Sequence[Entry]) -> Notice | None:
    """As the loop told it, or would have; None when its entry is not to be found."""
    at_that_time = [e for e in journal if e.at == word.at]
    entry = next((e for e in at_that_time if e.action is word.of), at_that_time[-1] if at_that_time else None)
    return word.call.of(entry) if entry else None


class Untold:
    """Looks for them, and tells them."""

    def __init__(self, database: Database, outbox: Outbox, partners: Collection[str], *, dry_run: bool) -> None:
        """``partners``: the bodies that are spoken to by machine; the others are told by people."""
        self._database = database
        self._outbox = outbox
        self._repair = Repair(database, outbox)
        self._partners = partners
        self._dry_run = dry_run

    async def settle(self, numbers: Collection[str], unsettled: Collection[str]) -> list[Outcome]:
        """What was found among ``numbers``, and what became of it; nothing is said of the ``unsettled``."""
        if not self._partners:
            return []
        channels = [channel.value for channel in BRINGS if self._outbox.hears_results(channel)]
        async with self._database.read() as r:
            handed_over = await DeliveryReads(r).handed_over()
            brought = await DeliveryReads(r).brought(channels) if channels else []
        concerned = dict.fromkeys((*handed_over, *brought))
        outcomes = [await self._settle(n) for n in concerned if n in numbers and n not in unsettled]
        return [outcome for outcome in outcomes if outcome]

    async def _settle(self, number: str) -> Outcome | None:
        async with self._database.read() as r:
            stored = await Appeals(r).get(number)
            notices = [n for n in await NoticeReads(r).of(number) if n.is_for_outside]
            words = self._untold(stored, notices) if stored else []
            journal = await JournalReads(r).of(number) if words else []
        if not words:
            return None
        lost = [notice_of(word, journal) for word in words]
        if self._dry_run:
            result = FOUND
        else:
            await self._repair.tell_outside([notice for notice in lost if notice])
            result = MENDED if all(lost) else UNEXPLAINED
        return Outcome(number, tuple(word.fault for word in words), result)

    def _untold(self, stored: Stored, notices: Sequence[Notice]) -> list[Word | Result]:
        appeal, before = stored.appeal, datetime.now(UTC) + stored.offset - _GRACE
        told = {(n.template, n.data["transfer"]) for n in notices if "transfer" in n.data}
        words: list[Word | Result] = [
            word for word in untold(appeal, told) if word.transfer.body.code in self._partners
        ]
        if self._outbox.hears_results(appeal.submission.channel):
            known = {n.at for n in notices if n.template == RESULT}
            words += [word for word in results_of(appeal) if word.at not in known]
        return [word for word in words if word.at < before]


def untold(appeal: Appeal, told: Collection[tuple[str, int]]) -> Iterator[Word]:
    """In order. What the body itself has ended, it knew of; of what was taken back, it may have heard the beginning."""
    for n, transfer in enumerate(appeal.transfers, 1):
        if transfer.refused_at or transfer.replied_at or (Action.RECALL_TRANSFER.value, n) in told:
            continue
        if (Action.TRANSFER.value, n) not in told:
            yield Word(Action.TRANSFER, n, transfer, transfer.at)
        if transfer.ended_at:
            yield Word(Action.RECALL_TRANSFER, n, transfer, transfer.ended_at)


def results_of(appeal: Appeal) -> Iterator[Result]:
    """What became of what a body brought, in order: the answer of this round, and the end."""
    if not is_told_back(appeal):
        return
    if appeal.result and appeal.result.answered_at not in {None, appeal.closed_at}:
        answered = replace(appeal, outcome=None)
        yield Result(result_call(answered, closed=False), appeal.result.answered_at, Action.SEND_ANSWER)
    if appeal.closed_at:
        yield Result(result_call(appeal, closed=True), appeal.closed_at)
