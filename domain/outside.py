"""What outside bodies must be told of a transfer: that a matter is in their hands, and that it no longer is.

A transfer is named by its place in the appeal's list, from 1. That place is its own for good: nothing takes a transfer
out of the list again, because what made it cannot be corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

from domain.appeal import Appeal, Transfer
from domain.vocabulary import Action

#: The audience of a notice that is for an outside body.
OUTSIDE = ("outside_body",)


@dataclass(frozen=True, slots=True)
class Word:
    """What the body of a transfer must be told."""

    of: Action
    transfer: int
    body: str


def open_number(appeal: Appeal) -> int | None:
    """The number of the transfer that an outside body still has to answer."""
    return next((n for n, t in enumerate(appeal.transfers, 1) if t.is_open), None)


def words_of(before: Appeal, after: Appeal) -> tuple[Word, ...]:
    """Each transfer that came into a body's hands, or was taken out of them by us, whatever action did it."""
    told = []
    for n, (was, now) in enumerate(zip_longest(before.transfers, after.transfers), 1):
        if now.is_open and not (was and was.is_open):
            told.append(Word(Action.TRANSFER, n, now.body.code))
        elif was and was.is_open and _taken_out(now):
            told.append(Word(Action.RECALL_TRANSFER, n, now.body.code))
    return tuple(told)


def _taken_out(transfer: Transfer) -> bool:
    """Whether it ended without a word of the body itself."""
    return not transfer.is_open and transfer.refused_at is None and transfer.replied_at is None
