"""What a new action must satisfy besides its transition, and an action in a history need not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.admission import admit
from domain.errors import Conflict, Invalid, Refusal
from domain.loop import decide
from domain.service import Limit
from domain.steps import open_to
from domain.vocabulary import Role, Stage
from tests.domain.builders import Case, World, step
from tests.domain.states import permit, plain
from tests.domain.stepwise import begun, service, to
from tests.domain.stepwise import step as step_of
from tests.promises.walk import MISSING, walk


def refusal(case: Case, who: str, action: str, /, **body: Any) -> Refusal | None:
    """Why it is not admitted, if it is not."""
    try:
        admit(case.appeal, case.act(who, action, **body), case.now)
    except Refusal as refused:
        return refused
    return None


def code(case: Case, who: str, action: str, /, **body: Any) -> str:
    """The code of the refusal; empty for what is admitted."""
    refused = refusal(case, who, action, **body)
    return refused.code if refused else ""


def pointers(refused: Refusal | None) -> list[str]:
    assert isinstance(refused, Invalid)
    return [fault.pointer for fault in refused.faults]


def test_what_has_nothing_of_that_kind_to_satisfy_is_admitted() -> None:
    assert code(plain(Stage.HANDLE), "handler", "note", text="已到现场") == ""


@pytest.mark.parametrize(
    ("service", "unit", "told"),
    [
        ("secret-clue", "hotline-12345", "outside-body"),
        ("secret-clue", "station-b", ""),
        ("with-statute", "street-a", ""),
    ],
)
def test_no_outside_body_is_asked_in_a_secret_matter(service: str, unit: str, told: str) -> None:
    case = plain(Stage.HANDLE, service)
    assert code(case, "handler", "ask_cooperation", unit=unit, question="该车是否登记在贵单位") == told


def test_the_transition_s_own_refusal_comes_first() -> None:
    body = {"unit": "hotline-12345", "question": "?"}
    assert code(plain(Stage.HANDLE, "secret-clue"), "enterprise", "ask_cooperation", **body) == "forbidden"
    assert code(plain(Stage.FEEDBACK, "secret-clue"), "handler", "ask_cooperation", **body) == "illegal-transition"


def test_an_action_in_a_history_is_replayed_as_it_was_taken() -> None:
    case = plain(Stage.HANDLE, "secret-clue")
    act = case.act("handler", "ask_cooperation", unit="hotline-12345", question="?")
    assert decide(case.appeal, act, case.now).appeal.cooperations[0].unit.code == "hotline-12345"


@pytest.mark.parametrize(
    ("more", "missing"),
    [
        ({}, ["/leader", "/limit"]),
        ({"leader": "分管副局长"}, ["/limit"]),
        ({"limit": "3 months"}, ["/leader"]),
        ({"leader": "分管副局长", "limit": "3 months"}, []),
    ],
)
def test_a_case_posted_names_who_answers_for_it_and_by_when(more: dict[str, Any], missing: list[str]) -> None:
    told = refusal(plain(Stage.HANDLE), "supervisor", "supervise", order="限期破案", posted=True, **more)
    assert (told.code if told else "") == ("posting-incomplete" if missing else "")
    assert not missing or pointers(told) == missing
    assert code(plain(Stage.HANDLE), "supervisor", "supervise", order="抓紧办理") == ""
    assert code(plain(Stage.HANDLE), "supervisor", "supervise", order="抓紧办理", posted=False) == ""


def test_a_matter_that_was_answered_once_is_not_made_another_service() -> None:
    body = {"service": "with-statute", "reason": "登记有误"}
    case = World().case().accepted()
    assert code(case, "dispatcher", "change_service", **body) == ""
    assert "change_service" in case.may("dispatcher")
    again = World().case().answered().do("enterprise", "rate", grade=1)
    told = refusal(again, "supervisor", "change_service", **body)
    assert isinstance(told, Conflict)
    assert (told.code, "change_service" in told.allowed) == ("work-begun", False)
    assert "change_service" not in again.may("supervisor")
    # What an earlier release took is taken in its history.
    taken = decide(again.appeal, again.act("supervisor", "change_service", **body), again.now)
    assert taken.appeal.rules.service.code == "with-statute"


class TestAnEnterprisesOwnStep:
    def case(self, *others: str) -> Case:
        own = step_of(
            "rectify",
            *(to(one, "feedback") for one in ("silent", *others)),
            by=("enterprise",),
            roles=(Role.ENTERPRISE, Role.HANDLER),
            limits=(Limit("10 working days"),),
            lapse="silent",
        )
        return begun(service(own))

    def test_that_it_said_nothing_is_for_time_to_say(self) -> None:
        case, silence = self.case("proved"), {"step": "rectify", "outcome": "silent", "record": {}}
        assert code(case, "enterprise", "complete_step", **silence) == "left-to-time"
        assert code(case, "enterprise", "complete_step", **(silence | {"outcome": "proved"})) == ""
        ((_, outcomes),) = open_to(case.appeal, case.actor("enterprise"))
        assert [one.code for one in outcomes] == ["proved"]
        assert case.wait(days=30).entries("complete_step")[0].data["outcome"] == "silent"

    def test_where_there_is_nothing_else_to_say_nothing_is_offered(self) -> None:
        assert "complete_step" not in self.case().may("enterprise")


class TestMaterials:
    def asked(self) -> Case:
        case = World().case("with-materials", materials=({"code": "statement", "reference": "f-1"},))
        return case.do("window", "request_supplement", items=["现场照片", {"code": "site-plan", "name": "平面图"}])

    def test_a_code_that_counts_for_nothing_is_told_with_what_there_is(self) -> None:
        told = refusal(self.asked(), "enterprise", "supplement", items=["说明", {"code": "nope"}, {"code": "neither"}])
        assert (told and told.code, pointers(told)) == ("unknown-material", ["/items/1/code", "/items/2/code"])
        assert told is not None
        for word in ("“nope”", "（statement）", "site-plan", "平面图"):
            assert word in told.detail

    def test_what_the_service_has_what_was_asked_for_and_words_are_taken(self) -> None:
        items = [{"code": "statement"}, {"code": "现场照片"}, {"code": "site-plan"}, {"reference": "f-2"}, "别的说明"]
        assert code(self.asked(), "enterprise", "supplement", items=items) == ""

    def test_so_is_what_was_promised(self) -> None:
        case = World().case("with-materials", materials=({"code": "statement", "reference": "f-1"},))
        case.do("window", "accept", commitments=["现场照片"])
        assert code(case, "enterprise", "supplement", items=[{"code": "现场照片"}]) == ""
        assert code(case, "enterprise", "supplement", items=[{"code": "nope"}]) == "unknown-material"

    def test_a_service_that_names_none_takes_any(self) -> None:
        case = World().case().do("window", "request_supplement", items=["证明"])
        assert code(case, "enterprise", "supplement", items=[{"code": "anything"}]) == ""


APPROVE = {"step": "work", "outcome": "approve", "record": {"permit_no": "1", "work_until": "2027-12-31"}}


class TestAStepOfAnOutsideBody:
    def case(self) -> Case:
        return walk("foreign-dual-permit").step("exit-entry-officer", "receive.complete", hours=3)

    def test_whoever_records_it_says_whose_decision_it_is(self) -> None:
        told = refusal(self.case(), "exit-entry-officer", "complete_step", **APPROVE)
        assert (told and told.code, pointers(told)) == ("unit-required", ["/unit"])
        assert told is not None
        assert "市科技局（science-bureau）" in told.detail
        named = {**APPROVE, "unit": "science-bureau"}
        assert code(self.case(), "exit-entry-officer", "complete_step", **named) == ""
        other = {**APPROVE, "unit": "street-a"}
        assert code(self.case(), "exit-entry-officer", "complete_step", **other) == "unit-required"

    def test_the_body_itself_need_not(self) -> None:
        assert code(self.case(), "science-bureau-officer", "complete_step", **APPROVE) == ""

    def test_steps_of_our_own_name_nobody(self) -> None:
        case = walk("foreign-dual-permit", materials=())
        body = {"step": "receive", "outcome": "incomplete", "record": MISSING}
        assert code(case, "exit-entry-officer", "complete_step", **body) == ""


class TestAPermitsEnd:
    def decision(self, until: str) -> dict[str, Any]:
        approval = step("decide", "approve")
        return {**approval, "record": {**approval["record"], "valid_until": until}}

    @pytest.mark.parametrize(
        ("until", "told"), [("2026-09-06", "bad-validity"), ("2026-09-07", ""), ("2028-01-01", "")]
    )
    def test_a_permit_that_has_ended_is_not_granted(self, until: str, told: str) -> None:
        case = permit(("review", "complete"))
        assert case.now.date().isoformat() == "2026-09-07"
        refused = refusal(case, "hazmat_leader", "complete_step", **self.decision(until))
        assert (refused.code if refused else "") == told
        assert not told or pointers(refused) == ["/record/valid_until"]

    def test_nor_is_one_issued_that_ended_in_between(self) -> None:
        case = walk("hazmat-toxic-purchase").step("public-order-officer", "review.complete")
        case.step("public-order-leader", "decide.approve", {"valid_until": "2026-09-08", "quantity": 5})
        issue = step("issue", "done")
        assert code(case.until("2026-09-08 23:59"), "public-order-officer", "complete_step", **issue) == ""
        refused = refusal(case.until("2026-09-09 00:00"), "public-order-officer", "complete_step", **issue)
        assert isinstance(refused, Conflict)
        assert (refused.code, refused.stage) == ("document-ended", "handle")
        assert "complete_step" in refused.allowed
        case.step("public-order-officer", "issue.again", {"reason": "有效期已过"})
        case.step("public-order-leader", "decide.approve", {"valid_until": "2027-09-08", "quantity": 5})
        assert code(case, "public-order-officer", "complete_step", **issue) == ""
        case.step("public-order-officer", "issue.done", {"document_no": "1"})
        assert (case.stage, case.result) == (Stage.FEEDBACK, "solved")

    def test_by_rules_that_know_no_way_back_it_is_issued_rather_than_never_ended(self) -> None:
        case = permit(("review", "complete"))
        case.do("hazmat_leader", "complete_step", **self.decision("2026-09-08"))
        issue = step("issue", "done")
        assert code(case.until("2026-09-10 00:00"), "hazmat_handler", "complete_step", **issue) == ""

    def test_a_text_of_older_rules_that_is_no_day_ends_nothing(self) -> None:
        case = permit(("review", "complete"))
        case.do("hazmat_leader", "complete_step", **self.decision("长期"))
        assert code(case, "hazmat_handler", "complete_step", **step("issue", "done")) == ""
        result = case.appeal.result
        assert result is not None
        case.appeal = replace(case.appeal, result=replace(result, document=None))
        assert code(case, "hazmat_handler", "complete_step", **step("issue", "done")) == ""
