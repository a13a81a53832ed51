"""Documents: what is printed of an appeal, and how somebody far away finds out whether a paper is genuine.

Nothing of it is kept in tables of its own. Which papers there are is read from the appeal and its journal
(:mod:`domain.printed`), whether one is valid is decided at the reader's moment, and its code is derived: so all of it
survives a rebuild of the tables.
"""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.journal import Entry, canonical, moment
from domain.settled import is_told
from domain.vocabulary import Action

_CODE = re.compile(r"([0-9]{8})([0-9]{8})([A-Z2-7]{20})\Z", re.ASCII)
_SEAL = 20  # characters of base32: a hundred bits
_ENDINGS = ("有限责任公司", "股份有限公司", "有限公司", "公司", "厂")
_LEAST_HIDDEN = 2


class Family(StrEnum):
    """What a paper is, whatever its own kind: its template is that of its kind, or else of its family."""

    RECEIPT = "receipt"
    PERMIT = "permit"
    RESULTS = "results"
    ANSWER = "answer"
    REJECTION = "rejection"


class Standing(StrEnum):
    """Whether a paper holds."""

    VALID = "valid"
    UPCOMING = "upcoming"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Paper:
    """One document: ``kind`` and ``number`` name it, ``shows`` is what it says. Days are ISO texts.

    ``unit`` is the code of the unit that issued it, empty when the system did. Of an answer, ``round`` is the one that
    it ended, and ``followed_at`` when a later one was given: it stays what was said, and is no longer the last word.
    """

    family: Family
    kind: str
    name: str
    number: str
    at: datetime
    unit: str
    shows: dict[str, Any] = field(default_factory=dict)
    valid_from: str | None = None
    valid_until: str | None = None
    revoked_at: datetime | None = None
    round: int = 0
    followed_at: datetime | None = None


def delivered(paper: Paper, appeal: Appeal, entries: Sequence[Entry]) -> bool:
    """Whether the enterprise has it: a receipt and a letter at once, what was issued with the answer that follows.

    Where the result was told while later steps go on, it is issued and told in one.
    """
    if paper.family not in {Family.PERMIT, Family.RESULTS} or is_told(appeal):
        return True
    return any(e.action is Action.SEND_ANSWER and e.at >= paper.at for e in entries)


def standing(paper: Paper, now: datetime) -> Standing:
    """Whether the paper holds at ``now``. Its last day counts to its end; a text that is no day ends nothing."""
    today = now.astimezone(ZONE).date()
    first, last = _day(paper.valid_from), _day(paper.valid_until)
    if paper.revoked_at is not None and paper.revoked_at <= now:
        return Standing.REVOKED
    if last is not None and last < today:
        return Standing.EXPIRED
    return Standing.UPCOMING if first is not None and first > today else Standing.VALID


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def code_of(paper: Paper, entries: Sequence[Entry]) -> str:
    """The code by which anybody verifies the paper: the appeal's digits, and a seal that nobody can guess.

    Its key is the hash of the journal's first entry, into which the salt of the submission has gone, and which stays
    when a person is erased.
    """
    said = canonical([paper.kind, paper.number, moment(paper.at)])
    seal = hmac.digest(entries[0].hash.encode(), said.encode(), "sha256")
    digits = entries[0].number.removeprefix("SQ").replace("-", "")
    return digits + base64.b32encode(seal).decode()[:_SEAL]


def plain(code: str) -> str:
    """A code as it was made, however it was printed and typed."""
    return re.sub(r"[\s-]", "", code).upper()


def grouped(code: str) -> str:
    """A code as people read it: in fours."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def number_in(code: str) -> str | None:
    """The number of the appeal that a code speaks of; None for what is no code."""
    found = _CODE.match(plain(code))
    return f"SQ{found[1]}-{found[2]}" if found else None


def is_code_of(code: str, paper: Paper, entries: Sequence[Entry]) -> bool:
    """Whether the code is this paper's; how long the answer takes does not depend on how much of it is right."""
    return hmac.compare_digest(code_of(paper, entries).encode(), plain(code).encode(errors="replace"))


def mask_enterprise(name: str) -> str:
    """An enterprise's name for a stranger: a company keeps its ending, of a person's shop one character is left."""
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) >= 2 + _LEAST_HIDDEN + len(ending):
            return f"{name[:2]}***{ending}"
    return f"{name[:1]}***" if name else ""
