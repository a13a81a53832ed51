"""To a unit, back, and to another: counted, and ended by a supervisor who names the final owner."""

from __future__ import annotations

import pytest

from domain.errors import Forbidden, Invalid
from domain.vocabulary import Stage
from tests.domain.builders import Case, World


@pytest.fixture
def case() -> Case:
    return World().case().assigned()


def bounced_twice(case: Case) -> Case:
    case.do("handler", "return_assignment", reason="非辖区").do("dispatcher", "assign", lead_unit="station-b")
    return case.do("handler3", "return_assignment", reason="非辖区")


def test_a_return_is_counted_and_its_time_is_charged_to_whoever_had_it(case: Case) -> None:
    case.wait(hours=1).do("handler", "return_assignment", reason="非辖区")
    assigned = case.view("dispatcher")["assignment"]
    assert (case.stage, assigned["lead_unit"], assigned["returns"]) == (Stage.ASSIGN, None, 1)
    assert (case.clock("sign").ending, case.clock("sign").ended_at) == ("stopped", case.now)
    assert case.running() == {"handle"}


def test_there_is_nothing_to_sign_or_return_before_it_is_assigned_again(case: Case) -> None:
    case.do("handler", "return_assignment", reason="非辖区")
    for action, body in (("sign", {}), ("return_assignment", {"reason": "x"}), ("note", {"text": "x"})):
        assert case.code_of("handler", action, **body) == "not-assigned"


def test_each_assignment_has_its_own_time_to_sign(case: Case) -> None:
    first = case.clock("sign")
    case.wait(minutes=50).do("dispatcher", "assign", lead_unit="station-b")
    assert (case.clock("sign").started_at, case.clock("sign").generation != first.generation) == (case.now, True)
    assert [c.ending for c in case.appeal.clocks if c.name == "sign"] == ["stopped", ""]


def test_after_two_returns_only_a_supervisor_names_the_final_owner(case: Case) -> None:
    bounced_twice(case)
    for who in ("dispatcher", "supervisor"):
        assert case.code_of(who, "assign", lead_unit="station-a") == "final-owner-needed"
        assert "assign" not in case.may(who)
    case.do("supervisor", "name_final_owner", unit="station-a", reason="属地负责")
    assert case.view("dispatcher")["assignment"]["final"] is True
    assert case.view("dispatcher")["assignment"]["returns"] == 2


def test_the_final_owner_keeps_it(case: Case) -> None:
    bounced_twice(case).do("supervisor", "name_final_owner", unit="station-a", reason="属地负责")
    assert case.code_of("handler", "return_assignment", reason="仍非辖区") == "final-owner"
    assert "return_assignment" not in case.may("handler")
    assert case.code_of("dispatcher", "reassign", unit="station-b", reason="改派") == "final-owner"
    case.do("dispatcher", "reassign", officer="handler2", reason="换人").do("handler2", "sign")
    assert case.stage is Stage.HANDLE
    case.do("supervisor", "reassign", unit="station-b", reason="改派")
    assert case.view("admin")["assignment"]["lead_unit"] == "station-b"


def test_even_one_that_was_named_at_once(case: Case) -> None:
    case.do("supervisor", "name_final_owner", unit="station-a", reason="属地负责")
    assert case.code_of("dispatcher", "assign", lead_unit="station-b") == "final-owner"
    assert case.do("supervisor", "assign", lead_unit="station-b").view("admin")["assignment"]["final"] is False


def test_a_new_round_counts_its_returns_anew(case: Case) -> None:
    bounced_twice(case).do("supervisor", "name_final_owner", unit="station-a", reason="属地负责")
    case.do("handler", "sign").do("handler", "submit_result", outcome="solved", text="已办")
    case.do("leader", "review", approved=True).do("handler", "send_answer", text="答复", method="sms")
    case.do("enterprise", "rate", grade=1)
    assert (case.appeal.assignment.returns, "assign" in case.may("dispatcher")) == (0, True)


def test_the_signer_becomes_its_officer_whoever_had_been_named(case: Case) -> None:
    case.do("dispatcher", "assign", lead_unit="station-a", officer="handler", cooperating=["station-b"])
    assert (case.appeal.assignment.officer, case.appeal.assignment.signed_at) == (
        case.act("handler", "sign").actor.person,
        None,
    )
    case.do("handler2", "sign")
    view = case.view("admin")["assignment"]
    assert (view["officer"], view["officer_name"], view["cooperating"]) == ("handler2", "王协理", ["station-b"])


@pytest.mark.parametrize(
    ("who", "unit", "allowed"),
    [
        ("dispatcher", "branch", True),
        ("dispatcher", "station-b", True),
        ("dispatcher", "public-order", True),
        ("dispatcher", "city", False),
        ("dispatcher", "hotline-12345", False),
        ("supervisor", "city", True),
        ("supervisor", "station-b", True),
        ("supervisor", "street-a", False),
    ],
)
def test_a_dispatcher_reaches_down_and_to_detachments_a_supervisor_everywhere_in_the_police(
    case: Case, who: str, unit: str, allowed: bool
) -> None:
    if allowed:
        assert case.do(who, "assign", lead_unit=unit).view(who)["assignment"]["lead_unit"] == unit
    else:
        refusal = case.refused(who, "assign", lead_unit=unit)
        assert (type(refusal), refusal.code) == (Forbidden, "unit-out-of-reach")


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"lead_unit": "nowhere"}, "unknown-unit", "/lead_unit"),
        ({"lead_unit": "station-a", "cooperating": ["station-b", "nowhere"]}, "unknown-unit", "/cooperating/1"),
        ({"lead_unit": "station-a", "officer": "nobody"}, "unknown-officer", "/officer"),
    ],
)
def test_what_does_not_exist_is_pointed_at(case: Case, body: dict[str, object], code: str, pointer: str) -> None:
    refusal = case.refused("dispatcher", "assign", **body)
    assert isinstance(refusal, Invalid)
    assert (refusal.code, [f.pointer for f in refusal.faults]) == (code, [pointer])


def test_reassigning_to_another_unit_takes_the_result_back_and_waits_for_a_signature() -> None:
    case = World().case().submitted().do("dispatcher", "reassign", unit="station-b", officer="handler3", reason="改派")
    assert (case.stage, case.appeal.result, case.running()) == (Stage.ASSIGN, None, {"handle", "sign"})
    assert case.view("admin")["assignment"]["signed_at"] is None


def test_reassigning_to_another_officer_leaves_everything_else_as_it_is() -> None:
    case = World().case().signed().do("dispatcher", "reassign", officer="handler2", reason="换人")
    assert (case.stage, case.view("admin")["assignment"]["officer"]) == (Stage.HANDLE, "handler2")
    assert case.view("admin")["assignment"]["signed_at"] is not None
