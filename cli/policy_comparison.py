"""What recorded clocks called for, beside what they would have called for under other rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import product
from operator import itemgetter

from domain.clock import ClockName
from domain.rules import Policy, Rules
from domain.simulate import Verdict, Yardstick, simulate_both
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

    # Enum's own is a function of Python; counted by kind are all clocks of a month.
    __hash__ = str.__hash__


def kinds(verdict: Verdict | None) -> tuple[Kind, ...]:
    """Everything that became of it."""
    if verdict is None:
        return ()
    return _KINDS[verdict.warned > 0, verdict.level > 0, verdict.level > _FIRST, verdict.lapsed]


#: By what held of each kind, in their order: found once, because a month asks a million times.
_KINDS = {
    holds: tuple(kind for kind, held in zip(Kind, holds, strict=True) if held)
    for holds in product((False, True), repeat=len(Kind))
}


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
            own = Yardstick(rules)
            self._ready[rules.version] = own, Yardstick(self._of(rules), like=own)
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
        again, would = simulate_both(one.tracks, own, other, one.until)
        self.appeals += 1
        self.clocks += len(one.tracks)
        if not (one.happened or would or again):
            return  # most of them: nothing was called for, nor would be
        self.was.update((v.name, kind) for v in one.happened for kind in kinds(v))
        self.would.update((v.name, kind) for v in would for kind in kinds(v))
        self.apart += len(_unlike(one.happened, again))
        self.differences += [
            Difference(one.number, one.rules.service.code, *unlike) for unlike in _unlike(one.happened, would)
        ]


def _unlike(
    first: tuple[Verdict, ...], second: tuple[Verdict, ...]
) -> list[tuple[ClockName, int, Kind | None, Kind | None]]:
    """The gravest of each clock by both, of those that fared otherwise."""
    if first == second:
        return []
    ours, theirs = ({(v.name, v.generation): v for v in some} for some in (first, second))
    keys = sorted(ours.keys() | theirs.keys(), key=itemgetter(1))
    pairs = ((*key, _gravest(ours.get(key)), _gravest(theirs.get(key))) for key in keys)
    return [pair for pair in pairs if pair[2] is not pair[3]]


def _gravest(verdict: Verdict | None) -> Kind | None:
    found = kinds(verdict)
    return found[-1] if found else None
