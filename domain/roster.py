"""What a duty roster says: rotations, overrides, temporary rosters, swaps (DOMAIN.md, *Escalation and duty*).

A duty is what somebody is on (值班员, 带班领导); a unit has several side by side.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from domain.wall import DAY, SECOND

Team = tuple[str, ...]
"""Those who have a shift together, by account."""


class Span(StrEnum):
    """What a shift's length is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


_MICROSECONDS: Final = {Span.HOURS: 3600 * SECOND, Span.DAYS: DAY, Span.WEEKS: 7 * DAY}


class Source(StrEnum):
    """Where it comes from that somebody is on duty."""

    ROTATION = "rotation"
    OVERRIDE = "override"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class Rotation:
    """轮值: teams take turns in their ``order``, each for ``every`` of ``unit``, from ``starts_on``, ``hand_over`` on.

    It holds until ``ends_on`` at the same time of day; without it, for good.
    """

    id: str
    duty: str
    order: tuple[Team, ...]
    starts_on: date
    hand_over: time = time(8, 30)
    every: int = 1
    unit: Span = Span.DAYS
    ends_on: date | None = None

    @property
    def begins(self) -> int:
        """Its first moment, as wall time."""
        return _wall(self.starts_on, self.hand_over)

    @property
    def ends(self) -> int | None:
        """The first moment at which it holds no more, as wall time."""
        return _wall(self.ends_on, self.hand_over) if self.ends_on else None

    @property
    def length(self) -> int:
        """Of one shift, in microseconds."""
        return self.every * _MICROSECONDS[self.unit]

    def holds(self, wall: int) -> bool:
        """Whether it has begun and not ended."""
        return self.begins <= wall and (self.ends is None or wall < self.ends)

    def span(self, number: int) -> tuple[int, int]:
        """From when until when one of its shifts lasts, as wall time; its end cuts the last one."""
        begins = self.begins + number * self.length
        return begins, begins + self.length if self.ends is None else min(begins + self.length, self.ends)

    def number_at(self, wall: int) -> int:
        """Which of its shifts, counted from 0."""
        return (wall - self.begins) // self.length

    def team(self, number: int) -> Team:
        """Whose turn it is, by the order alone."""
        return self.order[number % len(self.order)]


@dataclass(frozen=True, slots=True)
class Override:
    """替班: ``people`` come instead of one person, wherever he would be on duty, or of all (``instead_of`` is None)."""

    id: str
    duty: str
    starts_at: datetime
    ends_at: datetime
    people: Team
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Temporary:
    """临时勤务: the duty's own roster for an event. Its teams take turns from its beginning on."""

    id: str
    name: str
    duty: str
    starts_at: datetime
    ends_at: datetime
    order: tuple[Team, ...]
    every: int = 1
    unit: Span = Span.DAYS

    @property
    def length(self) -> int:
        """Of one shift, in microseconds."""
        return self.every * _MICROSECONDS[self.unit]


@dataclass(frozen=True, slots=True)
class Turn:
    """A person's part in a shift of a rotation, by the rotation's id and counted from 0.

    Not a stretch of time: when the hand-over is moved, what was agreed about the shift moves with it.
    """

    rotation: str
    number: int
    person: str


@dataclass(frozen=True, slots=True)
class Swap:
    """换班: two people exchange two shifts of a duty."""

    id: str
    duty: str
    first: Turn
    second: Turn


@dataclass(frozen=True, slots=True)
class Roster:
    """值班表 of one unit. Of rotations of one duty the last that holds counts; swaps hold in the order of agreement."""

    unit: str
    rotations: tuple[Rotation, ...] = ()
    overrides: tuple[Override, ...] = ()
    temporary: tuple[Temporary, ...] = ()
    swaps: tuple[Swap, ...] = ()

    def duties(self) -> tuple[str, ...]:
        """Every duty once, in the order of the rotations, then those that only an event or an override has."""
        spoken_of = (*self.scheduled(), *(override.duty for override in self.overrides))
        return tuple(dict.fromkeys(spoken_of))

    def scheduled(self) -> tuple[str, ...]:
        """Duties that a rotation or a temporary roster is about: whatever else is said must be about one of them."""
        ordinary, events = ([part.duty for part in parts] for parts in (self.rotations, self.temporary))
        return tuple(dict.fromkeys((*ordinary, *events)))

    def people(self) -> frozenset[str]:
        """Everybody it names."""
        orders = (*(rotation.order for rotation in self.rotations), *(event.order for event in self.temporary))
        teams = (*(team for order in orders for team in order), *(override.people for override in self.overrides))
        return frozenset(person for team in teams for person in team)


def _wall(day: date, at: time) -> int:
    return day.toordinal() * DAY + (at.hour * 3600 + at.minute * 60 + at.second) * SECOND + at.microsecond
