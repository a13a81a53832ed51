"""What recorded clocks called for, beside what they would have called for under other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from domain.clock import ClockName
from domain.rules import Policy, Rules
from domain.simulate import Verdict, Yardstick, simulate
from storage.calendars import Calendars
from storage.recorded import Recorded

_FIRST = 1
"""The level on which an escalation opens; above it, it has been raised."""


class Kind(StrEnum):
    """What may become of a clock, from mild to grave; a clock that was escalated was warned of and breached before."""

    WARNED = "warned"
    BREACHED = "breached"
    ESCALATED = "escalated"
    LAPSED = "lapsed"


def kinds(verdict: Verdict | None) -> tuple[Kind, ...]:
    """Everything that became of it."""
    if verdict is None:
        return ()
    holds = (verdict.warned > 0, verdict.breached, verdict.level > _FIRST, verdict.lapsed)
    return tuple(kind for kind, held in zip(Kind, holds, strict=True) if held)


@dataclass(frozen=True, slots=True)
class Difference:
    """A clock that would have fared otherwise; the gravest thing each time, None for nothing."""

    number: str
    service: str
    clock: ClockName
    generation: int
    was: Kind | None
    would: Kind | None


class Others:
    """The other rules, made ready to measure by: what is not given stays each appeal's own."""

    def __init__(self, policy: Policy | None = None, calendars: Calendars | None = None) -> None:
        self._policy, self._calendars = policy, calendars
        self._ready: dict[str, tuple[Yardstick, Yardstick]] = {}

    def beside(self, rules: Rules) -> tuple[Yardstick, Yardstick]:
        """By its own rules, and by the others."""
        if rules.version not in self._ready:
            self._ready[rules.version] = Yardstick(rules), Yardstick(self._of(rules))
        return self._ready[rules.version]

    def _of(self, rules: Rules) -> Rules:
        if self._policy:
            rules = replace(rules, policy=self._policy)
        if self._calendars:
            rules = replace(rules, calendar=self._calendars.calendar(), timetables=self._calendars.others)
        return rules


Clocks = Counter[tuple[ClockName, Kind]]


@dataclass(slots=True)
class Comparison:
    """Many appeals. ``apart``: clocks that a replay by their own rules does not find as the journal tells them.

    Who changed a limit while it ran, took an action back or kept a machine off is not in the record of a clock; so
    this number says how far the rest can be trusted.
    """

    others: Others
    appeals: int = 0
    clocks: int = 0
    apart: int = 0
    was: Clocks = field(default_factory=Counter)
    would: Clocks = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    def total(self, kind: Kind) -> tuple[int, int]:
        """Of all clocks together: what was, what would have been."""
        was, would = (sum(n for (_, k), n in counted.items() if k is kind) for counted in (self.was, self.would))
        return was, would

    def add(self, appeals: Iterable[Recorded]) -> None:
        """Judge some more."""
        for one in appeals:
            self._add(one)

    def _add(self, one: Recorded) -> None:
        own, other = self.others.beside(one.rules)
        would = simulate(one.tracks, other, one.until)
        self.appeals += 1
        self.clocks += len(one.tracks)
        again = simulate(one.tracks, own, one.until)
        if not (one.happened or would or again):
            return  # most of them: nothing was called for, nor would be
        self.was.update((v.name, kind) for v in one.happened for kind in kinds(v))
        self.would.update((v.name, kind) for v in would for kind in kinds(v))
        self.apart += sum(was != found for *_, was, found in _pairs(one.happened, again))
        self.differences += [
            Difference(one.number, one.rules.service.code, name, generation, was, found)
            for name, generation, was, found in _pairs(one.happened, would)
            if was != found
        ]


def _pairs(
    first: Iterable[Verdict], second: Iterable[Verdict]
) -> Iterator[tuple[ClockName, int, Kind | None, Kind | None]]:
    """The gravest of each clock by both."""
    ours, theirs = ({(v.name, v.generation): v for v in some} for some in (first, second))
    for key in sorted(ours.keys() | theirs.keys(), key=lambda key: key[1]):
        yield (*key, _gravest(ours.get(key)), _gravest(theirs.get(key)))


def _gravest(verdict: Verdict | None) -> Kind | None:
    return next(reversed(kinds(verdict)), None)
