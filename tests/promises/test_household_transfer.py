"""户口迁移 (S1·11): inside the city on the spot; from outside, one working day from the move-out notice."""

from __future__ import annotations

from datetime import timedelta

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, Walk, walk

NOTICE = {"notice_no": "迁出2026-0001"}
REGISTERED = {"registration_no": "落户2026-0001", "registered_on": "2026-09-25"}
INSIDE = {"origin": "市内"}


def test_inside_the_city_it_is_registered_while_the_applicant_waits() -> None:
    case = walk("household-transfer", form=INSIDE)
    assert case.open == ["register"]
    assert case.reading("handle").status is Status.RUNNING
    assert case.step_reading("register").due_at == at("2026-09-07 11:00")

    case.step("public-order-officer", "register.registered", REGISTERED, minutes=20)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert case.step_reading("register").status is Status.MET
    assert case.papers["household-registration"].shows["to_address"] == case.appeal.submission.form["to_address"]


def test_from_outside_the_clock_waits_for_the_move_out_notice_however_long_it_takes() -> None:
    case = walk("household-transfer").wait(days=17)
    assert case.open == ["notice"]
    assert (case.reading("handle").status, case.reading("handle").due_at) == (Status.WAITING, None)
    assert case.called() == []

    case.step("system", "notice.arrived", NOTICE)
    assert case.now == at("2026-09-24 10:00")
    assert case.clock("handle").started_at == case.now
    assert case.reading("handle").due_at == at("2026-09-28 17:30")  # the Friday between is a holiday

    case.step("public-order-officer", "register.registered", REGISTERED, hours=23)
    assert (case.reading("handle").status, case.reading("handle").late) == (Status.MET, False)


def test_its_limit_says_what_it_waits_for_and_then_what_it_was_counted_from() -> None:
    case = walk("household-transfer").wait(days=1)
    assert limit_in_words(case) == (
        "尚未起算，等待“迁出信息已到”；时限1个工作日。",
        "Not begun yet, waits for “迁出信息已到”; limit: 1 working day.",
    )
    chinese, english = limit_in_words(case.step("system", "notice.arrived", NOTICE))
    assert chinese.startswith("2026年9月8日10:00“迁出信息已到”起算（当日不计），时限1个工作日")
    assert english.startswith("Counted from “迁出信息已到” 8 September 2026, 10:00")

    refused = walk("household-transfer").step("public-order-officer", "notice.not_released", REFUSAL)
    assert limit_in_words(refused)[0] == "未曾起算；时限1个工作日。"
    assert "受理" in limit_in_words(walk("household-transfer", form=INSIDE))[0]


def limit_in_words(case: Walk) -> tuple[str, str]:
    (shown,) = [c for c in case.view("enterprise")["clocks"] if c["name"] == "handle"]
    return shown["summary"], shown["summary_en"]


def test_one_working_day_after_the_notice_the_duty_officer_is_called() -> None:
    case = walk("household-transfer").step("system", "notice.arrived", NOTICE, days=3)
    due = case.reading("handle").due_at
    assert due is not None
    assert case.until(due - timedelta(seconds=1)).called() == []
    assert case.until(due).called() == [("public-order", ("duty",))]


def test_a_notice_that_does_not_come_is_asked_after() -> None:
    case = walk("household-transfer").wait(days=31)
    assert case.called("notice") == [("public-order", ("duty",))]
    assert case.reading("handle").status is Status.WAITING


def test_a_place_that_does_not_release_somebody_ends_it_with_the_reason() -> None:
    case = walk("household-transfer").step("public-order-officer", "notice.not_released", REFUSAL, days=4)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_solvable")
    assert "handle" not in case.running()
    assert case.answered().stage is Stage.EVALUATE


def test_what_is_missing_is_asked_for_once_and_a_refusal_has_its_grounds() -> None:
    case = walk("household-transfer", form=INSIDE, materials=())
    case.step("public-order-officer", "register.incomplete", MISSING)
    assert case.reading("handle").status is case.step_reading("register").status is Status.PAUSED
    case.wait(days=1).do("enterprise", "supplement", items=["劳动合同"])
    assert case.step("public-order-officer", "register.refuse", REFUSAL).result == "not_solvable"
