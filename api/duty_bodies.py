"""What is said about rosters, as the domain has it, and the domain's rosters as they are answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from domain.duty import Shift
from domain.duty_holes import Hole
from domain.roster import Override, Roster, Rotation, Source, Span, Swap, Team, Temporary, Turn
from domain.wall import from_wall, stamp
from storage.duty_words import hole_text

Who = Callable[[str], dict[str, Any]]
"""An account with its name."""


def roster_of(unit: str, said: Mapping[str, Any]) -> Roster:
    """A whole roster. What has no id yet is given one."""
    return Roster(
        unit,
        tuple(_rotation(one) for one in said["rotations"]),
        tuple(override_of(one) for one in said.get("overrides", ())),
        tuple(temporary_of(one) for one in said.get("temporary", ())),
        tuple(_swap(one) for one in said.get("swaps", ())),
    )


def override_of(said: Mapping[str, Any]) -> Override:
    """One override."""
    people, instead_of = tuple(said["people"]), said.get("instead_of")
    return Override(_id(said), said["duty"], *_span(said), people, instead_of)


def temporary_of(said: Mapping[str, Any]) -> Temporary:
    """One temporary roster."""
    return Temporary(_id(said), said["name"], said["duty"], *_span(said), _order(said), *_length(said))


def new_id() -> str:
    """The id of a new part of a roster."""
    return secrets.token_hex(6)


def roster_view(roster: Roster) -> dict[str, Any]:
    """The roster as it may be sent back."""
    return {
        "rotations": [_rotation_view(rotation) for rotation in roster.rotations],
        "overrides": [override_view(override) for override in roster.overrides],
        "temporary": [temporary_view(event) for event in roster.temporary],
        "swaps": [swap_view(roster, swap) for swap in roster.swaps],
    }


def override_view(one: Override) -> dict[str, Any]:
    """One override."""
    return {
        "id": one.id,
        "duty": one.duty,
        "from": stamp(one.starts_at),
        "until": stamp(one.ends_at),
        "people": list(one.people),
        "instead_of": one.instead_of,
    }


def temporary_view(one: Temporary) -> dict[str, Any]:
    """One temporary roster."""
    return {
        "id": one.id,
        "name": one.name,
        "duty": one.duty,
        "from": stamp(one.starts_at),
        "until": stamp(one.ends_at),
        "order": [list(team) for team in one.order],
        "every": one.every,
        "unit": one.unit.value,
    }


def swap_view(roster: Roster, one: Swap) -> dict[str, Any]:
    """One swap, with the times that its shifts have now."""
    rotations = {rotation.id: rotation for rotation in roster.rotations}

    def side(turn: Turn) -> dict[str, Any]:
        begins, ends = rotations[turn.rotation].span(turn.number)
        return {
            "rotation": turn.rotation,
            "number": turn.number,
            "person": turn.person,
            "from": stamp(from_wall(begins)),
            "until": stamp(from_wall(ends)),
        }

    return {"id": one.id, "duty": one.duty, "first": side(one.first), "second": side(one.second)}


def shift_view(shift: Shift, who: Who) -> dict[str, Any]:
    """A shift with people's names."""
    return {
        "duty": shift.duty,
        "from": stamp(shift.starts_at),
        "until": stamp(shift.ends_at),
        "people": [who(person) for person in shift.people],
        "planned": [who(person) for person in shift.planned],
        "source": shift.source.value,
        "id": shift.id or None,
        "rotation": shift.rotation or None,
        "number": None if shift.source is Source.TEMPORARY else shift.number,
        "stand_ins": [{"absent": who(s.absent), "by": who(s.by) if s.by else None} for s in shift.stand_ins],
    }


def hole_view(hole: Hole, who: Who) -> dict[str, Any]:
    """A hole, and why nobody is there."""
    names = {person: who(person)["name"] for person in hole.absent}
    return {
        "duty": hole.duty,
        "from": stamp(hole.starts_at),
        "until": stamp(hole.ends_at),
        "absent": [who(person) for person in hole.absent],
        "text": hole_text(hole, names),
    }


def _rotation(said: Mapping[str, Any]) -> Rotation:
    ends_on = said.get("ends_on")
    return Rotation(
        _id(said),
        said["duty"],
        _order(said),
        date.fromisoformat(said["starts_on"]),
        time.fromisoformat(said.get("hand_over", "08:30")),
        *_length(said),
        date.fromisoformat(ends_on) if ends_on else None,
    )


def _rotation_view(one: Rotation) -> dict[str, Any]:
    return {
        "id": one.id,
        "duty": one.duty,
        "order": [list(team) for team in one.order],
        "starts_on": one.starts_on.isoformat(),
        "hand_over": f"{one.hand_over:%H:%M}",
        "every": one.every,
        "unit": one.unit.value,
        "ends_on": one.ends_on.isoformat() if one.ends_on else None,
    }


def _swap(said: Mapping[str, Any]) -> Swap:
    first, second = (Turn(t["rotation"], t["number"], t["person"]) for t in (said["first"], said["second"]))
    return Swap(_id(said), said["duty"], first, second)


def _order(said: Mapping[str, Any]) -> tuple[Team, ...]:
    """One person for a shift may stand there without a list."""
    return tuple((team,) if isinstance(team, str) else tuple(team) for team in said["order"])


def _span(said: Mapping[str, Any]) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(said["from"]), datetime.fromisoformat(said["until"])


def _length(said: Mapping[str, Any]) -> tuple[int, Span]:
    return said.get("every", 1), Span(said.get("unit", Span.DAYS))


def _id(said: Mapping[str, Any]) -> str:
    return said.get("id") or new_id()
