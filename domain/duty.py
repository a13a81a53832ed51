"""Who is on duty in a unit: at a moment, and over a stretch of time.

Of one duty a temporary roster outranks an override, an override outranks the rotation. Of its rotations the last one
written that has begun and not ended holds: a month's table lies over the usual rotation, which then goes on. Everything
is half-open and read in Asia/Shanghai, so that no moment lies between two shifts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from domain.roster import Override, Roster, Rotation, Source, Swap, Team
from domain.wall import from_wall, to_wall


@dataclass(frozen=True, slots=True)
class StandIn:
    """Somebody who is away, and who is there for him; nobody where ``by`` is None."""

    absent: str
    by: str | None


@dataclass(frozen=True, slots=True)
class Shift:
    """班次: who is on duty from a moment until another. ``planned`` is whose turn it was by the rotation.

    ``rotation`` and ``number`` name the rotation's shift, which an override or an absence may cut into pieces; ``id``
    is the override's or the temporary roster's.
    """

    duty: str
    starts_at: datetime
    ends_at: datetime
    people: Team
    planned: Team
    source: Source
    id: str = ""
    rotation: str = ""
    number: int | None = None
    stand_ins: tuple[StandIn, ...] = ()


@dataclass(frozen=True, slots=True)
class _Slot:
    """A shift without its edges."""

    people: Team
    planned: Team
    source: Source
    id: str = ""
    rotation: str = ""
    number: int | None = None


def on_duty(roster: Roster, at: datetime) -> Team:
    """Everybody on any duty of the unit at that moment, in the order of the duties, each once."""
    wall = to_wall(at)
    slots = (_slot(roster, duty, wall) for duty in roster.duties())
    return tuple(dict.fromkeys(person for slot in slots if slot for person in slot.people))


def shifts(roster: Roster, start: datetime, end: datetime) -> tuple[Shift, ...]:
    """Every shift that touches the stretch, whole, duty by duty in the order of time."""
    first, last = to_wall(start), to_wall(end)
    return tuple(
        shift
        for duty in roster.duties()
        for shift in _merged(roster, duty, first, last)
        if to_wall(shift.ends_at) > first and to_wall(shift.starts_at) < last
    )


def swapped(roster: Roster, rotation: Rotation, number: int) -> Team:
    """Whose turn it is after every swap."""
    people = rotation.team(number)
    for swap in roster.swaps:
        people = exchanged(people, swap, rotation.id, number)
    return people


def exchanged(people: Team, swap: Swap, rotation: str, number: int) -> Team:
    """The people of a shift after the swap."""
    for mine, other in ((swap.first, swap.second), (swap.second, swap.first)):
        if (mine.rotation, mine.number) == (rotation, number):
            people = tuple(other.person if person == mine.person else person for person in people)
    return people


def holding(roster: Roster, duty: str, wall: int) -> Rotation | None:
    """The rotation that counts for the duty: of those that have begun and not ended, the last one written."""
    found = (rotation for rotation in reversed(roster.rotations) if rotation.duty == duty and rotation.holds(wall))
    return next(found, None)


def _slot(roster: Roster, duty: str, wall: int) -> _Slot | None:
    at = from_wall(wall)
    for event in roster.temporary:
        if event.duty == duty and event.starts_at <= at < event.ends_at:
            number = (wall - to_wall(event.starts_at)) // event.length
            team = event.order[number % len(event.order)]
            return _Slot(team, team, Source.TEMPORARY, event.id, "", number)
    base = _by_rotation(roster, duty, wall)
    for override in roster.overrides:
        if override.duty == duty and override.starts_at <= at < override.ends_at:
            base = _overridden(base, override)
    return base


def _by_rotation(roster: Roster, duty: str, wall: int) -> _Slot | None:
    rotation = holding(roster, duty, wall)
    if rotation is None:
        return None
    number = rotation.number_at(wall)
    people = swapped(roster, rotation, number)
    return _Slot(people, rotation.team(number), Source.ROTATION, "", rotation.id, number)


def _overridden(base: _Slot | None, override: Override) -> _Slot | None:
    """Of several overrides each is instead of another person, who comes in none of them."""
    if override.instead_of is None:
        if base is None:
            return _Slot(override.people, (), Source.OVERRIDE, override.id)
        return _Slot(override.people, base.planned, Source.OVERRIDE, override.id, base.rotation, base.number)
    if base is None or override.instead_of not in base.people:
        return base
    at = base.people.index(override.instead_of)
    people = tuple(dict.fromkeys((*base.people[:at], *override.people, *base.people[at + 1 :])))
    return _Slot(people, base.planned, Source.OVERRIDE, override.id, base.rotation, base.number)


def _merged(roster: Roster, duty: str, first: int, last: int) -> Iterator[Shift]:
    """Pieces between all moments at which something may change, joined again where nothing did."""
    near = list(_spans(roster, duty, first, last))
    if not near:
        return
    # Whole shifts, also those that reach beyond the stretch.
    lower, upper = min(span[0] for span in near), max(span[1] for span in near)
    edges = {edge for span in _spans(roster, duty, lower, upper) for edge in span if lower <= edge <= upper}
    slot, since = None, lower
    for edge in sorted(edges):
        here = _slot(roster, duty, edge) if edge < upper else None
        if here != slot:
            if slot:
                yield _shift(duty, slot, since, edge)
            slot, since = here, edge


def _shift(duty: str, slot: _Slot, begins: int, ends: int) -> Shift:
    return Shift(
        duty, from_wall(begins), from_wall(ends), slot.people, slot.planned, slot.source, slot.id,
        slot.rotation, slot.number,
    )  # fmt: skip


def _spans(roster: Roster, duty: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Everything of the duty that has an edge of its own and touches the stretch."""
    for rotation in roster.rotations:
        if rotation.duty == duty:
            yield from _turns(rotation.begins, rotation.ends, rotation.length, first, last)
    for event in roster.temporary:
        if event.duty == duty:
            yield from _turns(to_wall(event.starts_at), to_wall(event.ends_at), event.length, first, last)
    for override in roster.overrides:
        begins, ends = to_wall(override.starts_at), to_wall(override.ends_at)
        if override.duty == duty and begins < last and ends > first:
            yield begins, ends


def _turns(begins: int, ends: int | None, length: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    start, stop = max(begins, first), last if ends is None else min(ends, last)
    if start < stop:
        for number in range((start - begins) // length, -((begins - stop) // length)):
            turn_ends = begins + (number + 1) * length
            yield begins + number * length, turn_ends if ends is None else min(turn_ends, ends)
