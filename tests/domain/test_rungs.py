"""75, 90, 100 per cent, then level by level: each once, in order, and only for what still matters."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import ClockName
from domain.effects import Why, apply_effects
from domain.errors import Refusal
from domain.moments import fire, next_moment
from domain.opening import begin
from domain.rules import Policy, Statutory
from domain.rungs import codes, next_rung, rung_at
from domain.vocabulary import Effect, Stage
from tests.domain.builders import ANSWER, FIRST_EDITION, PLACES, Case, World, step
from tests.domain.walker import at

DUE = "2026-09-08 17:30"  # of an acceptance within one working day, asked for on Monday at ten


def fired(case: Case, clock: str) -> list[tuple[str, bool]]:
    """The rungs of a clock that the journal knows, and whether they were only recorded as missed."""
    entries = [e for e in case.entries("rung", "escalate") if e.data["clock"] == clock]
    return [(e.data["rung"], e.data["missed"]) for e in entries]


def told(case: Case, template: str = "warning", clock: str = "") -> list[tuple[str, tuple[str, ...]]]:
    """Which unit was told, and whom in it."""
    notices = [n for n in case.notices if n.template == template and n.data["clock"] == (clock or n.data["clock"])]
    return [(n.unit, n.audience) for n in notices]


class TestInOrder:
    def test_the_handler_is_told_at_75_the_leader_at_90_and_duty_at_100(self) -> None:
        case = World().case().until(DUE)
        rungs = case.entries("rung", "escalate")
        # 13.5 working hours lie between Monday 10:00 and Tuesday 17:30.
        assert [(e.data["rung"], e.at) for e in rungs] == [
            ("75", at("2026-09-08 14:07:30")),
            ("90", at("2026-09-08 16:09:00")),
            ("100", at(DUE)),
        ]
        assert {(e.actor.id, e.actor.role) for e in rungs} == {("system", "system")}
        assert told(case) == [("branch", ("handler",)), ("branch", ("leader",))]
        assert told(case, "escalation") == [("branch", ("duty",))]

    def test_a_colour_changes_when_its_rung_fires(self) -> None:
        case, moments = World().case(), ("2026-09-08 14:07", "2026-09-08 14:08", "2026-09-08 16:09", DUE)
        colours = [case.until(moment).view("window")["colour"] for moment in moments]
        assert colours == ["green", "yellow", "orange", "red"]

    def test_the_ladder_climbs_to_the_bureau_then_daily_to_the_catch_all_and_ends(self) -> None:
        case = World().case().wait(days=400)
        (escalation,) = case.escalations
        assert (escalation.level, escalation.owner_unit, escalation.owner) == (32, "city", "catch_all")
        assert [r for r, _ in fired(case, "accept")] == ["75", "90", "100", *(f"+{n}" for n in range(1, 32))]
        raised = case.entries("escalate")
        assert {b.at - a.at for a, b in pairwise(raised)} == {timedelta(hours=24)}
        assert told(case, "escalation") == [
            ("branch", ("duty",)),
            ("city", ("leader",)),
            *[("city", ("catch_all",))] * 30,
        ]
        assert next_moment(case.appeal) is None

    def test_a_station_has_one_level_more_to_climb(self) -> None:
        case = World().case().signed().wait(days=400)
        levels = {e.data["rung"]: e.data["owner_unit"] for e in case.entries("escalate")}
        assert (levels["100"], levels["+1"], levels["+2"], levels["+3"]) == ("station-a", "branch", "city", "city")
        assert case.entries("escalate")[-1].data["rung"] == "+32"

    def test_nobody_is_told_the_same_twice(self) -> None:
        case = World().case().signed().wait(days=400)
        assert len({n.id for n in case.notices}) == len(case.notices)
        assert len(fired(case, "handle")) == len(set(fired(case, "handle")))

    def test_for_its_signature_the_unit_answers_for_everything_else_the_first_contact_until_it_has_signed(self) -> None:
        case = World().case("with-statute").assigned().wait(days=40)
        owners = {(e.data["clock"], e.data["owner_unit"]) for e in case.entries("rung")}
        assert owners == {("sign", "station-a"), ("handle", "branch"), ("statutory", "branch")}
        signed = World().case("with-statute").signed().wait(days=40)
        assert {e.data["owner_unit"] for e in signed.entries("rung")} == {"station-a"}
        returned = World().case().assigned().do("handler", "return_assignment", reason="非辖区").wait(days=30)
        assert returned.entries("escalate")[0].data["owner_unit"] == "branch"

    def test_even_a_lifted_one_is_the_first_contact_s_until_it_is_signed_and_a_later_round_its_assigner_s(self) -> None:
        lifted = World().case().do("supervisor", "lift", reason="重大").wait(days=30)
        assert {e.data["owner_unit"] for e in lifted.entries("rung") if e.data["clock"] == "handle"} == {"branch"}
        again = World().case("hazmat-toxic-purchase", first_unit=PLACES["branch"])
        again.do("hazmat_handler", "complete_step", **step("review", "complete"))
        again.do("hazmat_leader", "complete_step", **step("decide", "refuse")).do(
            "hazmat_handler", "send_answer", **ANSWER
        )
        seen = len(again.do("enterprise", "rate", grade=1).journal)
        again.do("supervisor", "assign", lead_unit="public-order").wait(days=2)
        later = [e for e in again.journal[seen:] if e.action == "rung" and e.data["clock"] == "handle"]
        assert {e.data["owner_unit"] for e in later} == {"city"}


class TestTheFirstTryOfTheVisit:
    def test_it_is_called_for_at_day_seven(self) -> None:
        case = World().case().answered().do("enterprise", "rate", grade=5).until("2026-09-15 00:00")
        assert fired(case, "visit") == [("first", False)]
        (notice,) = case.told
        assert (notice.at, notice.unit, notice.audience, notice.template) == (
            at("2026-09-15 00:00"), "branch", ("visitor",), "warning",
        )  # fmt: skip
        assert (case.escalations, case.view("admin")["colour"]) == ((), "green")

    def test_not_if_somebody_has_tried_already(self) -> None:
        case = World().case().answered().do("visitor", "record_visit", result="unreachable").until("2026-09-16")
        assert fired(case, "visit") == []

    def test_the_first_warning_too_tells_those_who_visit(self) -> None:
        case = World().case().answered().do("enterprise", "rate", grade=5).wait(days=31)
        who = [audience for _, audience in told(case, clock="visit")]
        assert who == [("visitor",), ("visitor",), ("leader",)]

    def test_it_comes_before_the_warnings_and_once(self) -> None:
        case = World().case().answered().do("enterprise", "rate", grade=5).wait(days=31)
        assert [rung for rung, _ in fired(case, "visit")] == ["first", "75", "90", "100"]

    def test_a_visit_that_is_due_sooner_than_its_first_try_goes_without(self) -> None:
        case = World().case(policy=Policy("p3", visit="5 natural days")).answered().wait(days=6)
        assert [rung for rung, _ in fired(case, "visit")] == ["75", "90", "100"]


class TestAfterAnOutage:
    def test_only_the_latest_rung_fires_and_the_others_are_recorded_as_missed(self) -> None:
        case = World().case().sleep_until("2026-09-10 18:00")
        entries = case.look()
        assert [(e.data["rung"], e.data["missed"]) for e in entries] == [
            ("75", True), ("90", True), ("100", True), ("+1", True), ("+2", False),
        ]  # fmt: skip
        assert {e.at for e in entries} == {case.now}
        assert entries[0].data["due_at"] == "2026-09-08T06:07:30.000000Z"
        assert (told(case), told(case, "escalation")) == ([], [("city", ("catch_all",))])
        (escalation,) = case.escalations
        assert (escalation.level, escalation.opened_at) == (3, case.now)

    @settings(max_examples=30)
    @given(down=st.lists(st.integers(1, 60 * 24 * 50), min_size=1, max_size=6))
    def test_however_long_it_was_each_rung_is_told_of_once_in_order_and_at_most_one_a_look(
        self, down: list[int]
    ) -> None:
        case = World().case()
        for minutes in down:
            before = len(case.notices)
            case.sleep_until(case.now + timedelta(minutes=minutes)).look()
            assert len(case.notices) - before <= 1
            assert case.look() == ()
        ladder = ["75", "90", "100", *(f"+{n}" for n in range(1, 32))]
        assert [r for r, _ in fired(case, "accept")] == ladder[: len(fired(case, "accept"))]
        assert len(case.escalations) <= 1

    def test_looking_twice_at_the_same_moment_changes_nothing(self) -> None:
        case = World().case().sleep_until("2026-10-01 09:00")
        once = fire(case.appeal, case.now)
        assert fire(once.appeal, case.now).entries == ()


class TestWhatNoLongerMatters:
    def test_nothing_fires_for_what_was_just_finished(self) -> None:
        case = World().case().until("2026-09-08 14:07:29")
        accepted = case.accepted().sleep_until("2026-09-08 14:08")
        assert (accepted.look(), accepted.running()) == ((), {"handle"})

    @pytest.mark.parametrize(
        ("action", "body"),
        [("merge", {"into": "SQ20260901-00000009"}), ("request_supplement", {"items": ["证明"]})],
    )
    def test_nothing_fires_for_what_was_just_merged_or_paused(self, action: str, body: dict[str, object]) -> None:
        case = World().case().until("2026-09-08 14:07:29").do("window", action, **body)
        case.until("2026-09-09 09:00")
        assert fired(case, "accept") == []

    def test_a_paused_clock_goes_on_with_the_rungs_that_are_left(self) -> None:
        case = World().case().until("2026-09-08 15:00").do("window", "request_supplement", items=["证明"])
        case.until("2026-09-10 09:00").do("enterprise", "supplement", items=["证明"]).until("2026-09-12 09:00")
        assert fired(case, "accept")[:3] == [("75", False), ("90", False), ("100", False)]
        # One close of business was spent waiting, so the limit ends one working day later.
        assert case.entries("escalate")[0].at == at("2026-09-10 17:30")

    @pytest.mark.parametrize("way", ["move", "extend", "more_time", "close"])
    def test_an_escalation_ends_when_its_clock_no_longer_presses(self, way: str) -> None:
        # More time was granted that late by rules of the first edition only.
        case = World().case(policy=FIRST_EDITION if way == "extend" else None).signed()
        case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
        case.until("2026-09-14 18:00")
        assert [e.state for e in case.escalations if e.clock == "handle"] == ["open"]
        ways: dict[str, tuple[str, str, dict[str, object]]] = {
            "move": ("handler", "submit_result", {"outcome": "solved", "text": "已办"}),
            "extend": ("leader", "decide_extension", {"granted": True}),
            "more_time": ("supervisor", "migrate_policy", {"version": "r2"}),
            "close": ("enterprise", "withdraw", {"reason": "已解决"}),
        }
        who, action, body = ways[way]
        case.do(who, action, **body)
        assert [(e.state, e.ended_at) for e in case.escalations] == [("ended", case.now)]

    def test_what_presses_on_is_not_ended_by_a_note(self) -> None:
        case = World().case().signed().until("2026-09-14 18:00").do("handler", "note", text="仍在办理")
        assert [e.state for e in case.escalations] == ["open"]

    def test_one_that_presses_again_is_a_new_escalation_of_the_same_clock(self) -> None:
        case = World().case().signed().until("2026-09-14 18:00")
        case.do("handler", "submit_result", outcome="solved", text="已办").wait(days=10)
        first, second = (e for e in case.escalations if e.clock == "handle")
        assert (first.state, second.state, first.generation) == ("ended", "open", second.generation)
        assert first.id != second.id

    def test_a_pause_that_comes_after_the_deadline_silences_nothing(self) -> None:
        case = World().case(policy=FIRST_EDITION).signed().until("2026-09-14 18:00")
        case.do("handler", "pause", reason_code="force_majeure", until="2026-11-01").wait(days=2)
        (escalation,) = case.escalations
        assert (escalation.state, escalation.level) == ("open", 3)


class TestTheLimitByLaw:
    LAW = Statutory("3 working days", "《条例》第九条", "2020-01-01", verified=True, warn_percents=(50, 75, 90))

    def case(self, law: Statutory) -> Case:
        opening = World().opening("with-statute")
        rules = replace(opening.rules, service=replace(opening.rules.service, statutory=law))
        decision = begin(replace(opening, rules=rules))
        return Case(decision.appeal, opening.created_at, list(decision.entries), list(decision.notices)).signed()

    def test_it_has_the_promise_s_ladder_unless_it_has_its_own(self) -> None:
        case = World().case("with-statute").signed().wait(days=9)
        assert [r for r, _ in fired(case, "statutory")][:4] == ["75", "90", "100", "+1"]
        assert told(case, "escalation", "statutory")[0] == ("station-a", ("duty",))

    def test_its_own_warns_earlier_climbs_faster_and_calls_others(self) -> None:
        law = replace(self.LAW, ladder_hours=2, breach_to=("leader", "legal", "duty"))
        case = self.case(law).until("2026-09-10 23:00")
        assert fired(case, "statutory") == [(r, False) for r in ("50", "75", "90", "100", "+1", "+2")]
        assert told(case, "warning", "statutory") == [("station-a", (who,)) for who in ("handler", "leader", "leader")]
        assert told(case, "escalation", "statutory") == [
            ("station-a", ("leader", "legal", "duty")),
            ("branch", ("leader",)),
            ("city", ("leader",)),
        ]
        assert case.entries("escalate")[1].at == at("2026-09-10 19:30")
        # The promise beside it goes on by its own.
        assert [r for r, _ in fired(case.until("2026-09-15 18:00"), "handle")] == ["75", "90", "100", "+1"]

    def test_the_promise_is_not_called_for_by_the_law_s_ladder(self) -> None:
        case = self.case(replace(self.LAW, warn_percents=(), breach_to=("legal",))).wait(days=9)
        assert told(case, "escalation", "handle")[0] == ("station-a", ("duty",))
        assert told(case, "escalation", "statutory")[0] == ("station-a", ("legal",))
        assert [r for r, _ in fired(case, "statutory")][:2] == ["75", "90"]


#: What happens to a clock while people are at work, by somebody who may do it in ``handle``.
_DEEDS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("leader", "set_urgency", {"urgent": True, "reason": "停产"}),
    ("leader", "set_urgency", {"urgent": False, "reason": "复产"}),
    ("supervisor", "migrate_policy", {"version": "r2"}),
    ("handler", "request_supplement", {"items": ["证明"]}),
    ("enterprise", "supplement", {"items": ["证明"]}),
    ("handler", "resume", {}),
    ("handler", "request_extension", {"budget": "3 working days", "reason": "复杂", "legal_basis": "第五条"}),
    ("leader", "decide_extension", {"granted": True}),
    ("supervisor", "reassign", {"unit": "station-a", "reason": "换组"}),
    ("handler", "sign", {}),
    ("handler", "submit_result", {"outcome": "solved", "text": "已办"}),
    ("leader", "review", {"approved": False, "reason": "重办"}),
    ("handler", "note", {"text": "仍在办理"}),
)


class TestWhateverHappens:
    """Once, in order, never early, after any outage: over random deeds, waits and outages."""

    @settings(max_examples=60)
    @given(
        happens=st.lists(
            st.tuples(
                st.sampled_from((*_DEEDS, ("handler", "pause", {}))),
                st.integers(0, 60 * 24 * 6),
                st.booleans(),
            ),
            max_size=12,
        )
    )
    def test_rungs_fire_once_in_order_never_early_and_only_the_latest_after_an_outage(
        self, happens: list[tuple[tuple[str, str, dict[str, object]], int, bool]]
    ) -> None:
        case = World().case("with-statute").signed()
        for (who, action, body), minutes, down in happens:
            later = case.now + timedelta(minutes=minutes)
            if down:
                self.look_after_an_outage(case.sleep_until(later))
            else:
                case.until(later)
            until = {"reason_code": "force_majeure", "until": (later + timedelta(days=3)).isoformat()}
            with suppress(Refusal):
                case.do(who, action, **(until if action == "pause" else body))
            self.check(case)

    def look_after_an_outage(self, case: Case) -> None:
        """Each clock tells of one rung at most, the last that is due, and nothing is due any more."""
        before = len(case.notices)
        case.look()
        about = [(n.data["clock"], n.data["generation"]) for n in case.notices[before:] if "rung" in n.data]
        assert len(about) == len(set(about))
        assert case.look() == ()
        due = next_moment(case.appeal)
        assert due is None or due > case.now

    def check(self, case: Case) -> None:
        entries = case.entries("rung", "escalate")
        # Never before its moment.
        assert all(e.at >= datetime.fromisoformat(e.data["due_at"]) for e in entries)
        # Nobody is told the same twice, and of what was missed nobody.
        assert len({n.id for n in case.notices}) == len(case.notices)
        called = [n for n in case.notices if n.template in {"warning", "escalation"}]
        assert len(called) == sum(not e.data["missed"] for e in entries)
        for clock in case.appeal.clocks:
            # What has fired is the beginning of the ladder: nothing left out, nothing out of order.
            ladder = codes(case.appeal, clock)
            assert clock.fired == tuple(c for c in ladder if c in clock.fired) == ladder[: len(clock.fired)]
        live = [e for e in case.escalations if e.ended_at is None]
        assert len({e.generation for e in live}) == len(live)


class TestALateTimer:
    """The appeal has one timer, and what it finds is decided anew: whatever it was set for may be long over."""

    def test_of_an_older_generation_does_nothing(self) -> None:
        case = World().case().assigned()
        set_for = next_moment(case.appeal)
        assert set_for == at("2026-09-07 11:30")  # 75 % of two hours to sign
        case.wait(minutes=5).do("supervisor", "reassign", unit="station-b", reason="辖区调整")
        assert fire(case.appeal, set_for).entries == ()
        assert next_moment(case.appeal) == at("2026-09-07 11:35")

    def test_of_a_limit_that_got_more_time_does_nothing(self) -> None:
        case = World().case().signed()
        case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
        set_for = next_moment(case.appeal)
        assert set_for is not None
        case.do("leader", "decide_extension", granted=True)
        assert fire(case.appeal, set_for).entries == ()

    def test_of_what_was_closed_in_the_meantime_does_nothing(self) -> None:
        case = World().case().assigned()
        set_for = next_moment(case.appeal)
        assert set_for is not None
        case.do("enterprise", "withdraw", reason="已解决")
        assert (fire(case.appeal, set_for).entries, next_moment(case.appeal)) == ((), None)


class TestMoreTime:
    def test_an_extension_lets_the_rungs_ahead_fire_again_and_no_others(self) -> None:
        case = World().case().signed()
        case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
        case.until("2026-09-14 17:00")  # 90 % of five working days are gone
        assert fired(case, "handle") == [("75", False), ("90", False)]
        case.do("leader", "decide_extension", granted=True)
        assert case.clock("handle").fired == ()
        assert case.reading("handle").due_at == at("2026-09-17 17:30")
        case.until("2026-09-17 17:30")
        assert fired(case, "handle") == [
            ("75", False), ("90", False), ("75", False), ("90", False), ("100", False),
        ]  # fmt: skip

    def test_a_rung_that_stays_behind_is_not_fired_again(self) -> None:
        case = World().case().signed()
        case.do("handler", "request_extension", budget="30 minutes", reason="复杂", legal_basis="第五条")
        case.until("2026-09-14 17:00").do("leader", "decide_extension", granted=True)
        assert case.clock("handle").fired == ("75", "90")

    def test_nor_is_it_when_the_clock_stands_still_meanwhile(self) -> None:
        case = World().case().signed().until("2026-09-14 17:00")
        case.do("handler", "request_supplement", items=["证明"]).do("leader", "set_urgency", urgent=False, reason="-")
        case.do("enterprise", "supplement", items=["证明"]).until("2026-09-14 17:29")
        assert fired(case, "handle") == [("75", False), ("90", False)]

    def test_a_shorter_limit_fires_what_is_now_behind_as_missed(self) -> None:
        case = World().case().signed().until("2026-09-09 09:00")
        case.do("leader", "set_urgency", urgent=True, reason="停产")
        assert case.reading("handle").due_at == at("2026-09-08 17:30")
        case.look()
        assert fired(case, "handle") == [("75", True), ("90", True), ("100", False)]


class TestWhatTheEnterpriseOwes:
    def test_a_rating_reminds_once_and_lapses_without_escalating(self) -> None:
        case = World().case().answered().wait(days=9)
        assert fired(case, "rating") == [("75", False)]
        assert [e.data["clock"] for e in case.entries("lapse")] == ["rating"]
        reminded = told(case, clock="rating")
        assert reminded == told(case, "lapsed") == [("station-a", ("enterprise",))]
        assert case.escalations == ()
        assert (case.stage, case.running()) == (Stage.EVALUATE, {"visit"})

    def test_a_commitment_lapses_and_the_work_goes_on(self) -> None:
        case = World().case("with-materials", materials=({"code": "statement", "reference": "f"},))
        case.do("window", "accept", commitments=["照片"]).do("dispatcher", "assign", lead_unit="station-a")
        case.do("handler", "sign").wait(days=40)
        assert (case.clock("commitment").ending, case.stage) == ("stopped", Stage.HANDLE)
        assert fired(case, "commitment") == [("75", False)]

    def test_after_an_outage_the_reminder_is_missed_and_the_lapse_stands(self) -> None:
        case = World().case().answered().sleep_until("2026-09-20 09:00")
        case.look()
        assert (fired(case, "rating"), told(case, clock="rating")) == ([("75", True)], [])
        assert case.entries("lapse")[0].at == case.now


class TestAPauseThatEndsByItself:
    @pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=1), timedelta(days=30)])
    def test_the_clock_ran_again_from_the_end_that_was_named_however_late_one_looks(self, late: timedelta) -> None:
        case = World().case("with-statute").signed()
        case.do("handler", "pause", reason_code="awaiting_third_party", until="2026-09-10T09:00:00+08:00")
        end = at("2026-09-10 09:00")
        case.sleep_until(end + late).look()
        for name in ("handle", "statutory"):
            assert [p.ended_at for p in case.clock(name).pauses] == [end]
        (entry,) = case.entries("pause_ended")
        assert (entry.at, entry.data) == (end + late, {"until": "2026-09-10T01:00:00.000000Z", "cause": "pause"})

    def test_parking_and_a_pause_end_each_at_its_own_time(self) -> None:
        case = World().case().signed().do("handler", "park", reason="等待规划", review_on="2026-10-20")
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12")
        case.do("leader", "approve_park", granted=True).until("2026-09-15 09:00")
        assert [(p.cause, p.ended_at) for p in case.clock("handle").pauses] == [
            ("pause", at("2026-09-12 00:00")),
            ("park", None),
        ]
        assert (case.view("admin")["status"], case.reading("handle").status) == ("parked", "paused")
        case.until("2026-10-20 00:00")
        assert (case.view("admin")["status"], case.reading("handle").status) == ("open", "running")


def test_a_clock_that_waits_for_its_event_has_no_rung() -> None:
    case = World().case()
    waiting = replace(case.clock("accept"), started_at=None)
    assert next_rung(case.appeal, waiting) is None


@pytest.mark.parametrize("code", ["75", "100", "+1"])
def test_a_rung_that_a_pause_keeps_away_has_no_moment(code: str) -> None:
    case = World().case().signed().do("handler", "pause", reason_code="force_majeure", until="2026-12-01")
    assert rung_at(case.appeal, case.clock("handle"), code) is None
    case.do("handler", "resume")
    assert rung_at(case.appeal, case.clock("handle"), code) is not None


def test_moving_a_clock_that_has_ended_does_nothing() -> None:
    case = World().case().accepted()
    why = Why(case.now, "x")
    for verb in (Effect.PAUSE, Effect.RESUME, Effect.MEET, Effect.STOP, Effect.EXTEND, Effect.REMEASURE):
        assert apply_effects(case.appeal, {ClockName.ACCEPT: verb}, why) == case.appeal
