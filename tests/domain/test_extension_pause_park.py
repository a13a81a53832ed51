"""More time: asked for before it is over, granted within one's authority; and standing still for a listed reason."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import Conflict, Forbidden, Invalid
from domain.explanation import explain
from domain.loop import decide
from domain.rules import EDITIONS, Policy
from domain.vocabulary import Stage, Status
from storage.catalogue import Catalogue
from tests.domain.builders import ANSWER, FIRST_EDITION, RESULT, Case, World
from tests.domain.states import permit
from tests.domain.walker import at

BOUNDED = Policy("p1", edition=EDITIONS[-1], longest_extension_days=180)


@pytest.fixture
def case() -> Case:
    return World().case("with-statute").signed()


def ask(case: Case, budget: str = "3 working days", who: str = "handler") -> Case:
    return case.do(who, "request_extension", budget=budget, reason="案情复杂", legal_basis="规程第五条")


class TestExtension:
    def test_nothing_moves_before_it_is_granted(self, case: Case) -> None:
        due = case.reading("handle").due_at
        assert ask(case).reading("handle").due_at == due
        case.do("leader", "decide_extension", granted=True)
        assert (due, case.reading("handle").due_at) == (at("2026-09-14 17:30"), at("2026-09-17 17:30"))

    def test_the_deadline_explains_why_it_moved_and_who_granted_it(self, case: Case) -> None:
        ask(case).do("leader", "decide_extension", granted=True, reason="同意")
        (extension,) = case.clock("handle").extensions
        assert (extension.reason, extension.actor, extension.budget) == ("案情复杂", "leader", "3 working days")
        assert any("案情复杂" in s.why for s in explain(case.clock("handle"), case.appeal.rules.calendar, case.now))

    def test_the_enterprise_is_told_by_how_much_until_when_and_on_what_basis(self, case: Case) -> None:
        ask(case).do("leader", "decide_extension", granted=True)
        (notice,) = case.told
        told = {"granted": True, "budget": "3 working days", "due_at": "2026-09-17T09:30:00.000000Z"}
        assert (notice.template, notice.audience, notice.data) == ("decide_extension", ("enterprise",), told)
        assert case.last.data == told
        (handle,) = [c for c in case.view("enterprise")["clocks"] if c["name"] == "handle"]
        assert "经批准延期3个工作日（依据规程第五条）" in handle["summary"]
        assert "extended by 3 working days (on the basis of 规程第五条)" in handle["summary_en"]
        assert "经批准延期3个工作日（案情复杂，依据规程第五条）" in case.view("handler")["clocks"][1]["summary"]
        assert "经批准延期3个工作日；" in case.view("admin")["clocks"][1]["summary"]

    def test_nobody_is_told_of_one_that_was_refused_nor_by_rules_of_the_first_edition(self, case: Case) -> None:
        ask(case).do("leader", "decide_extension", granted=False, reason="理由不足")
        assert (case.told, case.last.data) == ([], {"granted": False})
        first = ask(World().case(policy=FIRST_EDITION).signed()).do("leader", "decide_extension", granted=True)
        assert (first.notices, first.last.data) == ([], {"granted": True})

    def test_the_limit_by_law_is_not_ours_to_extend(self, case: Case) -> None:
        due = case.reading("statutory").due_at
        ask(case).do("leader", "decide_extension", granted=True)
        assert case.reading("statutory").due_at == due

    def test_a_refused_one_changes_nothing_and_says_why(self, case: Case) -> None:
        due = ask(case).reading("handle").due_at
        assert case.code_of("leader", "decide_extension", granted=False) == "reason-required"
        assert case.code_of("leader", "decide_extension", granted=False, reason="  ") == "reason-required"
        case.do("leader", "decide_extension", granted=False, reason="理由不足")
        assert (case.reading("handle").due_at, case.appeal.extensions[0].granted) == (due, False)

    def test_it_is_asked_for_once_a_round(self, case: Case) -> None:
        ask(case).do("leader", "decide_extension", granted=False, reason="理由不足")
        code = case.code_of("handler", "request_extension", budget="1 hour", reason="x", legal_basis="y")
        assert code == "extension-once"
        assert case.code_of("leader", "decide_extension", granted=True) == "no-extension-pending"

    def test_and_before_the_deadline(self, case: Case) -> None:
        case.until("2026-09-14 17:30")
        code = case.code_of("handler", "request_extension", budget="1 hour", reason="x", legal_basis="y")
        assert code == "deadline-passed"
        assert "request_extension" not in case.may("handler")

    def test_nor_is_it_granted_after_the_deadline_only_refused_with_a_reason(self, case: Case) -> None:
        ask(case).until("2026-09-14 17:29")
        kept = case.appeal
        case.until("2026-09-14 17:30")
        refusal = case.refused("leader", "decide_extension", granted=True)
        assert (type(refusal), refusal.code) == (Conflict, "deadline-passed")
        assert "不同意" in refusal.detail
        assert "督办" in refusal.detail
        assert [e.state for e in case.escalations if e.clock == "handle"] == ["open"]
        case.do("leader", "decide_extension", granted=False, reason="未及时审批")
        assert case.reading("handle").status == "breached"
        granted = decide(kept, case.act("leader", "decide_extension", granted=True), at("2026-09-14 17:29"))
        assert granted.appeal.extensions[0].granted

    def test_what_was_asked_in_time_is_granted_while_the_clock_stands_still(self, case: Case) -> None:
        ask(case).do("handler", "pause", reason_code="force_majeure", until="2026-12-01").until("2026-11-01 09:00")
        assert case.do("leader", "decide_extension", granted=True).appeal.extensions[0].granted

    def test_by_rules_of_the_first_edition_it_was_granted_late_too(self) -> None:
        case = ask(World().case(policy=FIRST_EDITION).signed()).until("2026-09-14 18:00")
        assert case.do("leader", "decide_extension", granted=True).reading("handle").status == "running"

    @pytest.mark.parametrize("budget", ["60 seconds", "90 minutes", "end of day"])
    def test_it_is_counted_in_hours_days_or_months(self, budget: str) -> None:
        case = World().case(policy=BOUNDED).signed()
        refusal = case.refused("handler", "request_extension", budget=budget, reason="x", legal_basis="y")
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == ("bad-extension", ["/budget"])
        assert "working days" in refusal.detail

    @pytest.mark.parametrize(
        ("most", "more"),
        [
            ("180 natural days", "181 natural days"),
            ("4320 hours", "4321 hours"),
            ("128 working days", "129 working days"),
            ("896 working hours", "100000 working hours"),
            ("6 months", "7 months"),
        ],
    )
    def test_it_is_not_asked_for_beyond_what_the_policy_allows(self, most: str, more: str) -> None:
        case = World().case(policy=BOUNDED).signed()
        refusal = case.refused("handler", "request_extension", budget=more, reason="x", legal_basis="y")
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == ("extension-too-long", ["/budget"])
        assert "180个自然日、128个工作日或6个月" in refusal.detail
        assert ask(case, most).appeal.open_extension is not None

    def test_the_shipped_policy_bounds_it_and_one_that_names_no_longest_does_not(self, case: Case) -> None:
        assert Catalogue.load().policy.longest_extension_days == BOUNDED.longest_extension_days
        assert ask(case, "100000 working days").appeal.open_extension is not None

    def test_while_the_clock_stands_still_the_deadline_has_not_passed(self, case: Case) -> None:
        case.do("handler", "pause", reason_code="force_majeure", until="2026-12-01").until("2026-10-01 09:00")
        assert ask(case).appeal.open_extension is not None

    @pytest.mark.parametrize(
        ("within", "beyond"),
        [
            ("5 working days", "6 working days"),
            ("7 natural days", "8 natural days"),
            ("168 hours", "169 hours"),
            ("10080 minutes", "10081 minutes"),
            ("99999 seconds", "1 month"),
            ("35 working hours", "36 working hours"),
            ("end of day", "2 months"),
        ],
    )
    def test_a_leader_grants_up_to_a_week_a_supervisor_more(self, within: str, beyond: str) -> None:
        case = ask(World().case().signed(), within).do("leader", "decide_extension", granted=True)
        assert [e.budget for e in case.clock("handle").extensions] == [within]
        case = ask(World().case().signed(), beyond)
        refusal = case.refused("leader", "decide_extension", granted=True)
        assert (type(refusal), refusal.code) == (Forbidden, "beyond-authority")
        refused = decide(case.appeal, case.act("leader", "decide_extension", granted=False, reason="太长"), case.now)
        assert [e.granted for e in refused.appeal.extensions] == [False]
        case.do("supervisor", "decide_extension", granted=True)
        assert [e.budget for e in case.clock("handle").extensions] == [beyond]

    def test_a_length_nobody_can_read_is_pointed_at(self, case: Case) -> None:
        refusal = case.refused("handler", "request_extension", budget="a while", reason="x", legal_basis="y")
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == ("bad-budget", ["/budget"])

    def test_what_the_last_round_left_undecided_is_no_business_of_this_one(self, case: Case) -> None:
        ask(case, "5 working days").do("handler", "submit_result", **RESULT).do("leader", "review", approved=True)
        case.do("handler", "send_answer", **ANSWER).do("enterprise", "rate", grade=1)
        assert case.code_of("leader", "decide_extension", granted=True) == "no-extension-pending"
        case.do("dispatcher", "assign", lead_unit="station-b").do("handler3", "sign")
        ask(case, "1 working day", "handler3").do("leader", "decide_extension", granted=True)
        assert [e.granted for e in case.appeal.extensions] == [None, True]
        assert [e.budget for e in case.clock("handle").extensions] == ["1 working day"]

    def test_nothing_is_left_to_extend_once_a_permit_is_issued(self) -> None:
        case = permit(("review", "complete"))
        case.do("hazmat_handler", "request_extension", budget="2 hours", reason="x", legal_basis="y")
        case.do("hazmat_leader", "complete_step", step="decide", outcome="refuse", record={"reason": "不符"})
        assert case.stage is Stage.FEEDBACK
        assert case.code_of("hazmat_leader", "decide_extension", granted=True) == "no-extension-pending"


class TestPause:
    def test_both_limits_stand_still_and_the_leader_is_told(self, case: Case) -> None:
        case.do("handler", "pause", reason_code="judicial_proceeding", note="等待判决", until="2026-10-10")
        assert {case.reading(name).status for name in ("handle", "statutory")} == {"paused"}
        (notice,) = case.told
        assert (notice.template, notice.unit, notice.audience) == ("pause", "station-a", ("leader",))
        assert notice.data == {"reason_code": "judicial_proceeding", "until": "2026-10-10"}
        (pause,) = case.view("handler")["clocks"][-2]["pauses"]
        assert (pause["reason"], pause["reason_code"]) == ("司法程序：等待判决", "judicial_proceeding")
        assert "司法程序（等待判决，" in case.view("handler")["clocks"][-2]["summary"]
        assert "等待判决" not in str(case.view("enterprise")["clocks"]) + str(case.view("admin")["clocks"])
        (pause,) = case.view("enterprise")["clocks"][-2]["pauses"]
        assert (pause["cause"], pause["reason"], pause["reason_code"]) == ("pause", "司法程序", "judicial_proceeding")
        assert pause["until"] == "2026-10-10T00:00:00.000+08:00"

    def test_after_the_deadline_there_is_nothing_left_to_pause(self, case: Case) -> None:
        case.until("2026-09-14 17:29")
        assert "pause" in case.may("handler")
        case.until("2026-09-14 17:30")
        refusal = case.refused("handler", "pause", reason_code="force_majeure", until="2026-09-20")
        assert (refusal.code, "pause" in case.may("handler")) == ("deadline-passed", False)
        assert "挂账" in refusal.detail
        # What cannot be done for good reasons is parked, with a leader's word.
        case.wait(minutes=1).do("handler", "park", reason="等待批复", review_on="2026-10-20")
        case.do("leader", "approve_park", granted=True)
        assert (case.appeal.status, case.reading("handle").status) == (Status.PARKED, "breached")

    def test_appeals_of_the_first_edition_keep_what_they_were_allowed(self) -> None:
        case = World().case(policy=FIRST_EDITION).signed().until("2026-09-15 09:00")
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-20")
        assert case.reading("handle").status == "breached"

    def test_it_is_ended_by_hand_or_by_itself(self, case: Case) -> None:
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12").until("2026-09-09 10:00")
        case.do("handler", "resume")
        assert (case.reading("handle").status, case.reading("handle").due_at) == ("running", at("2026-09-15 17:30"))
        assert case.code_of("handler", "resume") == "not-paused"
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12").wait(days=10)
        assert case.entries("pause_ended")[0].at == at("2026-09-12 00:00")

    def test_it_has_an_end_in_the_future(self, case: Case) -> None:
        for until in ("2026-09-07", "2026-09-07T10:00:00+08:00"):
            refusal = case.refused("handler", "pause", reason_code="force_majeure", until=until)
            assert isinstance(refusal, Invalid)
            assert (refusal.code, [f.pointer for f in refusal.faults]) == ("not-in-future", ["/until"])

    @pytest.mark.parametrize("until", ["2026-12-07", "2026-12-06T10:00:00+08:00"])
    def test_and_not_too_far_ahead(self, case: Case, until: str) -> None:
        refusal = case.wait(minutes=-1).refused("handler", "pause", reason_code="force_majeure", until=until)
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == ("pause-too-long", ["/until"])
        assert "2026-12-06 09:59" in refusal.detail
        case.do("handler", "pause", reason_code="force_majeure", until="2026-12-06")

    def test_a_leader_or_supervisor_may_end_it_too(self, case: Case) -> None:
        for who in ("leader", "supervisor"):
            case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12").do(who, "resume")
            assert (case.reading("handle").status, case.last.actor.role) == ("running", who)

    def test_it_is_not_paused_twice(self, case: Case) -> None:
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12")
        again: dict[str, Any] = {"reason_code": "force_majeure", "until": "2026-09-13"}
        assert case.code_of("handler", "pause", **again) == "already-paused"
        assert case.code_of("handler", "park", reason="x", review_on="2026-12-01") == "already-paused"

    def test_a_submitted_result_sets_the_clock_going(self, case: Case) -> None:
        case.do("handler", "pause", reason_code="awaiting_third_party", until="2026-12-01")
        assert case.do("handler", "submit_result", **RESULT).reading("handle").status == "running"

    def test_it_goes_on_while_the_enterprise_owes_something_too(self, case: Case) -> None:
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12")
        case.do("handler", "request_supplement", items=["证明"]).do("handler", "resume")
        assert case.reading("handle").status == "paused"
        assert case.do("enterprise", "supplement", items=["证明"]).reading("handle").status == "running"


class TestPark:
    def test_it_is_asked_for_granted_and_looked_at_again_on_its_day(self, case: Case) -> None:
        case.do("handler", "park", reason="等待规划调整", review_on="2026-10-20")
        assert (case.reading("handle").status, case.appeal.status) == ("running", Status.OPEN)
        assert case.code_of("handler", "park", reason="x", review_on="2026-12-01") == "park-pending"
        case.do("leader", "approve_park", granted=True)
        assert (case.reading("handle").status, case.appeal.status) == ("paused", Status.PARKED)
        assert case.clock("handle").pauses[0].reason == "等待规划调整"
        case.until("2026-10-20 00:00")
        assert (case.reading("handle").status, case.appeal.status) == ("running", Status.OPEN)

    def test_a_refusal_says_why_and_stops_nothing(self, case: Case) -> None:
        case.do("handler", "park", reason="等待规划调整", review_on="2026-10-20")
        assert case.code_of("leader", "approve_park", granted=False) == "reason-required"
        case.do("leader", "approve_park", granted=False, reason="尚可办理")
        assert (case.reading("handle").status, case.appeal.park) == ("running", None)
        assert case.code_of("leader", "approve_park", granted=True) == "no-park-pending"

    @pytest.mark.parametrize("who", ["leader", "supervisor"])
    def test_it_is_taken_up_again_by_hand_but_not_the_handler_s(self, case: Case, who: str) -> None:
        case.do("handler", "park", reason="等待", review_on="2026-10-20").do("leader", "approve_park", granted=True)
        assert case.code_of("handler", "resume") == "parked"
        assert "resume" not in case.may("handler")
        assert case.do(who, "resume").appeal.status is Status.OPEN
        assert case.reading("handle").status == "running"

    def test_a_handler_ends_his_own_pause_and_the_parking_stays(self, case: Case) -> None:
        case.do("handler", "park", reason="等待", review_on="2026-10-20")
        case.do("handler", "pause", reason_code="force_majeure", until="2026-09-12")
        case.do("leader", "approve_park", granted=True).do("handler", "resume")
        assert [(p.cause, p.ended_at is None) for p in case.clock("handle").pauses] == [
            ("pause", False),
            ("park", True),
        ]

    def test_it_is_looked_at_again_within_half_a_year(self, case: Case) -> None:
        refusal = case.refused("handler", "park", reason="等待", review_on="2027-03-07")
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == ("pause-too-long", ["/review_on"])
        assert "2027-03-06" in refusal.detail
        case.do("handler", "park", reason="等待", review_on="2027-03-06")

    def test_what_was_to_be_looked_at_by_now_is_not_granted_any_more(self, case: Case) -> None:
        case.do("handler", "park", reason="等待", review_on="2026-09-09").until("2026-09-09 00:00")
        assert case.code_of("leader", "approve_park", granted=True) == "park-date-passed"
        case.do("leader", "approve_park", granted=False, reason="请重新申请")
        assert "park" in case.may("handler")

    def test_handing_it_on_or_in_drops_the_request(self, case: Case) -> None:
        case.do("handler", "park", reason="等待", review_on="2026-10-20")
        assert case.do("handler", "submit_result", **RESULT).appeal.park is None

    def test_the_day_lies_ahead(self, case: Case) -> None:
        assert case.code_of("handler", "park", reason="x", review_on="2026-09-07") == "not-in-future"


class TestCooperation:
    def test_a_question_waits_for_the_unit_that_was_asked(self, case: Case) -> None:
        case.do("handler", "ask_cooperation", unit="station-b", question="请提供监控")
        case.do("handler", "ask_cooperation", unit="public-order", question="请核查许可")
        case.wait(hours=1).do("handler3", "answer_cooperation", text="已提供")
        first, second = case.appeal.cooperations
        assert (first.answered_at, first.answer, second.answered_at) == (case.now, "已提供", None)
        assert case.code_of("handler3", "answer_cooperation", text="再答") == "no-open-question"

    def test_a_unit_that_does_not_exist_is_not_asked(self, case: Case) -> None:
        assert case.code_of("handler", "ask_cooperation", unit="nowhere", question="?") == "unknown-unit"
