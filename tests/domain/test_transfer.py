"""Handed to an outside body, the matter stays ours to chase until it has answered (S2)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import Invalid
from domain.loop import allowed, decide
from domain.vocabulary import Outcome, Stage, Status
from tests.domain.builders import ACTORS, ANSWER, PLACES, RESULT, Case, World
from tests.domain.walker import at


@pytest.fixture
def case() -> Case:
    return World().case("non-police").transferred()


def test_a_transfer_waits_for_the_outside_body_and_counts_both_its_answers(case: Case) -> None:
    assert (case.stage, case.appeal.status) == (Stage.HANDLE, Status.WAITING_OUTSIDE)
    assert case.running() == {"handle", "transfer_receipt", "transfer_reply"}
    assert case.reading("handle").status == "paused"
    assert case.reading("transfer_receipt").due_at == at("2026-09-08 17:30")
    assert case.reading("transfer_reply").due_at == at("2026-09-20 17:30")  # a Sunday worked (调休)


def test_after_acceptance_too_the_unit_that_was_to_sign_is_free(case: Case) -> None:
    case = World().case().assigned().transferred()
    assert (case.stage, case.appeal.lead, case.clock("sign").ending) == (Stage.HANDLE, None, "stopped")
    assert case.clock("handle").started_at == case.now


def test_receipt_then_reply_then_the_officer_who_transferred_it_answers(case: Case) -> None:
    case.wait(hours=3).do("system", "transfer_receipt")
    assert (case.clock("transfer_receipt").ending, case.stage) == ("met", Stage.HANDLE)
    assert case.code_of("system", "transfer_receipt") == "already-received"
    case.wait(days=3).do("system", "transfer_reply", text="管网已修复")
    result = case.view("window")["result"]
    assert (case.stage, result["outcome"], result["text"]) == (Stage.FEEDBACK, "not_ours", "管网已修复")
    assert case.view("window")["outcome"] == "not_ours"
    assert case.running() == {"handle"}
    assert case.reading("handle").status == "running"
    case.do("window", "send_answer", **ANSWER)
    assert case.running() == {"rating", "visit"}


def test_a_reply_without_a_receipt_is_one(case: Case) -> None:
    case.do("system", "transfer_reply", text="已处理")
    assert {case.clock(name).ending for name in ("transfer_receipt", "transfer_reply")} == {"met"}


def test_it_is_rated_visited_and_closed_like_any_other(case: Case) -> None:
    case.do("system", "transfer_reply", text="已处理").do("window", "send_answer", **ANSWER)
    assert "record_visit" in case.may("visitor")
    case.do("enterprise", "rate", grade=4).do("visitor", "record_visit", result="satisfied")
    assert (case.stage, case.appeal.outcome) == (Stage.CLOSED, Outcome.NOT_OURS)


def test_a_colleague_of_the_officer_who_transferred_it_does_not_visit() -> None:
    case = World().case("non-police", first_unit=PLACES["liaison-a"])
    assert case.code_of("visitor", "record_visit", result="satisfied") == "not-yours"


def test_dissatisfied_with_what_the_others_did_it_comes_back_to_us(case: Case) -> None:
    case.do("system", "transfer_reply", text="不属实").do("window", "send_answer", **ANSWER)
    case.do("enterprise", "rate", grade=1)
    assert (case.stage, case.appeal.round, case.appeal.outcome) == (Stage.ASSIGN, 2, None)
    assert case.appeal.assigning_unit.code == "city"
    case.do("supervisor", "assign", lead_unit="station-a").do("handler", "sign").do(
        "handler", "submit_result", **RESULT
    )
    assert case.code_of("window", "send_answer", **ANSWER) == "not-yours"


def test_a_refusal_comes_back_to_be_assigned_and_says_who_and_why(case: Case) -> None:
    case.wait(days=1).do("system", "transfer_refused", reason="属公安职责")
    (transfer,) = case.view("enterprise")["transfers"]
    assert (case.stage, transfer["body_name"], transfer["refusal"]) == (Stage.ASSIGN, "12345热线", "属公安职责")
    assert (case.clock("transfer_receipt").ending, case.clock("transfer_reply").ending) == ("met", "stopped")
    assert case.reading("handle").status == "running"
    assert case.do("dispatcher", "assign", lead_unit="station-a").stage is Stage.ASSIGN


def test_what_was_refused_may_go_to_another_body(case: Case) -> None:
    case.do("system", "transfer_refused", reason="不属本部门").do("window", "transfer", body="street-a", reason="街道")
    case.do("system", "transfer_receipt")
    first, second = case.appeal.transfers
    assert (first.receipt_at, second.receipt_at, first.is_open, second.is_open) == (None, case.now, False, True)


@pytest.mark.parametrize(("action", "body"), [("lift", {}), ("reassign", {"unit": "station-a"})])
@pytest.mark.parametrize("replied", [False, True])
def test_a_supervisor_may_take_it_back_at_any_time(
    case: Case, action: str, body: dict[str, str], replied: bool
) -> None:
    if replied:
        case.do("system", "transfer_reply", text="已转办")
    case.do("supervisor", action, reason="久拖未决", **body)
    assert (case.stage, case.appeal.lead is None, case.appeal.result, case.appeal.outcome) == (
        Stage.ASSIGN, False, None, None,
    )  # fmt: skip
    assert (case.appeal.open_transfer, case.running()) == (None, {"handle", "sign"})
    assert case.reading("handle").status == "running"
    assert case.code_of("system", "transfer_reply", text="晚到的答复") == "illegal-transition"


def test_nobody_else_may_and_an_officer_alone_is_not_enough(case: Case) -> None:
    assert case.code_of("dispatcher", "reassign", unit="station-a", reason="改派") == "not-assigned"
    assert case.code_of("supervisor", "reassign", officer="handler", reason="改派") == "unit-needed"
    assert case.code_of("window", "transfer", body="street-a", reason="改转") == "illegal-transition"


def test_even_what_they_answered_and_the_enterprise_was_told(case: Case) -> None:
    case.do("system", "transfer_reply", text="已转办").do("window", "send_answer", **ANSWER)
    case.do("supervisor", "lift", reason="企业不认可")
    assert (case.stage, case.appeal.round, case.view("admin")["assignment"]["lead_unit"]) == (Stage.ASSIGN, 2, "city")


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("pause", {"reason_code": "force_majeure", "until": "2026-12-01"}),
        ("request_supplement", {"items": ["证明"]}),
        ("request_extension", {"budget": "1 working day", "reason": "x", "legal_basis": "y"}),
        ("park", {"reason": "x", "review_on": "2026-12-01"}),
        ("submit_result", RESULT),
    ],
)
def test_and_nobody_of_ours_works_on_it(case: Case, action: str, body: dict[str, object]) -> None:
    assert case.code_of("handler", action, **body) == "transfer-open"


@pytest.mark.parametrize("who", ["window", "supervisor"])
def test_a_body_that_stays_silent_is_not_waited_for_for_ever(case: Case, who: str) -> None:
    case.wait(days=30).do(who, "recall_transfer", reason="久无答复")
    (transfer,) = case.appeal.transfers
    assert (case.stage, transfer.is_open, transfer.recalled_at) == (Stage.ASSIGN, False, case.now)
    assert (case.clock("transfer_receipt").ending, case.clock("transfer_reply").ending) == ("stopped", "stopped")
    assert (case.reading("handle").status, {e.state for e in case.escalations}) == ("running", {"ended"})
    assert case.code_of("system", "transfer_reply", text="晚到的答复") == "illegal-transition"
    assert case.do("dispatcher", "assign", lead_unit="station-a").stage is Stage.ASSIGN


def test_what_was_taken_back_may_go_to_another_body_and_only_once(case: Case) -> None:
    case.do("window", "recall_transfer", reason="转错单位").do("window", "transfer", body="street-a", reason="街道")
    first, second = case.appeal.transfers
    assert (first.is_open, second.is_open, second.recalled_at) == (False, True, None)
    assert World().case().signed().code_of("supervisor", "recall_transfer", reason="x") == "no-open-transfer"


def test_any_window_officer_of_the_first_contact_passes_the_reply_on(case: Case) -> None:
    case.do("system", "transfer_reply", text="已处理")
    colleague = replace(ACTORS["window"], id="window2")
    elsewhere = replace(colleague, unit=PLACES["station-a"])
    assert "send_answer" in {a.value for a in allowed(case.appeal, colleague, case.now)}
    assert "send_answer" not in {a.value for a in allowed(case.appeal, elsewhere, case.now)}
    sent = decide(case.appeal, replace(case.act("window", "send_answer", **ANSWER), actor=colleague), case.now)
    assert sent.appeal.stage is Stage.EVALUATE


def test_a_transfer_needs_a_body_outside_that_exists() -> None:
    case = World().case()
    for body, code in (("station-a", "not-outside"), ("nowhere", "unknown-unit")):
        refusal = case.refused("window", "transfer", body=body, reason="非警务")
        assert isinstance(refusal, Invalid)
        assert (refusal.code, [f.pointer for f in refusal.faults]) == (code, ["/body"])


def test_an_outside_body_has_nothing_to_say_to_what_it_does_not_have() -> None:
    case = World().case().signed()
    for action, body in (
        ("transfer_receipt", {}),
        ("transfer_refused", {"reason": "x"}),
        ("transfer_reply", {"text": "x"}),
    ):
        assert case.code_of("system", action, **body) == "no-open-transfer"


def test_a_reply_ends_a_pause_by_hand_as_well() -> None:
    case = World().case().signed().do("handler", "pause", reason_code="awaiting_third_party", until="2026-12-01")
    case.do("supervisor", "reassign", unit="station-b", reason="改派").transferred()
    case.do("system", "transfer_reply", text="已处理")
    assert case.reading("handle").status == "running"


def test_withdrawn_meanwhile_nobody_outside_owes_anything_any_more(case: Case) -> None:
    case.do("enterprise", "withdraw", reason="已解决")
    assert (case.appeal.open_transfer, case.running()) == (None, set())
    assert case.view("window")["transfers"][0]["ended_at"] == "2026-09-07T10:00:00.000+08:00"


def test_both_answers_of_an_outside_body_are_chased(case: Case) -> None:
    case.until("2026-09-20 17:30")
    assert {(e.clock, e.owner_unit, e.state) for e in case.escalations} == {
        ("transfer_receipt", "city", "open"),
        ("transfer_reply", "branch", "open"),
    }
