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
    """Whoever brought it with a number of its own hears of the answer, and of the end; the outbox knows who that is.

    By rules that tell the enterprise, too: before them, histories exist without it.
    """
    said = after.submission
    if not (said.external_ref and said.channel in BRINGS and after.rules.policy.tells_the_enterprise):
        return ()
    answered = _answered_at(after) not in {None, _answered_at(before)}
    closed = after.stage is Stage.CLOSED and before.stage is not Stage.CLOSED
    call = Call(said.channel.value, OUTSIDE, template=RESULT, mark=RESULT, data={"closed": closed})
    return (call,) if answered or closed else ()


def _answered_at(appeal: Appeal) -> datetime | None:
    return appeal.result.answered_at if appeal.result else None


def _taken_out(transfer: Transfer) -> bool:
    """Whether it ended without a word of the body itself."""
    return not transfer.is_open and transfer.refused_at is None and transfer.replied_at is None
