"""Rosters for tests: small ones by hand, and any that may be kept, by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from hypothesis import strategies as st

from domain.duty_checks import flaws
from domain.roster import Override, Roster, Rotation, Span, Swap, Team, Temporary, Turn
from domain.wall import ZONE

DUTY, LEAD = "值班员", "带班领导"
DAY = timedelta(days=1)
FIRST = date(2026, 11, 2)  # a Monday
PEOPLE = ("ann", "bob", "cai", "dan", "eve")


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """So many days after the first Monday."""
    return datetime.combine(FIRST + timedelta(days=day), time(hour, minute), ZONE)


def teams(*people: str) -> tuple[Team, ...]:
    """One person at a time; ``a+b`` have a shift together."""
    return tuple(tuple(one.split("+")) for one in people)


def daily(*people: str, duty: str = DUTY, start: int = 0, end: int | None = None, at_: time = time(8, 30)) -> Rotation:
    """A rotation day by day."""
    ends_on = None if end is None else FIRST + timedelta(days=end)
    return Rotation(f"{duty}{start}", duty, teams(*people), FIRST + timedelta(days=start), at_, ends_on=ends_on)


def weekly(*people: str, duty: str = LEAD, at_: time = time(18)) -> Rotation:
    """A rotation week by week."""
    return Rotation(duty, duty, teams(*people), FIRST, at_, 1, Span.WEEKS)


def anybody(_: str) -> str:
    """Everybody can be on duty."""
    return ""


@dataclass(frozen=True)
class Absent:
    """Somebody is away."""

    account: str
    starts_at: datetime
    ends_at: datetime
    substitutes: tuple[str, ...] = ()


MOMENTS = st.integers(-2 * 24 * 4, 40 * 24 * 4).map(lambda quarters: at(0) + timedelta(minutes=15 * quarters))
_DUTIES = st.sampled_from((DUTY, LEAD))
_TEAM = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True).map(tuple)
_ORDER = st.lists(_TEAM, min_size=1, max_size=4).map(tuple)
_DATES = st.integers(-10, 30).map(lambda days: FIRST + timedelta(days=days))
_LENGTHS = {Span.DAYS: (1, 2, 3), Span.WEEKS: (1, 2), Span.HOURS: (7, 12)}
_TURN_LENGTH = st.sampled_from([(every, unit) for unit, some in _LENGTHS.items() for every in some])
_IDS = st.integers(0, 10**9).map(str)
_HAND_OVERS = st.sampled_from((time(0), time(8, 30), time(23, 59)))


@st.composite
def rotations(draw: st.DrawFn) -> Rotation:
    """Any rotation that may be kept."""
    every, unit = draw(_TURN_LENGTH)
    starts_on = draw(_DATES)
    lasts = draw(st.none() | st.integers(1, 20))
    ends_on = None if lasts is None else starts_on + timedelta(days=lasts)
    return Rotation(draw(_IDS), draw(_DUTIES), draw(_ORDER), starts_on, draw(_HAND_OVERS), every, unit, ends_on)


@st.composite
def spans(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """A stretch of time."""
    begins = draw(MOMENTS)
    return begins, begins + timedelta(minutes=15 * draw(st.integers(1, 4 * 24 * 12)))


@st.composite
def overrides(draw: st.DrawFn) -> Override:
    """Any override."""
    begins, ends = draw(spans())
    return Override(
        draw(_IDS),
        draw(_DUTIES),
        begins,
        ends,
        draw(_TEAM),
        draw(st.none() | st.sampled_from(PEOPLE)),
    )


@st.composite
def events(draw: st.DrawFn) -> Temporary:
    """Any temporary roster."""
    begins, ends = draw(spans())
    every, unit = draw(_TURN_LENGTH)
    return Temporary(draw(_IDS), "庆典", draw(_DUTIES), begins, ends, draw(_ORDER), every, unit)


@st.composite
def swaps(draw: st.DrawFn, of: Sequence[Rotation]) -> Swap:
    """A swap of two shifts of these rotations; most make no sense."""
    rotation = draw(st.sampled_from(of))
    one, two = draw(st.integers(0, 12)), draw(st.integers(0, 12))
    people = [draw(st.sampled_from(rotation.team(number))) for number in (one, two)]
    turns = [Turn(rotation.id, n, who) for n, who in zip((one, two), people, strict=True)]
    return Swap(draw(_IDS), rotation.duty, turns[0], turns[1])


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    """Any roster that may be kept: whatever would be refused is left out, part by part."""
    roster = Roster("u")
    for rotation in draw(st.lists(rotations(), min_size=1, max_size=4)):
        roster = _kept(roster, Roster("u", (*roster.rotations, rotation)))
    made_of = roster.rotations
    for event in draw(st.lists(events(), max_size=2)):
        roster = _kept(roster, Roster("u", made_of, (), (*roster.temporary, event)))
    for swap in draw(st.lists(swaps(made_of), max_size=4)):
        roster = _kept(roster, Roster("u", made_of, (), roster.temporary, (*roster.swaps, swap)))
    for override in draw(st.lists(overrides(), max_size=4)):
        roster = _kept(roster, Roster("u", made_of, (*roster.overrides, override), roster.temporary, roster.swaps))
    return roster


def _kept(before: Roster, after: Roster) -> Roster:
    return before if flaws(after, before, anybody) else after
