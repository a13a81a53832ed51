"""What a move does to the clocks: the verbs of :class:`~domain.vocabulary.Effect`, each carried out here once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain import clock as clocks
from domain import hand_clocks, step_clocks
from domain.appeal import Appeal
from domain.clock import Clock, ClockName, Extension, Pause
from domain.conditions import holds
from domain.facts import Known
from domain.new_clock import new_clock
from domain.procedure import is_special
from domain.rules import budget_for
from domain.rungs import rearmed
from domain.vocabulary import Cause, Effect


@dataclass(frozen=True, slots=True)
class Why:
    """The circumstances of an effect: moment, actor's id, reason, and of a pause its causes, planned end and note."""

    now: datetime
    actor: str
    reason: str = ""
    causes: tuple[Cause, ...] = ()
    until: datetime | None = None
    note: str = ""
    extension: str = ""
    basis: str = ""


def apply_effects(appeal: Appeal, effects: Mapping[ClockName, Effect], why: Why) -> Appeal:
    """The appeal with each named clock moved; clocks that are not named are kept."""
    for name, effect in effects.items():
        appeal = _VERBS[effect](appeal, name, why)
    return appeal


def end_all(appeal: Appeal, now: datetime) -> Appeal:
    """Closing: every clock that still runs or waits is stopped, so that nothing can fire any more."""
    ended = tuple(c if c.ended_at else clocks.end(c, now, "stopped") for c in appeal.clocks)
    return replace(appeal, clocks=ended)


def current_budget(appeal: Appeal, name: ClockName) -> str:
    """The budget a clock has by the appeal's rules, urgency and declared circumstances; an order brings its own."""
    if name is ClockName.SUPERVISION:
        return next((order.limit for order in reversed(appeal.supervisions) if order.limit), "")
    if name is ClockName.HANDLE and is_special(appeal) and appeal.rules.service.special:
        return appeal.rules.service.special
    return budget_for(appeal.rules, name, urgent=appeal.urgent)


def _started(appeal: Appeal, name: ClockName, why: Why) -> Clock | None:
    budget = current_budget(appeal, name)
    if not budget:
        # Only these may be missing: a limit by law that the service does not have, one that nobody ordered; steps
        # bring theirs.
        return None
    statutory = appeal.rules.service.statutory if name is ClockName.STATUTORY else None
    return replace(
        new_clock(appeal, name, budget),
        statutory=statutory is not None,
        basis=statutory.basis if statutory else "",
        started_at=None if _waits(appeal, name) else why.now,
    )


def _waits(appeal: Appeal, name: ClockName) -> bool:
    """Whether the promise, and the limit by law, start only with an outside event that has not come yet."""
    waits = appeal.rules.service.waits
    if waits is None or name not in _PROMISES or appeal.round > 1:
        return False
    came = any(s.code == waits.step and s.passes for s in appeal.procedure)
    return not came and bool(holds(waits.when, Known(appeal)))


_PROMISES = frozenset({ClockName.HANDLE, ClockName.STATUTORY})


def _start(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    if name is ClockName.SIGN:
        return hand_clocks.follow(appeal, name, why.now)
    clock = _started(appeal, name, why)
    return replace(appeal, clocks=(*appeal.clocks, clock)) if clock else appeal


def _start_paused(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    return _pause(_start(appeal, name, why), name, why)


def _restart(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    return _start(_stop(appeal, name, why), name, why)


def _pause(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    def stopped(clock: Clock) -> Clock:
        for cause in why.causes:
            pause = Pause(cause, why.reason, why.actor, why.now, until=why.until, note=why.note)
            clock = clocks.pause(clock, pause)
        return clock

    return _change(appeal, name, stopped)


def _resume(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    def running(clock: Clock) -> Clock:
        for cause in why.causes:
            clock = clocks.resume(clock, cause, why.now)
        return clock

    return _change(appeal, name, running)


def _begin(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    return _change(appeal, name, lambda c: clocks.start(c, why.now))


def _meet(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    return _change(appeal, name, lambda c: clocks.end(c, why.now, "met"))


def _stop(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    return _change(appeal, name, lambda c: clocks.end(c, why.now, "stopped"))


def _extend(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    extension = Extension(why.now, why.extension, why.reason, why.actor, why.basis)
    return _change(appeal, name, lambda c: rearmed(appeal, clocks.extend(c, extension), why.now))


def _remeasure(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    """From the true start, earlier pauses taken off; rungs that lie ahead again may fire again."""
    if name is ClockName.STEP:
        return step_clocks.remeasure(appeal, why.now)
    fresh = _started(appeal, name, why)
    if fresh is None:
        return appeal

    def measured(clock: Clock) -> Clock:
        return rearmed(appeal, replace(clocks.rebudget(clock, fresh.budget), basis=fresh.basis), why.now)

    return _change(appeal, name, measured)


def _follow(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    if name is ClockName.STEP:
        return step_clocks.follow(appeal, why.now)
    return hand_clocks.follow(appeal, name, why.now)


def _follow_paused(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    return _pause(_follow(appeal, name, why), name, why)


def _refit(appeal: Appeal, name: ClockName, why: Why) -> Appeal:
    """Measured by another service.

    A limit that only the old one had stops; one that only the new one has began with the work, and stood still
    whenever that did.
    """
    fresh, beside = _started(appeal, name, why), appeal.open_clock(ClockName.HANDLE)
    if fresh is None:
        return _stop(appeal, name, why)
    if appeal.open_clock(name) or beside is None:
        return _remeasure(appeal, name, why)
    began = replace(fresh, started_at=beside.started_at, pauses=beside.pauses)
    return replace(appeal, clocks=(*appeal.clocks, began))


def _change(appeal: Appeal, name: ClockName, change: Callable[[Clock], Clock]) -> Appeal:
    """The open clock changed, each of those of which several may run; one that has ended already keeps its end."""
    target = appeal.open_clock(name)
    if target is None:
        return appeal
    several = name in _SEVERAL
    return replace(
        appeal,
        clocks=tuple(
            change(c) if c is target or (several and c.name is name and c.ended_at is None) else c
            for c in appeal.clocks
        ),
    )


_SEVERAL = frozenset({ClockName.STEP, ClockName.SIGN, ClockName.COOPERATION})

_VERBS: dict[Effect, Callable[[Appeal, ClockName, Why], Appeal]] = {
    Effect.START: _start,
    Effect.START_PAUSED: _start_paused,
    Effect.PAUSE: _pause,
    Effect.RESUME: _resume,
    Effect.MEET: _meet,
    Effect.STOP: _stop,
    Effect.RESTART: _restart,
    Effect.EXTEND: _extend,
    Effect.REMEASURE: _remeasure,
    Effect.REFIT: _refit,
    Effect.BEGIN: _begin,
    Effect.FOLLOW: _follow,
    Effect.FOLLOW_PAUSED: _follow_paused,
}
