"""The clocks of steps: each open step with a limit of its own has one, and they follow their steps."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain import clock as clocks
from domain.appeal import Appeal, StepState
from domain.budget import MOST
from domain.clock import Clock, ClockName, open_pauses
from domain.conditions import holds
from domain.facts import Known
from domain.new_clock import new_clock
from domain.parties import units_of
from domain.people import SYSTEM
from domain.rungs import rearmed
from domain.service import ENTERPRISE, LEAD, Limit, Step, marked
from domain.until import end_of
from domain.vocabulary import StepStatus


def follow(appeal: Appeal, now: datetime) -> Appeal:
    """A clock begins with each step, or part of one, that opened; it ends with it: met when done, else stopped."""
    running = any(_is_open(c) for c in appeal.clocks)
    kept = tuple(_ended(appeal, c, now) if _is_open(c) else c for c in appeal.clocks) if running else appeal.clocks
    moved = replace(appeal, clocks=kept) if running else appeal
    for state in (s for s in appeal.procedure if s.status is StepStatus.ACTIVE):
        if not any(_is_open(c) and _is_of(c, state) for c in kept):
            moved = _started(moved, state, now)
    return moved


def _is_open(clock: Clock) -> bool:
    return clock.name is ClockName.STEP and clock.ended_at is None


def _is_of(clock: Clock, state: StepState) -> bool:
    return clock.subject == state.code and state.unit in {"", clock.owner}


def _ended(appeal: Appeal, clock: Clock, now: datetime) -> Clock:
    found = [s for s in appeal.procedure if _is_of(clock, s)]
    if any(s.status is StepStatus.ACTIVE for s in found):
        return clock
    # What the system did because the time was over has not met it.
    met = any(s.status is StepStatus.DONE and s.by != SYSTEM.id for s in found)
    return clocks.end(clock, now, "met" if met else "stopped")


def _started(appeal: Appeal, state: StepState, now: datetime) -> Appeal:
    """With the pauses under which the promise stands still just then."""
    timed = _timed(appeal, state, now)
    if timed is None:
        return appeal
    owner = state.unit or _owner(appeal, timed.step)
    # What was agreed for a day is on that day, whatever else stands still.
    beside = None if timed.limit.until else appeal.open_clock(ClockName.HANDLE)
    clock = replace(
        new_clock(appeal, ClockName.STEP, timed.budget, owner),
        statutory=timed.limit.statutory,
        basis=timed.basis,
        started_at=now,
        pauses=tuple(replace(p, started_at=now) for p in open_pauses(beside)) if beside else (),
        subject=state.code,
        fixed=bool(timed.limit.until),
        ends_at=timed.ends_at,
    )
    return replace(appeal, clocks=(*appeal.clocks, clock))


def remeasure(appeal: Appeal, now: datetime) -> Appeal:
    """Each by the limit that its step has now, from its true start; one that has none any more keeps what it had."""

    def measured(clock: Clock) -> Clock:
        state = next((s for s in appeal.procedure if _is_of(clock, s)), None)
        timed = _timed(appeal, state, clock.started_at or now) if state else None
        again = _by(clock, timed) if timed else clock
        return rearmed(appeal, again, now)

    return replace(appeal, clocks=tuple(measured(c) if _is_open(c) else c for c in appeal.clocks))


@dataclass(frozen=True, slots=True)
class _Timed:
    """The limit that holds for a step, and its time as a budget."""

    step: Step
    limit: Limit
    budget: str
    ends_at: datetime | None

    @property
    def basis(self) -> str:
        """The article as people read it, with its mark."""
        return marked(self.limit.basis, verified=self.limit.verified) if self.limit.basis else ""


def _by(clock: Clock, timed: _Timed) -> Clock:
    return replace(clocks.rebudget(clock, timed.budget), basis=timed.basis, ends_at=timed.ends_at)


def _timed(appeal: Appeal, state: StepState, start: datetime) -> _Timed | None:
    step = appeal.rules.service.step(state.code)
    if step is None:
        return None
    known = Known(appeal, step)
    limit = next((one for one in step.limits if holds(one.when, known)), None)
    if limit is None:
        return None
    end = end_of(known(limit.until)) if limit.until else None
    if end is not None:
        return _Timed(step, limit, *_until(end, start))
    # Nobody named the day: it may last as long as all of it is promised to, but not for ever.
    return _Timed(step, limit, appeal.rules.service.handle if limit.until else limit.budget, None)


def _owner(appeal: Appeal, step: Step) -> str:
    """The unit that owes a step which is not the lead's; empty for the lead."""
    if LEAD in step.by or ENTERPRISE in step.by:
        return ""
    first = next(iter(units_of(appeal, step)), None)
    return first.code if first and not appeal.assignment.leads(first.code) else ""


def _until(end: datetime, start: datetime) -> tuple[str, datetime]:
    """About how long it is until a moment, as a budget, and the moment: a second ahead, and not for ever."""
    ends_at = min(max(end, start + _LEAST), start + _MOST)
    seconds = math.ceil((ends_at - start).total_seconds())
    size, unit = next(one for one in _SIZES if seconds <= MOST * one[0])
    return f"{math.ceil(seconds / size)} {unit}", ends_at


_LEAST, _MOST = timedelta(seconds=1), timedelta(hours=MOST)
_SIZES = ((1, "seconds"), (60, "minutes"), (3600, "hours"))
