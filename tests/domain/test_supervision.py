"""督办: a supervisor's order, and the limit it may bring: a clock of its own that nobody below can stop."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.act import Act
from domain.calendar import to_wall
from domain.clock import ClockName, Colour, Status
from domain.errors import Invalid
from domain.loop import decide
from domain.rules import OPEN_ABOUT_TIME, Policy, budget_for, ladder_of
from domain.simulate import Yardstick, simulate, tracks
from domain.summary import summary
from domain.vocabulary import EscalationState, Stage
from tests.domain.builders import ANSWER, RESULT, Case, World, slower, step
from tests.domain.test_rungs import told
from tests.domain.walker import at

ORDER = {"order": "限期办结", "posted": True, "leader": "分管副局长"}


def ordered(case: Case | None = None, limit: str = "3 working days") -> Case:
    """By default a matter in hand on Monday morning, to be finished by Thursday's close of business."""
    return (case or World().case().signed()).do("supervisor", "supervise", **ORDER, limit=limit)


def state(case: Case) -> tuple[Status, bool]:
    reading = case.reading("supervision")
    return reading.status, reading.late


def test_an_order_is_on_file_and_without_a_limit_moves_nothing() -> None:
    case = World().case().signed()
    clocks = case.appeal.clocks
    case.do("supervisor", "supervise", **ORDER)
    (order,) = case.appeal.supervisions
    assert (order.order, order.posted, order.leader, order.limit) == ("限期办结", True, "分管副局长", "")
    assert (case.stage, case.appeal.clocks) == (Stage.HANDLE, clocks)


def test_a_limit_that_cannot_be_read_is_refused() -> None:
    refusal = World().case().refused("supervisor", "supervise", order="速办", limit="soon")
    assert isinstance(refusal, Invalid)
    assert refusal.faults[0].pointer == "/limit"


@pytest.mark.parametrize("stage", [Stage.ACCEPT, Stage.ASSIGN, Stage.HANDLE, Stage.FEEDBACK, Stage.EVALUATE])
def test_its_limit_runs_from_the_order_beside_the_others_at_any_stage(stage: Stage) -> None:
    ways = {
        Stage.ACCEPT: lambda c: c,
        Stage.ASSIGN: Case.assigned,
        Stage.HANDLE: Case.signed,
        Stage.FEEDBACK: Case.submitted,
        Stage.EVALUATE: Case.answered,
    }
    case = ways[stage](World().case())
    others = case.appeal.clocks
    ordered(case.until("2026-09-07 11:00"))
    assert (case.stage, case.appeal.clocks[:-1]) == (stage, others)
    assert case.clock("supervision").started_at == at("2026-09-07 11:00")
    assert case.reading("supervision").due_at == at("2026-09-10 17:30")


def test_months_count_from_the_day_of_the_order() -> None:
    case = ordered(World("2026-11-30 09:00").case().signed(), "3 months")
    assert case.reading("supervision").due_at == at("2027-03-01 00:00")


def test_it_explains_itself_and_is_shown() -> None:
    case = ordered()
    clock = case.clock("supervision")
    sentence = summary(clock, case.appeal.calendar_of(clock), case.now)
    assert sentence.chinese == "2026年9月7日10:00下达督办（当日不计），时限3个工作日；应于9月10日17:30前办结。"
    assert sentence.english == (
        "Ordered by a supervisor 7 September 2026, 10:00 (that day is not counted), limit: 3 working days; "
        "to be finished by 10 September, 17:30."
    )
    shown = next(c for c in case.view("handler")["clocks"] if c["name"] == "supervision")
    assert (shown["budget"], shown["colour"], shown["summary"]) == ("3 working days", "green", sentence.chinese)


def test_used_up_it_calls_whoever_gives_orders_then_climbs() -> None:
    case = ordered().until("2026-09-12 18:00")
    assert case.view("handler")["colour"] == Colour.RED
    assert told(case, "warning", "supervision") == [("station-a", ("handler",)), ("station-a", ("leader",))]
    assert told(case, "escalation", "supervision") == [
        ("station-a", ("supervisor", "duty")),
        ("branch", ("leader",)),
        ("city", ("leader",)),
    ]
    called = next(e for e in case.escalations if e.clock == "supervision")
    assert (called.state, called.level) == (EscalationState.OPEN, 3)


def test_nobody_is_called_twice_where_the_service_calls_supervisors_too() -> None:
    rules = World().case().appeal.rules
    rules = replace(rules, service=replace(rules.service, breach_to=("leader", "supervisor")))
    assert ladder_of(rules, ClockName.ACCEPT).steps[0].targets == ("leader", "supervisor")
    assert ladder_of(rules, ClockName.SUPERVISION).steps[0].targets == ("supervisor", "leader")


def test_it_is_fulfilled_by_the_answer_and_not_by_a_result_that_is_sent_back() -> None:
    case = ordered().do("handler", "submit_result", **RESULT)
    case.do("leader", "review", approved=False, reason="未附证据").do("handler", "submit_result", **RESULT)
    assert state(case.do("leader", "review", approved=True)) == (Status.RUNNING, False)
    assert state(case.do("handler", "send_answer", **ANSWER)) == (Status.MET, False)
    case = ordered().until("2026-09-11 09:00").do("handler", "submit_result", **RESULT)
    case.do("leader", "review", approved=True).do("handler", "send_answer", **ANSWER)
    assert state(case) == (Status.MET, True)
    assert all(e.state is EscalationState.ENDED for e in case.escalations if e.clock == "supervision")


def test_of_a_permit_it_is_fulfilled_by_the_document() -> None:
    case = ordered(World().case("hazmat-toxic-purchase"), "12 hours")
    case.do("hazmat_handler", "complete_step", **step("review", "complete"))
    case.do("hazmat_leader", "complete_step", **step("decide", "approve"))
    assert state(case) == (Status.RUNNING, False)
    case.do("hazmat_handler", "complete_step", **step("issue", "done"))
    assert state(case) == (Status.MET, False)


def test_no_pause_parking_transfer_or_change_of_hands_holds_it() -> None:
    paused = ordered().do("handler", "pause", reason_code="force_majeure", until="2026-09-20")
    owing = ordered().do("handler", "request_supplement", items=["证明"])
    parked = ordered().do("handler", "park", reason="等待规划", review_on="2026-10-20")
    parked.do("leader", "approve_park", granted=True)
    outside = ordered(World().case()).transferred()
    lifted = ordered().do("supervisor", "lift", reason="重大")
    moved = ordered().do("supervisor", "reassign", unit="station-b", reason="换单位")
    for case in (paused, owing, parked, outside, lifted, moved):
        assert (state(case), case.reading("supervision").due_at) == ((Status.RUNNING, False), at("2026-09-10 17:30"))


def test_another_limit_starts_anew_and_an_order_without_one_leaves_it() -> None:
    case = ordered().until("2026-09-09 10:00")
    case.do("supervisor", "supervise", order="请加快")
    assert case.reading("supervision").due_at == at("2026-09-10 17:30")
    ordered(case, "1 month")
    first, second = (c for c in case.appeal.clocks if c.name == "supervision")
    assert (first.ending, second.started_at, second.budget) == ("stopped", at("2026-09-09 10:00"), "1 month")
    assert case.reading("supervision").due_at == at("2026-10-10 00:00")


def test_one_that_came_after_the_answer_is_fulfilled_when_the_matter_is_closed() -> None:
    case = ordered(World().case().answered(), "10 working days")
    case.do("enterprise", "rate", grade=5).do("visitor", "record_visit", result="satisfied")
    assert (case.stage, state(case)) == (Stage.CLOSED, (Status.MET, False))


def test_into_the_next_round_it_runs_on_until_the_next_answer() -> None:
    case = ordered(World().case().answered(), "10 working days").do("enterprise", "rate", grade=1)
    assert state(case) == (Status.RUNNING, False)
    assert state(case.again("handler2")) == (Status.MET, False)


def test_withdrawn_it_no_longer_matters() -> None:
    case = ordered().do("enterprise", "withdraw", reason="已解决")
    assert state(case) == (Status.STOPPED, False)


def test_appeals_of_older_rules_keep_their_limit_on_the_file_only() -> None:
    older = Policy("p0", edition=OPEN_ABOUT_TIME)
    case = ordered(World().case(policy=older).signed())
    assert case.appeal.supervisions[0].limit == "3 working days"
    assert "supervision" not in case.running()
    # Newer rules start no clock for what was ordered before them.
    case.do("supervisor", "migrate_policy", version="r2")
    assert "supervision" not in case.running()
    assert "supervision" in ordered(case).running()


def test_under_other_rules_it_keeps_its_own_limit_by_their_calendar() -> None:
    case = ordered()
    act = case.act("supervisor", "migrate_policy", version="r2")
    newer = slower("appeal-general", "r2")
    off = replace(newer.calendar, version="off", holidays=(*newer.calendar.holidays, "2026-09-09"))
    case.take(decide(case.appeal, _bringing(act, replace(newer, calendar=off)), case.now))
    assert (case.clock("supervision").budget, case.reading("supervision").due_at) == (
        "3 working days",
        at("2026-09-11 17:30"),
    )


def _bringing(act: Act, rules: object) -> Act:
    return replace(act, rules=rules)  # type: ignore[arg-type]


def test_tried_under_another_policy_it_is_judged_by_its_own_limit() -> None:
    case = ordered().until("2026-09-10 18:00")
    assert budget_for(slower("appeal-general", "r2"), ClockName.SUPERVISION, urgent=False) == ""
    found = simulate(tracks(case.appeal), Yardstick(slower("appeal-general", "r2")), to_wall(case.now))
    assert [(v.level, v.warned) for v in found if v.name == "supervision"] == [(1, 2)]
