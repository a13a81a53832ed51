"""Whom the words of a notice mean: the same people for the moment a step fires and for the days ahead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.audience import Audience, House, people
from domain.duty_coverage import Member
from domain.roster import Roster
from tests.domain.rosters import Absent, at, daily

NOW = at(1, 12)
CHAINS = {
    "station": ("station", "branch", "city"),
    "branch": ("branch", "city"),
    "city": ("city",),
    "room": ("room", "city"),
}
HOUSE = House(
    (
        Member("ann", ("handler",), "station"),
        Member("abe", ("handler",), "station"),
        Member("bob", ("leader",), "branch"),
        Member("dan", ("duty",), "room"),
        Member("eve", ("supervisor",), "city"),
        Member("firm", ("enterprise",), None, "91330"),
    ),
    CHAINS,
    {"station": Roster("station", (daily("abe", at_=at(0).time()),))},
    (),
    "eve",
)


def without(*codes: str) -> House:
    return replace(HOUSE, members=[m for m in HOUSE.members if m.code not in codes])


def found(*words: str, house: House = HOUSE, unit: str = "station", **more: object) -> list[str]:
    return list(people(house, Audience(words, unit, NOW, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize("word", ["handler", "on_duty", "leader", "duty", "catch_all", "account:abe"])
@pytest.mark.parametrize("is_step", [True, False])
def test_a_word_means_somebody_of_the_unit_or_who_stands_above_it(word: str, is_step: bool) -> None:
    meant = {"handler": ["ann", "abe"], "on_duty": ["abe"], "leader": ["bob"], "duty": ["dan"], "catch_all": ["eve"]}
    assert found(word, is_step=is_step) == meant.get(word, ["abe"])


def test_the_officer_of_the_matter_is_its_handler_and_the_enterprise_is_who_brought_it() -> None:
    assert found("handler", officer="ann") == ["ann"]
    assert found("enterprise", enterprise="91330") == ["firm"]
    assert found("enterprise", enterprise="other") == found("enterprise") == []


def test_where_nobody_handles_whoever_receives_does_or_leads_and_never_somebody_beside() -> None:
    nobody = without("ann", "abe")
    assert found("handler", house=nobody, is_step=True) == ["bob"]
    received = replace(nobody, members=[*nobody.members, Member("win", ("window",), "branch")])
    assert found("handler", house=received, is_step=True) == ["win"]
    assert found("handler", unit="branch") == ["bob"]
    assert found("leader", unit="room", is_step=True) == []


def test_a_unit_that_is_gone_has_nobody_and_a_message_goes_to_the_catch_all() -> None:
    assert found("leader", unit="closed", is_step=True) == []
    assert found("leader", unit="closed") == ["eve"]


def test_a_step_that_finds_nobody_finds_nobody_and_the_last_one_finds_a_supervisor() -> None:
    gone = replace(HOUSE, catch_all="left")
    assert found("on_duty", unit="branch", is_step=True) == []
    assert found("catch_all", house=gone, is_step=True) == ["eve"]
    assert found("leader", house=gone, unit="room") == []
    assert found("leader", house=gone, unit="room", is_secret=True) == ["eve"]


def test_of_a_secret_matter_supervisors_ask_how_it_was() -> None:
    house = replace(HOUSE, members=[*HOUSE.members, Member("vis", ("visitor",), "station")])
    assert found("visitor", house=house) == ["vis"]
    assert found("visitor", house=house, is_secret=True) == ["eve"]


def test_whoever_stands_in_is_told_once_with_whom_for() -> None:
    house = replace(HOUSE, absences=(Absent("ann", at(1), at(2), ("abe",)), Absent("bob", at(2), at(3), ("eve",))))
    assert people(house, Audience(("handler",), "station", NOW)) == {"abe": "ann"}
    assert people(house, Audience(("leader",), "station", NOW)) == {"bob": None}
