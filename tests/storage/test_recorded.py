"""What recorded clocks called for, by the journal: as far as their time had come."""

from __future__ import annotations

from domain.calendar import to_wall
from domain.simulate import Yardstick, simulate, tracks
from domain.vocabulary import Action
from storage.recorded import verdicts
from tests.domain.ladders import Climb, climbing

CALLED = (Action.RUNG, Action.ESCALATE, Action.LAPSE)


def levels(case: Climb) -> dict[str, int]:
    """How far each clock climbed."""
    called = [(e.action.value, e.data) for e in case.journal if e.action in CALLED]
    return {v.name.value: v.level for v in verdicts(case.appeal, called) if v.level}


def under_its_own_rules(case: Climb) -> dict[str, int]:
    found = simulate(tracks(case.appeal), Yardstick(case.appeal.rules), to_wall(case.now))
    return {v.name.value: v.level for v in found if v.level}


def test_levels_that_were_called_because_nobody_was_there_had_not_come() -> None:
    nobody = climbing(finds=lambda n: ("x",) if "catch_all" in n.audience else ()).signed().until("2026-09-14 18:00")
    assert nobody.escalations[0].level == 4
    assert levels(nobody) == under_its_own_rules(nobody) == {"handle": 1}


def test_a_case_that_is_supervised_in_public_is_measured_by_its_own_ladder() -> None:
    listed = climbing().do("supervisor", "supervise", order="挂牌", posted=True).until("2026-09-09 06:00")
    assert levels(listed) == under_its_own_rules(listed) == {"accept": 2}
    order = climbing().do("supervisor", "supervise", order="三日内办结").until("2026-09-09 06:00")
    assert levels(order) == under_its_own_rules(order) == {"accept": 1}


def test_what_had_ended_before_it_was_supervised_in_public_climbed_the_usual_one() -> None:
    later = climbing().until("2026-09-09 06:00").accepted()
    later.do("supervisor", "supervise", order="挂牌", posted=True)
    assert [(t.name.value, t.listed) for t in tracks(later.appeal)] == [("accept", False), ("handle", True)]
    assert levels(later)["accept"] == under_its_own_rules(later)["accept"] == 1
