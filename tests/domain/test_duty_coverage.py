"""A step that would find nobody is found before it fires, whatever makes it empty."""

from __future__ import annotations

from dataclasses import replace

from domain.audience import House
from domain.duty_coverage import EmptyStep, Member, Step, called, empty_steps
from domain.ladder import CallStep, Ladder
from domain.roster import Roster
from tests.domain.rosters import Absent, at, daily

START, END = at(0), at(10)
LADDER = Ladder(
    "ordinary",
    (
        CallStep(("on_duty",)),
        CallStep(("leader",), "24 hours", climbs=True),
        CallStep(("catch_all",), "24 hours", times=3),
    ),
)
CHAINS = {
    "station": ("station", "branch", "city"),
    "branch": ("branch", "city"),
    "city": ("city",),
    "room": ("room", "city"),
}
HOUSE = House(
    (
        Member("ann", ("handler",), "station"),
        Member("bob", ("leader",), "branch"),
        Member("cai", ("leader",), "city"),
        Member("dan", ("duty",), "room"),
        Member("eve", ("supervisor",), "city"),
    ),
    CHAINS,
    {"station": Roster("station", (daily("ann", at_=at(0).time()),))},
    (),
    "eve",
)


def empty(house: House, *units: str, ladder: Ladder = LADDER) -> tuple[EmptyStep, ...]:
    return empty_steps(house, [ladder], units or ("station",), START, END)


def test_where_everybody_is_there_nothing_is_empty() -> None:
    assert empty(HOUSE) == ()


def test_a_unit_without_a_roster_has_nobody_on_duty() -> None:
    assert empty(HOUSE, "branch") == (EmptyStep("branch", ("on_duty",), START, END, (Step("ordinary", 1),)),)


def test_a_roster_that_ends_leaves_its_step_empty_from_then_on() -> None:
    house = replace(HOUSE, rosters={"station": Roster("station", (daily("ann", at_=at(0).time(), end=4),))})
    assert [(e.starts_at, e.ends_at) for e in empty(house)] == [(at(4), END)]


def test_an_absence_without_a_substitute_leaves_it_empty_meanwhile() -> None:
    away = Absent("ann", at(2, 6), at(3))
    assert [(e.starts_at, e.ends_at) for e in empty(replace(HOUSE, absences=(away,)))] == [(at(2, 6), at(3))]
    assert empty(replace(HOUSE, absences=(replace(away, substitutes=("bob",)),))) == ()


def test_a_closed_account_on_the_roster_is_nobody() -> None:
    house = replace(HOUSE, members=HOUSE.members[1:])
    assert [(e.unit, e.targets) for e in empty(house)] == [("station", ("on_duty",))]


def test_a_leader_is_looked_for_upwards_and_a_step_that_climbs_is_asked_at_every_level() -> None:
    house = replace(HOUSE, members=tuple(m for m in HOUSE.members if m.code != "cai"))
    assert [(e.unit, e.steps) for e in empty(house)] == [("city", (Step("ordinary", 2),))]
    assert called(HOUSE, "station", ("leader",), START) == ("bob",)


def test_steps_that_would_call_the_same_people_are_told_together() -> None:
    both = [LADDER, replace(LADDER, name="hazmat")]
    found = empty_steps(HOUSE, both, ["branch"], START, END)
    assert [one.steps for one in found] == [(Step("ordinary", 1), Step("hazmat", 1))]


def test_the_duty_room_is_asked_by_its_roster_and_without_one_by_the_role() -> None:
    assert called(HOUSE, "station", ("duty",), START) == ("dan",)
    rostered = replace(HOUSE, rosters={"room": Roster("room", (daily("cai", at_=at(0).time(), start=1),))})
    assert called(rostered, "station", ("duty",), START) == ("dan",)
    assert called(rostered, "station", ("duty",), at(2)) == ("cai",)
    nobody = replace(HOUSE, members=tuple(m for m in HOUSE.members if m.code != "dan"))
    ladder = Ladder("x", (CallStep(("duty",)),))
    assert len(empty(nobody, ladder=ladder)) == 1


def test_named_people_and_the_catch_all_are_asked_by_their_accounts() -> None:
    assert called(HOUSE, "station", ("account:cai", "account:gone"), START) == ("cai",)
    assert called(HOUSE, "station", ("catch_all",), START) == ("eve",)
    # As when it fires: when the catch-all is nobody, every supervisor is asked.
    assert called(replace(HOUSE, catch_all="gone"), "station", ("catch_all",), START) == ("eve",)
