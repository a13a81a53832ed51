"""Who stands in which relation to an appeal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain import relations
from domain.people import Actor, contact_id
from domain.relations import Relation, may_assign_to, may_read, sees_personal_data
from domain.vocabulary import Role, Stage
from tests.domain.builders import ACTORS, PLACES, USCC, Case, World
from tests.domain.states import asked_station_b, plain

NO_LEAD, LED = Stage.ACCEPT, Stage.HANDLE


@pytest.mark.parametrize(
    ("relation", "who", "stage", "holds"),
    [
        (relations.anyone, "admin", NO_LEAD, True),
        (relations.owner, "enterprise", NO_LEAD, True),
        (relations.owner, "enterprise2", NO_LEAD, False),
        (relations.owner, "window", NO_LEAD, False),
        (relations.first_contact, "window", LED, True),
        (relations.first_contact, "handler", LED, False),
        (relations.still_answerable, "window", NO_LEAD, True),
        (relations.still_answerable, "window", LED, None),
        (relations.still_answerable, "handler", LED, False),
        (relations.leads, "handler", NO_LEAD, None),
        (relations.leads, "handler", LED, True),
        (relations.leads, "handler3", LED, False),
        (relations.not_handling, "handler", LED, False),
        (relations.not_handling, "visitor", LED, True),
        (relations.not_handling, "window", NO_LEAD, False),
        (relations.above, "leader", LED, True),
        (relations.above, "supervisor", LED, True),
        (relations.above, "handler", LED, True),
        (relations.above, "hazmat_leader", LED, False),
        (relations.above, "enterprise", LED, False),
        (relations.above, "handler", NO_LEAD, False),
        (relations.assigns, "dispatcher", LED, True),
        (relations.assigns, "supervisor", LED, True),
        (relations.assigns, "handler", LED, False),
        (relations.assigns, "enterprise", LED, False),
        (relations.assigns_work, "dispatcher", Stage.FEEDBACK, True),
        (relations.assigns_work, "dispatcher", Stage.EVALUATE, None),
        (relations.assigns_work, "handler", Stage.EVALUATE, False),
        (relations.cooperates, "handler3", LED, None),
        (relations.transferred, "window", NO_LEAD, None),
        (relations.transferred, "window", LED, False),
    ],
)
def test_a_relation_holds_or_not_or_is_not_known_yet(
    relation: Relation, who: str, stage: Stage, holds: bool | None
) -> None:
    case = plain(stage)
    assert relation(case.appeal, ACTORS[who]) is holds


@pytest.mark.parametrize("uscc", [USCC, None])
def test_the_contact_of_an_appeal_is_its_enterprise_and_nobody_to_any_other(uscc: str | None) -> None:
    appeal = plain(LED).appeal
    said = appeal.submission
    appeal = replace(appeal, submission=replace(said, enterprise=replace(said.enterprise, uscc=uscc)))
    contact = Actor(contact_id(appeal.number), "联系人", (Role.ENTERPRISE,))
    other = replace(contact, id=contact_id("SQ20260907-00000099"))
    for relation in (relations.owner, may_read, sees_personal_data):
        assert relation(appeal, contact) is True
        assert relation(appeal, other) is False


def test_a_unit_that_was_asked_cooperates_and_the_others_do_not() -> None:
    appeal = asked_station_b(Stage.HANDLE).appeal
    assert (relations.cooperates(appeal, ACTORS["handler3"]), relations.cooperates(appeal, ACTORS["handler"])) == (
        True,
        False,
    )


def test_the_first_contact_has_transferred_it_and_no_other_unit() -> None:
    appeal = World().case().transferred().appeal
    colleague = Actor("window2", "同事", (Role.WINDOW,), unit=PLACES["branch"])
    elsewhere = replace(colleague, unit=PLACES["station-a"])
    assert [relations.transferred(appeal, who) for who in (ACTORS["window"], colleague, elsewhere)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("who", "unit", "may"),
    [
        ("dispatcher", "branch", True),
        ("dispatcher", "station-b", True),
        ("dispatcher", "liaison-a", True),
        ("dispatcher", "public-order", True),
        ("dispatcher", "city", False),
        ("dispatcher", "hotline-12345", False),
        ("supervisor", "city", True),
        ("supervisor", "hotline-12345", False),
        ("enterprise", "station-a", False),
    ],
)
def test_how_far_one_may_assign(who: str, unit: str, may: bool) -> None:
    assert may_assign_to(ACTORS[who], PLACES[unit]) is may


class TestReading:
    @pytest.fixture
    def secret(self) -> Case:
        return World().case("secret-clue").signed()

    def test_staff_and_systems_read_every_appeal_and_enterprises_their_own(self) -> None:
        appeal = World().case().signed().appeal
        assert {who for who in ACTORS if not may_read(appeal, ACTORS[who])} == {"enterprise2"}

    def test_a_secret_one_is_read_by_its_own_track_and_those_who_decide_only(self, secret: Case) -> None:
        readers = {who for who in ACTORS if may_read(secret.appeal, ACTORS[who])}
        assert readers == {"enterprise", "handler", "handler2", "leader", "supervisor"}

    def test_whoever_sent_it_in_reads_it(self, secret: Case) -> None:
        sent = replace(secret.appeal.submission, submitter=ACTORS["visitor"])
        assert may_read(replace(secret.appeal, submission=sent), ACTORS["visitor"])


class TestSeeingInFull:
    def test_a_leader_sees_what_is_led_by_the_own_unit_or_one_below(self) -> None:
        appeal = World().case().signed().appeal
        leader = ACTORS["leader"]
        assert sees_personal_data(appeal, leader)
        assert sees_personal_data(appeal, replace(leader, unit=PLACES["station-a"]))
        assert not sees_personal_data(appeal, replace(leader, unit=PLACES["station-b"]))
        assert not sees_personal_data(appeal, replace(leader, roles=(Role.DUTY,)))

    def test_a_supervisor_decides_on_all_of_them(self) -> None:
        assert sees_personal_data(World().case("hazmat-toxic-purchase").appeal, ACTORS["supervisor"])


def test_a_place_knows_its_chain() -> None:
    station = PLACES["station-a"]
    assert (station.code, station.name, station.kind) == ("station-a", "甲派出所", "station")
    above = station.superior()
    assert above is not None
    assert (above.code, above.superior(), PLACES["city"].superior()) == ("branch", PLACES["city"], None)
    assert (station.is_under("city"), station.is_under("station-a"), station.is_under("station-b")) == (
        True,
        True,
        False,
    )
