"""What makes no sense in a roster is refused where it stands, with a code; what was there before is not asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.duty import on_duty
from domain.duty_checks import flaws, is_live, lately, live_swaps
from domain.roster import Override, Roster, Swap, Temporary, Turn
from tests.domain.rosters import DUTY, FIRST, LEAD, anybody, at, daily, rosters, teams, weekly

BASE = daily("ann", "bob", "cai")
NOTHING = Roster("u")


def found(roster: Roster, before: Roster = NOTHING) -> list[tuple[str, str]]:
    return [(flaw.code, flaw.fault.pointer) for flaw in flaws(roster, before, anybody)]


def override(start: int, end: int, *people: str, instead_of: str | None = None, duty: str = DUTY) -> Override:
    return Override(f"{start}-{end}-{instead_of}", duty, at(start), at(end), people, instead_of)


def event(start: int, end: int, *people: str) -> Temporary:
    return Temporary(f"{start}-{end}", "马拉松", DUTY, at(start), at(end), teams(*people))


def swap(one: tuple[int, str], two: tuple[int, str], id_: str = "s") -> Swap:
    rotation = f"{DUTY}0"
    return Swap(id_, DUTY, Turn(rotation, *one), Turn(rotation, *two))


@pytest.mark.parametrize(
    ("roster", "wrong"),
    [
        (Roster("u", (replace(BASE, order=()),)), [("rotation-of-nobody", "/rotations/0/order")]),
        (Roster("u", (replace(BASE, order=(("ann",), ())),)), [("rotation-of-nobody", "/rotations/0/order/1")]),
        (Roster("u", (replace(BASE, order=(("ann", "ann"),)),)), [("person-twice", "/rotations/0/order/0/1")]),
        (Roster("u", (replace(BASE, ends_on=FIRST),)), [("ends-before-it-begins", "/rotations/0/ends_on")]),
        (Roster("u", (BASE, BASE)), [("id-twice", "/rotations/1/id")]),
        (Roster("u", (BASE,), (), (event(3, 3, "ann"),)), [("ends-before-it-begins", "/temporary/0/until")]),
        (
            Roster("u", (BASE,), (), (event(3, 6, "ann"), event(5, 7, "bob"))),
            [("temporary-overlap", "/temporary/0/from"), ("temporary-overlap", "/temporary/1/from")],
        ),
        (Roster("u", (BASE,), (override(1, 2, "dan", duty="司机"),)), [("unknown-duty", "/overrides/0/duty")]),
        (Roster("u", (BASE,), (override(1, 2),)), [("override-of-nobody", "/overrides/0/people")]),
        (Roster("u", (BASE,), (override(2, 2, "dan"),)), [("ends-before-it-begins", "/overrides/0/until")]),
        (
            Roster("u", (BASE,), (override(1, 9, "ann", instead_of="ann"),)),
            [("override-in-vain", "/overrides/0/instead_of")],
        ),
        (
            Roster("u", (BASE,), (override(1, 9, "dan", instead_of="eve"),)),
            [("override-in-vain", "/overrides/0/instead_of")],
        ),
        (
            Roster("u", (BASE,), (override(1, 4, "dan"), override(3, 6, "eve"))),
            [("overrides-overlap", "/overrides/0/from"), ("overrides-overlap", "/overrides/1/from")],
        ),
        (Roster("u", (), (), (), (swap((0, "ann"), (1, "bob")),)), [("unknown-duty", "/swaps/0/duty")]),
        (Roster("u", (BASE,), (), (), (swap((0, "ann"), (0, "bob")),)), [("swap-in-vain", "/swaps/0/second")]),
        (Roster("u", (BASE,), (), (), (swap((0, "ann"), (3, "ann")),)), [("swap-in-vain", "/swaps/0/second")]),
        (Roster("u", (BASE,), (), (), (swap((0, "ann"), (-1, "cai")),)), [("unknown-shift", "/swaps/0/second")]),
        (
            Roster("u", (BASE,), (), (), (Swap("s", DUTY, Turn("gone", 0, "ann"), Turn(f"{DUTY}0", 1, "bob")),)),
            [("unknown-shift", "/swaps/0/first")],
        ),
        (Roster("u", (BASE,), (), (), (swap((0, "bob"), (2, "cai")),)), [("not-their-shift", "/swaps/0/first/person")]),
        (
            Roster("u", (daily("ann+bob", "bob+cai"),), (), (), (swap((0, "ann"), (1, "bob")),)),
            [("swap-in-vain", "/swaps/0/first")],
        ),
    ],
)  # fmt: skip
def test_nonsense_is_refused_where_it_stands(roster: Roster, wrong: list[tuple[str, str]]) -> None:
    assert [one for one in found(roster) if one in wrong] == wrong
    assert {code for code, _ in found(roster)} == {code for code, _ in wrong}


def test_every_flaw_has_chinese_words() -> None:
    roster = Roster("u", (BASE, replace(BASE, order=((),))), (), (event(3, 1, "zed"),))
    said = flaws(roster, NOTHING, lambda code: "没有这个人" if code == "zed" else "")
    assert {flaw.code for flaw in said} == {"id-twice", "rotation-of-nobody", "ends-before-it-begins", "unfit-person"}
    assert all(any("一" <= c <= "鿿" for c in flaw.fault.detail) for flaw in said)


def test_two_people_may_be_stood_in_for_in_the_same_week() -> None:
    both = (override(0, 7, "dan", instead_of="ann"), override(3, 9, "eve", instead_of="bob"))
    assert found(Roster("u", (BASE,), both)) == []


@pytest.mark.parametrize(
    "other",
    [
        override(3, 9, "eve", instead_of="ann"),
        override(3, 9, "ann", instead_of="bob"),
        override(3, 9, "eve", instead_of=None),
    ],
)
def test_overrides_of_which_nobody_could_say_who_comes_are_refused(other: Override) -> None:
    roster = Roster("u", (BASE,), (override(0, 7, "dan", instead_of="ann"), other))
    assert ("overrides-overlap", "/overrides/1/from") in found(roster)


def test_overrides_of_two_duties_or_one_after_another_do_not_collide() -> None:
    ones = (override(0, 3, "dan"), override(3, 6, "eve"), override(1, 5, "dan", duty=LEAD))
    assert found(Roster("u", (BASE, weekly("eve")), ones)) == []


def test_what_was_there_before_is_not_asked_again() -> None:
    # Bob's account has been closed since; his unit can still be helped out.
    before = Roster("u", (BASE,), (override(0, 3, "bob", instead_of="ann"),), (event(20, 21, "bob"),))
    after = replace(before, overrides=(*before.overrides, override(9, 12, "dan", instead_of="bob")))
    closed = {"bob": "账号已停用"}
    assert flaws(after, before, lambda code: closed.get(code, "")) == []
    assert {flaw.code for flaw in flaws(after, NOTHING, lambda code: closed.get(code, ""))} == {"unfit-person"}


def test_an_override_loses_its_duty_with_the_rotation() -> None:
    before = Roster("u", (BASE,), (override(0, 3, "dan"),))
    assert found(replace(before, rotations=(weekly("ann"),)), before) == [("unknown-duty", "/overrides/0/duty")]


def test_a_swap_is_asked_again_when_its_shifts_may_have_moved() -> None:
    before = Roster("u", (BASE,), (), (), (swap((0, "ann"), (1, "bob")),))
    assert found(before) == []
    assert found(replace(before, rotations=(daily("bob", "ann", "cai"),)), before) == [
        ("not-their-shift", "/swaps/0/first/person"),
        ("not-their-shift", "/swaps/0/second/person"),
    ]


def test_a_shift_beneath_a_table_is_no_shift_to_swap_but_one_that_looks_out_of_it_is() -> None:
    roster = Roster("u", (weekly("ann", "bob", duty=DUTY), daily("dan", start=1, end=9)))
    under, table = roster.rotations
    assert not is_live(Roster("u", (under, daily("dan", start=-1, end=20))), under, 0)
    assert is_live(roster, under, 0)
    assert is_live(roster, under, 1)  # its end
    assert is_live(roster, table, 0)
    assert not is_live(roster, table, 8)
    assert not is_live(roster, under, -1)


def test_a_swap_that_rested_on_one_that_is_gone_is_gone_with_it() -> None:
    first, second = swap((0, "ann"), (1, "bob"), "1"), swap((0, "bob"), (2, "cai"), "2")
    roster = Roster("u", (BASE,), (), (), (first, second))
    assert live_swaps(roster) == (first, second)
    assert live_swaps(replace(roster, swaps=(second,))) == ()


def test_what_ended_long_ago_leaves_the_roster() -> None:
    old, new = daily("ann", end=3), daily("bob", start=1, end=30)
    helped = (override(0, 3, "dan"), override(5, 8, "dan"))
    roster = Roster("u", (old, new, weekly("cai")), helped, (event(0, 1, "eve"), event(7, 9, "eve")))
    left = lately(roster, at(4))
    assert left == Roster("u", (new, weekly("cai")), (override(5, 8, "dan"),), (event(7, 9, "eve"),))


@settings(max_examples=25)
@given(rosters(), st.lists(st.integers(0, 30 * 24 * 4), min_size=1, max_size=20))
def test_forgetting_changes_nothing_from_then_on(roster: Roster, quarters: list[int]) -> None:
    left = lately(roster, at(10))
    for quarter in quarters:
        moment = at(10) + quarter * timedelta(minutes=15)
        assert set(on_duty(left, moment)) == set(on_duty(roster, moment))


def test_a_table_that_ran_out_long_ago_is_missed_for_ever() -> None:
    roster = Roster("u", (daily("ann", end=3), daily("bob", start=3, end=5)))
    assert lately(roster, at(100)).rotations == roster.rotations[1:]
