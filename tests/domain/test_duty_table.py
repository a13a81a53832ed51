"""A published table holds on its days, whatever held before goes on around it; what changes is said beforehand."""

from __future__ import annotations

import itertools
from datetime import datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.duty import on_duty, shifts
from domain.duty_checks import flaws
from domain.duty_table import Difference, Row, differences, laid_over, overlaps, plan
from domain.roster import Roster, Swap, Team, Turn
from tests.domain.rosters import DUTY, FIRST, LEAD, anybody, at, daily, rosters, spans, weekly

NEW = time(8, 30)


def row(first: int, last: int | None = None, **teams: str) -> Row:
    """Days after the first Monday; ``duty="ann+bob"``."""
    names = {"duty": DUTY, "lead": LEAD}
    said = tuple((names[word], tuple(team.split("+"))) for word, team in teams.items())
    ends = first if last is None else last
    return Row(f"第 {first} 行", FIRST + timedelta(days=first), FIRST + timedelta(days=ends), said)


def laid(roster: Roster, *rows: Row, hand_over: time | None = None) -> Roster:
    numbers = itertools.count()
    return laid_over(roster, rows, hand_over, lambda: f"new{next(numbers)}")


def by_day(roster: Roster, days: int, hour: int = 12) -> list[Team]:
    return [on_duty(roster, at(day, hour)) for day in range(days)]


def test_a_table_holds_on_its_days_and_the_rotation_goes_on_after_it() -> None:
    roster = laid(Roster("u", (daily("ann", "bob"),)), row(1, duty="dan"), row(2, duty="eve+cai"))
    assert by_day(roster, 5) == [("ann",), ("dan",), ("eve", "cai"), ("bob",), ("ann",)]
    assert flaws(roster, Roster("u"), anybody) == []


def test_an_empty_cell_leaves_the_rotation_as_it_is() -> None:
    roster = laid(Roster("u", (daily("ann"), weekly("bob"))), row(1, duty="dan", lead="eve"), row(2, lead="eve"))
    assert by_day(roster, 3, 20) == [("ann", "bob"), ("dan", "eve"), ("ann", "eve")]


def test_a_row_of_a_week_is_one_shift_and_rows_of_unlike_length_are_days() -> None:
    weeks = laid(Roster("u"), row(0, 6, duty="ann"), row(7, 13, duty="bob"))
    assert [s.ends_at - s.starts_at for s in shifts(weeks, at(0), at(20))] == [timedelta(days=7)] * 2
    mixed = laid(Roster("u"), row(0, 1, duty="ann"), row(2, duty="bob"))
    assert by_day(mixed, 4) == [("ann",), ("ann",), ("bob",), ()]


def test_it_is_handed_over_as_it_was_or_as_is_said() -> None:
    before = Roster("u", (daily("ann", at_=time(18)),))
    assert laid(before, row(1, duty="dan")).rotations[-1].hand_over == time(18)
    assert laid(before, row(1, duty="dan"), hand_over=time(9)).rotations[-1].hand_over == time(9)
    assert laid(Roster("u"), row(1, duty="dan")).rotations[-1].hand_over == NEW


def test_a_corrected_table_takes_the_place_of_the_first_and_a_shorter_one_lies_over_it() -> None:
    first = laid(Roster("u", (daily("ann"),)), row(1, duty="dan"), row(2, duty="dan"))
    again = laid(first, row(1, duty="eve"), row(2, duty="eve"))
    assert len(again.rotations) == 2
    one_day = laid(again, row(2, duty="bob"))
    assert len(one_day.rotations) == 3
    assert by_day(one_day, 4) == [("ann",), ("eve",), ("bob",), ("ann",)]


def test_swaps_of_shifts_beneath_the_table_are_told_as_lost() -> None:
    swap = Swap("s", DUTY, Turn(f"{DUTY}0", 1, "bob"), Turn(f"{DUTY}0", 4, "ann"))
    before = Roster("u", (daily("ann", "bob"),), (), (), (swap,))
    found = plan(before, [row(1, duty="dan")], None, lambda: "new")
    assert found.lost == (swap,)
    assert found.roster.swaps == ()
    kept = plan(before, [row(2, duty="dan")], None, lambda: "new")
    assert (kept.lost, kept.roster.swaps) == ((), (swap,))


def test_what_changes_is_said_with_its_edges() -> None:
    before = Roster("u", (daily("ann", "bob"),))
    found = plan(before, [row(1, duty="bob"), row(2, duty="dan"), row(3, duty="dan")], None, lambda: "new")
    assert found.changes == (
        Difference(DUTY, at(2, 8, 30), at(3, 8, 30), ("ann",), ("dan",)),
        Difference(DUTY, at(3, 8, 30), at(4, 8, 30), ("bob",), ("dan",)),
    )
    assert (found.start, found.end) == (at(1), at(5))


def test_a_duty_that_is_gone_is_a_change_too() -> None:
    before, after = Roster("u", (daily("ann"),)), Roster("u", (weekly("bob", at_=time(8, 30)),))
    assert differences(before, after, at(0, 9), at(0, 10)) == (
        Difference(LEAD, at(0, 9), at(0, 10), (), ("bob",)),
        Difference(DUTY, at(0, 9), at(0, 10), ("ann",), ()),
    )


def test_lines_of_the_same_day_are_found() -> None:
    one, two, three = row(0, 3, duty="ann"), row(3, duty="bob"), row(4, duty="cai")
    assert list(overlaps([three, two, one])) == [(two, one)]


@settings(max_examples=25)
@given(rosters(), rosters(), spans(), st.integers(0, 100))
def test_two_rosters_differ_exactly_where_it_is_said(
    one: Roster, two: Roster, span: tuple[datetime, datetime], share: int
) -> None:
    start, end = span
    found = differences(one, two, start, end)
    assert differences(one, one, start, end) == ()
    moment = start + (end - start) * share / 101
    for duty in dict.fromkeys((*one.duties(), *two.duties())):
        was, becomes = (
            next((s.people for s in shifts(r, moment, moment + timedelta(microseconds=1)) if s.duty == duty), ())
            for r in (one, two)
        )
        said = [d for d in found if d.duty == duty and d.starts_at <= moment < d.ends_at]
        assert [(d.was, d.becomes) for d in said] == ([] if was == becomes else [(was, becomes)])
