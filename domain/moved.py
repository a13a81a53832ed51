"""What a change of urgency, service or rules did to the deadlines: the journal says it, none moves in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.act import Act
from domain.appeal import Appeal
from domain.clock import Clock, ClockName, projected_due
from domain.journal import moment


@dataclass(frozen=True, slots=True)
class Moved:
    """A clock whose deadline a change moved; of one that stands still, as if it ran again now.

    None before: the change started it; None after: the change stopped it. ``breached_by_change``: it was not over
    before, and is now.
    """

    clock: ClockName
    generation: int
    due_before: datetime | None
    due_after: datetime | None
    breached_by_change: bool


def moved(before: Appeal, after: Appeal, now: datetime) -> tuple[Moved, ...]:
    """Every clock that ran and whose deadline is another one now, in the order in which they were started."""
    known = {clock.generation: clock for clock in before.clocks}
    pairs = ((known.get(clock.generation), clock) for clock in after.clocks)
    found = (_of(before, old, after, clock, now) for old, clock in pairs if old is None or old.ended_at is None)
    return tuple(one for one in found if one.due_before != one.due_after)


def _of(before: Appeal, old: Clock | None, after: Appeal, clock: Clock, now: datetime) -> Moved:
    was = projected_due(old, before.calendar_of(old), now) if old else None
    becomes = None if clock.ended_at else projected_due(clock, after.calendar_of(clock), now)
    over = becomes is not None and becomes <= now
    return Moved(clock.name, clock.generation, was, becomes, over and (was is None or was > now))


def always(before: Appeal, after: Appeal, _act: Act, now: datetime) -> dict[str, Any]:
    """For the journal: which deadlines moved, and whether the change itself put one behind us."""
    return told(moved(before, after, now))


def told(found: tuple[Moved, ...]) -> dict[str, Any]:
    """As the journal says it."""
    return {"moved": [_written(one) for one in found], "breached_by_change": any(o.breached_by_change for o in found)}


def if_open_about_time(before: Appeal, after: Appeal, act: Act, now: datetime) -> dict[str, Any]:
    """As :func:`always`, by rules of that edition; a dry run changed nothing that could be told."""
    tells = after.rules.policy.is_open_about_time and not act.body.get("dry_run")
    return always(before, after, act, now) if tells else {}


def migrated(before: Appeal, after: Appeal, act: Act, now: datetime) -> dict[str, Any]:
    """As :func:`if_open_about_time`, and the whole version where only its beginning was named."""
    version = {"version": act.rules.version} if act.rules else {}
    return {**if_open_about_time(before, after, act, now), **version}


def extended(_before: Appeal, after: Appeal, act: Act, now: datetime) -> dict[str, Any]:
    """For the journal, and for the enterprise that is told: by how much, and until when."""
    granted = next((e for e in reversed(after.extensions) if e.granted), None)
    clock = after.open_clock(ClockName.HANDLE)
    if not (after.rules.policy.is_open_about_time and act.body["granted"] and granted and clock):
        return {}
    due = projected_due(clock, after.calendar_of(clock), now)
    return {"budget": granted.budget, "due_at": _text(due)}


def _written(one: Moved) -> dict[str, Any]:
    return {
        "clock": one.clock.value,
        "generation": one.generation,
        "due_before": _text(one.due_before),
        "due_after": _text(one.due_after),
        "breached_by_change": one.breached_by_change,
    }


def _text(at: datetime | None) -> str | None:
    return moment(at) if at else None
