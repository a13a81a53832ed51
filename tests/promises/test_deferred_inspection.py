"""企业车辆检验“容缺办、一次办” (S1·12): three tests in one; what does not touch safety passes against a commitment."""

from __future__ import annotations

from typing import Any

import pytest

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import REFUSAL, Walk, walk

GOOD = {"safety": "合格", "emission": "合格", "overall": "合格", "faults": [], "inspector": "检验民警"}
PROMISE = {"touches_safety": False, "commitment": "承诺书第1号"}
SMALL = {**GOOD, **PROMISE, "overall": "不合格", "faults": ["车身反光标识脱落"]}
PROOF = {"proof": "已更换反光标识，附照片", "mended_on": "2026-09-20"}
WHY = {"reason": "照片看不清"}


def on_a_promise() -> Walk:
    return walk("vehicle-inspection-deferred").step("traffic-officer", "inspect.deferred", SMALL, hours=2)


def test_a_sound_vehicle_passes_three_tests_in_one_visit() -> None:
    case = walk("vehicle-inspection-deferred").step("traffic-officer", "inspect.pass", GOOD)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    shown = case.papers["inspection-mark"].shows
    assert [shown[test] for test in ("safety", "emission", "overall")] == ["合格"] * 3


@pytest.mark.parametrize(
    ("outcome", "record"),
    [
        ("pass", {**GOOD, "emission": "不合格"}),
        ("pass", {**GOOD, "faults": ["灯光偏移"]}),
        ("deferred", {**SMALL, "touches_safety": True}),
        ("deferred", {**SMALL, "safety": "不合格"}),
    ],
)
def test_nothing_that_touches_safety_is_let_through(outcome: str, record: dict[str, Any]) -> None:
    case = walk("vehicle-inspection-deferred")
    assert case.step_refused("traffic-officer", f"inspect.{outcome}", record).code == "condition-unmet"
    failed = {name: value for name, value in record.items() if name in GOOD}
    assert case.step("traffic-officer", "inspect.fail", failed).result == "not_solvable"
    assert case.papers == {}


def test_a_small_fault_passes_at_once_and_the_mark_is_visible_while_the_promise_runs() -> None:
    case = on_a_promise()
    assert (case.stage, case.open, case.reading("handle").status) == (Stage.HANDLE, ["rectify"], Status.MET)
    assert case.step_reading("rectify").due_at == at("2026-10-08 00:00")
    assert [d["kind"] for d in case.view("enterprise")["documents"]] == ["inspection-mark"]


def test_the_proof_ends_it() -> None:
    case = on_a_promise().step("enterprise", "rectify.proof", PROOF, days=13)
    assert case.step_reading("recheck").due_at == at("2026-09-22 17:30")
    case.step("traffic-officer", "recheck.mended", days=1)
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert case.papers["inspection-mark"].revoked_at is None


def test_a_weak_proof_goes_back_once() -> None:
    case = on_a_promise().step("enterprise", "rectify.proof", PROOF)
    case.step("traffic-officer", "recheck.insufficient", WHY).step("enterprise", "rectify.proof", PROOF)
    assert case.step_refused("traffic-officer", "recheck.insufficient", WHY).code == "condition-unmet"
    assert case.step("traffic-officer", "recheck.not_mended", WHY).open == ["revoke"]


def test_a_promise_that_is_not_kept_costs_the_mark() -> None:
    case = on_a_promise().wait(days=29)
    assert case.reminded("rectify") == [("enterprise",)]
    case.until("2026-10-08 00:00")
    assert (case.open, case.called("rectify")) == (["revoke"], [])

    assert case.step_refused("traffic-officer", "revoke.revoked", REFUSAL).code == "step-role"
    case.step("traffic-leader", "revoke.revoked", REFUSAL, hours=10)
    assert case.papers["inspection-mark"].revoked_at == case.now
    assert (case.stage, case.result) == (Stage.FEEDBACK, "not_solvable")
    assert case.answered().stage is Stage.EVALUATE


def test_a_proof_that_came_late_saves_the_mark_and_a_leader_who_waits_is_called_after() -> None:
    case = on_a_promise().until("2026-10-10 18:00")
    assert case.called("revoke") == [("traffic", ("duty",))]
    case.step("traffic-leader", "revoke.late_proof", {"reason": "逾期一日补交，现场核实属实"})
    assert case.papers["inspection-mark"].revoked_at is None
    assert case.result == "solved"
