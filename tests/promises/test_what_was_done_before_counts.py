"""What was done and said before counts: in a later round, when a step opens again, and under other rules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.appeal import Appeal
from domain.entry_view import render_entry
from domain.errors import Refusal
from domain.loop import decide
from domain.masking import MASK
from domain.rules import Service, Step
from domain.vocabulary import StepStatus
from tests.promises.taken import taken, told
from tests.promises.walk import Walk, actor

NOT_FILED = {"notice_no": "1号", "reason": "没有犯罪事实", "legal_basis": "第一百一十二条", "remedy": "可以申请复议"}
UNFOUNDED = {"matter": "不属实", "conduct": "规范", "remedy": "可以申请复核"}
VIOLATED = {"matter": "属实", "conduct": "存在过错", "measures": "限期整改"}


def steps_changed(case: Walk, change: Callable[[Step], Step]) -> Service:
    """A later version of its service."""
    kept = case.appeal.rules.service
    changed = tuple(change(step) for step in kept.procedure.steps)
    return replace(kept, version="2", procedure=replace(kept.procedure, steps=changed))


def migrated(case: Walk, to: Service, *, dry_run: bool = False) -> Appeal:
    rules = replace(case.appeal.rules, version="v2", service=to)
    act = replace(case.act("supervisor", "migrate_policy", version="v2", dry_run=dry_run), rules=rules)
    return decide(case.appeal, act, case.now).appeal


def renamed(code: str, to: str) -> Callable[[Step], Step]:
    def change(step: Step) -> Step:
        outcomes = tuple(replace(o, next=tuple(to if n == code else n for n in o.nexts)) for o in step.outcomes)
        return replace(step, code=to if step.code == code else step.code, outcomes=outcomes)

    return change


# The next round


@pytest.mark.parametrize(("difficulty", "budget"), [("重大疑难", "30 natural days"), ("较复杂", "7 natural days")])
def test_the_limit_by_law_of_a_second_round_is_that_of_the_difficulty_in_the_receipt(
    difficulty: str, budget: str
) -> None:
    case = taken("crime-report", form={"category": "刑事犯罪"})
    case.step("criminal-officer", "receipt.receipted", {"receipt_no": "1", "difficulty": difficulty})
    for officer, number in (("criminal-officer", 1), ("criminal-officer2", 2)):
        assert (case.appeal.round, case.step_clock("filing").budget) == (number, budget)
        case.step(officer, "filing.not_file", NOT_FILED).answered()
        case.do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="criminal")
        case.do("criminal-leader", "sign") if number > 1 else case.do("criminal-officer2", "sign")
    assert (case.appeal.round, case.step_clock("filing").budget) == (3, budget)
    assert case.record("receipt") == {"receipt_no": "1", "difficulty": difficulty}


def second_round() -> Walk:
    """The leader looked at the conduct; the enterprise is not satisfied."""
    case = taken("complaint-12389").step("supervision-officer", "split.both", told())
    case.step("legal-officer", "verify_matter.founded", told("扣押超期"))
    case.step("supervision-leader", "verify_conduct.violated", told("收受礼品"))
    case.step("city-leader", "conclude.rectify", VIOLATED).step("supervision-officer", "rectify.done", told())
    case.answered().do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="supervision")
    return case


def test_whoever_looked_at_the_conduct_sees_nothing_of_the_matter_in_the_next_round_either() -> None:
    case = second_round()
    matter = next(e for e in case.journal if e.data.get("step") == "verify_matter")
    assert set(render_entry(case.appeal, matter, actor("supervision-leader"))["data"].values()) == {MASK}


def test_whoever_looked_at_the_conduct_concludes_in_no_later_round() -> None:
    case = second_round().do("supervision-officer2", "sign").step("supervision-officer2", "split.both", told())
    case.step("legal-officer", "verify_matter.unfounded", told())
    case.step("inspector", "verify_conduct.proper", told())
    assert case.step_refused("supervision-leader", "conclude.unfounded", UNFOUNDED).code == "own-work"
    assert case.step("city-leader", "conclude.unfounded", UNFOUNDED).result is not None


# Opened again for fewer units


def called(*units: str) -> dict[str, Any]:
    return {"units": list(units), "plan": "分头办理"}


def test_the_word_of_a_unit_that_is_not_called_again_stands() -> None:
    case = taken("one-window").step("admin-approval-officer", "respond.call", called("traffic", "public-order"))
    for unit in ("traffic", "public-order"):
        case.step(f"{unit}-officer", "report_in.here", {"officer": "甲"})
    case.step("traffic-officer", "handle_jointly.cannot", told("道路施工"))
    case.step("public-order-officer", "handle_jointly.done", told())
    case.step("admin-approval-officer", "answer.recall").step(
        "admin-approval-officer", "respond.call", called("public-order")
    )
    assert {s.unit for s in case.appeal.procedure if s.status is StepStatus.ACTIVE} == {"public-order"}
    case.step("public-order-officer", "report_in.here", {"officer": "甲"})
    case.step("public-order-officer", "handle_jointly.done", told())
    assert case.step_refused("admin-approval-officer", "answer.solved", told()).code == "condition-unmet"
    # Traffic has another word when it is called again.
    case.step("admin-approval-officer", "answer.recall")
    case.step("admin-approval-officer", "respond.call", called("traffic"))
    case.step("traffic-officer", "report_in.here", {"officer": "甲"})
    case.step("traffic-officer", "handle_jointly.done", told())
    assert case.step("admin-approval-officer", "answer.solved", told()).result == "solved"


# Other rules


def test_rules_without_a_step_that_is_under_way_are_refused_in_the_dry_run_too() -> None:
    case = taken("complaint-12389")
    without = steps_changed(case, renamed("split", "divide"))
    for dry_run in (True, False):
        with pytest.raises(Refusal) as refused:
            migrated(case, without, dry_run=dry_run)
        assert (refused.value.code, "分线交办" in str(refused.value)) == ("step-missing", True)


def test_rules_without_a_step_that_is_called_are_refused() -> None:
    case = taken("complaint-12389").step("supervision-officer", "split.both", told())
    case.step("inspector", "verify_conduct.proper", told())
    with pytest.raises(Refusal, match="处理决定"):
        migrated(case, steps_changed(case, renamed("conclude", "decide")))


def test_rules_without_an_outcome_of_a_step_under_way_are_refused_and_others_are_taken() -> None:
    case = taken("complaint-12389").step("supervision-officer", "split.both", told())
    short = steps_changed(case, lambda s: replace(s, outcomes=s.outcomes[1:]) if s.code == "verify_matter" else s)
    with pytest.raises(Refusal) as refused:
        migrated(case, short)
    assert refused.value.code == "step-missing"
    # What is over, or not yet there, may be called otherwise.
    assert migrated(case, steps_changed(case, renamed("split", "divide"))).rules.version == "v2"
