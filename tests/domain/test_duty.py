"""Who is on duty: no moment between two shifts, the same answer to every question, and the stories of other rosters."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.duty import Shift, on_duty, shifts
from domain.roster import Override, Roster, Rotation, Source, Span, Swap, Team, Temporary, Turn
from domain.wall import ZONE
from tests.domain.rosters import DAY, DUTY, FIRST, LEAD, MOMENTS, at, daily, rosters, rotations, spans, teams, weekly

TICK = timedelta(microseconds=1)


def covering(found: tuple[Shift, ...], duty: str, moment: datetime) -> list[Shift]:
    return [shift for shift in found if shift.duty == duty and shift.starts_at <= moment < shift.ends_at]


def by_hand(  # noqa: C901 - as a reader would go through it
    roster: Roster, duty: str, moment: datetime
) -> Team:
    """Who is on a duty, found the slow way: shift by shift from the beginning, the ranks one after another."""
    for event in roster.temporary:
        if event.duty == duty and event.starts_at <= moment < event.ends_at:
            return event.order[_walk(event.starts_at, _length(event), moment) % len(event.order)]
    base: Team = ()
    running = [r for r in roster.rotations if r.duty == duty and _runs(r, moment)]
    if running:
        rotation = running[-1]
        number = _walk(_begins(rotation), _length(rotation), moment)
        base = rotation.order[number % len(rotation.order)]
        for swap in roster.swaps:
            for mine, other in ((swap.first, swap.second), (swap.second, swap.first)):
                if (mine.rotation, mine.number) == (rotation.id, number):
                    base = tuple(other.person if p == mine.person else p for p in base)
    for override in roster.overrides:
        if override.duty == duty and override.starts_at <= moment < override.ends_at:
            if override.instead_of is None:
                return override.people
            if override.instead_of in base:
                n = base.index(override.instead_of)
                base = tuple(dict.fromkeys(base[:n] + override.people + base[n + 1 :]))
    return base


def _runs(rotation: Rotation, moment: datetime) -> bool:
    ends = rotation.ends_on and datetime.combine(rotation.ends_on, rotation.hand_over, ZONE)
    return _begins(rotation) <= moment and (ends is None or moment < ends)


def _begins(rotation: Rotation) -> datetime:
    return datetime.combine(rotation.starts_on, rotation.hand_over, ZONE)


def _length(turns: Rotation | Temporary) -> timedelta:
    return timedelta(**{turns.unit.value: turns.every})


def _walk(begins: datetime, length: timedelta, moment: datetime) -> int:
    number = 0
    while begins + length <= moment:
        begins, number = begins + length, number + 1
    return number


@given(rotations(), spans())
def test_each_moment_of_a_rotation_is_in_exactly_one_of_its_shifts(
    rotation: Rotation, span: tuple[datetime, datetime]
) -> None:
    start, end = span
    found = shifts(Roster("u", (rotation,)), start, end)
    begins = _begins(rotation)
    ends = datetime.combine(rotation.ends_on, rotation.hand_over, ZONE) if rotation.ends_on else end
    if max(begins, start) >= min(ends, end):
        assert found == ()
        return
    assert found[0].starts_at <= max(begins, start)
    assert found[-1].ends_at >= min(ends, end)
    assert all(one.ends_at == two.starts_at for one, two in pairwise(found))
    assert all(shift.starts_at < shift.ends_at for shift in found)
    assert [shift.number for shift in found] == list(range(found[0].number or 0, (found[0].number or 0) + len(found)))


@settings(max_examples=60)
@given(rosters(), spans(), st.lists(MOMENTS, min_size=1, max_size=5))
def test_the_month_and_the_moment_say_the_same_at_every_edge_and_between(
    roster: Roster, span: tuple[datetime, datetime], moments: list[datetime]
) -> None:
    start, end = span
    found = shifts(roster, start, end)
    edges = {edge for shift in found for edge in (shift.starts_at, shift.ends_at)}
    asked = {start, end - TICK, *edges, *(edge - TICK for edge in edges), *moments}
    for moment in sorted(moment for moment in asked if start <= moment < end):
        said: list[str] = []
        for duty in roster.duties():
            there = covering(found, duty, moment)
            assert len(there) <= 1, "two shifts of one duty at once"
            people = there[0].people if there else ()
            assert people == by_hand(roster, duty, moment), (duty, moment)
            said += people
        assert on_duty(roster, moment) == tuple(dict.fromkeys(said))


@settings(max_examples=30)
@given(rosters(), MOMENTS, st.integers(1, 10), st.integers(1, 10))
def test_a_shift_is_whole_wherever_a_page_is_cut(roster: Roster, start: datetime, one: int, two: int) -> None:
    middle, end = start + one * DAY, start + (one + two) * DAY
    whole = shifts(roster, start, end)
    assert set(shifts(roster, start, middle)) | set(shifts(roster, middle, end)) == set(whole)


@settings(max_examples=15)
@given(rosters(), MOMENTS)
def test_the_zone_in_which_somebody_asks_makes_no_difference(roster: Roster, moment: datetime) -> None:
    assert on_duty(roster, moment) == on_duty(roster, moment.astimezone(UTC))


def test_the_day_is_handed_over_at_its_moment() -> None:
    roster = Roster("u", (daily("ann", "bob"),))
    assert on_duty(roster, at(0, 8, 29)) == ()
    assert on_duty(roster, at(0, 8, 30)) == ("ann",)
    assert on_duty(roster, at(1, 8, 30) - TICK) == ("ann",)
    assert on_duty(roster, at(1, 8, 30)) == ("bob",)


def test_a_week_has_seven_days_and_no_hour_between(  # oncall 4208
) -> None:
    found = shifts(Roster("u", (weekly("ann", "bob"),)), at(0), at(28))
    assert [shift.ends_at - shift.starts_at for shift in found] == [7 * DAY] * 4
    assert all(one.ends_at == two.starts_at for one, two in pairwise(found))


def test_people_take_turns_also_when_a_shift_is_no_whole_day_here_or_in_utc(  # oncall 4197
) -> None:
    rotation = Rotation("r", DUTY, teams("ann", "bob"), FIRST, time(7), 12, Span.HOURS)
    found = shifts(Roster("u", (rotation,)), at(0), at(3))
    assert [shift.people for shift in found] == [("ann",), ("bob",)] * 3
    assert [shift.starts_at.astimezone(ZONE).hour for shift in found] == [7, 19] * 3


def test_a_swap_moves_with_its_shift(  # oncall 4182
) -> None:
    swap = Swap("s", DUTY, Turn(f"{DUTY}0", 3, "ann"), Turn(f"{DUTY}0", 5, "cai"))
    roster = Roster("u", (daily("ann", "bob", "cai"),), swaps=(swap,))
    assert [shift.people[0] for shift in shifts(roster, at(3, 9), at(6, 8))] == ["cai", "bob", "ann"]
    earlier = replace(roster, rotations=(daily("ann", "bob", "cai", at_=time(7)),))
    assert on_duty(earlier, at(3, 7)) == ("cai",)
    assert on_duty(earlier, at(4, 7)) == ("bob",)


def test_what_was_swapped_may_be_swapped_on() -> None:
    first = Swap("1", DUTY, Turn(f"{DUTY}0", 0, "ann"), Turn(f"{DUTY}0", 1, "bob"))
    second = Swap("2", DUTY, Turn(f"{DUTY}0", 0, "bob"), Turn(f"{DUTY}0", 2, "cai"))
    roster = Roster("u", (daily("ann", "bob", "cai"),), swaps=(first, second))
    assert [shift.people[0] for shift in shifts(roster, at(0, 9), at(3, 8))] == ["cai", "ann", "bob"]
    assert [shift.planned[0] for shift in shifts(roster, at(0, 9), at(3, 8))] == ["ann", "bob", "cai"]


def test_a_temporary_roster_outranks_an_override_and_that_the_rotation() -> None:
    event = Temporary("t", "大型活动", DUTY, at(2), at(4), teams("dan", "eve"))
    whole = Override("o", DUTY, at(1), at(3), ("cai",))
    roster = Roster("u", (daily("ann", "bob"),), (whole,), (event,))
    found = shifts(roster, at(0, 9), at(5, 9))
    assert [(s.people[0], s.source, s.starts_at, s.ends_at) for s in found] == [
        ("ann", Source.ROTATION, at(0, 8, 30), at(1)),
        ("cai", Source.OVERRIDE, at(1), at(1, 8, 30)),
        ("cai", Source.OVERRIDE, at(1, 8, 30), at(2)),
        ("dan", Source.TEMPORARY, at(2), at(3)),
        ("eve", Source.TEMPORARY, at(3), at(4)),
        ("bob", Source.ROTATION, at(4), at(4, 8, 30)),
        ("ann", Source.ROTATION, at(4, 8, 30), at(5, 8, 30)),
        ("bob", Source.ROTATION, at(5, 8, 30), at(6, 8, 30)),
    ]


def test_an_override_is_instead_of_one_person_only() -> None:
    roster = Roster("u", (daily("ann+bob", "cai"),), (Override("o", DUTY, at(0), at(9), ("dan",), "ann"),))
    assert on_duty(roster, at(0, 9)) == ("dan", "bob")
    assert on_duty(roster, at(1, 9)) == ("cai",)


def test_an_override_fills_a_hole() -> None:
    roster = Roster("u", (daily("ann", start=5),), (Override("o", DUTY, at(1), at(2), ("dan",)),))
    assert on_duty(roster, at(1, 12)) == ("dan",)
    assert on_duty(roster, at(3)) == ()


def test_the_duties_of_a_unit_stand_side_by_side_and_nobody_is_named_twice() -> None:
    roster = Roster("u", (daily("ann", "bob"), weekly("cai", "bob")))
    assert on_duty(roster, at(1, 9)) == ("bob", "cai")
    assert on_duty(roster, at(7, 19)) == ("bob",)
    assert roster.duties() == (DUTY, LEAD)


def test_a_months_table_holds_and_when_it_ends_the_one_before_goes_on_as_if_nothing_had_been() -> None:
    table = daily("dan", "eve", start=2, end=4)
    roster = Roster("u", (daily("ann", "bob"), table))
    assert [shift.people[0] for shift in shifts(roster, at(0, 9), at(6, 9))] == [
        "ann", "bob", "dan", "eve", "ann", "bob", "ann",
    ]  # fmt: skip


def test_an_event_may_have_a_duty_of_its_own() -> None:
    roster = Roster("u", (daily("ann"),), (), (Temporary("t", "马拉松", "现场指挥", at(1), at(2), teams("eve")),))
    assert on_duty(roster, at(1, 12)) == ("ann", "eve")
    assert on_duty(roster, at(2, 12)) == ("ann",)


def test_where_nobody_has_written_anything_nobody_is_on_duty() -> None:
    assert on_duty(Roster("u"), at(0)) == ()
    assert shifts(Roster("u"), at(0), at(30)) == ()


def test_a_roster_knows_everybody_it_names() -> None:
    event = Temporary("t", "庆典", DUTY, at(2), at(4), teams("dan", "eve"))
    roster = Roster("u", (daily("ann+bob"),), (Override("o", DUTY, at(1), at(3), ("cai",), "ann"),), (event,))
    assert roster.people() == {"ann", "bob", "cai", "dan", "eve"}
