"""上门服务清单 (S1·20, S4) and 预约 (S3): a day is agreed, somebody comes, and it is said whether it helped."""

from __future__ import annotations

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import Walk, walk

BOOKED = {"slot": "2026-09-10", "time": "9时", "units": ["cyber"], "officers": "网安民警"}
DONE = {"visited_at": "2026-09-10T09:30:00+08:00", "officers": "网安民警", "done": "已排查并处置"}
SLOT = {"slot": "2026-09-14", "confirm_by": "2026-09-12", "time": "9时", "place": "出入境窗口3号", "bring": "身份证"}


def visited() -> Walk:
    case = walk("onsite-service").step("internal-security-officer", "book.booked", BOOKED, hours=2)
    return case.step("cyber-officer", "visit.visited", DONE, days=3)


def test_the_unit_that_knows_the_item_comes_and_the_enterprise_confirms() -> None:
    case = walk("onsite-service").step("internal-security-officer", "book.booked", BOOKED, hours=2)
    assert case.step_reading("visit").due_at == at("2026-09-11 00:00")
    assert case.step_refused("traffic-officer", "visit.visited", DONE).code == "not-yours"

    case.step("cyber-officer", "visit.visited", DONE, days=3).step("enterprise", "confirm.confirmed", hours=5)
    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)


def test_if_the_enterprise_says_nobody_came_it_is_booked_again() -> None:
    case = visited().step("enterprise", "confirm.not_done", {"reason": "问题又出现了"})
    assert case.open == ["book"]


def test_silence_of_the_enterprise_ends_it_after_a_reminder_but_is_no_confirmation() -> None:
    case = visited().until("2026-09-15 00:00")
    assert case.reminded("confirm") == [("enterprise",)]
    assert (case.stage, case.called("confirm")) == (Stage.FEEDBACK, [])
    (confirm,) = [s for s in case.appeal.procedure if s.code == "confirm"]
    assert (confirm.outcome, confirm.by) == ("silent", "system")


def test_a_visit_that_is_not_made_on_its_day_is_called_out_and_may_be_moved() -> None:
    case = walk("onsite-service").step("internal-security-officer", "book.booked", BOOKED).until("2026-09-11 00:00")
    assert case.called("visit") == [("cyber", ("duty",))]
    assert case.step("cyber-officer", "visit.postponed", {"reason": "出警"}).open == ["book"]

    beyond = {"reason": "不在清单内", "remedy": "可拨打12345"}
    other = walk("onsite-service").step("internal-security-officer", "book.not_listed", beyond)
    assert other.result == "not_solvable"


# 预约办证、助企日接待


def booked() -> Walk:
    return walk("appointment").step("window", "book.booked", SLOT, hours=1)


def test_a_slot_is_given_and_seen_at_once_reminded_of_and_kept() -> None:
    case = booked()
    assert (case.reading("handle").status, case.open) == (Status.MET, ["remind"])
    (seen,) = case.view("enterprise")["documents"]
    assert seen["shows"].items() >= SLOT.items()

    case.until("2026-09-12 23:59")
    assert case.reminded("remind") == [("enterprise",)]
    case.step("enterprise", "remind.confirmed")
    case.until("2026-09-14 09:30").step("admin-approval-officer", "attend.kept", {"done": "3人护照已受理"})
    assert (case.stage, case.result, case.step_reading("attend").status) == (Stage.FEEDBACK, "solved", Status.MET)


def test_whoever_does_not_come_has_missed_it_by_the_end_of_the_day() -> None:
    case = booked().until("2026-09-13 00:00")
    assert case.open == ["attend"]  # without a word of the enterprise
    case.until("2026-09-14 23:59")
    assert case.open == ["attend"]
    case.until("2026-09-15 00:00")
    assert (case.stage, case.result, case.called("attend")) == (Stage.FEEDBACK, "not_solvable", [])
    assert case.papers["appointment"].revoked_at is not None


def test_an_appointment_may_be_moved_and_only_the_window_says_that_it_was_kept() -> None:
    case = booked().step("enterprise", "remind.moved").step("window", "book.booked", {**SLOT, "slot": "2026-09-16"})
    first, second = case.appeal.documents
    assert (first.revoked_at is not None, second.revoked_at, case.open) == (True, None, ["remind"])
    case.step("window", "remind.confirmed")
    assert case.step_refused("enterprise", "attend.kept", {"done": "我来过"}).code == "step-role"
    assert case.step("window", "attend.moved").step_reading("book").status is Status.RUNNING
    assert all(paper.revoked_at for paper in case.appeal.documents)


def test_a_wish_without_a_slot_is_called_out_after_a_working_day_and_may_be_declined() -> None:
    case = walk("appointment").until("2026-09-08 17:30")
    assert case.called() == case.called("book") == [("admin-approval", ("duty",))]
    full = {"reason": "当日号源已满", "remedy": "可改约下周"}
    assert case.step("window", "book.impossible", full).result == "not_solvable"
