"""口岸签证紧急协办 and 外国人永久居留 (S4)."""

from __future__ import annotations

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, walk

FOUND = {"officer": "出入境民警", "findings": "设备确已停机"}


def test_a_need_is_verified_on_the_spot_the_same_day_and_the_port_visa_asked_for() -> None:
    case = walk("port-visa-urgent")
    assert case.step_reading("verify").due_at == at("2026-09-08 00:00")
    case.step("exit-entry-officer", "verify.true_need", FOUND, hours=6)
    assert case.step_reading("apply").due_at == at("2026-09-08 17:30")
    case.step("exit-entry-officer", "apply.applied", {"application_no": "K2026-1"}, hours=1)
    # The port's authority answers by its own system.
    case.step("system", "result.granted", {"approval_no": "V2026-1", "valid_until": "2026-10-07"}, days=1)
    assert (case.stage, case.result, case.papers["port-visa-notice"].number) == (Stage.FEEDBACK, "solved", "V2026-1")


def test_a_day_without_a_visit_calls_the_duty_officer_and_a_denial_says_why() -> None:
    case = walk("port-visa-urgent").until("2026-09-08 00:00")
    assert case.called("verify") == [("exit-entry", ("duty",))]
    case.step("exit-entry-officer", "verify.true_need", FOUND)
    case.step("exit-entry-officer", "apply.applied", {"application_no": "K2026-2"})
    assert case.step("exit-entry-officer", "result.denied", REFUSAL).result == "not_solvable"


def test_a_need_that_is_none_is_refused_and_a_missing_paper_asked_for_once() -> None:
    case = walk("port-visa-urgent", materials=()).step("exit-entry-officer", "verify.incomplete", MISSING)
    assert case.reading("handle").status is case.step_reading("verify").status is Status.PAUSED
    case.do("enterprise", "supplement", items=["邀请函"])
    assert case.step("exit-entry-officer", "verify.refuse", REFUSAL).result == "not_solvable"


def test_permanent_residence_has_the_laws_six_months_and_a_promise_53_percent_shorter() -> None:
    case = walk("permanent-residence")
    promise, law = case.reading("handle").due_at, case.reading("statutory").due_at
    assert promise is not None
    assert law is not None
    assert 0.46 < (promise - case.now) / (law - case.now) < 0.48
    assert case.clock("statutory").basis.endswith("(待核实)")

    case.step("exit-entry-officer", "review.complete", {"opinion": "符合任职条件"}, days=20)
    assert case.step_refused("exit-entry-officer2", "decide.refuse", REFUSAL).code == "step-role"
    case.step("exit-entry-leader", "decide.approve", {"approval_no": "2026-1", "decided_on": "2026-11-20"}, days=50)
    assert case.reading("handle").status is Status.RUNNING
    case.step("exit-entry-officer", "issue.done", {"card_no": "NOR330000000001"}, days=5)
    assert (case.result, case.reading("handle").late, case.reading("statutory").late) == ("solved", False, False)
    assert case.papers["permanent-residence"].number == "NOR330000000001"


def test_a_broken_promise_is_called_out_long_before_the_law_is_broken() -> None:
    case = walk("permanent-residence").wait(days=85)
    assert case.called()[0] == ("exit-entry", ("duty",))
    assert (case.reading("handle").status, case.reading("statutory").status) == (Status.BREACHED, Status.RUNNING)
    case.step("exit-entry-officer", "review.complete", {"opinion": "不符合年限"})
    assert case.step("exit-entry-leader", "decide.refuse", REFUSAL).result == "not_solvable"


def test_papers_for_permanent_residence_are_asked_for_once() -> None:
    case = walk("permanent-residence", materials=()).step("exit-entry-officer", "review.incomplete", MISSING)
    assert case.reading("handle").status is case.reading("statutory").status is Status.PAUSED
