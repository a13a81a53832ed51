"""The rungs of a clock: when it warns, when it escalates, and to whom (DOMAIN.md, *Clocks*).

Codes: ``75`` and ``90`` warn, ``100`` opens an escalation, ``+1``, ``+2``… raise it a level; a clock that the
enterprise owes has ``75`` (a reminder) and ``100`` (it lapses); the return visit's ``first`` calls for the first try.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.appeal import Appeal, Escalation
from domain.clock import Clock, ClockName, due_at, moment_of, open_pauses, resume
from domain.ladder import Ladder, Level, levels_of
from domain.parties import place_of
from domain.people import Place, Unit
from domain.rules import ladder_of, warnings_of
from domain.service import ENTERPRISE, Step

#: Clocks that the enterprise owes: they remind it and lapse, they escalate to nobody.
OWED_BY_ENTERPRISE = frozenset({ClockName.SUPPLEMENT, ClockName.COMMITMENT, ClockName.RATING})
USED_UP, FIRST_TRY = "100", "first"
_FIRST_CONTACT = frozenset({ClockName.ACCEPT, ClockName.TRANSFER_RECEIPT, ClockName.TRANSFER_REPLY, ClockName.VISIT})


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung and the moment it is due."""

    code: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a rung concerns: a unit, and who in it."""

    unit: Unit
    who: tuple[str, ...]


def answerable(appeal: Appeal, name: ClockName, owner: str = "") -> Place:
    """The unit that answers for a clock: the leading unit once it has signed, until then the first contact (S2).

    In a later round it is whoever assigns it. For its signature the unit itself answers, for another unit's step the
    ``owner``.
    """
    if owner and (known := place_of(appeal, owner)):
        return known
    if name in _FIRST_CONTACT:
        return appeal.submission.first_unit
    leads = appeal.assignment.is_signed or name is ClockName.SIGN
    until_then = appeal.submission.first_unit if appeal.round == 1 else appeal.assigning_unit
    return (appeal.lead if leads else None) or until_then


def step_of(appeal: Appeal, clock: Clock) -> Step | None:
    """The step that the clock is about, if it is a step's."""
    return appeal.rules.service.step(clock.subject) if clock.name is ClockName.STEP else None


def lapses(appeal: Appeal, clock: Clock) -> bool:
    """Whether something happens by itself when its time is over, so that it need not call for anybody."""
    step = step_of(appeal, clock)
    return clock.name in OWED_BY_ENTERPRISE or bool(step and step.lapse)


def codes(appeal: Appeal, clock: Clock) -> tuple[str, ...]:
    """Every rung of the clock in order."""
    percents = warnings_of(appeal.rules, clock.name)
    if lapses(appeal, clock):
        return (str(percents[0]), USED_UP)
    ladder = (*map(str, percents), *(_code(n) for n in range(len(levels(appeal, clock)))))
    return (FIRST_TRY, *ladder) if _has_first_try(appeal, clock) else ladder


def _code(nth: int) -> str:
    return f"+{nth}" if nth else USED_UP


def ladder_for(appeal: Appeal, clock: Clock) -> Ladder:
    """The ladder that the clock climbs when it is used up."""
    return ladder_of(appeal.rules, clock.name, listed=any(s.posted for s in appeal.supervisions))


def levels(appeal: Appeal, clock: Clock) -> tuple[Level, ...]:
    """The levels of the clock's ladder: its rungs from ``100`` on."""
    return levels_of(ladder_for(appeal, clock), levels_above(appeal, clock))


def level_at(appeal: Appeal, clock: Clock, code: str) -> Level:
    """The level of a rung, ``100`` or above; of a ladder that has become shorter, the last."""
    ladder = levels(appeal, clock)
    return ladder[min(level_of(code), len(ladder)) - 1]


def _has_first_try(appeal: Appeal, clock: Clock) -> bool:
    """Until somebody has tried; and never after a warning, or the warning would wait for it."""
    if clock.name is not ClockName.VISIT or appeal.visits_now():
        return False
    first, warning = (
        rung_at(appeal, clock, code) for code in (FIRST_TRY, str(warnings_of(appeal.rules, clock.name)[0]))
    )
    return first is not None and warning is not None and first < warning


def rung_at(appeal: Appeal, clock: Clock, code: str) -> datetime | None:
    """When the rung is due; None while a pause lies before it.

    An acknowledgement holds back what falls due in its lease.
    """
    at, live = planned_at(appeal, clock, code), live_escalation(appeal, clock)
    held = live.lease_until if live and code.startswith("+") else None
    return max(at, held) if at and held else at


def planned_at(appeal: Appeal, clock: Clock, code: str) -> datetime | None:
    """When the rung is due if nobody holds it back; what was called early brings the rest forward."""
    calendar = appeal.calendar_of(clock)
    if code == FIRST_TRY:
        return due_at(replace(clock, budget=appeal.rules.policy.visit_first_try), calendar)
    if not code.startswith("+"):
        return moment_of(clock, calendar, int(code))
    due = due_at(clock, calendar)
    if due is None:
        return None
    live = live_escalation(appeal, clock)
    return due + level_at(appeal, clock, code).after - timedelta(seconds=live.sooner if live else 0)


def live_escalation(appeal: Appeal, clock: Clock) -> Escalation | None:
    """The escalation that the clock has opened and nobody has ended."""
    return next((e for e in appeal.escalations if e.generation == clock.generation and e.ended_at is None), None)


def next_rung(appeal: Appeal, clock: Clock) -> Rung | None:
    """The first rung that has neither fired nor been missed; none while the clock waits, is paused or has ended.

    A pause begun after the deadline came too late to pause anything.
    """
    if clock.ended_at or clock.started_at is None or is_standing_still(appeal, clock):
        return None
    code = next((c for c in codes(appeal, clock) if c not in clock.fired), None)
    at = rung_at(appeal, clock, code) if code else None
    return Rung(code, at) if code and at else None


def is_standing_still(appeal: Appeal, clock: Clock) -> bool:
    """Whether an open pause keeps the clock from being used up."""
    return bool(open_pauses(clock)) and due_at(clock, appeal.calendar_of(clock)) is None


def rearmed(appeal: Appeal, clock: Clock, now: datetime) -> Clock:
    """After the deadline moved: rungs that lie ahead again may fire again, those behind stay fired.

    A clock that stands still is looked at as if it ran again now, one that somebody has taken as if nobody had. The
    levels of a policy's ladder stand or fall together, with the deadline: calls may have come early, and by a ladder
    that is another one now.
    """
    running = clock
    for pause in open_pauses(clock):
        running = resume(running, pause.cause, now)
    ladders = appeal.rules.policy.ladders
    by = {code: USED_UP if ladders and escalates(code) else code for code in clock.fired}
    behind = tuple(code for code in clock.fired if _is_behind(planned_at(appeal, running, by[code]), now))
    return replace(clock, fired=behind)


def _is_behind(at: datetime | None, now: datetime) -> bool:
    return at is not None and at <= now


def level_of(code: str) -> int:
    """The level an escalation stands on at this rung: 1 when the clock is used up."""
    return 1 if code == USED_UP else 1 + int(code[1:])


def escalates(code: str) -> bool:
    """Whether the rung calls for people up the ladder; the others warn."""
    return code == USED_UP or code.startswith("+")


def owner_of(appeal: Appeal, clock: Clock, code: str) -> Owner:
    """Whom the rung tells: the handler, then the leader; when the time is used up, whom the ladder calls."""
    chain, step = answerable(appeal, clock.name, clock.owner).chain, step_of(appeal, clock)
    reminder = code == str(warnings_of(appeal.rules, clock.name)[0])
    if clock.name in OWED_BY_ENTERPRISE or (step and ENTERPRISE in step.by and reminder):
        return Owner(chain[0], ("enterprise",))
    if code == FIRST_TRY or reminder:
        return Owner(chain[0], ("visitor" if clock.name is ClockName.VISIT else "handler",))
    if not escalates(code):
        return Owner(chain[0], ("leader",))
    level = level_at(appeal, clock, code)
    return Owner(chain[min(level.up, len(chain) - 1)], level.targets)


def levels_above(appeal: Appeal, clock: Clock) -> int:
    """How many levels there are above the unit that answers for the clock."""
    return len(answerable(appeal, clock.name, clock.owner).chain) - 1
