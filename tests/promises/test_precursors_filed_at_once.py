"""易制毒化学品智能备案 (S0·三(二)1): rules decide at once; what does not fit is reviewed the same day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, MONDAY, REFUSAL, Walk, actor, walk

FINDINGS = {"findings": "已核对购销合同和库存"}


def filing(start: str = MONDAY, form: Mapping[str, Any] | None = None, **said: Any) -> Walk:
    """Brought by the portal, which fills in what the registers know."""
    return walk("precursor-smart-filing", start, form, **{"submitter": actor("system"), **said})


def test_what_the_applicant_says_of_its_own_licence_and_risks_is_reviewed_by_a_person() -> None:
    case = filing(submitter=actor("enterprise"))

    assert (case.stage, case.open, case.papers) == (Stage.HANDLE, ["review"], {})


def test_what_is_complete_within_the_licence_and_without_risk_is_filed_at_once() -> None:
    case = filing("2026-09-06 23:10")  # a Sunday night: nobody is there

    handle = case.reading("handle")
    assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")
    assert (handle.status, handle.late, handle.elapsed) == (Status.MET, False, 0)
    paper = case.papers["precursor-filing"]
    assert paper.at == case.appeal.created_at
    assert (paper.shows["chemical"], paper.shows["quantity"]) == ("硫酸", 500)
    assert {e.actor.id for e in case.journal} == {"system"}
    # The enterprise has it at once; the answer in writing follows.
    assert [d["number"] for d in case.view("enterprise")["documents"]] == [paper.number]
    assert case.answered().stage is Stage.EVALUATE


@pytest.mark.parametrize(
    ("form", "brought"),
    [
        ({"quantity": 2000.5}, None),
        ({"open_risk": True}, None),
        ({}, ()),
        ({}, ({"code": "purchase-contract", "reference": "A-1"},)),
    ],
    ids=["more-than-licensed", "open-risk", "nothing-brought", "half-brought"],
)
def test_whatever_does_not_fit_is_reviewed_by_a_person_the_same_day(form: dict[str, Any], brought: Any) -> None:
    said = {} if brought is None else {"materials": brought}
    case = filing(form=form, **said)

    assert (case.stage, case.open, case.papers) == (Stage.HANDLE, ["review"], {})
    assert case.reading("handle").due_at == at("2026-09-08 00:00")

    case.step("anti-drug-officer", "review.file", FINDINGS, hours=5)
    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)
    assert case.papers["precursor-filing"].shows["findings"] == FINDINGS["findings"]


def test_what_the_registers_did_not_say_is_never_taken_as_good() -> None:
    for unknown in ("licensed_quantity", "open_risk"):
        case = filing(form={unknown: None})
        assert case.open == ["review"], unknown


def test_a_day_that_ends_without_a_review_calls_leader_and_duty_officer() -> None:
    case = filing(form={"open_risk": True}).until("2026-09-08 00:00")
    assert case.called() == [("anti-drug", ("leader", "duty"))]
    assert case.reading("handle").status is Status.BREACHED


def test_a_missing_paper_is_asked_for_once_and_the_clocks_stand_still() -> None:
    case = filing(materials=()).step("anti-drug-officer", "review.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED

    case.wait(days=2).do("enterprise", "supplement", items=[{"code": "purchase-contract", "reference": "A-1"}])
    assert case.reading("handle").status is Status.RUNNING
    assert case.step_refused("anti-drug-officer", "review.incomplete", MISSING).code == "supplement-already-asked"
    assert case.step("anti-drug-officer", "review.refuse", REFUSAL).result == "not_solvable"
