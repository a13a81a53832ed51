"""Escalations reach a person: taken for a while, handed on, raised, ended; and what other systems let people suffer."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.clock import ClockName, due_at
from domain.errors import Refusal
from domain.escalation_acts import jump
from domain.journal import Entry
from domain.moments import fire, next_moment, skip
from domain.notice import CALLS, Notice
from domain.rules import EDITIONS, Policy, Statutory, ladder_of
from domain.rungs import ladder_for, level_at, next_rung
from domain.vocabulary import EscalationState, Stage
from tests.domain.builders import Case, World
from tests.domain.ladders import CLIMBING, LADDERS, Climb, climbing, somebody
from tests.domain.test_rungs import fired
from tests.domain.test_travel import check
from tests.domain.walker import at

DUE = "2026-09-08 17:30"  # of an acceptance within one working day, asked for on Monday at ten
AT_THE_DEADLINE = ("09-08 17:30", "branch: duty")
A_DAY_LATER = ("09-09 17:30", "city: leader + on_duty")
TWO_DAYS_LATER = ("09-10 17:30", "city: catch_all")


@pytest.fixture
def case() -> Climb:
    """Nobody has accepted it in time."""
    return climbing().until(DUE)


def handling() -> Climb:
    """A station's, to be answered by Monday 14 September at 17:30."""
    return climbing().signed()


class TestAnAcknowledgementIsALease:
    def test_it_calls_again_when_nothing_moved(self, case: Climb) -> None:
        """Of oncall #3111, first half: acknowledged, and it never paged anybody again."""
        case.on("duty", "acknowledge")
        (taken,) = case.escalations
        assert (taken.state, taken.acknowledged_by, taken.lease_until) == (
            "acknowledged", "duty", at("2026-09-08 18:00"),
        )  # fmt: skip
        case.until("2026-09-08 17:59:59")
        assert case.calls == [AT_THE_DEADLINE]
        case.until("2026-09-08 18:00")
        (open_again,) = case.escalations
        assert (open_again.state, open_again.acknowledged_by, open_again.lease_until) == ("open", None, None)
        assert case.calls == [AT_THE_DEADLINE, ("09-08 18:00", "branch: duty")]
        assert case.last.action == "lease_ended"
        assert case.last.data == {"clock": "accept", "generation": 1, "level": 1, "escalation": case.escalations[0].id}

    def test_once_and_by_the_ladder_and_it_ends(self, case: Climb) -> None:
        """Of oncall #3111, second half: acknowledged, and it paged again months later."""
        case.on("duty", "acknowledge").wait(days=400)
        assert case.calls[:4] == [AT_THE_DEADLINE, ("09-08 18:00", "branch: duty"), A_DAY_LATER, TWO_DAYS_LATER]
        assert (len(case.calls), case.calls[-1]) == (33, ("10-09 17:30", "city: catch_all"))
        assert next_moment(case.appeal) is None

    def test_nothing_is_called_in_it_and_what_fell_due_comes_at_its_end_alone(self, case: Climb) -> None:
        case.until("2026-09-09 17:15").on("duty", "acknowledge").until("2026-09-09 17:44:59")
        assert case.calls == [AT_THE_DEADLINE]
        case.until("2026-09-10 17:29")
        assert case.calls == [AT_THE_DEADLINE, ("09-09 17:45", "city: leader + on_duty")]
        # What was held back holds nothing else back.
        assert case.until("2026-09-10 17:30").calls[2:] == [TWO_DAYS_LATER]

    def test_it_ends_when_the_appeal_moves(self, case: Climb) -> None:
        case.on("duty", "acknowledge").accepted().wait(hours=12)
        (ended,) = case.escalations
        assert (ended.state, ended.ended_at) == (EscalationState.ENDED, at(DUE))
        assert (case.entries("lease_ended"), case.calls) == ([], [AT_THE_DEADLINE])

    def test_the_second_is_told_who_was_first(self, case: Climb) -> None:
        case.sent_to["leader"] = (case.escalations[0].id,)
        case.on("duty", "acknowledge")
        refusal = case.refused("leader", "acknowledge", escalation=case.escalations[0].id)
        assert (refusal.code, refusal.detail) == ("already-acknowledged", "尤值班已认领；如需接手，请其移交给您")
        assert "acknowledge" not in case.may("leader")
        assert {"hand_over", "raise", "end"} <= case.may("leader")
        # When the lease is over, whoever is next may take it.
        case.until("2026-09-08 18:00").on("leader", "acknowledge")
        assert case.escalations[0].acknowledged_name == "杨分局"

    def test_whoever_has_it_may_take_more_time(self, case: Climb) -> None:
        case.on("duty", "acknowledge").until("2026-09-08 17:50").on("duty", "acknowledge")
        assert case.escalations[0].lease_until == at("2026-09-08 18:20")
        case.until("2026-09-08 18:20")
        assert [e.at for e in case.entries("lease_ended")] == [at("2026-09-08 18:20")]

    def test_but_only_until_the_next_level_is_due(self, case: Climb) -> None:
        """Taken again every 29 minutes, it would be silent for ever."""
        case.until("2026-09-09 17:10").on("duty", "acknowledge").until("2026-09-09 17:20")
        refusal = case.refused("duty", "acknowledge", escalation=case.escalations[0].id)
        assert (refusal.code, "下一级" in refusal.detail) == ("lease-used-up", True)
        assert "acknowledge" not in case.may("duty")
        assert case.until("2026-09-09 17:40").calls[1:] == [("09-09 17:40", "city: leader + on_duty")]
        # Whoever is called now may take it again.
        assert "acknowledge" in case.may("duty")

    def test_the_last_time_up_to_that_moment(self, case: Climb) -> None:
        case.until("2026-09-09 16:45").on("duty", "acknowledge").until("2026-09-09 17:10").on("duty", "acknowledge")
        assert case.escalations[0].lease_until == at("2026-09-09 17:30")
        case.until("2026-09-09 17:30")
        assert case.calls[1:] == [A_DAY_LATER]

    def test_on_the_last_level_as_often_as_one_likes(self, case: Climb) -> None:
        case.wait(days=60).on("duty", "acknowledge").wait(minutes=29).on("duty", "acknowledge")
        assert case.escalations[0].lease_until == case.now + timedelta(minutes=30)

    def test_another_limit_in_the_middle_of_it_fires_no_rung_again(self) -> None:
        case = handling().until("2026-09-15 18:00").on("duty", "acknowledge")
        case.do("leader", "set_urgency", urgent=True, reason="停产")
        assert case.clock("handle").fired == ("75", "90", "100", "+1")
        case.wait(days=5)
        rungs = [rung for rung, _ in fired(case, "handle")]
        assert len(rungs) == len(set(rungs))

    def test_how_long_it_is_is_the_ladder_s_or_else_the_policy_s(self) -> None:
        case = climbing().do("supervisor", "supervise", order="挂牌", posted=True).until(DUE).on("duty", "acknowledge")
        assert case.escalations[0].lease_until == at("2026-09-08 19:30")
        hurried = climbing(policy=replace(CLIMBING, lease="10 minutes")).until(DUE).on("duty", "acknowledge")
        assert hurried.escalations[0].lease_until == at("2026-09-08 17:40")

    def test_the_journal_says_who_took_it_until_when(self, case: Climb) -> None:
        case.on("duty", "acknowledge")
        assert (case.last.actor.id, case.last.actor.role) == ("duty", "duty")
        assert case.last.data == {
            "escalation": case.escalations[0].id,
            "clock": "accept",
            "generation": 1,
            "level": 1,
            "owner_unit": "branch",
            "lease_until": "2026-09-08T10:00:00.000000Z",
        }

    def test_in_the_middle_of_one_it_comes_back_equal_from_engine_and_tables(self, case: Climb) -> None:
        check(case.on("duty", "acknowledge"))
        check(case.on("duty", "raise", reason="须协调"))


class TestWhoMay:
    def test_whoever_was_called_and_duty_officers_any(self, case: Climb) -> None:
        assert case.code_of("handler", "acknowledge", escalation=case.escalations[0].id) == "not-yours"
        assert case.may("duty") >= {"acknowledge", "hand_over", "raise", "end"}

    def test_one_of_two_that_was_sent_to_somebody_else_is_not_theirs(self) -> None:
        case = climbing("with-statute").signed().until("2026-09-14 18:00")
        law, promise = case.escalations
        case.sent_to = {"leader": (law.id,)}
        assert case.code_of("leader", "acknowledge", escalation=promise.id) == "not-called"
        case.do("leader", "acknowledge", escalation=law.id)
        assert [e.state for e in case.escalations] == ["acknowledged", "open"]

    def test_one_that_is_not_there_or_over_is_refused(self, case: Climb) -> None:
        over = case.escalations[0].id
        case.on("duty", "end", reason="已联系").until("2026-09-09 17:30")
        assert case.code_of("duty", "acknowledge", escalation="nothing") == "unknown-escalation"
        assert case.code_of("duty", "acknowledge", escalation=over) == "escalation-ended"

    def test_without_one_there_is_nothing_to_take(self) -> None:
        case = climbing()
        assert case.code_of("duty", "acknowledge", escalation="nothing") == "no-escalation"
        assert not case.may("duty") & {"acknowledge", "hand_over", "raise", "end"}


class TestHandedOver:
    def test_the_named_person_is_called_and_nobody_has_it_until_then(self, case: Climb) -> None:
        case.on("duty", "acknowledge").on("duty", "hand_over", to="handler2", reason="在现场")
        (free,) = case.escalations
        assert (free.state, free.acknowledged_by, free.lease_until) == ("open", None, None)
        assert case.calls == [AT_THE_DEADLINE, ("09-08 17:30", "branch: account:handler2")]
        assert case.notices[-1].template == "hand_over"
        case.on("handler2", "acknowledge")
        assert case.escalations[0].acknowledged_by == "handler2"

    def test_at_the_end_of_a_lease_it_is_the_named_person_that_is_called_again(self, case: Climb) -> None:
        case.on("duty", "hand_over", to="handler2").on("handler2", "acknowledge").until(A_NIGHT_LATER)
        assert case.calls[2:] == [("09-08 18:00", "branch: account:handler2")]
        assert case.until("2026-09-09 17:30").calls[3:] == [A_DAY_LATER]

    def test_to_an_officer_that_exists(self, case: Climb) -> None:
        assert case.code_of("duty", "hand_over", escalation=case.escalations[0].id, to="x") == "unknown-officer"
        assert case.code_of("duty", "hand_over", escalation=case.escalations[0].id, to="duty") == "to-oneself"

    def test_to_somebody_who_is_not_there_the_ladder_goes_on_at_once(self) -> None:
        away = climbing(finds=lambda n: () if "account:handler2" in n.audience else ("x",)).until(DUE)
        away.on("duty", "hand_over", to="handler2")
        assert away.calls[-1] == ("09-08 17:30", "city: leader + on_duty")

    def test_at_the_top_to_somebody_who_is_not_there_those_of_the_level_are_called_again(self) -> None:
        """Or never again anybody: there is no further level."""
        away = climbing(finds=lambda n: () if "account:handler2" in n.audience else ("x",)).until(DUE).wait(days=60)
        away.on("duty", "hand_over", to="handler2")
        (own,) = away.escalations
        assert (own.owner, own.owner_unit, own.state, own.level) == ("catch_all", "city", "open", 32)
        assert [who for _, who in away.calls[-2:]] == ["city: account:handler2", "city: catch_all"]
        assert {n: away.last.data[n] for n in ("rung", "level", "empty", "missed")} == {
            "rung": "+31", "level": 32, "empty": True, "missed": False,
        }  # fmt: skip
        assert skip(away.appeal, (away.notices[-1],), away.now).entries == ()

    def test_and_where_the_level_is_only_repeated_at_once_not_a_day_later(self) -> None:
        away = climbing(finds=lambda n: () if "account:handler2" in n.audience else ("x",)).until("2026-09-10 17:30")
        away.until("2026-09-10 18:00").on("duty", "hand_over", to="handler2").until("2026-09-11 17:30")
        assert away.calls[2:] == [
            TWO_DAYS_LATER,
            ("09-10 18:00", "city: account:handler2"),
            ("09-10 18:00", "city: catch_all"),
            ("09-11 17:30", "city: catch_all"),
        ]

    def test_who_is_gone_when_the_lease_is_over_gives_it_back_to_the_level(self) -> None:
        gone = climbing(finds=lambda n: () if n.template == "lease_ended" else ("x",)).until(DUE).wait(days=60)
        gone.on("duty", "hand_over", to="handler2").on("handler2", "acknowledge").wait(minutes=30)
        assert [who for _, who in gone.calls[-2:]] == ["city: account:handler2", "city: catch_all"]


A_NIGHT_LATER = "2026-09-09 09:00"


class TestRaisedByHand:
    def test_the_next_level_is_called_at_once_and_the_rest_keeps_its_distance(self, case: Climb) -> None:
        case.until("2026-09-08 18:00").on("duty", "raise", reason="须市局协调")
        assert case.calls == [AT_THE_DEADLINE, ("09-08 18:00", "city: leader + on_duty")]
        assert (case.escalations[0].level, case.escalations[0].owner_unit) == (2, "city")
        case.until("2026-09-12 09:00")
        assert case.calls[2:] == [(f"09-{day:02} 18:00", "city: catch_all") for day in (9, 10, 11)]

    def test_nobody_is_left_to_jump_to_behind_the_back_of_the_check(self, case: Climb) -> None:
        case.wait(days=60)
        act = case.act("duty", "raise", escalation=case.escalations[0].id, reason="急")
        with pytest.raises(AssertionError, match=case.appeal.number):
            jump(case.appeal, act, case.now)

    def test_who_had_it_has_it_no_longer(self, case: Climb) -> None:
        case.on("duty", "acknowledge").on("duty", "raise", reason="须市局协调")
        assert (case.escalations[0].state, case.escalations[0].lease_until) == ("open", None)
        assert case.wait(hours=2).entries("lease_ended") == []

    def test_two_at_once_come_twice_as_early(self) -> None:
        case = handling().until("2026-09-14 17:30").on("duty", "raise", reason="急").on("duty", "raise", reason="急")
        assert [unit for _, unit in case.calls[1:]] == ["branch: leader + on_duty", "city: leader + on_duty"]
        assert case.until("2026-09-15 17:30").calls[3:] == [("09-15 17:30", "city: catch_all")]

    def test_at_the_top_there_is_nobody_left(self, case: Climb) -> None:
        case.wait(days=60)
        assert case.code_of("duty", "raise", escalation=case.escalations[0].id, reason="急") == "top-of-ladder"
        assert "raise" not in case.may("duty")
        assert "acknowledge" in case.may("duty")

    def test_taken_at_the_top_it_calls_once_more_and_then_nobody(self, case: Climb) -> None:
        case.wait(days=60).on("duty", "acknowledge").wait(days=400)
        assert len(case.calls) == 33
        assert case.notices[-1].template == "lease_ended"
        assert next_moment(case.appeal) is None


class TestEnded:
    def test_it_is_over_and_the_clock_s_next_rung_opens_another(self, case: Climb) -> None:
        case.on("duty", "end", reason="已联系企业")
        assert (case.escalations[0].state, case.escalations[0].ended_at) == (EscalationState.ENDED, at(DUE))
        case.until("2026-09-09 17:30")
        first, second = case.escalations
        assert (second.state, second.level, second.generation) == ("open", 2, first.generation)
        assert first.id != second.id
        assert case.calls == [AT_THE_DEADLINE, A_DAY_LATER]

    def test_the_last_of_its_clock_is_not_ended_by_a_word(self, case: Climb) -> None:
        """The clock runs on, and nothing would ever open another."""
        case.wait(days=60)
        assert case.code_of("duty", "end", escalation=case.escalations[0].id, reason="已联系") == "top-of-ladder"
        assert "end" not in case.may("duty")
        case.accepted()
        assert case.escalations[0].state is EscalationState.ENDED

    def test_what_was_ended_by_an_action_that_is_taken_back_is_open_again(self) -> None:
        case = handling().until("2026-09-14 17:30").wait(days=60)
        before = case.escalations
        case.do("handler", "submit_result", outcome="solved", text="已办")
        assert case.escalations[-1].state is EscalationState.ENDED
        case.do("supervisor", "correct", seq=case.appeal.seq, reason="误报")
        assert case.escalations == before
        assert "acknowledge" in case.may("duty")

    def test_and_silent_until_the_end_of_its_lease_like_before(self) -> None:
        case = handling().until("2026-09-14 17:30").on("duty", "acknowledge")
        case.do("handler", "submit_result", outcome="solved", text="已办").wait(minutes=10)
        case.do("supervisor", "correct", seq=case.appeal.seq, reason="误报").until("2026-09-15 17:30")
        assert case.calls == [
            ("09-14 17:30", "station-a: duty"),
            ("09-14 18:00", "station-a: duty"),
            ("09-15 17:30", "branch: leader + on_duty"),
        ]

    def test_in_a_lease_it_ends_the_lease(self, case: Climb) -> None:
        case.on("duty", "acknowledge").on("duty", "end", reason="已联系企业").wait(hours=5)
        assert (case.entries("lease_ended"), case.calls) == ([], [AT_THE_DEADLINE])

    def test_what_was_hurried_is_hurried_no_more(self, case: Climb) -> None:
        case.on("duty", "raise", reason="急").on("duty", "end", reason="已联系企业").until("2026-09-10 17:30")
        assert case.calls[2:] == [TWO_DAYS_LATER]

    @pytest.mark.parametrize("way", ["move", "extend", "more_time", "withdraw", "round"])
    def test_whatever_ends_an_escalation_ends_its_lease(self, way: str) -> None:
        # By rules of before, more time is granted after the deadline too.
        case = climbing(policy=replace(CLIMBING, edition=1)).signed() if way == "extend" else handling()
        if way == "round":
            case = climbing().answered().until("2026-10-08 00:00")
        case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条") if (
            way == "extend"
        ) else None
        case.until(max(case.now, at("2026-09-14 17:30"))).on("duty", "acknowledge")
        ways: dict[str, tuple[str, str, dict[str, object]]] = {
            "move": ("handler", "submit_result", {"outcome": "solved", "text": "已办"}),
            "extend": ("leader", "decide_extension", {"granted": True}),
            "more_time": ("supervisor", "migrate_policy", {"version": "r2"}),
            "withdraw": ("enterprise", "withdraw", {"reason": "已解决"}),
            "round": ("visitor", "record_visit", {"result": "dissatisfied"}),
        }
        who, action, body = ways[way]
        case.do(who, action, **body)
        assert [(e.state, e.ended_at) for e in case.escalations] == [(EscalationState.ENDED, case.now)]
        assert case.wait(hours=1).entries("lease_ended") == []

    def test_a_pause_that_comes_too_late_silences_nothing(self) -> None:
        case = handling().until("2026-09-14 17:31").on("duty", "acknowledge")
        case.do("handler", "request_supplement", items=["证明"]).until("2026-09-15 17:30")
        assert [call for _, call in case.calls] == ["station-a: duty", "station-a: duty", "branch: leader + on_duty"]


class TestAStepThatFindsNobody:
    def test_is_skipped_at_once_and_the_rest_keeps_its_distance(self) -> None:
        """Of goalert #4548: an empty step waited out its delay, over a weekend."""
        case = climbing(finds=lambda n: () if n.unit == "branch" else ("x",)).signed().until("2026-09-18 09:00")
        assert case.calls == [
            ("09-14 17:30", "station-a: duty"),
            ("09-15 17:30", "branch: leader + on_duty"),
            ("09-15 17:30", "city: leader + on_duty"),
            ("09-16 17:30", "city: catch_all"),
            ("09-17 17:30", "city: catch_all"),
        ]
        assert [(e.data["rung"], e.data.get("empty", False)) for e in case.entries("escalate")][1:3] == [
            ("+1", False),
            ("+2", True),
        ]

    def test_several_in_a_row_are_skipped_in_one_go(self) -> None:
        """One that climbs asks other people in each unit: none of them is waited for."""
        case = climbing(finds=lambda n: ("x",) if "catch_all" in n.audience else ()).signed().until("2026-09-14 17:30")
        assert [who for _, who in case.calls] == [
            "station-a: duty", "branch: leader + on_duty", "city: leader + on_duty", "city: catch_all",
        ]  # fmt: skip
        assert {time for time, _ in case.calls} == {"09-14 17:30"}
        (escalation,) = case.escalations
        assert (escalation.level, escalation.state) == (4, "open")

    def test_one_that_is_repeated_keeps_its_distance_and_its_repetitions(self) -> None:
        """Who is not there now may be there tomorrow: the catch-all never burns its thirty days in one night."""
        case = climbing(finds=lambda _: ()).until(DUE).wait(days=100)
        catch_all = [time for time, who in case.calls if who == "city: catch_all"]
        assert (len(catch_all), catch_all[0], catch_all[1], catch_all[-1]) == (
            30, "09-08 17:30", "09-09 17:30", "10-07 17:30",
        )  # fmt: skip

    def test_of_a_step_called_several_times_each_has_its_time(self) -> None:
        often = replace(LADDERS["ordinary"].steps[0], times=3, every="2 hours")
        ladder = replace(LADDERS["ordinary"], steps=(often, *LADDERS["ordinary"].steps[1:]))
        case = climbing(policy=replace(CLIMBING, ladders=(ladder,)), finds=lambda _: ()).until("2026-09-08 21:30")
        assert case.calls[:4] == [
            ("09-08 17:30", "branch: duty"),
            ("09-08 19:30", "branch: duty"),
            ("09-08 21:30", "branch: duty"),
            ("09-08 21:30", "city: leader + on_duty"),
        ]

    def test_at_the_end_of_a_lease_too(self) -> None:
        late = climbing(finds=lambda n: () if n.template == "lease_ended" else ("x",)).until(DUE)
        late.on("duty", "acknowledge").until("2026-09-08 18:00")
        assert late.calls[1:] == [("09-08 18:00", "branch: duty"), ("09-08 18:00", "city: leader + on_duty")]


class TestSkippingTooLate:
    """What the workflow hears of an empty step may be old by then."""

    def test_after_somebody_took_it_nothing_happens(self, case: Climb) -> None:
        self.stays(case.on("duty", "acknowledge"))

    def test_after_the_appeal_moved_nothing_happens(self, case: Climb) -> None:
        self.stays(case.accepted())

    def test_after_it_was_ended_nothing_happens(self, case: Climb) -> None:
        self.stays(case.on("duty", "end", reason="已联系"))

    def test_of_an_older_level_nothing_happens(self, case: Climb) -> None:
        self.stays(case.on("duty", "raise", reason="急"))

    def test_twice_of_the_same_is_once(self, case: Climb) -> None:
        note = self.call(case)
        once = skip(case.appeal, (note, note), case.now)
        assert [e.data["rung"] for e in once.entries] == ["+1"]

    def stays(self, case: Climb) -> None:
        assert skip(case.appeal, (self.call(case),), case.now).entries == ()

    def call(self, case: Climb) -> Notice:
        return next(n for n in case.notices if n.template in CALLS)


class TestAnOutage:
    def test_in_the_middle_of_a_ladder_only_the_latest_calls(self, case: Climb) -> None:
        case.sleep_until("2026-09-12 09:00").look()
        assert case.calls == [AT_THE_DEADLINE, ("09-12 09:00", "city: catch_all")]
        assert fired(case, "accept")[3:] == [("+1", True), ("+2", True), ("+3", False)]
        assert case.escalations[0].level == 4

    def test_over_an_empty_step_that_was_not_heard_of_only_the_latest_calls(self, case: Climb) -> None:
        (unheard,) = (n for n in case.notices if n.template in CALLS)
        late = case.sleep_until("2026-09-10 18:00").now
        skipped = skip(case.appeal, (unheard,), late)
        assert ([e.data["missed"] for e in skipped.entries], skipped.notices) == ([True], ())
        assert skip(fire(case.appeal, late).appeal, (unheard,), late).entries == ()
        case.take(skipped).look()
        assert case.calls[1:] == [("09-10 18:00", "city: catch_all")]

    def test_in_the_middle_of_a_lease_it_calls_once(self, case: Climb) -> None:
        case.on("duty", "acknowledge").sleep_until(A_NIGHT_LATER)
        assert [e.action for e in case.look()] == ["lease_ended"]
        assert case.calls == [AT_THE_DEADLINE, ("09-09 09:00", "branch: duty")]

    def test_over_a_lease_and_the_levels_after_it_the_latest_alone_calls(self, case: Climb) -> None:
        case.on("duty", "acknowledge").sleep_until("2026-09-11 09:00")
        assert [(e.action, e.data.get("missed")) for e in case.look()] == [
            ("lease_ended", None),
            ("escalate", True),
            ("escalate", False),
        ]
        assert case.calls == [AT_THE_DEADLINE, ("09-11 09:00", "city: catch_all")]

    def test_what_was_called_late_does_not_hurry_the_rest(self, case: Climb) -> None:
        case.sleep_until("2026-09-09 20:00").look()
        assert case.until("2026-09-10 17:30").calls[1:] == [("09-09 20:00", "city: leader + on_duty"), TWO_DAYS_LATER]


class TestWhichLadder:
    @pytest.mark.parametrize(
        ("service", "clock", "ladder"),
        [
            ("appeal-general", ClockName.HANDLE, "ordinary"),
            ("hazmat-toxic-purchase", ClockName.HANDLE, "hazmat"),
            ("hazmat-toxic-purchase", ClockName.STATUTORY, "statutory"),
            ("with-statute", ClockName.STATUTORY, "statutory"),
            ("hazmat-toxic-purchase", ClockName.SUPERVISION, "order"),
            ("with-statute", ClockName.SUPERVISION, "order"),
        ],
    )
    def test_each_purpose_has_its_own(self, service: str, clock: ClockName, ladder: str) -> None:
        rules = climbing(service).appeal.rules
        assert ladder_of(rules, clock) == LADDERS[ladder]
        assert ladder_of(rules, clock, listed=True) == LADDERS["listed"]

    def test_where_the_policy_has_none_for_the_purpose_it_is_the_service_s_and_else_the_first(self) -> None:
        few = replace(CLIMBING, ladders=(LADDERS["ordinary"], LADDERS["hazmat"]))
        permit, other = (climbing(s, policy=few).appeal.rules for s in ("hazmat-toxic-purchase", "appeal-general"))
        for clock in (ClockName.STATUTORY, ClockName.SUPERVISION, ClockName.HANDLE):
            assert ladder_of(permit, clock, listed=True) == LADDERS["hazmat"]
            assert ladder_of(other, clock) == LADDERS["ordinary"]

    def test_a_limit_by_law_may_name_one(self) -> None:
        rules = climbing("with-statute").appeal.rules
        law = Statutory("3 working days", "《条例》", "2020-01-01", ladder="hazmat")
        rules = replace(rules, service=replace(rules.service, statutory=law))
        assert ladder_of(rules, ClockName.STATUTORY) == LADDERS["hazmat"]
        assert ladder_of(rules, ClockName.HANDLE) == LADDERS["ordinary"]

    def test_a_case_that_is_supervised_in_public_climbs_faster_from_then_on(self) -> None:
        case = climbing().until(DUE).do("supervisor", "supervise", order="挂牌督办", posted=True)
        assert ladder_for(case.appeal, case.clock("accept")) == LADDERS["listed"]
        assert case.until("2026-09-09 17:30").calls == [
            AT_THE_DEADLINE,
            ("09-09 05:30", "city: leader + on_duty"),
        ]

    def test_an_order_on_the_file_does_not_change_it(self) -> None:
        case = climbing().do("supervisor", "supervise", order="三日内办结")
        assert ladder_for(case.appeal, case.clock("accept")) == LADDERS["ordinary"]

    def test_of_a_ladder_that_has_become_shorter_the_last_level_counts(self) -> None:
        case = climbing().until(DUE).wait(days=20)
        short = replace(LADDERS["ordinary"], steps=LADDERS["ordinary"].steps[:1])
        appeal = replace(case.appeal, rules=replace(case.appeal.rules, policy=replace(CLIMBING, ladders=(short,))))
        assert level_at(appeal, case.clock("accept"), "+15").targets == ("duty",)
        assert next_moment(appeal) is None

    @pytest.mark.parametrize(("service", "waits"), [("appeal-general", True), ("hazmat-toxic-purchase", False)])
    def test_the_call_says_whether_its_message_may_wait_for_the_morning(self, service: str, *, waits: bool) -> None:
        """Of Zammad #4432: notices at midnight that could have waited."""
        case = climbing(service).wait(days=3)
        first = next(n for n in case.notices if n.template == "escalation")
        assert first.data["may_wait"] is waits
        rung, call = {"rung", "due_at"}, {"level", "deadline", "unit", "escalation", "may_wait", "ladder"}
        assert set(first.data) == {"clock", "generation"} | rung | call
        assert first.data["ladder"] == ladder_of(case.appeal.rules, ClockName(first.data["clock"])).name

    @pytest.mark.parametrize(("service", "waits"), [("appeal-general", True), ("hazmat-toxic-purchase", False)])
    def test_so_does_a_warning_and_by_when_it_is(self, service: str, *, waits: bool) -> None:
        warned = next(n for n in climbing(service).wait(days=3).notices if n.template == "warning")
        assert warned.data["may_wait"] is waits
        assert warned.at < at("2026-09-07 10:00") + timedelta(days=3)
        assert datetime.fromisoformat(warned.data["deadline"]) > warned.at

    def test_an_enterprise_is_not_woken_by_a_ladder_of_the_house(self) -> None:
        case = climbing().do("window", "request_supplement", items=["证明"]).wait(days=10)
        told = {n.template: n.data for n in case.notices if n.audience == ("enterprise",)}
        assert "may_wait" not in told["warning"]
        assert told["warning"]["deadline"] == told["lapsed"]["deadline"] == told["lapsed"]["due_at"]
        assert told["lapsed"]["stage"] == Stage.CLOSED


class TestASecondEvent:
    def test_on_another_clock_calls_too_while_the_first_is_taken(self) -> None:
        """Of Zammad #4348: a second real event was swallowed, because one had been told of that day."""
        case = climbing("with-statute").signed().until("2026-09-14 17:20")
        case.on("duty", "acknowledge").until("2026-09-14 17:30")
        assert [(e.clock, e.state) for e in case.escalations] == [("statutory", "acknowledged"), ("handle", "open")]
        assert case.calls[-1] == ("09-14 17:30", "station-a: duty")
        assert case.notices[-1].data["clock"] == "handle"
        case.until("2026-09-14 17:50")
        assert (case.calls[-1], case.notices[-1].data["clock"]) == (("09-14 17:50", "city: catch_all"), "statutory")

    def test_of_the_same_clock_after_more_time_calls_from_the_bottom(self) -> None:
        case = handling().until("2026-09-16 18:00").moved("8 working days").until("2026-09-17 17:30")
        assert case.calls[-1] == ("09-17 17:30", "station-a: duty")
        assert [(e.level, e.state) for e in case.escalations] == [(3, "ended"), (1, "open")]


FROM_THE_BOTTOM = [
    ("09-15 17:30", "station-a: duty"),
    ("09-16 17:30", "branch: leader + on_duty"),
    ("09-17 17:30", "city: leader + on_duty"),
    ("09-18 17:30", "city: catch_all"),
]


class TestWhenTheDeadlineMoves:
    """Calls came early, or by another ladder: what was called counts by where the deadline lies, by nothing else."""

    def test_ahead_no_level_that_was_called_early_is_lost(self) -> None:
        case = climbing(finds=lambda n: ("x",) if "catch_all" in n.audience else ()).signed().until("2026-09-14 18:00")
        assert case.escalations[0].level == 4
        case.finds, called = somebody, len(case.calls)
        assert case.moved("6 working days").until("2026-09-18 17:30").calls[called:] == FROM_THE_BOTTOM

    def test_nor_one_that_was_called_by_hand(self) -> None:
        case = handling().until("2026-09-14 17:30")
        for _ in range(3):
            case.on("duty", "raise", reason="急")
        called = len(case.calls)
        assert case.moved("6 working days").until("2026-09-18 17:30").calls[called:] == FROM_THE_BOTTOM

    def test_not_at_all_a_level_that_was_raised_and_ended_is_not_called_again(self) -> None:
        case = handling().until("2026-09-14 17:30").on("duty", "raise", reason="急").on("duty", "end", reason="已联系")
        case.moved("5 working days").until("2026-09-16 17:30")
        assert case.calls[2:] == [("09-16 17:30", "city: leader + on_duty")]

    def test_and_the_ladder_is_a_slower_one_now_no_level_is_called_again(self) -> None:
        case = climbing("hazmat-toxic-purchase").until("2026-09-09 14:00")
        assert case.clock("handle").fired[2:] == ("100", "+1", "+2")
        slow = replace(CLIMBING, ladders=(LADDERS["ordinary"],))
        case.moved(case.appeal.rules.service.handle, slow).wait(days=3)
        rungs = [e.data["rung"] for e in case.entries("escalate") if e.data["clock"] == "handle"]
        assert rungs == ["100", "+1", "+2", "+3", "+4"]


class TestAPolicyWithoutLadders:
    OLD = Policy("p3", edition=EDITIONS[-2])

    def test_it_climbs_as_it_always_did(self) -> None:
        case = climbing(policy=self.OLD).wait(days=400)
        assert case.calls == [
            ("09-08 17:30", "branch: duty"),
            ("09-09 17:30", "city: leader"),
            *[(f"{at(DUE) + timedelta(days=day):%m-%d} 17:30", "city: catch_all") for day in range(2, 32)],
        ]

    def test_it_says_what_it_always_said(self) -> None:
        case = climbing(policy=self.OLD).until(DUE)
        (call,) = (n for n in case.notices if n.template == "escalation")
        assert set(call.data) == {"clock", "generation", "rung", "due_at"}
        assert set(case.last.data) == {"clock", "generation", "rung", "due_at", "owner_unit", "missed", "level"}

    def test_nothing_of_it_is_skipped_whatever_else_calls(self) -> None:
        """Its messages find the catch-all where they find nobody else."""
        nobody = climbing(policy=self.OLD, finds=lambda _: ()).until(DUE).on("duty", "acknowledge")
        nobody.until("2026-09-08 18:00").on("duty", "hand_over", to="handler2")
        assert [who for _, who in nobody.calls] == ["branch: duty", "branch: duty", "branch: account:handler2"]
        assert not any(n.is_step for n in nobody.notices)
        assert {n.data.get("escalation") for n in nobody.notices[-2:]} == {nobody.escalations[0].id}

    def test_no_step_of_it_is_skipped(self) -> None:
        assert climbing(policy=self.OLD, finds=lambda _: ()).until(DUE).calls == [("09-08 17:30", "branch: duty")]

    def test_its_escalations_may_be_taken_all_the_same(self) -> None:
        case = climbing(policy=self.OLD).until(DUE).on("duty", "acknowledge").until("2026-09-08 18:00")
        assert [who for _, who in case.calls] == ["branch: duty", "branch: duty"]


_MINUTES = st.integers(1, 60 * 24 * 3)
_SAID: dict[str, tuple[str, dict[str, object]]] = {
    "note": ("handler", {"text": "仍在办理"}),
    "supervise": ("supervisor", {"order": "挂牌", "posted": True}),
    "set_urgency": ("leader", {"urgent": True}),
    "request_extension": ("handler", {"budget": "3 working days", "legal_basis": "第五条"}),
    "decide_extension": ("leader", {"granted": True}),
}
_MOVED = [f"{days} working days" for days in (1, 5, 6, 9)]
_POLICIES = {name: replace(CLIMBING, ladders=(LADDERS[name],)) for name in ("ordinary", "hazmat")} | {"all": CLIMBING}
_DEEDS = st.sampled_from(("acknowledge", "hand_over", "raise", "end", *_SAID, *_MOVED, ""))
_HAPPENS = st.tuples(_MINUTES, st.booleans(), _DEEDS, st.sampled_from(sorted(_POLICIES)), st.booleans())


class TestWhateverHappens:
    """Somebody is there or not; leases, outages, other limits and ladders: the levels are climbed one by one."""

    @settings(max_examples=60)
    @given(st.lists(_HAPPENS, max_size=14))
    def test_a_rung_calls_once_in_order_and_nobody_in_a_lease(
        self, happens: list[tuple[int, bool, str, str, bool]]
    ) -> None:
        case = climbing("with-statute").signed().until("2026-09-10 17:30")
        begun = self.ahead(case, {})
        for minutes, down, deed, ladders, there in happens:
            later, before, had = case.now + timedelta(minutes=minutes), len(case.notices), self.leases(case)
            case.finds = somebody if there else lambda _: ()
            if down:
                case.sleep_until(later).look()
            else:
                case.until(later)
            for call in case.notices[before:]:
                assert call.at >= had.get(call.data.get("generation", 0), call.at)
            self.try_it(case, deed, _POLICIES[ladders])
            begun = self.ahead(case, begun)
            self.check(case, begun)

    def try_it(self, case: Climb, deed: str, policy: Policy) -> None:
        who, body = _SAID.get(deed, ("duty", {"escalation": case.escalations[-1].id, "to": "handler2"}))
        with suppress(Refusal):  # it was over, or at the top, or decided
            if deed in _MOVED:
                case.moved(deed, policy)
            elif deed:
                case.do(who, deed, **body, reason="-")
        case.look()

    def leases(self, case: Climb) -> dict[int, datetime]:
        """Until when each clock is silent."""
        return {e.generation: e.lease_until for e in case.escalations if e.ended_at is None and e.lease_until}

    def ahead(self, case: Climb, begun: dict[int, int]) -> dict[int, int]:
        """How long the journal was when the deadline of each clock lay ahead, for the last time."""
        due = {c.generation: due_at(c, case.appeal.calendar_of(c)) for c in case.appeal.clocks}
        return begun | {g: len(case.journal) for g, at_ in due.items() if at_ is None or at_ > case.now}

    def check(self, case: Climb, begun: dict[int, int]) -> None:
        assert case.stage is Stage.HANDLE
        assert len({n.id for n in case.notices}) == len(case.notices)
        live = [e.generation for e in case.escalations if e.ended_at is None]
        assert len(set(live)) == len(live)
        for clock in case.appeal.clocks:
            generation = clock.generation
            since = [e for e in case.journal[begun.get(generation, 0) :] if e.data.get("generation") == generation]
            levels = [e.data["level"] for e in since if e.action == "raise" or self.is_fired(e, since)]
            assert levels == [*range(1, len(levels) + 1)]
            # A clock that is used up is never in nobody's hands.
            assert not levels or clock.ended_at or generation in live or next_rung(case.appeal, clock)
        assert case.look() == ()

    def is_fired(self, entry: Entry, among: list[Entry]) -> bool:
        """Whether a rung fired; not, when those of its level were only called again instead of a named person."""
        last = [e.data["level"] for e in among if e.seq < entry.seq and "level" in e.data][-1:]
        return entry.action == "escalate" and not (entry.data.get("empty") and last == [entry.data["level"]])


def test_of_a_plain_case_the_called_are_known() -> None:
    """The builders' own people: whoever a call finds may take it."""
    case: Case = World().case(policy=CLIMBING).until(DUE)
    assert case.sent_to == {"duty": (case.escalations[0].id,)}
