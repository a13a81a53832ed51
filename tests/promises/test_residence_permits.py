"""居住证 (S1·11): made on the spot; what expires in an emergency period stays valid until 30 days after its end."""

from __future__ import annotations

import pytest

from domain.clock import Status
from domain.vocabulary import Stage
from tests.domain.walker import at
from tests.promises.walk import MISSING, REFUSAL, walk

EMERGENCY = {
    "certificate": "居住证",
    "certificate_no": "330205-1",
    "emergency_starts": "2026-06-01",
    "emergency_ends": "2026-08-31",
}


def extension(expires_on: str) -> dict[str, str]:
    return {"matter": "应急时期证件顺延", "expires_on": expires_on}


def test_a_permit_is_made_while_the_applicant_waits() -> None:
    case = walk("residence-permit").step("public-order-officer", "make.made", {"permit_no": "330205-9"}, minutes=25)
    assert (case.stage, case.result, case.reading("handle").late) == (Stage.FEEDBACK, "solved", False)
    assert (case.papers["residence-permit"].number, case.papers["residence-permit"].valid_until) == (
        "330205-9",
        "2027-09-07",
    )


def test_whoever_waits_longer_than_an_hour_is_called_out() -> None:
    case = walk("residence-permit", "2026-09-07 11:30")
    assert case.reading("handle").due_at == at("2026-09-07 14:00")
    assert case.until("2026-09-07 14:00").called() == [("public-order", ("duty",))]


@pytest.mark.parametrize("expires_on", ["2026-06-01", "2026-07-15", "2026-08-31"])
def test_what_expires_in_an_emergency_stays_valid_until_30_days_after_its_end(expires_on: str) -> None:
    case = walk("residence-permit", form=extension(expires_on))
    case.step("public-order-officer", "extend.extended", EMERGENCY)
    assert case.papers["certificate-extension"].valid_until == "2026-09-30"
    assert case.result == "solved"


@pytest.mark.parametrize("expires_on", ["2026-05-31", "2026-09-01"])
def test_what_expires_before_or_after_it_is_not_extended(expires_on: str) -> None:
    case = walk("residence-permit", form=extension(expires_on))
    assert case.step_refused("public-order-officer", "extend.extended", EMERGENCY).code == "condition-unmet"
    assert case.step("public-order-officer", "extend.refuse", REFUSAL).result == "not_solvable"


def test_what_is_missing_is_asked_for_once() -> None:
    case = walk("residence-permit", materials=()).step("public-order-officer", "make.incomplete", MISSING)
    assert case.reading("handle").status is Status.PAUSED
    case.do("enterprise", "supplement", items=["劳动合同"])
    assert case.step("public-order-officer", "make.refuse", REFUSAL).result == "not_solvable"
