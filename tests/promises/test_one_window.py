"""一窗通办 (S1·9): the enterprise whistles, the window responds, the units behind it report in, one answer."""

from __future__ import annotations

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import REFUSAL, Walk, walk

CALL = {"units": ["traffic", "exit-entry"], "plan": "交警办通行证，出入境办居留"}
DONE = {"text": "已办结"}


def called() -> Walk:
    return walk("one-window").step("window", "respond.call", CALL, minutes=20)


def here(unit: str) -> dict[str, str]:
    return {"officer": f"{unit}民警"}


def test_the_window_responds_within_half_an_hour_or_the_duty_officer_is_called() -> None:
    case = walk("one-window")
    assert case.step_reading("respond").due_at == at("2026-09-07 10:30")
    assert case.until("2026-09-07 10:30").called("respond") == [("admin-approval", ("duty",))]
    case.step("admin-approval-officer", "respond.call", CALL, minutes=1)
    assert case.step_reading("respond").late


def test_the_named_units_report_in_within_two_working_hours_each_by_its_own_clock() -> None:
    case = called()
    assert {c.owner for c in case.appeal.clocks if c.subject == "report_in"} == {"traffic", "exit-entry"}
    # Twenty past ten, and the lunch break does not count.
    assert case.step_reading("report_in", "traffic").due_at == at("2026-09-07 13:50")
    assert case.step_refused("public-order-officer", "report_in.here", here("治安")).code == "not-yours"

    case.step("traffic-officer", "report_in.here", here("交警"), minutes=30)
    assert (case.open, case.step_reading("report_in", "traffic").status) == (["report_in"], Status.MET)
    case.until("2026-09-07 13:50")
    assert case.called("report_in") == [("exit-entry", ("duty",))]


def test_they_handle_it_together_and_the_enterprise_gets_one_answer() -> None:
    case = called()
    for unit in CALL["units"]:
        case.step(f"{unit}-officer", "report_in.here", here(unit), minutes=5)
    assert case.open == ["handle_jointly"]
    case.step("traffic-officer2", "handle_jointly.done", DONE, hours=3)
    assert case.open == ["handle_jointly"]
    case.step("exit-entry-officer2", "handle_jointly.done", DONE, hours=3)
    case.step("window", "answer.solved", {"text": "两件事都已办好"})
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert case.answered("admin-approval-officer").stage is Stage.EVALUATE


def test_all_is_not_called_done_while_one_unit_could_not() -> None:
    case = called()
    case.step("traffic-officer", "report_in.here", here("交警"))
    case.step("exit-entry-officer", "report_in.not_ours", {"reason": "属科技局"})
    case.step("traffic-officer", "handle_jointly.cannot", {"text": "道路施工，暂不能通行"})
    case.step("exit-entry-officer", "handle_jointly.none", {"text": "与本部门无关"})
    assert case.step_refused("window", "answer.solved", DONE).code == "condition-unmet"
    assert case.step("window", "answer.partly", DONE).result == "partly_solved"


def test_the_window_may_call_again_settle_it_alone_or_say_why_not() -> None:
    case = walk("one-window").step("admin-approval-officer", "respond.alone").step("window", "answer.recall")
    assert (case.open, case.step_reading("respond").status) == (["respond"], Status.RUNNING)
    case.step("admin-approval-officer", "respond.alone")
    assert case.step("admin-approval-officer", "answer.not_solvable", REFUSAL).result == "not_solvable"
