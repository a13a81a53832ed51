"""What makes no sense in a roster: every flaw with its code, its place and Chinese words.

Only what is new is asked about people and times: a roster in which somebody's account was closed since can still be
changed elsewhere. What is agreed about shifts is asked again whenever the shifts may have moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from domain.duty import exchanged, holding, shifts
from domain.errors import Fault
from domain.roster import Override, Roster, Rotation, Source, Swap, Team, Temporary, Turn
from domain.wall import to_wall

Unfit = Callable[[str], str]
"""Why somebody cannot be on duty here, in Chinese; empty for whoever can."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong; ``code`` is stable."""

    code: str
    fault: Fault


def flaws(roster: Roster, before: Roster, unfit: Unfit) -> list[Flaw]:
    """Everything that is wrong with what the roster says and did not say ``before``."""
    shape = [*_ids(roster), *_of_rotations(roster, before, unfit), *_of_temporary(roster, before, unfit)]
    # Whether an override or a swap makes sense can only be asked of rotations that do.
    return shape or [*_of_overrides(roster, before, unfit), *_of_swaps(roster)]


def is_live(roster: Roster, rotation: Rotation, number: int) -> bool:
    """Whether the rotation has this shift, and at some moment of it no other holds instead."""
    begins, ends = rotation.span(number)
    others = [other.ends for other in roster.rotations if other.duty == rotation.duty and other.ends]
    moments = [begins, *(end for end in others if begins < end < ends)]
    return number >= 0 and any(holding(roster, rotation.duty, wall) == rotation for wall in moments)


def lately(roster: Roster, since: datetime) -> Roster:
    """The roster without what ended before; what it once said stays in the audit log.

    The last rotation of a duty stays, or nobody would be missed when it has run out.
    """
    wall, last = to_wall(since), {rotation.duty: rotation for rotation in roster.rotations}
    left = replace(
        roster,
        rotations=tuple(r for r in roster.rotations if r.ends is None or r.ends > wall or r == last[r.duty]),
        overrides=tuple(one for one in roster.overrides if one.ends_at > since),
        temporary=tuple(one for one in roster.temporary if one.ends_at > since),
    )
    return replace(left, swaps=live_swaps(left))


def live_swaps(roster: Roster) -> tuple[Swap, ...]:
    """Those that can still hold, when the rotations have changed under them."""
    kept: tuple[Swap, ...] = ()
    for swap in roster.swaps:
        if not list(_swap("", roster, swap, kept)):
            kept = (*kept, swap)
    return kept


def _ids(roster: Roster) -> Iterator[Flaw]:
    """Every part is spoken of by its id."""
    for name in ("rotations", "overrides", "temporary", "swaps"):
        ids = [part.id for part in getattr(roster, name)]
        for n, one in enumerate(ids):
            if one in ids[:n]:
                yield Flaw("id-twice", Fault(f"/{name}/{n}/id", "编号重复"))


def _of_rotations(roster: Roster, before: Roster, unfit: Unfit) -> Iterator[Flaw]:
    for n, rotation in enumerate(roster.rotations):
        where = f"/rotations/{n}"
        if rotation in before.rotations and rotation not in roster.rotations[:n]:
            continue
        yield from _order(where, rotation.order, unfit)
        if rotation.ends_on and rotation.ends_on <= rotation.starts_on:
            yield _ends_early(f"{where}/ends_on")


def _of_temporary(roster: Roster, before: Roster, unfit: Unfit) -> Iterator[Flaw]:
    for n, event in enumerate(roster.temporary):
        where = f"/temporary/{n}"
        if event in before.temporary and event not in roster.temporary[:n]:
            continue
        yield from _order(where, event.order, unfit)
        if event.ends_at <= event.starts_at:
            yield _ends_early(f"{where}/until")
        if other := _other(event, roster.temporary):
            detail = f"与同一岗位的另一临时勤务“{other.name}”时间重叠"
            yield Flaw("temporary-overlap", Fault(f"{where}/from", detail))


def _of_overrides(roster: Roster, before: Roster, unfit: Unfit) -> Iterator[Flaw]:
    for n, override in enumerate(roster.overrides):
        where = f"/overrides/{n}"
        if override.duty not in roster.scheduled():
            yield _unknown_duty(where, roster)
            continue
        if override in before.overrides and override not in roster.overrides[:n]:
            continue
        if not override.people:
            yield Flaw("override-of-nobody", Fault(f"{where}/people", "没有写由谁替班"))
        yield from _team(f"{where}/people", override.people, unfit)
        if override.ends_at <= override.starts_at:
            yield _ends_early(f"{where}/until")
        elif why := _vain(roster, override):
            yield Flaw("override-in-vain", Fault(f"{where}/instead_of", why))
        if any(_collide(override, other) for other in roster.overrides[:n] + roster.overrides[n + 1 :]):
            yield Flaw("overrides-overlap", Fault(f"{where}/from", "与同一岗位的另一替班时间重叠"))


def _of_swaps(roster: Roster) -> Iterator[Flaw]:
    for n, swap in enumerate(roster.swaps):
        where = f"/swaps/{n}"
        if swap.duty not in roster.scheduled():
            yield _unknown_duty(where, roster)
            continue
        yield from _swap(where, roster, swap, roster.swaps[:n])


def _swap(where: str, roster: Roster, swap: Swap, earlier: Sequence[Swap]) -> Iterator[Flaw]:
    one, two = swap.first, swap.second
    if one.person == two.person or (one.rotation, one.number) == (two.rotation, two.number):
        yield Flaw("swap-in-vain", Fault(f"{where}/second", "须是两个人的两个班次"))
        return
    for side, mine, other in (("first", one, two), ("second", two, one)):
        team = _team_of(roster, swap.duty, mine, earlier)
        if team is None:
            yield Flaw("unknown-shift", Fault(f"{where}/{side}", "没有这个班次，或已由新的轮值取代"))
        elif mine.person not in team:
            yield Flaw("not-their-shift", Fault(f"{where}/{side}/person", "此人不在这个班次"))
        elif other.person in team:
            yield Flaw("swap-in-vain", Fault(f"{where}/{side}", "两人本来就同在这个班次"))


def _team_of(roster: Roster, duty: str, turn: Turn, earlier: Sequence[Swap]) -> Team | None:
    """Whose turn it is after the earlier swaps; None where there is no such shift."""
    rotation = next((r for r in roster.rotations if (r.duty, r.id) == (duty, turn.rotation)), None)
    if rotation is None or not is_live(roster, rotation, turn.number):
        return None
    people = rotation.team(turn.number)
    for swap in earlier:
        people = exchanged(people, swap, rotation.id, turn.number)
    return people


def _order(where: str, order: tuple[Team, ...], unfit: Unfit) -> Iterator[Flaw]:
    if not order:
        yield Flaw("rotation-of-nobody", Fault(f"{where}/order", "没有人轮值：至少排一人"))
    for n, team in enumerate(order):
        if not team:
            yield Flaw("rotation-of-nobody", Fault(f"{where}/order/{n}", "这一班没有人"))
        yield from _team(f"{where}/order/{n}", team, unfit)


def _team(where: str, team: Team, unfit: Unfit) -> Iterator[Flaw]:
    for n, person in enumerate(team):
        if detail := unfit(person):
            yield Flaw("unfit-person", Fault(f"{where}/{n}", detail))
        elif person in team[:n]:
            yield Flaw("person-twice", Fault(f"{where}/{n}", "同一班里写了两次"))


def _vain(roster: Roster, override: Override) -> str:
    """Why the override would change nothing."""
    if override.instead_of is None:
        return ""
    if override.instead_of in override.people:
        return "不能由本人替本人"
    by_rotation = shifts(replace(roster, overrides=()), override.starts_at, override.ends_at)
    theirs = (shift for shift in by_rotation if shift.duty == override.duty and shift.source is Source.ROTATION)
    return "" if any(override.instead_of in shift.people for shift in theirs) else "此人在这段时间内不当这个班"


def _collide(one: Override, two: Override) -> bool:
    """Two at once are clear only when each is instead of somebody else, and none of these comes in the other."""
    if one.duty != two.duty or one.starts_at >= two.ends_at or two.starts_at >= one.ends_at:
        return False
    if one.instead_of is None or two.instead_of is None or one.instead_of == two.instead_of:
        return True
    return one.instead_of in two.people or two.instead_of in one.people


def _other(event: Temporary, events: Sequence[Temporary]) -> Temporary | None:
    others = (other for other in events if other is not event and other.duty == event.duty)
    return next((o for o in others if o.starts_at < event.ends_at and event.starts_at < o.ends_at), None)


def _ends_early(where: str) -> Flaw:
    return Flaw("ends-before-it-begins", Fault(where, "须晚于开始时间"))


def _unknown_duty(where: str, roster: Roster) -> Flaw:
    known = "、".join(roster.scheduled()) or "无"
    return Flaw("unknown-duty", Fault(f"{where}/duty", f"没有这个岗位；现有：{known}"))
