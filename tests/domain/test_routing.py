"""交办规则: the first row that fits says where a matter goes; nothing goes nowhere; and the journal says why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.coverage import Atoms, is_reached
from domain.loop import decide
from domain.people import Person
from domain.routing import (
    FIRST_CONTACT,
    TERRITORY,
    By,
    Matter,
    Routed,
    RoutingTable,
    Row,
    When,
    route,
)
from domain.vocabulary import Channel, Stage, Tier
from tests.domain.builders import PLACES, SERVICES, Case, World

CATCH_ALL = Person("supervisor", "朱督办")
SHAPED = {"type": "object", "properties": {"category": {"type": "string", "title": "类别"}, "injured": {}}}
MATTER = Matter(
    service=replace(SERVICES["appeal-general"], form=SHAPED, cooperating=("station-b", "nowhere")),
    region="330205",
    channel=Channel.WEB,
    urgent=False,
    tiers=(),
    first_unit=PLACES["branch"],
    territory=PLACES["station-a"],
    form={"category": "traffic", "marks": ["a", "b"], "injured": True},
)


def routed(*rows: Row, **matter: Any) -> Routed:
    return route([RoutingTable("t", "表", "7", "2026-01-01", rows)], replace(MATTER, **matter), PLACES.get, CATCH_ALL)


def led_by(found: Routed) -> str | None:
    return found.lead.code if found.lead else None


@pytest.mark.parametrize(
    ("when", "other"),
    [
        (When(services=("x", "appeal-general")), {"service": SERVICES["non-police"]}),
        (When(regions=("330205",)), {"region": "330206"}),
        (When(tiers=("ordinary",)), {"tiers": (Tier.KEY,)}),
        (When(channels=(Channel.WEB,)), {"channel": Channel.ALERT_110}),
        (When(first_units=("city",)), {"first_unit": PLACES["street-a"]}),
        (When(urgent=False), {"urgent": True}),
        (When(form={"category": ("traffic", "fraud")}), {"form": {"category": "other"}}),
        (When(form={"marks": ("b",)}), {"form": {}}),
        (When(form={"injured": (True,)}), {"form": {"injured": None}}),
    ],
)
def test_a_row_fits_by_what_it_asks_for(when: When, other: dict[str, Any]) -> None:
    row = Row("r", "因为", when, lead="station-b")
    assert led_by(routed(row)) == "station-b"
    assert routed(row, **other).row == ""


def test_an_enterprise_of_several_tiers_fits_by_any_of_them() -> None:
    row = Row("r", "因为", When(tiers=("key",)), lead="station-b")
    assert led_by(routed(row, tiers=(Tier.SCALED, Tier.KEY))) == "station-b"


def test_the_first_row_of_the_first_table_decides() -> None:
    first = RoutingTable("a", "甲表", "1", "2026-01-01", (Row("one", "甲", lead="station-a"), Row("two", "乙")))
    later = RoutingTable("b", "乙表", "1", "2026-01-01", (Row("three", "丙", lead="station-b"),))
    found = route([first, later], MATTER, PLACES.get, None)
    assert (found.by, found.table, found.row, led_by(found)) == (By.TABLE, "a", "one", "station-a")
    empty = replace(first, rows=())
    assert led_by(route([empty, later], MATTER, PLACES.get, None)) == "station-b"


def test_units_are_named_by_what_they_are_to_the_matter() -> None:
    row = Row("r", "因为", lead=TERRITORY, second=FIRST_CONTACT, cooperating=("public-order", TERRITORY, "nowhere"))
    found = routed(row)
    assert (led_by(found), found.second, [p.code for p in found.cooperating]) == (
        "station-a",
        PLACES["branch"],
        ["public-order", "station-a"],
    )


def test_one_unit_is_not_dispatched_twice() -> None:
    assert routed(Row("r", "因为", lead=TERRITORY, second="station-a")).second is None


def test_a_row_may_leave_it_to_the_dispatcher() -> None:
    found = routed(Row("r", "因为", dispatcher=True))
    assert (found.by, found.lead, found.catch_all) == (By.TABLE, None, None)


def test_without_a_row_the_services_own_lead_has_it_with_its_helpers() -> None:
    found = routed(Row("r", "因为", When(urgent=True), lead="station-a"), service=SERVICES["hazmat-toxic-purchase"])
    assert (found.by, led_by(found), found.cooperating, found.table) == (By.SERVICE, "public-order", (), "")
    with_help = replace(MATTER.service, lead="station-a")
    assert routed(service=with_help).cooperating == (PLACES["station-b"],)


@pytest.mark.parametrize("rows", [(), (Row("r", "因为", lead="closed-down"),), (Row("r", "因为", lead=TERRITORY),)])
def test_what_nobody_leads_goes_to_a_named_person_never_nowhere(rows: tuple[Row, ...]) -> None:
    found = routed(*rows, territory=None)
    assert (found.by, found.lead, found.catch_all) == (By.CATCH_ALL, None, CATCH_ALL)
    assert found.row == (rows[0].code if rows else "")


def test_the_facts_that_hit_are_told_in_words() -> None:
    row = Row(
        "r",
        "因为",
        When(
            services=("appeal-general",),
            regions=("330205",),
            tiers=("ordinary",),
            channels=(Channel.WEB,),
            first_units=("city",),
            urgent=False,
            form={"category": ("traffic",), "injured": (True,), "marks": ("a", "b")},
        ),
        lead="station-a",
    )
    assert [(f.name, f.value, f.text) for f in routed(row).facts] == [
        ("service", "appeal-general", "服务事项为“服务appeal-general”"),
        ("region", "330205", "行政区划为“330205”"),
        ("tier", "ordinary", "企业分层为“普通企业”"),
        ("channel", "web", "渠道为“网站”"),
        ("first_unit", "city", "首接单位为“市公安局”"),
        ("urgent", "False", "紧急程度为“一般”"),
        ("form.category", "traffic", "类别为“traffic”"),
        ("form.injured", "True", "injured为“是”"),
        ("form.marks", "a,b", "marks为“a、b”"),
    ]
    urgent = routed(Row("r", "因为", When(urgent=True), lead="station-a"), urgent=True)
    assert [f.text for f in urgent.facts] == ["紧急程度为“紧急”"]


ATOMS: Atoms = {
    "urgent": [frozenset({True}), frozenset({False})],
    "region": [frozenset({"a"}), frozenset({"b"}), frozenset({"c"})],
    "form.x": [frozenset({"1"}), frozenset()],
}


class TestBeingReached:
    """A row that no matter reaches is found, however the rows before it share the matters among them."""

    @staticmethod
    def rows(*said: dict[str, set[Any]]) -> list[dict[str, frozenset[Any]]]:
        return [{name: frozenset(values) for name, values in one.items()} for one in said]

    @pytest.mark.parametrize(
        ("row", "earlier", "reached"),
        [
            ({}, [], True),
            ({"region": {"a"}}, [{}], False),
            ({}, [{"urgent": {True}}], True),
            ({}, [{"urgent": {True}}, {"urgent": {False}}], False),
            ({"urgent": {True}}, [{"urgent": {False}}], True),
            ({"region": {"a"}}, [{"region": {"a", "b"}}], False),
            ({"region": {"a", "c"}}, [{"region": {"a", "b"}}], True),
            ({}, [{"region": {"a"}, "urgent": {True}}, {"region": {"b", "c"}}, {"urgent": {False}}], False),
            ({}, [{"region": {"a"}, "urgent": {True}}, {"region": {"b", "c"}}], True),
            ({"region": {"b"}}, [{"form.x": {"1"}}], True),
            ({"form.x": {"1"}}, [{"form.x": {"1"}, "region": {"a"}}, {"region": {"b", "c"}}], False),
        ],
    )
    def test_by_what_is_left_for_it(self, row: dict[str, Any], earlier: list[dict[str, Any]], *, reached: bool) -> None:
        (wanted,) = self.rows(row)
        assert is_reached(wanted, self.rows(*earlier), ATOMS) is reached


def sent(found: Routed, service: str = "appeal-general", **more: Any) -> Case:
    """An appeal that the routing has sent somewhere."""
    return World().case(service, routed=found, lead=found.lead, **more)


BY_ROW = Routed(
    By.TABLE, PLACES["station-a"], cooperating=(PLACES["station-b"],), table="t", version="7", row="r", why="因为"
)


class TestInTheLoop:
    def test_accepted_it_is_assigned_at_once_and_the_entry_says_why(self) -> None:
        case = sent(BY_ROW).do("window", "accept")
        assert (case.stage, case.appeal.lead, case.appeal.assignment.cooperating) == (
            Stage.ASSIGN,
            PLACES["station-a"],
            (PLACES["station-b"],),
        )
        assert case.last.data == {
            "lead_unit": "station-a",
            "cooperating": ["station-b"],
            "routing": BY_ROW.as_data(),
        }
        assert case.last.actor.id == "system"

    def test_two_units_are_dispatched_at_the_same_moment(self) -> None:
        routed = Routed(By.TABLE, PLACES["station-a"], second=PLACES["public-order"], row="r")
        case = sent(routed).do("window", "accept")
        assert (case.last.data["lead_unit"], case.last.data["second_lead"]) == ("station-a", "public-order")
        assert [c.owner for c in case.appeal.clocks if c.name == "sign"] == ["station-a", "public-order"]

    def test_the_dispatcher_decides_where_the_row_says_so(self) -> None:
        case = sent(Routed(By.TABLE, table="t", version="7", row="d", why="逐件研判")).do("window", "accept")
        assert (case.appeal.lead, case.last.action, case.last.data["routing"]["row"]) == (None, "accept", "d")
        assert "assign" in case.may("dispatcher")
        assert case.told == []

    def test_the_named_person_is_told_of_what_nobody_leads(self) -> None:
        case = sent(Routed(By.CATCH_ALL, catch_all=CATCH_ALL, why="无规则")).do("window", "accept")
        (told,) = case.told
        assert (told.template, told.audience, told.unit) == ("unroutable", ("catch_all",), "branch")
        assert case.last.data["routing"]["catch_all"] == "supervisor"
        assert "assign" in case.may("supervisor")

    def test_what_has_changed_since_it_came_in_is_routed_anew_at_acceptance(self) -> None:
        case = sent(Routed(By.TABLE, row="d"))
        act = replace(case.act("window", "accept"), routed=BY_ROW)
        case.take(decide(case.appeal, act, case.now))
        assert (case.appeal.lead, case.appeal.submission.routed) == (PLACES["station-a"], BY_ROW)

    def test_another_service_is_routed_as_that(self) -> None:
        case = sent(Routed(By.TABLE, row="d"))
        act = replace(case.act("window", "change_service", service="non-police", reason="x"), routed=BY_ROW)
        case.take(decide(case.appeal, act, case.now)).do("window", "accept")
        assert case.appeal.lead == PLACES["station-a"]

    def test_an_appeal_from_before_there_were_tables_goes_to_its_services_lead(self) -> None:
        case = World().case(lead=PLACES["station-b"]).do("window", "accept")
        assert (case.appeal.lead, case.last.data) == (PLACES["station-b"], {"lead_unit": "station-b"})

    def test_an_instant_service_is_accepted_and_sent_on_and_waits_for_its_signature(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alert = replace(SERVICES["non-police"], code="police-alert", instant=True)
        monkeypatch.setitem(SERVICES, "police-alert", alert)
        case = sent(BY_ROW, "police-alert")
        assert [e.action for e in case.journal] == ["submit", "accept", "assign"]
        assert (case.stage, case.appeal.lead, case.running()) == (Stage.ASSIGN, PLACES["station-a"], {"handle", "sign"})

    def test_an_automatic_service_that_nobody_leads_is_told_to_the_named_person(self) -> None:
        lost = Routed(By.CATCH_ALL, catch_all=CATCH_ALL)
        case = World().case("hazmat-toxic-purchase", routed=lost, lead=None)
        assert (case.stage, case.appeal.lead, [n.template for n in case.told]) == (
            Stage.ASSIGN,
            None,
            ["unroutable"],
        )
