"""Ladders: whom a clock that is used up calls, in which order, and how long each is given (DOMAIN.md, *Escalation*).

A ladder is data of the policy. It is climbed by the clock's rungs ``100``, ``+1``, ``+2``…: one for each of
:func:`levels_of`, and each raises the escalation a level.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final

from domain.budget import SECONDS_PER, BadBudget, Unit, parse

CATCH_ALL: Final = "catch_all"
ON_DUTY: Final = "on_duty"
"""Whoever is on duty by the unit's own roster at that moment."""
ACCOUNT: Final = "account:"
"""Before the code of one named person."""

_DAY_AND_NIGHT: Final = frozenset({Unit.SECONDS, Unit.MINUTES, Unit.HOURS})
_REMEMBERED = 256


@dataclass(frozen=True, slots=True)
class CallStep:
    """One step of a ladder.

    ``after`` is how long after the call before it, in minutes or hours; the first step calls at the deadline.
    ``targets`` are roles, ``on_duty``, ``account:<code>`` or ``catch_all``; those of a step that ``climbs`` are called
    in each unit above in turn. ``times`` it calls, ``every`` so long; without that, ``after``.
    """

    targets: tuple[str, ...]
    after: str = ""
    climbs: bool = False
    times: int = 1
    every: str = ""


@dataclass(frozen=True, slots=True)
class Ladder:
    """An escalation policy. ``lease`` is how long an acknowledgement silences it; left out, as the policy has it.

    ``may_wait``: its messages are held in quiet hours.
    """

    name: str
    steps: tuple[CallStep, ...]
    lease: str = ""
    may_wait: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """One level: so long after the deadline, so many units up, these people; ``step`` tells repetitions apart."""

    after: timedelta
    up: int
    targets: tuple[str, ...]
    step: int


def usual(breach_to: tuple[str, ...], hours: int, days: int) -> Ladder:
    """The ladder of a policy that names none: a level every ``hours``, then the catch-all on so many ``days``."""
    climbing = CallStep(("leader",), f"{hours} hours", climbs=True)
    last = (CallStep((CATCH_ALL,), "24 hours", times=days),) if days else ()
    return Ladder("", (CallStep(breach_to), climbing, *last))


@lru_cache(_REMEMBERED)
def levels_of(ladder: Ladder, above: int) -> tuple[Level, ...]:
    """Every level in order, for a unit with so many ``above`` it; finite, or a ladder would outlive everyone."""
    return tuple(_levels(ladder, above))


def _levels(ladder: Ladder, above: int) -> Iterator[Level]:
    at, up = timedelta(0), 0
    for number, step in enumerate(ladder.steps):
        wait = length(step.after)
        for nth in range(step.times):
            for _ in range(above - up if step.climbs else 1):
                at += length(step.every) if nth and step.every else wait
                up = min(above, up + 1) if step.climbs else up
                yield Level(at, above if CATCH_ALL in step.targets else up, step.targets, number)


def length(budget: str) -> timedelta:
    """A budget that runs day and night, as the time it is; nothing when empty. Raises BadBudget for any other."""
    if not budget:
        return timedelta(0)
    parsed = parse(budget)
    if parsed.unit not in _DAY_AND_NIGHT:
        raise BadBudget(budget)
    return timedelta(seconds=parsed.count * SECONDS_PER[parsed.unit])


@lru_cache(_REMEMBERED)
def offsets(ladder: Ladder, above: int) -> tuple[int, ...]:
    """When each level is due, in seconds from the deadline on."""
    return tuple(level.after // timedelta(seconds=1) for level in levels_of(ladder, above))
