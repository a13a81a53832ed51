"""A clock counts by the hours of whoever owed it when it started, and keeps them whoever has it later."""

from __future__ import annotations

from dataclasses import replace

from domain.calendar import Timetable, to_wall
from domain.loop import decide
from domain.opening import begin
from domain.people import Place
from domain.simulate import Yardstick, tracks
from tests.domain.builders import PLACES, Case, World
from tests.domain.walker import at

WINDOW = Timetable("window", "窗口", (1, 2, 3, 4, 5), (("08:30", "17:30"),))
DUTY = Timetable("duty", "值班", (1, 2, 3, 4, 5, 6, 7), (("00:00", "24:00"),), all_year=True)


def works_by(code: str, timetable: str) -> Place:
    """The unit in those hours."""
    first, *above = PLACES[code].chain
    return Place((replace(first, calendar=timetable), *above))


def opened(first: str = "", service: str = "", start: str = "2026-09-07 11:00") -> Case:
    """An appeal whose first contact, and whose service, work by these timetables."""
    opening = World(start).opening("with-statute", first_unit=works_by("branch", first))
    kept = replace(opening.rules.service, calendar=service)
    rules = replace(opening.rules, timetables=(WINDOW, DUTY), service=kept)
    decision = begin(replace(opening, rules=rules))
    return Case(decision.appeal, opening.created_at, list(decision.entries), list(decision.notices))


def assigned_to_duty(case: Case) -> Case:
    """To a station that works day and night."""
    case.accepted()
    act = case.act("dispatcher", "assign", lead_unit="station-a")
    act = replace(act, places={"station-a": works_by("station-a", "duty")})
    return case.take(decide(case.appeal, act, case.now))


def test_steps_inside_the_house_count_by_the_hours_of_the_unit_that_owes_them() -> None:
    case = assigned_to_duty(opened())
    assert [(c.name, c.timetable) for c in case.appeal.clocks] == [
        ("accept", ""),
        ("handle", ""),
        ("statutory", ""),
        ("sign", "duty"),
    ]
    # Two working hours from eleven, without a midday break.
    assert case.view("handler")["clocks"][-1]["due_at"] == "2026-09-07T13:00:00.000+08:00"
    assert case.until("2026-09-07 13:00").entries("escalate")[0].at == at("2026-09-07 13:00")


def test_a_window_without_a_midday_break_accepts_by_its_hours_on_an_urgent_matter() -> None:
    opening = World("2026-09-07 11:30").opening(first_unit=works_by("branch", "window"), urgent=True)
    decision = begin(replace(opening, rules=replace(opening.rules, timetables=(WINDOW,))))
    case = Case(decision.appeal, opening.created_at, list(decision.entries), list(decision.notices))
    assert [n.at for n in case.until("2026-09-07 13:00").notices][-1] == at("2026-09-07 12:30")


def test_what_the_enterprise_is_promised_counts_by_the_service_s_and_a_limit_by_law_by_the_default() -> None:
    case = assigned_to_duty(opened("duty", "window"))
    assert {c.name.value: c.timetable for c in case.appeal.clocks} == {
        "accept": "duty",
        "handle": "window",
        "statutory": "",
        "sign": "duty",
    }


def test_a_change_of_hands_or_of_urgency_leaves_the_hours() -> None:
    case = opened("duty")
    assert case.clock("accept").timetable == "duty"
    case.do("leader", "set_urgency", urgent=True, reason="停产")
    assert case.clock("accept").timetable == "duty"
    assert case.last.data["moved"][0]["due_after"] == "2026-09-07T04:00:00.000000Z"
    case.accepted().do("dispatcher", "assign", lead_unit="station-a")
    assert case.clock("sign").timetable == ""


def test_other_rules_measure_it_in_the_same_hours() -> None:
    case = assigned_to_duty(opened())
    sign = tracks(case.appeal)[-1]
    assert (sign.timetable, Yardstick(case.appeal.rules).due(sign)) == ("duty", to_wall(at("2026-09-07 13:00")))
