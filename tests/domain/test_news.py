"""What the enterprise is told on the way: each step that concerns it, once, by rules of the edition that tells it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.journal import PLAIN_FIELDS, moment
from domain.opening import begin
from domain.rules import EDITIONS, TELLS_THE_ENTERPRISE, TELLS_THE_UNITS, Policy
from domain.service import Limit
from domain.turns import AUDIENCE
from domain.vocabulary import Role, Stage
from tests.domain import stepwise as own_steps
from tests.domain.builders import ANSWER, INTO, Case, World
from tests.domain.states import for_two, owing, permit
from tests.domain.walker import at

Way = Callable[[Case], Case]
_REJECTED = {"reason": "非警务", "legal_basis": "规定第三条", "remedy": "可向住建部门反映"}


def news(case: Case) -> list[str]:
    """The words of each, with the stage that it led to."""
    assert {n.audience for n in case.news} <= {("enterprise",)}
    return [f"{n.template} > {n.data['stage']}" for n in case.news]


def _parked(case: Case) -> Case:
    case.signed().do("handler", "park", reason="等待规划", review_on="2026-10-20")
    return case.do("leader", "approve_park", granted=True)


def _not_parked(case: Case) -> Case:
    case.signed().do("handler", "park", reason="等待规划", review_on="2026-10-20")
    return case.do("leader", "approve_park", granted=False, reason="尚可办理")


def _unreachable(case: Case) -> Case:
    for _ in range(3):
        case.do("visitor", "record_visit", result="unreachable")
    return case.do("supervisor", "close_unreachable", reason="三次未接")


_FROM_THE_START = ["submit > accept"]
_ANSWERED = ["submit > accept", "accept > assign", "send_answer > evaluate"]
_STEPS: dict[str, tuple[Way, list[str]]] = {
    "received": (lambda c: c, _FROM_THE_START),
    "accepted": (Case.accepted, ["submit > accept", "accept > assign"]),
    "the house's own work": (Case.approved, ["submit > accept", "accept > assign"]),
    "rejected": (lambda c: c.do("window", "reject", **_REJECTED), ["submit > accept", "reject > closed"]),
    "merged": (lambda c: c.do("window", "merge", into=INTO), ["submit > accept", "merge > closed"]),
    "asked at the window": (
        lambda c: c.do("window", "request_supplement", items=["证明"]),
        ["submit > accept", "request_supplement > accept"],
    ),
    "asked by the handler": (
        lambda c: c.signed().do("handler", "request_supplement", items=["证明"]),
        ["submit > accept", "accept > assign", "request_supplement > handle"],
    ),
    "its own words": (lambda c: c.do("enterprise", "add_information", text="补充"), _FROM_THE_START),
    "its own withdrawal": (lambda c: c.do("enterprise", "withdraw", reason="已解决"), _FROM_THE_START),
    "transferred": (Case.transferred, ["submit > accept", "transfer > handle"]),
    "refused outside": (
        lambda c: c.transferred().do("system", "transfer_refused", reason="不属本部门"),
        ["submit > accept", "transfer > handle", "transfer_refused > assign"],
    ),
    "parked": (_parked, ["submit > accept", "accept > assign", "approve_park > handle"]),
    "not parked": (_not_parked, ["submit > accept", "accept > assign"]),
    "answered": (Case.answered, _ANSWERED),
    "closed by the visit": (Case.closed, [*_ANSWERED, "record_visit > closed"]),
    "not satisfied": (lambda c: c.answered().do("enterprise", "rate", grade=1), [*_ANSWERED, "rate > assign"]),
    "never reached": (lambda c: _unreachable(c.answered()), [*_ANSWERED, "close_unreachable > closed"]),
    "decided after three rounds": (
        lambda c: c.third().do("enterprise", "rate", grade=1).do(
            "supervisor", "decide_round", again=False, explanation="已尽力"
        ),
        [
            *_ANSWERED,
            *("rate > assign", "send_answer > evaluate", "record_visit > assign", "send_answer > evaluate"),
            "decide_round > closed",
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("step", _STEPS)
def test_each_step_that_concerns_it_is_told_once(step: str) -> None:
    way, expected = _STEPS[step]
    assert news(way(World().case())) == expected


@pytest.mark.parametrize("step", _STEPS)
@pytest.mark.parametrize("edition", [e for e in EDITIONS if e < TELLS_THE_ENTERPRISE])
def test_by_rules_of_earlier_editions_it_hears_none_of_it(step: str, edition: int) -> None:
    way, _ = _STEPS[step]
    assert news(way(World().case(policy=Policy("p", edition=edition)))) == []


@pytest.mark.parametrize("step", _STEPS)
def test_nobody_inside_is_told_other_things_than_before(step: str) -> None:
    way, _ = _STEPS[step]
    editions = (TELLS_THE_ENTERPRISE, TELLS_THE_ENTERPRISE - 1)
    now, before = (way(World().case(policy=Policy("p", edition=e))) for e in editions)
    assert now.told == before.notices
    assert [e.hash for e in now.journal] == [e.hash for e in before.journal]


def test_what_is_asked_of_it_is_asked_with_the_day_by_which() -> None:
    asked = World().case().do("window", "request_supplement", items=["证明"])
    for case in (asked, permit(("review", "incomplete"))):
        assert case.news[-1].data["deadline"] == moment(case.reading("supplement").due_at or case.now)
    assert "deadline" not in asked.do("enterprise", "supplement", items=["证明"]).accepted().news[-1].data


def test_so_is_a_step_of_its_own_and_one_of_another_unit_and_what_has_no_limit_has_none() -> None:
    own = {"by": ("enterprise",), "roles": (Role.ENTERPRISE,)}
    days = (Limit("3 working days"),)
    told = []
    for limits, more in ((days, own), ((), own), (days, {"by": ("station-b",)})):
        work = own_steps.step("work", own_steps.to("ok", "feedback"), limits=limits, **more)
        case = own_steps.begun(own_steps.service(work))
        (notice,) = (n for n in case.notices if n.template == "step")
        told.append(notice.data.get("deadline"))
    assert told == ["2026-09-10T09:30:00.000000Z", None, "2026-09-10T09:30:00.000000Z"]


@pytest.mark.parametrize("step", _STEPS)
def test_it_is_told_in_codes_and_never_in_words(step: str) -> None:
    way, _ = _STEPS[step]
    said = {name for n in way(World().case()).news for name in n.data}
    assert said <= PLAIN_FIELDS | {"stage", "deadline"}
    assert not said & {"rules", "officer", "owner_unit", "lead_unit", "clock", "missed"}


class TestAnAutomaticPermit:
    def test_is_accepted_at_once_and_not_received_besides(self) -> None:
        assert news(permit()) == ["accept > assign"]

    def test_what_is_missing_is_told(self) -> None:
        assert news(permit(("review", "incomplete"))) == ["accept > assign", "complete_step > handle"]

    def test_its_steps_are_not_and_its_document_is_the_answer(self) -> None:
        case = permit(("review", "complete"), ("decide", "approve"), ("issue", "done"))
        assert news(case) == ["accept > assign"]
        assert news(case.do("hazmat_handler", "send_answer", **ANSWER)) == ["accept > assign", "send_answer > evaluate"]

    def test_one_that_nobody_leads_is_told_of_as_accepted_all_the_same(self) -> None:
        opening = World().opening("hazmat-toxic-purchase", lead=None)
        assert [n.template for n in begin(opening).notices if n.audience == ("enterprise",)] == ["accept"]


class TestTheVisit:
    def test_is_announced_with_its_first_try(self) -> None:
        case = World().case().answered().do("enterprise", "rate", grade=5).until("2026-09-15 00:00")
        announced = case.news[-1]
        assert (announced.template, announced.at) == ("visit_announced", at("2026-09-15 00:00"))
        assert announced.data["stage"] == Stage.EVALUATE
        assert len({n.id for n in case.notices}) == len(case.notices)

    def test_once(self) -> None:
        case = World().case().answered().do("enterprise", "rate", grade=5).wait(days=60)
        assert [n.template for n in case.news].count("visit_announced") == 1

    def test_not_after_somebody_was_there(self) -> None:
        case = World().case().answered().do("visitor", "record_visit", result="unreachable").wait(days=60)
        assert "visit_announced" not in [n.template for n in case.news]

    def test_nor_by_rules_of_earlier_editions(self) -> None:
        case = World().case(policy=Policy("p", edition=TELLS_THE_ENTERPRISE - 1)).answered().wait(days=60)
        assert case.news == []


def test_an_extension_and_what_lapses_are_told_as_they_were() -> None:
    case = World().case().signed()
    case.do("handler", "request_extension", budget="3 working days", reason="复杂", legal_basis="第五条")
    case.do("leader", "decide_extension", granted=True)
    assert [n.template for n in case.notices if n.audience == ("enterprise",)] == [
        "submit",
        "accept",
        "decide_extension",
    ]
    lapsed = owing(Stage.ACCEPT).until("2026-09-14 17:30")
    assert [n.template for n in lapsed.notices if n.audience == ("enterprise",)] == [
        "submit", "request_supplement", "warning", "lapsed",
    ]  # fmt: skip


def test_who_leads_it_tells_it_and_until_then_who_assigns() -> None:
    case = World().case().closed()
    assert [n.unit for n in case.news] == ["branch", "branch", "station-a", "station-a"]


def test_whoever_has_work_from_here_on_hears_of_it() -> None:
    case = World().case().third().do("enterprise", "rate", grade=1)
    turns = [(n.template, n.unit, n.audience) for n in case.turns]
    first = [
        ("to_assign", "branch", ("dispatcher",)),
        ("to_handle", "station-a", ("handler",)),
        ("to_review", "station-a", ("leader",)),
        ("to_assign", "branch", ("dispatcher",)),
    ]
    assert turns[:4] == first
    assert {n.template for n in case.turns} == set(AUDIENCE) - {"to_decide"}
    assert len({n.id for n in case.notices}) == len(case.notices)


def test_a_leader_hears_that_an_extension_or_a_parking_waits_for_him() -> None:
    case = World().case().signed()
    case.do("handler", "request_extension", budget="3 working days", reason="案情复杂", legal_basis="规程第五条")
    assert case.turns[-1].template == "to_decide"
    case.do("handler", "park", reason="等待规划", review_on="2026-10-20")
    assert [n.audience for n in case.turns[-2:]] == [("leader",)] * 2


def test_both_units_of_a_dual_dispatch_hear_that_it_is_theirs() -> None:
    told = [(n.template, n.unit) for n in for_two().turns]
    assert told[-2:] == [("to_handle", "station-a"), ("to_handle", "station-b")]


def test_a_result_that_was_not_approved_is_the_handlers_again() -> None:
    case = World().case().submitted().do("leader", "review", approved=False, reason="补充现场照片")
    assert (case.turns[-1].template, case.turns[-1].audience) == ("to_handle", ("handler",))


@pytest.mark.parametrize("edition", [e for e in EDITIONS if e < TELLS_THE_ENTERPRISE])
def test_by_rules_of_before_nobody_hears_whose_turn_it_is(edition: int) -> None:
    assert World().case(policy=Policy("p", edition=edition)).submitted().turns == []


def orders(case: Case) -> list[tuple[str, tuple[str, ...]]]:
    """To whom of which unit the supervisors' orders were told."""
    return [(n.unit, n.audience) for n in case.notices if n.template == "supervise"]


_HANDS: dict[str, tuple[Way, str, str]] = {
    "who takes it in": (lambda c: c, "branch", "window"),
    "who assigns it": (lambda c: c.accepted(), "branch", "dispatcher"),
    "who is to sign for it": (lambda c: c.assigned(), "station-a", "handler"),
    "who handles it": (lambda c: c.submitted(), "station-a", "handler"),
}


@pytest.mark.parametrize("hands", _HANDS)
def test_whoever_works_on_it_hears_of_a_supervisor_s_order_at_once(hands: str) -> None:
    way, unit, who = _HANDS[hands]
    case = way(World().case()).do("supervisor", "supervise", order="三日内办结")
    assert orders(case) == [(unit, (who, "leader"))]
    assert case.notices[-1].data == {"posted": False, "budget": ""}


def test_an_order_on_what_two_units_lead_is_told_to_both() -> None:
    both = for_two().do("supervisor", "supervise", order="三日内办结")
    assert [unit for unit, _ in orders(both)] == ["station-a", "station-b"]


def test_an_order_with_a_limit_says_until_when() -> None:
    case = World().case().signed()
    case.do("supervisor", "supervise", order="限期办结", limit="2 working days", posted=True, leader="杨局")
    due = case.reading("supervision").due_at or case.now
    assert case.notices[-1].data == {"posted": True, "budget": "2 working days", "deadline": moment(due)}


@pytest.mark.parametrize("edition", [e for e in EDITIONS if e < TELLS_THE_UNITS])
def test_by_rules_of_before_an_order_is_on_the_file_only_and_an_acceptance_waits_to_be_seen(edition: int) -> None:
    case = World().case(policy=Policy("p", edition=edition)).accepted()
    assert "to_assign" not in {n.template for n in case.notices}
    assert orders(case.do("supervisor", "supervise", order="三日内办结")) == []
