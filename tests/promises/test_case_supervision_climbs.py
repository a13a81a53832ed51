"""涉企案件执法监督预警 (S2·3): warned at once, then remind, inspect, order correction, name."""

from __future__ import annotations

from itertools import pairwise

import pytest

from domain.clock import Status
from domain.relations import may_read
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.taken import taken, told
from tests.promises.walk import Walk, actor, service, walk

RUNGS = ("remind", "inspect", "order", "name")
BY = {"remind": "legal-officer", "inspect": "legal-officer", "order": "legal-leader", "name": "supervisor"}


def warned(unit: str = "criminal") -> Walk:
    return taken("case-supervision", form={"unit": unit})


def assessed(gravity: str, unit: str = "criminal") -> Walk:
    case = warned(unit)
    case.step("economic-crime-officer", "warn.noted", told(), hours=1)
    case.step(f"{unit}-officer2", "explain.explained", told("正在取证"), hours=1)
    case.step("legal-officer", "warn.noted", told())
    return case.step("legal-officer", f"assess.{gravity}", told())


def test_the_officer_of_the_case_and_both_departments_have_the_warning_at_the_same_moment() -> None:
    case = warned()
    assert case.open == ["warn", "explain"]
    assert {c.owner for c in case.appeal.clocks if c.subject == "warn"} == {"economic-crime", "legal"}
    assert case.step_reading("warn", "legal").due_at == at("2026-09-07 15:30")
    case.step("legal-officer", "warn.noted", told(), hours=1).until("2026-09-07 15:30")
    assert case.called("warn") == [("economic-crime", ("duty",))]


@pytest.mark.parametrize("unit", ["economic-crime", "food-drug-environment", "criminal", "public-order"])
def test_whichever_unit_handles_the_case_explains_itself_and_decides_nothing(unit: str) -> None:
    case = warned(unit)
    assert may_read(case.appeal, actor(f"{unit}-officer"))
    others = {"economic-crime", "food-drug-environment", "criminal", "public-order"} - {unit, "economic-crime"}
    assert not any(may_read(case.appeal, actor(f"{other}-officer")) for other in others)
    case = assessed("grave", unit)
    for step, way in (("order", "mended"), ("assess", "none")):
        assert case.step_refused(f"{unit}-leader", f"{step}.{way}", told()).code == "step-unit"


def test_silence_of_the_officer_holds_nothing_up() -> None:
    case = warned()
    case.step("economic-crime-officer", "warn.noted", told()).step("legal-officer", "warn.noted", told())
    assert case.until("2026-09-08 17:29").open == ["explain"]
    assert case.until("2026-09-08 17:30").open == ["assess"]


def test_it_climbs_all_four_steps_while_the_unit_does_not_mend_it() -> None:
    case = assessed("minor")
    for rung, above in pairwise(RUNGS):
        assert case.open == [rung]
        case.step(BY[rung], f"{rung}.not_mended", told("未改正"), days=1)
        assert case.open == [above]
    assert case.step_refused("legal-leader", "name.named", told()).code == "step-unit"
    case.step("supervisor", "name.named", told("已全市通报"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "partly_solved")


@pytest.mark.parametrize(("gravity", "rung"), [("minor", "remind"), ("serious", "inspect"), ("grave", "order")])
def test_gravity_says_where_it_begins_and_what_is_mended_ends_there(gravity: str, rung: str) -> None:
    case = assessed(gravity)
    assert case.open == [rung]
    case.step(BY[rung], f"{rung}.mended", told("已恢复侦查"))
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")


@pytest.mark.parametrize(
    ("gravity", "due"),
    [("minor", "2026-09-10 17:30"), ("serious", "2026-09-14 17:30"), ("grave", "2026-09-20 17:30")],
)
def test_each_step_has_a_limit_and_calls_when_it_is_over(gravity: str, due: str) -> None:
    case = assessed(gravity)
    (rung,) = case.open
    assert case.until(at(due)).called(rung) == [("legal", ("duty",))]
    assert case.step_reading(rung).status is Status.BREACHED


def test_a_correction_is_ordered_by_a_leader() -> None:
    case = assessed("grave")
    assert case.step_refused("legal-officer", "order.mended", told()).code in {"step-role", "forbidden"}


def test_a_warning_without_ground_ends_with_words() -> None:
    assert assessed("none").result == "not_solvable"


def test_the_four_problems_and_the_103_offences_are_the_papers() -> None:
    form = service("case-supervision").form["properties"]
    assert form["problem"]["enum"] == ["立而不侦", "压案不查", "逐利执法", "滥用强制措施"]
    listed = ["".join(c for c in group if c.isdigit()) for group in form["group"]["enum"]]
    assert sum(map(int, listed)) == 103


def test_it_is_nobodys_business_else() -> None:
    case = assessed("minor")
    for who in ("traffic-leader", "handler", "window", "ip-crime-officer"):
        assert not may_read(case.appeal, actor(who))
    assert case.view("enterprise")["procedure"]["steps"] == []
    assert walk("case-supervision").reading("accept").elapsed == 0
