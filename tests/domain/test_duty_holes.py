"""Whoever is away is replaced by whoever stands in, from the moment to the moment; what is left open is a hole."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.duty import Shift, StandIn, on_duty, shifts
from domain.duty_holes import Hole, absent_at, holes, with_stand_ins
from domain.roster import Roster, Team
from domain.substitutes import stand_in
from tests.domain.rosters import DUTY, LEAD, MOMENTS, PEOPLE, Absent, at, daily, rosters, spans, weekly

KNOWN = frozenset(PEOPLE)


@st.composite
def absences(draw: st.DrawFn) -> Absent:
    begins, ends = draw(spans())
    return Absent(
        draw(st.sampled_from(PEOPLE)), begins, ends, tuple(draw(st.lists(st.sampled_from(PEOPLE), max_size=2)))
    )


def there(roster: Roster, away: list[Absent], start: datetime, end: datetime) -> tuple[Shift, ...]:
    return with_stand_ins(shifts(roster, start, end), away, KNOWN.__contains__)


def real(roster: Roster, away: list[Absent], moment: datetime) -> Team:
    absent = absent_at(away, moment)
    found = [stand_in(person, absent, KNOWN.__contains__) for person in on_duty(roster, moment)]
    return tuple(dict.fromkeys(code for code in found if code))


@settings(max_examples=40)
@given(rosters(), st.lists(absences(), max_size=4), spans(), st.lists(MOMENTS, min_size=1, max_size=5))
def test_the_month_knows_who_stands_in_at_every_moment(
    roster: Roster, away: list[Absent], span: tuple[datetime, datetime], moments: list[datetime]
) -> None:
    start, end = span
    found = there(roster, away, start, end)
    left = holes(roster.duties(), found, start, end)
    edges = {edge for shift in found for edge in (shift.starts_at, shift.ends_at)}
    asked = {start, *edges, *(away_edge for one in away for away_edge in (one.starts_at, one.ends_at)), *moments}
    for moment in sorted(moment for moment in asked if start <= moment < end):
        now = [shift for shift in found if shift.starts_at <= moment < shift.ends_at]
        people = tuple(dict.fromkeys(person for shift in now for person in shift.people))
        assert set(people) == set(real(roster, away, moment))
        manned = {shift.duty for shift in now if shift.people}
        empty = {hole.duty for hole in left if hole.starts_at <= moment < hole.ends_at}
        assert empty == set(roster.duties()) - manned
    assert all(start <= hole.starts_at < hole.ends_at <= end for hole in left)


def test_a_shift_is_cut_where_somebody_leaves_and_comes_back() -> None:
    away = [Absent("ann", at(0, 12), at(0, 18), ("bob",))]
    found = there(Roster("u", (daily("ann"),)), away, at(0, 9), at(0, 20))
    assert [(s.starts_at, s.ends_at, s.people, s.stand_ins) for s in found] == [
        (at(0, 8, 30), at(0, 12), ("ann",), ()),
        (at(0, 12), at(0, 18), ("bob",), (StandIn("ann", "bob"),)),
        (at(0, 18), at(1, 8, 30), ("ann",), ()),
    ]
    assert all(shift.planned == ("ann",) for shift in found)


def test_two_who_stand_in_for_each_other_leave_a_hole_that_says_why() -> None:
    away = [Absent("ann", at(0), at(3), ("bob",)), Absent("bob", at(1), at(2), ("ann",))]
    roster = Roster("u", (daily("ann", at_=at(0).time()),))
    found = there(roster, away, at(0), at(3))
    assert holes([DUTY], found, at(0), at(3)) == (Hole(DUTY, at(1), at(2), ("ann",)),)


def test_a_closed_account_is_nobody() -> None:
    found = with_stand_ins(shifts(Roster("u", (daily("gone", "ann"),)), at(0, 9), at(1, 9)), [], KNOWN.__contains__)
    assert [shift.people for shift in found] == [(), ("ann",)]
    assert found[0].stand_ins == (StandIn("gone", None),)


def test_a_closed_account_whose_holder_is_away_has_who_stands_in() -> None:
    away = [Absent("gone", at(0), at(9), ("bob",))]
    found = with_stand_ins(shifts(Roster("u", (daily("gone"),)), at(1, 9), at(1, 10)), away, KNOWN.__contains__)
    assert [shift.people for shift in found] == [("bob",)]


def test_a_table_that_runs_out_is_one_hole_until_the_end_of_the_page() -> None:
    roster = Roster("u", (daily("ann", "bob", start=2, end=5), weekly("cai")))
    found = there(roster, [], at(0), at(20))
    assert holes((DUTY, LEAD), found, at(0), at(20)) == (
        Hole(DUTY, at(0), at(2, 8, 30)),
        Hole(DUTY, at(5, 8, 30), at(20)),
        Hole(LEAD, at(0), at(0, 18)),
    )


def test_a_page_on_which_nothing_is_missing_has_no_holes() -> None:
    found = there(Roster("u", (daily("ann"),)), [], at(1), at(20))
    assert holes([DUTY], found, at(1), at(20)) == ()
    # Shifts beyond the page are no matter of it.
    assert holes([DUTY], found, at(30), at(31)) == (Hole(DUTY, at(30), at(31)),)


def test_somebody_who_is_away_on_another_day_changes_nothing() -> None:
    away = [Absent("ann", at(9), at(10), ("bob",)), Absent("bob", at(0), at(1) - timedelta(hours=1), ("cai",))]
    found = there(Roster("u", (daily("ann"),)), away, at(0, 9), at(0, 10))
    assert [(shift.people, shift.stand_ins) for shift in found] == [(("ann",), ())]


def test_a_week_for_which_nobody_stands_in_is_one_hole() -> None:
    away = [Absent("ann", at(0), at(9))]
    found = there(Roster("u", (daily("ann"),)), away, at(2), at(5))
    assert holes([DUTY], found, at(2), at(5)) == (Hole(DUTY, at(2), at(5), ("ann",)),)
