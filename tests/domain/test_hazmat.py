"""Hazardous chemicals (S1·7): 24 hours, special 48, an inspection the same day, and never an approval by silence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import Conflict, Forbidden, IllegalTransition, Invalid
from domain.moments import next_moment
from domain.opening import begin
from domain.vocabulary import Outcome, Stage
from tests.domain.builders import ANSWER, Case, World, step
from tests.domain.states import permit
from tests.domain.walker import at

TAKEN = ("review", "complete")
SPECIAL = ("review", "special")
SEEN = ("inspect", "done")
YES = ("decide", "approve")
NO = ("decide", "refuse")
ISSUED = ("issue", "done")
DOERS = {"decide": "hazmat_leader"}


def do(case: Case, *steps: tuple[str, str]) -> Case:
    for code, outcome in steps:
        case.do(DOERS.get(code, "hazmat_handler"), "complete_step", **step(code, outcome))
    return case


def refused(case: Case, code: str, outcome: str, who: str = "") -> str:
    return case.code_of(who or DOERS.get(code, "hazmat_handler"), "complete_step", **step(code, outcome))


def standing(case: Case) -> dict[str, str]:
    return {s["code"]: s["status"] for s in case.view("hazmat_handler")["procedure"]["steps"]}


class TestTheBeginning:
    def test_an_application_is_accepted_assigned_and_signed_at_its_first_moment(self) -> None:
        case = permit()
        assert [(e.action, e.actor.role) for e in case.journal] == [
            ("submit", "enterprise"),
            ("accept", "system"),
            ("assign", "system"),
            ("sign", "system"),
        ]
        assert {e.at for e in case.journal} == {case.now}
        assert (case.stage, case.running()) == (Stage.HANDLE, {"handle", "statutory"})
        assert standing(case) == {"review": "active", "inspect": "waiting", "decide": "waiting", "issue": "waiting"}

    def test_the_clock_starts_with_the_application_whenever_the_engine_gets_to_it(self) -> None:
        case = permit()
        assert case.clock("handle").started_at == at("2026-09-07 10:00")
        assert case.reading("handle").due_at == at("2026-09-08 10:00")

    def test_who_reviews_first_is_its_handler(self) -> None:
        case = permit()
        assert case.view("admin")["assignment"]["officer"] is None
        do(case, TAKEN)
        assert case.view("admin")["assignment"]["officer"] == "hazmat_handler"

    def test_without_a_lead_unit_it_is_accepted_and_waits_for_a_dispatcher(self) -> None:
        begun = begin(World().opening("hazmat-toxic-purchase", lead=None))
        assert (begun.appeal.stage, begun.appeal.lead, len(begun.entries)) == (Stage.ASSIGN, None, 2)


class TestFinishing:
    def test_issued_means_finished(self) -> None:
        case = do(permit().wait(hours=20), TAKEN, YES)
        assert (case.stage, case.clock("handle").ended_at) == (Stage.HANDLE, None)
        do(case, ISSUED)
        assert (case.stage, case.clock("handle").ending, case.reading("handle").late) == (Stage.FEEDBACK, "met", False)
        result = case.view("hazmat_handler")["result"]
        assert (result["outcome"], result["document"]["number"]) == ("solved", "甬公剧购0001")
        assert result["document"]["quantity"] == "50千克"

    def test_a_refusal_is_finished_at_once_with_reason_basis_and_remedy(self) -> None:
        case = do(permit(), TAKEN, NO)
        result = case.view("hazmat_handler")["result"]
        assert (case.stage, result["outcome"]) == (Stage.FEEDBACK, "not_solvable")
        assert set(result["document"]) == {"reason", "legal_basis", "remedy"}
        assert "储存条件不符" in result["text"]

    @pytest.mark.parametrize("steps", [(TAKEN, YES, ISSUED), (TAKEN, NO)])
    def test_the_answer_follows_without_review(self, steps: tuple[tuple[str, str], ...]) -> None:
        case = do(permit(), *steps)
        assert case.code_of("hazmat_leader", "review", approved=True) == "nothing-to-review"
        assert case.do("hazmat_handler", "send_answer", **ANSWER).stage is Stage.EVALUATE

    def test_a_decided_permit_is_not_handed_to_another_unit(self) -> None:
        case = do(permit(), TAKEN, YES)
        for action, body in (("lift", {}), ("reassign", {"unit": "station-a"})):
            assert case.code_of("supervisor", action, reason="改", **body) == "already-decided"

    def test_a_permit_ends_with_its_document_not_with_a_text(self) -> None:
        code = permit().code_of("hazmat_handler", "submit_result", outcome="solved", text="同意")
        assert code == "procedure-decides"

    def test_a_permit_that_is_handed_on_goes_on_where_it_stands(self) -> None:
        case = (
            do(permit(), TAKEN).do("supervisor", "reassign", unit="station-a", reason="委托办理").do("handler", "sign")
        )
        assert standing(case)["decide"] == "active"
        assert case.clock("handle").started_at == at("2026-09-07 10:00")


class TestSpecialCircumstances:
    def test_48_hours_count_from_the_application_not_from_the_declaration(self) -> None:
        case = do(permit().wait(hours=23), SPECIAL)
        assert (case.clock("handle").budget, case.reading("handle").due_at) == ("48 hours", at("2026-09-09 10:00"))

    @pytest.mark.parametrize(
        ("declared", "due"),
        [("2026-09-07 10:01", "2026-09-08 00:00"), ("2026-09-07 23:59", "2026-09-08 00:00"),
         ("2026-09-08 00:00", "2026-09-09 00:00")],
    )  # fmt: skip
    def test_the_inspector_is_due_the_same_local_day(self, declared: str, due: str) -> None:
        case = do(permit().until(declared), SPECIAL)
        assert case.reading("inspection").due_at == at(due)
        assert standing(case)["inspect"] == "active"

    @pytest.mark.parametrize("decision", [YES, NO])
    def test_nothing_is_decided_before_the_inspection_is_recorded(self, decision: tuple[str, str]) -> None:
        case = do(permit(), SPECIAL)
        assert refused(case, *decision) in {"step-required-first", "step-not-active"}
        do(case, SEEN, decision)

    def test_approving_without_the_record_names_what_is_missing(self) -> None:
        case = do(permit(), SPECIAL)
        refusal = case.refused("hazmat_leader", "complete_step", **step(*YES))
        assert isinstance(refusal, Conflict)
        assert (refusal.code, "现场勘验" in refusal.detail, refusal.stage) == ("step-required-first", True, "handle")

    def test_a_late_inspection_is_a_breach_but_no_dead_end(self) -> None:
        case = do(permit(), SPECIAL).until("2026-09-08 00:30")
        (escalation,) = case.escalations
        assert (escalation.clock, escalation.owner, escalation.state) == ("inspection", "leader,duty", "open")
        do(case, SEEN)
        assert (case.reading("inspection").status, case.reading("inspection").late) == ("met", True)
        assert case.escalations[0].state == "ended"
        assert do(case, YES, ISSUED).stage is Stage.FEEDBACK

    def test_the_law_does_not_count_the_inspection(self) -> None:
        case = do(permit(), SPECIAL)
        assert case.reading("statutory").status == "paused"
        do(case.until("2026-09-09 09:00"), SEEN)
        assert case.reading("statutory").status == "running"
        assert case.reading("statutory").due_at == at("2026-09-11 17:30")

    def test_the_urgency_changes_nothing_about_48_hours(self) -> None:
        case = do(permit(), SPECIAL).do("hazmat_leader", "set_urgency", urgent=True, reason="停产")
        assert case.reading("handle").due_at == at("2026-09-09 10:00")


class TestMissingMaterial:
    def test_it_is_asked_for_once(self) -> None:
        case = do(permit(), ("review", "incomplete"))
        assert case.view("enterprise")["supplements"][0]["items"] == ["用途说明"]
        case.do("enterprise", "supplement", items=["用途说明"])
        assert refused(case, "review", "incomplete") == "supplement-already-asked"
        code = case.code_of("hazmat_handler", "request_supplement", items=["又一份"])
        assert code == "supplement-already-asked"

    def test_what_the_enterprise_owes_is_not_counted(self) -> None:
        case = do(permit().wait(hours=2), ("review", "incomplete"))
        assert (case.reading("handle").status, case.reading("handle").due_at) == ("paused", None)
        case.wait(hours=30).do("enterprise", "supplement", items=["用途说明"])
        assert case.reading("handle").due_at == at("2026-09-09 16:00")
        assert do(case, TAKEN, YES, ISSUED).reading("handle").late is False

    @pytest.mark.parametrize("again", [TAKEN, SPECIAL])
    def test_nothing_is_reviewed_while_it_is_owed(self, again: tuple[str, str]) -> None:
        case = do(permit(), ("review", "incomplete"))
        assert refused(case, *again) == "supplement-pending"
        assert "complete_step" not in case.may("hazmat_handler")

    def test_an_inspection_is_recorded_even_while_materials_are_owed(self) -> None:
        case = do(permit(), SPECIAL).do("hazmat_handler", "request_supplement", items=["用途说明"])
        assert "complete_step" in case.may("hazmat_handler")
        assert case.reading("inspection").status == "running"
        do(case, SEEN)
        assert (case.clock("inspection").ending, case.reading("statutory").status) == ("met", "paused")
        assert refused(case, *YES) == "supplement-pending"
        case.do("enterprise", "supplement", items=["用途说明"])
        assert case.reading("statutory").status == "running"
        assert do(case, YES).stage is Stage.HANDLE

    def test_what_never_comes_closes_it_as_withdrawn(self) -> None:
        case = do(permit(), ("review", "incomplete")).wait(days=10)
        assert (case.stage, case.appeal.outcome, case.last.reason) == (
            Stage.CLOSED,
            Outcome.WITHDRAWN,
            "supplement_expired",
        )


class TestEveryStepOnce:
    def test_doing_anything_twice_is_refused(self) -> None:
        case = permit()
        done: list[tuple[str, str]] = []
        for now in (SPECIAL, SEEN, YES):
            do(case, now)
            done.append(now)
            assert {refused(case, *before) for before in done} == {"step-not-active"}
        do(case, ISSUED)
        for before in (*done, ISSUED):
            who = DOERS.get(before[0], "hazmat_handler")
            assert isinstance(case.refused(who, "complete_step", **step(*before)), IllegalTransition)

    def test_each_step_has_its_own_roles(self) -> None:
        case = do(permit(), TAKEN)
        refusal = case.refused("hazmat_handler", "complete_step", **step(*YES))
        assert (type(refusal), refusal.code) == (Forbidden, "step-role")
        assert "complete_step" not in case.may("hazmat_handler")
        assert "complete_step" in case.may("hazmat_leader")

    @pytest.mark.parametrize(
        ("body", "code", "pointer"),
        [
            ({"step": "fly", "outcome": "done"}, "unknown-step", "/step"),
            ({"step": "review", "outcome": "done"}, "unknown-outcome", "/outcome"),
        ],
    )
    def test_an_unknown_step_or_outcome_is_pointed_at(self, body: dict[str, str], code: str, pointer: str) -> None:
        refusal = permit().refused("hazmat_handler", "complete_step", **body)
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == (code, [pointer])

    def test_a_service_without_steps_says_so(self) -> None:
        case = World().case().signed()
        assert case.code_of("handler", "complete_step", **step(*TAKEN)) == "no-active-step"


class TestSilence:
    def test_a_breach_goes_straight_to_the_leader_and_the_duty_officer(self) -> None:
        case = permit().until("2026-09-08 10:00")
        (notice,) = [n for n in case.notices if n.template == "escalation"]
        assert (notice.unit, notice.audience, notice.at) == ("public-order", ("leader", "duty"), case.now)
        assert case.reading("handle").colour == "red"

    def test_then_every_four_hours_one_level_up_and_daily_to_the_catch_all(self) -> None:
        case = permit().until("2026-09-09 18:00")
        raised = [
            (e.at, e.data["rung"], e.data["level"]) for e in case.entries("escalate") if e.data["clock"] == "handle"
        ]
        assert raised == [
            (at("2026-09-08 10:00"), "100", 1),
            (at("2026-09-08 14:00"), "+1", 2),
            (at("2026-09-09 14:00"), "+2", 3),
        ]
        told = [(n.unit, n.audience) for n in case.notices if n.template == "escalation"]
        assert told == [("public-order", ("leader", "duty")), ("city", ("leader",)), ("city", ("catch_all",))]

    def test_nobody_answering_for_a_year_issues_nothing(self) -> None:
        case = permit().wait(days=400)
        assert next_moment(case.appeal) is None
        assert (case.stage, case.appeal.result, case.appeal.outcome) == (Stage.HANDLE, None, None)

    @settings(max_examples=40)
    @given(
        before=st.sampled_from([(), (TAKEN,), (SPECIAL,), (SPECIAL, SEEN), (TAKEN, YES)]),
        looks=st.lists(st.integers(1, 60 * 24 * 30), max_size=8),
    )
    def test_no_row_of_looks_ever_issues_or_decides_anything(
        self, before: tuple[tuple[str, str], ...], looks: list[int]
    ) -> None:
        case = do(permit(), *before)
        stood, result = standing(case), case.appeal.result
        for minutes in looks:
            case.sleep_until(case.now + timedelta(minutes=minutes)).look()
        assert (case.stage, standing(case), case.appeal.result) == (Stage.HANDLE, stood, result)
        assert {e.action for e in case.journal} <= {
            "submit", "accept", "assign", "sign", "complete_step", "rung", "escalate",
        }  # fmt: skip
