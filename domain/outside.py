"""What outside bodies must be told: that a matter is in their hands, or no longer is; what became of one they brought.

A transfer is named by its place in the appeal's list, from 1. That place is its own for good: nothing takes a transfer
out of the list again, because what made it cannot be corrected.
"""

from __future__ import annotations

from datetime import datetime
from itertools import zip_longest

from domain.appeal import Appeal, Transfer
from domain.notice import OUTSIDE, Call
from domain.vocabulary import Action, Channel, Stage

#: Channels by which outside bodies bring matters.
BRINGS = frozenset({Channel.HOTLINE_12345})
#: The word for what became of one.
RESULT = "result"


def open_number(appeal: Appeal) -> int | None:
    """The number of the transfer that an outside body still has to answer."""
    return next((n for n, t in enumerate(appeal.transfers, 1) if t.is_open), None)


def calls(before: Appeal, after: Appeal) -> tuple[Call, ...]:
    """Each transfer that came into a body's hands, or was taken out of them by us, whatever action did it."""
    told = []
    for n, (was, now) in enumerate(zip_longest(before.transfers, after.transfers), 1):
        if now.is_open and not (was and was.is_open):
            told.append(_call(Action.TRANSFER, n, now))
        elif was and was.is_open and _taken_out(now):
            told.append(_call(Action.RECALL_TRANSFER, n, now))
    return (*told, *_result(before, after))


def _call(word: Action, number: int, transfer: Transfer) -> Call:
    return Call(transfer.body.code, OUTSIDE, template=word.value, mark=word.value, data={"transfer": number})


def _result(before: Appeal, after: Appeal) -> tuple[Call, ...]:
    """Whoever brought it with a number of its own hears of the answer, and of the end; the outbox knows who that is."""
    if not is_told_back(after):
        return ()
    answered = _answered_at(after) not in {None, _answered_at(before)}
    closed = after.stage is Stage.CLOSED and before.stage is not Stage.CLOSED
    return (result_call(after, closed=closed),) if answered or closed else ()


def is_told_back(appeal: Appeal) -> bool:
    """Whether an outside body brought it, and hears of what became of it.

    By rules that tell the enterprise, too: before them, histories exist without it.
    """
    said = appeal.submission
    return bool(said.external_ref) and said.channel in BRINGS and appeal.rules.policy.tells_the_enterprise


def result_call(appeal: Appeal, *, closed: bool) -> Call:
    """What became of it by now; the words of an answer are in its entry, not in codes."""
    outcome = appeal.outcome or (appeal.result.outcome if _answered_at(appeal) and appeal.result else None)
    data = {"closed": closed, "outcome": outcome.value if outcome else None}
    return Call(appeal.submission.channel.value, OUTSIDE, template=RESULT, mark=RESULT, data=data)


def _answered_at(appeal: Appeal) -> datetime | None:
    return appeal.result.answered_at if appeal.result else None


def _taken_out(transfer: Transfer) -> bool:
    """Whether it ended without a word of the body itself."""
    return not transfer.is_open and transfer.refused_at is None and transfer.replied_at is None
