"""What an appeal adds to the figures, beside what its row says anyway: derived from its state, kept in columns.

So every figure is a question to columns, answered by an index, and the list behind it is the same question (ADR 0032).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from domain.appeal import Appeal
from domain.clock import Clock, ClockName, Status, read
from domain.parties import complained_of
from storage.turn_columns import COLUMNS as TURNS
from storage.turn_columns import turn_columns

#: The bit of each clock in the columns that hold several: kept in tables, so a new name comes at the end.
BITS: Final[Mapping[ClockName, int]] = {
    name: 1 << place
    for place, name in enumerate(
        (
            *(ClockName.ACCEPT, ClockName.SIGN, ClockName.HANDLE, ClockName.REVIEW, ClockName.INSPECTION),
            *(ClockName.SUPPLEMENT, ClockName.COMMITMENT, ClockName.RATING, ClockName.VISIT),
            *(ClockName.TRANSFER_RECEIPT, ClockName.TRANSFER_REPLY, ClockName.STATUTORY, ClockName.SUPERVISION),
            *(ClockName.STEP, ClockName.COOPERATION),
        )
    )
}


#: The columns; where an earlier release wrote the row they are null, this one among them.
UNTALLIED: Final = "clocks_met"
TALLIED: Final = frozenset(
    {
        *("answering_unit", "against", "tiers", "grade", "rated_at", "visit", "extensions"),
        *("clocks_met", "clocks_late", "clocks_running", "clocks_breached"),
        *TURNS,
    }
)


#: Complained of are so many that nobody counts it.
EVERYBODY: Final = "*"
_LONGEST: Final = 200


class Kept(StrEnum):
    """How an appeal's clocks of one name were kept, over all rounds: the worst of them, the worst first.

    ``breached``: one runs on past its deadline; ``late``: one ended after it, met or stopped; ``running``: one has not
    ended (it may be paused, or wait for its start); ``met``: all that were met were met in time. Those that were only
    ever stopped in time count nowhere.
    """

    BREACHED = "breached"
    LATE = "late"
    RUNNING = "running"
    MET = "met"


def tally(appeal: Appeal) -> dict[str, Any]:
    """The columns. A breach counts from the entry that notes it: a second or two after the moment, at most."""
    kept = _kept(appeal)
    rating = appeal.ratings[-1] if appeal.ratings else None
    visit = appeal.visits[-1] if appeal.visits else None
    return (
        turn_columns(appeal)
        | {
            "answering_unit": (appeal.lead or appeal.assigning_unit).code,
            "against": _against(appeal),
            "tiers": " ".join(sorted(tier.value for tier in appeal.submission.enterprise.tiers)),
            "grade": rating.grade if rating else None,
            "rated_at": rating.at if rating else None,
            "visit": visit.result.value if visit else None,
            "extensions": sum(1 for asked in appeal.extensions if asked.granted),
        }
        | {f"clocks_{how.value}": sum(BITS[name] for name, was in kept.items() if was is how) for how in Kept}
    )


def _against(appeal: Appeal) -> str | None:
    """The codes of whom it complains of, each between two line breaks. It stands in an index, which takes no novel."""
    named = "\n".join(("", *sorted(complained_of(appeal.submission, appeal.rules.service)), ""))
    return None if named == "\n" else named if len(named) <= _LONGEST else EVERYBODY


def _kept(appeal: Appeal) -> dict[ClockName, Kept]:
    found: dict[ClockName, Kept] = {}
    for clock in appeal.clocks:
        how = _how(appeal, clock)
        if how is not None and (clock.name not in found or _WORST.index(how) < _WORST.index(found[clock.name])):
            found[clock.name] = how
    return found


_WORST: Final = tuple(Kept)


def _how(appeal: Appeal, clock: Clock) -> Kept | None:
    reading = read(clock, appeal.calendar_of(clock), appeal.last_at or appeal.created_at)
    if clock.ended_at is None:
        return Kept.BREACHED if reading.status is Status.BREACHED else Kept.RUNNING
    if reading.late:
        return Kept.LATE
    return Kept.MET if reading.status is Status.MET else None
