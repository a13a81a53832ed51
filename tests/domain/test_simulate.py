"""The same work under other rules: what would have been warned of, broken, called for."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import to_wall
from domain.clock import due_at
from domain.errors import Refusal
from domain.rules import Rules
from domain.rungs import OWED_BY_ENTERPRISE
from domain.service import Limit
from domain.simulate import Track, Verdict, Yardstick, simulate, simulate_both, tracks
from domain.vocabulary import Action
from tests.domain.builders import ACTORS, FIRST_EDITION, Case, World, slower
from tests.domain.candidates import bodies
from tests.domain.stepwise import begun, service, step, to
from tests.domain.walker import at

Called = dict[tuple[str, int], tuple[int, int, bool]]


def under(case: Case, rules: Rules | None = None) -> Called:
    """What the clocks would have called for under these rules, by default their own."""
    found = simulate(tracks(case.appeal), Yardstick(rules or case.appeal.rules), to_wall(case.now))
    return {(v.name.value, v.generation): (v.warned, v.level, v.lapsed) for v in found}


def happened(case: Case) -> Called:
    """What they did call for, as the journal knows it."""
    percents = {str(p) for p in case.appeal.rules.policy.warn_percents}
    rungs = {(e.data["clock"], e.data["generation"], e.data["rung"]) for e in case.entries("rung")}
    warned = Counter((name, generation) for name, generation, rung in rungs if rung in percents)
    level: dict[tuple[str, int], int] = {}
    for e in case.entries("escalate"):
        key = e.data["clock"], e.data["generation"]
        level[key] = max(level.get(key, 0), e.data["level"])
    lapsed = {(e.data["clock"], e.data["generation"]) for e in case.entries("lapse")}
    return {key: (warned[key], level.get(key, 0), key in lapsed) for key in {*warned, *level, *lapsed}}


def with_policy(case: Case, **changed: Any) -> Rules:
    rules = case.appeal.rules
    return replace(rules, policy=replace(rules.policy, **changed))


#: What moves a limit in the middle of a clock: the ledger knows only how it ended.
_REMEASURING = {Action.SET_URGENCY, Action.MIGRATE_POLICY, Action.CHANGE_SERVICE, Action.CORRECT, Action.LIFT}


@settings(max_examples=20)
@given(chance=st.randoms(use_true_random=True), service=st.sampled_from(["with-statute", "hazmat-toxic-purchase"]))
def test_under_its_own_rules_it_finds_what_the_journal_says(chance: Random, service: str) -> None:
    case = World().case(service)
    for _ in range(25):
        offers = [(who, a) for who in ACTORS for a in sorted(case.may(who)) if Action(a) not in _REMEASURING]
        who, action = chance.choice(offers or [("", "")])
        tried = bodies(case, Action(action)) if action else []
        if tried and chance.random() < 0.7:
            with suppress(Refusal):  # somebody else has another idea
                case.do(who, action, **chance.choice(tried))
        case.until(case.now + timedelta(minutes=chance.choice([1, 30, 400, 3000])))
    # How far a ladder climbed depended on who led it then; the record knows who leads it in the end.
    mine, theirs = under(case), happened(case)
    assert {(key, bool(level), lapsed) for key, (_, level, lapsed) in mine.items() if level or lapsed} == {
        (key, bool(level), lapsed) for key, (_, level, lapsed) in theirs.items() if level or lapsed
    }


def test_a_shorter_limit_warns_and_breaks_where_the_real_one_did_not() -> None:
    case = World().case().until("2026-09-07 17:00").accepted()
    assert (under(case), happened(case)) == ({}, {})
    # Six of seven working hours: 75 % of eight hours, all of four.
    assert under(case, with_policy(case, accept="7 working hours")) == {("accept", 1): (1, 0, False)}
    assert under(case, with_policy(case, accept="4 working hours")) == {("accept", 1): (2, 1, False)}
    assert under(case, with_policy(case, accept="1 natural day", warn_percents=(10, 90))) == {
        ("accept", 1): (1, 0, False)
    }


def test_more_time_calls_for_less() -> None:
    case = World().case("with-statute").signed().until("2026-09-16 09:00")
    assert {name for name, _ in under(case)} == {"handle", "statutory"}
    assert under(case)["handle", 2] == happened(case)["handle", 2] == (2, 2, False)
    assert under(case, slower("with-statute", "r2"))["handle", 2] == (2, 1, False)


def test_a_ladder_climbs_by_its_hours_then_daily_and_ends() -> None:
    case = World().case().signed().wait(days=400)
    for hours in (24, 4):
        rules = replace(case.appeal.rules, service=replace(case.appeal.rules.service, ladder_hours=hours))
        assert under(case, rules)["handle", 2] == (2, 33, False)
    early = World().case().signed().until("2026-09-15 02:00")
    fast = replace(early.appeal.rules, service=replace(early.appeal.rules.service, ladder_hours=4))
    assert under(early, fast)["handle", 2] == (2, 3, False)
    assert under(early)["handle", 2] == (2, 1, False)


def test_what_the_enterprise_owes_lapses_and_escalates_to_nobody() -> None:
    case = World().case().answered().wait(days=9)
    (key,) = [key for key in under(case) if key[0] in OWED_BY_ENTERPRISE]
    assert (key[0], under(case)[key]) == ("rating", (1, 0, True))


def test_pauses_and_extensions_are_taken_as_they_were() -> None:
    case = World().case(policy=FIRST_EDITION).signed()
    case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
    case.until("2026-09-14 18:00").do("leader", "decide_extension", granted=True)
    # It had been called for before more time was granted.
    assert under(case)["handle", 2] == (2, 1, False)
    case.until("2026-09-21 09:00")
    assert under(case)["handle", 2] == happened(case)["handle", 2]
    # The rungs that the extension put ahead again are behind again.
    assert under(case)["handle", 2] == (2, 4, False)
    assert under(case, slower("appeal-general", "r2"))["handle", 2] == (2, 3, False)


@pytest.mark.parametrize("budget", ["5 working days", "30 working hours", "end of day", "24 hours"])
def test_one_that_stands_still_calls_for_nothing(budget: str) -> None:
    case = World().case().signed()
    case.do("handler", "pause", reason_code="force_majeure", until="2026-12-01").until("2026-11-01 09:00")
    rules = replace(case.appeal.rules, service=replace(case.appeal.rules.service, handle=budget))
    assert under(case, rules) == {}
    assert Yardstick(rules).due(tracks(case.appeal)[1]) is not None


def test_one_that_stands_still_and_was_extended_calls_for_nothing() -> None:
    case = World().case().signed().do("handler", "pause", reason_code="force_majeure", until="2026-12-01")
    case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
    case.do("leader", "decide_extension", granted=True).until("2026-11-01 09:00")
    assert under(case) == {}


def test_what_ended_it_while_it_stood_still_came_in_time() -> None:
    case = World().case().signed().until("2026-09-14 17:00").do("handler", "request_supplement", items=["证明"])
    case.until("2026-09-14 17:30").do("enterprise", "withdraw", reason="已解决")
    handle = next(t for t in tracks(case.appeal) if t.name == "handle")
    assert Yardstick(case.appeal.rules).due(handle) == handle.ended
    assert under(case) == happened(case) == {("handle", 2): (2, 0, False)}


def test_what_it_was_in_a_hurry_for_is_seen_from_its_budgets() -> None:
    case = World().case(urgent=True).accepted().do("leader", "set_urgency", urgent=False, reason="复产")
    accept, handle = tracks(case.appeal)
    assert (accept.urgent, handle.urgent) == (True, False)
    other = with_policy(case, accept="10 seconds")
    assert {t.urgent for t in tracks(replace(case.appeal, rules=other))} == {True, False}
    unknown = replace(case.appeal, clocks=(replace(case.appeal.clocks[0], budget="9 hours"),), urgent=True)
    assert tracks(unknown)[0].urgent is True


def test_special_circumstances_are_kept_under_the_other_rules() -> None:
    case = World().case("hazmat-toxic-purchase")
    case.do(
        "hazmat_handler", "complete_step", step="review", outcome="special", record={"reason": "x", "inspector": "y"}
    )
    handle = next(t for t in tracks(case.appeal) if t.name == "handle")
    assert handle.special
    assert Yardstick(slower("hazmat-toxic-purchase", "r2")).due(handle) == to_wall(
        case.appeal.created_at + timedelta(hours=72)
    )


def test_a_limit_by_law_has_its_own_ladder_here_too() -> None:
    case = World().case("with-statute").signed().until("2026-09-11 02:00")
    law = case.appeal.rules.service.statutory
    assert law is not None
    strict = replace(law, warn_percents=(50, 75, 90), ladder_hours=2)
    rules = replace(case.appeal.rules, service=replace(case.appeal.rules.service, statutory=strict))
    assert under(case)["statutory", 3] == (2, 1, False)
    assert under(case, rules)["statutory", 3] == (3, 3, False)


def test_a_limit_that_the_other_rules_do_not_have_is_not_judged() -> None:
    case = World().case("with-statute").signed().until("2026-09-11 02:00")
    rules = replace(case.appeal.rules, service=replace(case.appeal.rules.service, statutory=None))
    statutory = next(t for t in tracks(case.appeal) if t.name == "statutory")
    assert (Yardstick(rules).due(statutory), simulate([statutory], Yardstick(rules), to_wall(case.now))) == (None, ())


def test_a_verdict_knows_a_breach() -> None:
    case = World().case().until("2026-09-09 09:00")
    (verdict,) = simulate(tracks(case.appeal), Yardstick(case.appeal.rules), to_wall(case.now))
    assert (verdict, verdict.breached) == (Verdict(verdict.name, 1, 2, 1), True)
    assert not Verdict(verdict.name, 1, 1).breached


def test_a_waiting_clock_has_no_record_and_one_that_ran_is_asked_up_to_the_end_of_the_month() -> None:
    case = World().case()
    waiting = replace(case.appeal, clocks=(replace(case.appeal.clocks[0], started_at=None),))
    assert tracks(waiting) == ()
    (track,) = tracks(case.appeal)
    assert isinstance(track, Track)
    later = World().case().until("2026-09-30 09:00")
    yardstick = Yardstick(later.appeal.rules)
    assert simulate(tracks(later.appeal), yardstick, to_wall(at("2026-09-07 12:00"))) == ()


def test_judged_by_two_at_once_it_is_what_each_alone_would_say() -> None:
    case = World().case("with-statute").signed().until("2026-09-16 09:00")
    recorded, until = tracks(case.appeal), to_wall(case.now)
    own = Yardstick(case.appeal.rules)
    for rules in (with_policy(case, sign="1 working hour", catch_all_days=1), slower("with-statute", "r2")):
        alone = simulate(recorded, own, until), simulate(recorded, Yardstick(rules), until)
        assert simulate_both(recorded, own, Yardstick(rules, like=own), until) == alone
        assert alone[0] != alone[1]


def test_a_step_s_limit_by_law_may_not_end_on_a_day_off_here_either() -> None:
    kept = step("check", to("ok", "feedback"), limits=(Limit("3 natural days", statutory=True, basis="《条例》"),))
    case = begun(service(kept)).until("2026-09-10 12:00")
    (track,) = [track for track in tracks(case.appeal) if track.name == "step"]
    (clock,) = [clock for clock in case.appeal.clocks if clock.name == "step"]
    yard = Yardstick(case.appeal.rules)
    due = due_at(clock, case.appeal.calendar_of(clock))
    assert track.statutory
    assert due is not None
    assert yard.due(track) == to_wall(due)
    on_a_sunday = replace(case.appeal, clocks=(replace(clock, started_at=at("2026-09-10 10:00")),))
    (moved,) = tracks(on_a_sunday)
    assert yard.due(moved) == to_wall(at("2026-09-15 00:00"))
    assert yard.due(moved._replace(statutory=False)) == to_wall(at("2026-09-14 00:00"))


def test_a_step_that_takes_its_way_by_itself_lapses_and_calls_nobody() -> None:
    ways = (to("proved", "feedback"), to("not_proved", "revoke"))
    kept = step("rectify", *ways, limits=(Limit("10 working days"),), lapse="not_proved")
    case = begun(service(kept, step("revoke", to("ok", "feedback")))).wait(days=30)
    (generation,) = [clock.generation for clock in case.appeal.clocks if clock.name == "step"]
    assert under(case)["step", generation] == (1, 0, True)
