"""协办: several questions at the same time, each with its own clock, answered or refused; nobody waits in silence."""

from __future__ import annotations

import pytest

from domain.rules import EDITIONS, Policy
from domain.vocabulary import Stage
from tests.domain.builders import ANSWER, RESULT, Case, World

TIMED = Policy("p", edition=EDITIONS[-1], cooperation="2 working days")


@pytest.fixture
def case() -> Case:
    return World().case(policy=TIMED).signed()


def asked(case: Case, unit: str = "station-b") -> Case:
    return case.do("handler", "ask_cooperation", unit=unit, question="该车是否登记在贵所")


def clocks(case: Case) -> list[tuple[str, str, str]]:
    return [(c.subject, c.owner, c.ending) for c in case.appeal.clocks if c.name == "cooperation"]


def statuses(case: Case) -> list[str]:
    return [c["status"] for c in case.view("supervisor")["cooperations"]]


def test_each_question_has_its_own_clock_and_the_asked_unit_is_told(case: Case) -> None:
    asked(case).wait(hours=1)
    asked(case, "public-order")
    assert clocks(case) == [("1", "station-b", ""), ("2", "public-order", "")]
    told = [(n.template, n.unit, n.audience, n.data["question"]) for n in case.told]
    assert told == [
        ("ask_cooperation", "station-b", ("handler", "leader"), 1),
        ("ask_cooperation", "public-order", ("handler", "leader"), 2),
    ]
    assert case.stage is Stage.HANDLE


def test_an_answer_meets_its_clock_alone_and_the_asking_unit_is_told(case: Case) -> None:
    asked(asked(case), "public-order").do("handler3", "answer_cooperation", text="已核实")
    assert clocks(case) == [("1", "station-b", "met"), ("2", "public-order", "")]
    assert (case.notices[-1].unit, case.notices[-1].audience) == ("station-a", ("handler",))
    assert statuses(case) == ["answered", "open"]


def test_a_refusal_has_its_reason_and_is_told_to_the_leader_too(case: Case) -> None:
    asked(case).do("handler3", "refuse_cooperation", reason="不在本辖区")
    assert (clocks(case), statuses(case)) == ([("1", "station-b", "met")], ["refused"])
    assert (case.notices[-1].template, case.notices[-1].audience) == ("refuse_cooperation", ("handler", "leader"))
    assert case.view("supervisor")["cooperations"][0]["refusal"] == "不在本辖区"
    assert case.view("enterprise")["cooperations"][0]["refusal"] == "***"
    assert case.code_of("handler3", "answer_cooperation", text="再答") == "no-open-question"


def test_of_what_an_outside_body_has_the_first_contact_asks_police_to_go_along_and_hears_of_it() -> None:
    case = World().case("non-police", policy=TIMED).transferred()
    assert case.code_of("handler", "ask_cooperation", unit="station-b", question="?") == "illegal-transition"
    asked = {"unit": "station-b", "question": "请派警到场维持秩序"}
    case.do("window", "ask_cooperation", **asked).do("window", "ask_cooperation", **asked)
    assert clocks(case) == [("1", "station-b", ""), ("2", "station-b", "")]
    assert [(n.unit, n.audience) for n in case.notices if n.template == "ask_cooperation"] == [
        ("station-b", ("handler", "leader"))
    ] * 2
    case.do("handler3", "answer_cooperation", text="已到场", question=1)
    assert (case.notices[-1].unit, case.notices[-1].audience) == ("branch", ("window",))
    case.do("handler3", "refuse_cooperation", reason="已散场")
    assert (case.notices[-1].unit, case.notices[-1].audience) == ("branch", ("window", "leader"))
    assert statuses(case) == ["answered", "refused"]
    assert case.code_of("window", "ask_cooperation", unit="branch", question="?") == "own-unit"
    case.do("system", "transfer_reply", text="已处理")
    assert case.code_of("window", "ask_cooperation", **asked) == "not-yours"


def test_of_several_questions_to_one_unit_each_may_be_answered_for_itself(case: Case) -> None:
    asked(asked(asked(case))).do("handler3", "answer_cooperation", text="二", question=2)
    assert [c[2] for c in clocks(case)] == ["", "met", ""]
    assert case.code_of("handler3", "answer_cooperation", text="再", question=2) == "question-not-open"
    assert case.code_of("handler3", "refuse_cooperation", reason="再", question=9) == "question-not-open"
    case.do("handler3", "answer_cooperation", text="其余")
    assert statuses(case) == ["answered"] * 3


def test_it_escalates_like_any_other_clock_at_the_unit_that_was_asked(case: Case) -> None:
    asked(case).wait(days=5)
    told = [(n.data["rung"], n.unit, n.audience) for n in case.notices if n.data.get("clock") == "cooperation"]
    assert told[:4] == [
        ("75", "station-b", ("handler",)),
        ("90", "station-b", ("leader",)),
        ("100", "station-b", ("duty",)),
        ("+1", "branch", ("leader",)),
    ]
    live = [e for e in case.escalations if e.clock == "cooperation"]
    assert [(e.owner_unit, e.ended_at) for e in live] == [("city", None)]
    case.do("handler3", "answer_cooperation", text="迟来的答复")
    assert [e.ended_at for e in case.escalations if e.clock == "cooperation"] == [case.now]


def test_an_absent_answer_does_not_hold_the_result_but_is_waited_for_until_the_answer_is_out(case: Case) -> None:
    asked(case).do("handler", "submit_result", **RESULT)
    assert clocks(case) == [("1", "station-b", "")]
    case.do("leader", "review", approved=True).do("handler", "send_answer", **ANSWER)
    assert (clocks(case), statuses(case)) == ([("1", "station-b", "stopped")], ["ended"])
    assert case.code_of("handler3", "answer_cooperation", text="迟") == "no-open-question"


@pytest.mark.parametrize(
    ("who", "action", "body"),
    [
        ("dispatcher", "reassign", {"unit": "station-b", "reason": "改派"}),
        ("supervisor", "lift", {"reason": "重大"}),
        ("enterprise", "withdraw", {"reason": "已解决"}),
    ],
)
def test_in_other_hands_nobody_waits_for_it_any_more(case: Case, who: str, action: str, body: dict[str, str]) -> None:
    asked(case).do(who, action, **body)
    assert (clocks(case), statuses(case)) == ([("1", "station-b", "stopped")], ["ended"])


def test_the_next_one_who_asks_starts_no_clock_for_what_was_left(case: Case) -> None:
    asked(case).do("dispatcher", "reassign", unit="public-order", reason="改派").do("hazmat_handler", "sign")
    case.do("hazmat_handler", "ask_cooperation", unit="station-b", question="另问")
    assert clocks(case) == [("1", "station-b", "stopped"), ("2", "station-b", "")]


def test_a_unit_does_not_ask_itself(case: Case) -> None:
    assert case.code_of("handler", "ask_cooperation", unit="station-a", question="?") == "own-unit"
    assert case.code_of("handler", "ask_cooperation", unit="nowhere", question="?") == "unknown-unit"


def test_other_rules_measure_every_open_question_anew(case: Case) -> None:
    asked(asked(case), "public-order").do("supervisor", "migrate_policy", version="r2")
    assert {c.budget for c in case.appeal.clocks if c.name == "cooperation"} == {"2 working days"}


def test_by_rules_of_before_a_question_has_no_clock_and_stays_open() -> None:
    case = asked(World().case(policy=Policy("p0")).signed())
    assert (clocks(case), case.notices) == ([], [])
    case.do("dispatcher", "reassign", unit="public-order", reason="改派")
    assert statuses(case) == ["open"]
    case.do("handler3", "answer_cooperation", text="已核实")
    assert (statuses(case), case.notices) == (["answered"], [])
