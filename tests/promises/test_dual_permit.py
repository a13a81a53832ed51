"""外国人“双证” (S1·13): two bodies examine side by side, one window answers, all within ten working days."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, Walk, walk

WORK = {"permit_no": "2026-0001", "work_until": "2027-12-31"}
STAY = {"residence_until": "2027-12-31"}
CARD = {"residence_no": "R2026-0001"}


def under_examination() -> Walk:
    return walk("foreign-dual-permit").step("exit-entry-officer", "receive.complete", hours=3)


def test_both_bodies_examine_at_the_same_time_and_one_answer_carries_both_permits() -> None:
    case = under_examination()
    assert case.open == ["work", "residence"]
    assert case.reading("handle").due_at == at("2026-09-20 17:30")  # a Sunday that is worked

    case.step("science-bureau-officer", "work.approve", WORK, days=6)
    assert case.open == ["residence"]
    case.step("exit-entry-officer2", "residence.approve", STAY, days=1)
    case.step("exit-entry-officer", "issue.both", CARD, days=1)

    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)
    shown = case.papers["foreign-dual-permit"].shows
    assert shown.items() >= {**WORK, **STAY}.items()


def test_the_answer_waits_for_the_slower_of_the_two_whichever_that_is() -> None:
    for first, second in (("work", "residence"), ("residence", "work")):
        case = under_examination()
        for step in (first, second):
            assert "issue" not in case.open
            who = "science-bureau-officer" if step == "work" else "exit-entry-officer"
            case.step(who, f"{step}.refuse", REFUSAL)
        assert case.open == ["issue"]


def test_for_a_bureau_without_an_account_the_lead_records_what_it_decided() -> None:
    case = under_examination().step("exit-entry-officer", "work.approve", WORK, unit="science-bureau")
    assert case.open == ["residence"]
    assert under_examination().step_refused("traffic-officer", "work.approve", WORK).code == "not-yours"


@pytest.mark.parametrize(
    ("work", "stay", "only", "result"),
    [
        ("approve", "refuse", "work_only", "partly_solved"),
        ("refuse", "refuse", "neither", "not_solvable"),
        ("refuse", "approve", "neither", "not_solvable"),
    ],
)
def test_no_permit_is_handed_over_that_its_body_did_not_grant(work: str, stay: str, only: str, result: str) -> None:
    case = under_examination()
    case.step("science-bureau-officer", f"work.{work}", WORK if work == "approve" else REFUSAL)
    case.step("exit-entry-officer", f"residence.{stay}", STAY if stay == "approve" else REFUSAL)

    wrong = {"both", "work_only", "neither"} - {only}
    for outcome in sorted(wrong):
        assert case.step_refused("exit-entry-officer", f"issue.{outcome}", CARD).code == "condition-unmet"
    case.step("exit-entry-officer", f"issue.{only}")
    assert (case.result, set(case.papers)) == (result, {"foreign-work-permit"} if only == "work_only" else set())


def test_after_ten_working_days_together_the_duty_officer_is_called() -> None:
    case = under_examination().step("exit-entry-officer", "residence.approve", STAY)
    assert case.until("2026-09-20 17:29").called() == []
    assert case.until("2026-09-20 17:30").called() == [("exit-entry", ("duty",))]


def test_what_is_missing_is_asked_for_once_for_both_bodies() -> None:
    case = walk("foreign-dual-permit", materials=()).step("exit-entry-officer", "receive.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED
    case.wait(days=2).do("enterprise", "supplement", items=["聘用合同"])
    assert case.step("exit-entry-officer", "receive.complete").open == ["work", "residence"]
