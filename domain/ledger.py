"""What a clock remembers: budget, start, end, pauses and extensions. Deadlines are derived from it, never kept.

Each function takes a clock and gives the next one. A clock that has ended is history: nothing changes it any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from domain.budget import parse


class ClockName(StrEnum):
    """The limits of an appeal (DOMAIN.md, Clocks)."""

    ACCEPT = "accept"
    SIGN = "sign"
    HANDLE = "handle"
    REVIEW = "review"
    INSPECTION = "inspection"
    SUPPLEMENT = "supplement"
    COMMITMENT = "commitment"
    RATING = "rating"
    VISIT = "visit"
    TRANSFER_RECEIPT = "transfer_receipt"
    TRANSFER_REPLY = "transfer_reply"
    STATUTORY = "statutory"
    SUPERVISION = "supervision"
    STEP = "step"
    COOPERATION = "cooperation"

    # Enum's own is a function of Python; clocks are looked up by name for every clock of a month of appeals.
    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch during which a clock stands still, half-open, open until `ended_at` is known.

    `cause` is what ends it (two causes may overlap), `reason` what people read, `until` when it ends by itself; `note`
    is what somebody wrote beside a reason of the closed list.
    """

    cause: str
    reason: str
    actor: str
    started_at: datetime
    ended_at: datetime | None = None
    until: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Extension:
    """More time, granted by `actor` at a moment: a further budget that runs on from the previous deadline.

    `basis` is the law or rule on which it was asked for.
    """

    at: datetime
    budget: str
    reason: str
    actor: str
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time budget and its ledger. `started_at` is None while it waits for the event that starts it.

    `round` is the appeal's round, `generation` counts its restarts, `basis` the legal basis or service rule of its
    budget, `statutory` marks 法定时限 against 承诺时限, `fired` names the rungs that have fired, `timetable` the hours
    by which it counts (ADR 0016), the default when empty. Of several that run at the same time, ``subject`` says what
    each is about (a step's code), and ``owner`` which unit owes it, where that is not the one that leads. ``fixed``:
    it ends on an agreed day, and never stands still; ``ends_at`` is when that is, the budget then only about how long.
    """

    name: ClockName
    round: int
    generation: int
    budget: str
    statutory: bool = False
    basis: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ending: str = ""  # "met" | "stopped", once ended
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    fired: tuple[str, ...] = ()
    timetable: str = ""
    subject: str = ""
    owner: str = ""
    fixed: bool = False
    ends_at: datetime | None = None


def start(clock: Clock, now: datetime) -> Clock:
    """Set a waiting clock going; one that has started or ended keeps what it has.

    A pause under which it waited holds from its start, if it still holds.
    """
    if clock.started_at is not None or clock.ended_at is not None:
        return clock
    return replace(clock, started_at=now, pauses=tuple(replace(p, started_at=now) for p in open_pauses(clock)))


def open_pauses(clock: Clock) -> tuple[Pause, ...]:
    """The pauses that nobody has ended yet."""
    return tuple(pause for pause in clock.pauses if pause.ended_at is None)


def pause(clock: Clock, pause: Pause) -> Clock:
    """Add a pause; nothing happens if the clock is fixed, has ended, or already stands still for the same cause."""
    if clock.fixed or clock.ended_at is not None or any(known.cause == pause.cause for known in open_pauses(clock)):
        return clock
    return replace(clock, pauses=(*clock.pauses, pause))


def resume(clock: Clock, cause: str, now: datetime) -> Clock:
    """End the open pause of that cause. A pause with an `until` ends there, however late its timer was noticed."""
    return replace(clock, pauses=tuple(_ended(known, now) if known.cause == cause else known for known in clock.pauses))


def end(clock: Clock, now: datetime, ending: str) -> Clock:
    """End the clock for good: ``met`` when what it waited for has happened, ``stopped`` when it no longer matters.

    Pauses still open end with it. Raises `ValueError` for any other ending.
    """
    if ending not in {"met", "stopped"}:
        raise ValueError(f"a clock ends met or stopped, not {ending!r}")
    if clock.ended_at is not None:
        return clock
    pauses = tuple(_ended(known, now) for known in clock.pauses)
    return replace(clock, ended_at=now, ending=ending, pauses=pauses)


def extend(clock: Clock, extension: Extension) -> Clock:
    """Lengthen a clock that has not ended. Raises `domain.budget.BadBudget`."""
    parse(extension.budget)
    return clock if clock.ended_at is not None else replace(clock, extensions=(*clock.extensions, extension))


def rebudget(clock: Clock, budget: str) -> Clock:
    """Give a clock that has not ended another budget, as if it had had it from its start.

    Raises `domain.budget.BadBudget`.
    """
    parse(budget)
    return clock if clock.ended_at is not None else replace(clock, budget=budget)


def _ended(known: Pause, now: datetime) -> Pause:
    if known.ended_at is not None:
        return known
    last = now if known.until is None else min(now, known.until)
    return replace(known, ended_at=max(known.started_at, last))
