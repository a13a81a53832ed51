"""涉密事项: whoever must act on one can read it, whoever is complained of never; the sender gets receipt and result."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.entry_view import render_entry
from domain.loop import allowed, decide
from domain.people import Actor
from domain.relations import may_read
from domain.vocabulary import Role, Stage
from storage.codec import make_rules
from tests.promises.taken import taken, told
from tests.promises.test_complaints_have_two_tracks import MENDED, SECRET, SERVICE, verified
from tests.promises.walk import Walk, actor, organisation, service, walk

RETURNED = {"reason": "应由法制部门办理"}
EVERYBODY = (
    *("window", "dispatcher", "handler", "leader", "supervisor", "visitor", "inspector"),
    *("supervision-officer", "supervision-officer2", "supervision-leader", "legal-officer", "legal-leader"),
    *("traffic-officer", "traffic-leader", "station-c-officer", "station-c-leader", "economic-crime-officer"),
)


def answered() -> Walk:
    case = verified().step("supervision-leader", "conclude.rectify", MENDED)
    return case.step("supervision-officer", "rectify.done", told("已发还")).answered()


def readers(case: Walk) -> set[str]:
    return {who for who in EVERYBODY if may_read(case.appeal, actor(who))}


def cannot_go_on(case: Walk) -> dict[str, set[str]]:
    """Who would have something to do, and does not find it."""
    return {who: case.may(who) for who in EVERYBODY if case.may(who) and who not in readers(case)}


def test_a_secret_matter_is_closed_by_a_supervisor_s_visit_and_no_visitor_hears_of_it() -> None:
    case = answered().do("enterprise", "rate", grade=5)
    assert (case.may("visitor"), may_read(case.appeal, actor("visitor"))) == (set(), False)
    assert "record_visit" in case.may("supervisor")
    assert case.do("supervisor", "record_visit", result="satisfied").stage is Stage.CLOSED


def test_its_second_round_is_assigned_by_whoever_finds_it() -> None:
    case = answered().do("enterprise", "rate", grade=1)
    assert (case.stage, case.appeal.lead) == (Stage.ASSIGN, None)
    assert may_read(case.appeal, actor("supervisor"))
    case.do("supervisor", "assign", lead_unit="supervision").do("supervision-officer2", "sign")
    assert case.stage is Stage.HANDLE


def test_returned_it_is_found_by_whoever_assigns_it() -> None:
    case = walk(SERVICE).do("supervision-officer", "return_assignment", **RETURNED)
    assert case.appeal.lead is None
    assert readers(case) == {"supervisor", "supervision-leader"}
    assert case.do("supervisor", "assign", lead_unit="legal").do("legal-officer", "sign").stage is Stage.HANDLE


def test_a_dispatcher_above_reads_it_only_while_nobody_leads_it() -> None:
    of_city = Actor("d", "分派", (Role.DISPATCHER,), unit=organisation().place("city"))
    case = walk("clue-report")
    assert not may_read(case.appeal, of_city)
    case.do("economic-crime-officer", "return_assignment", **RETURNED)
    assert may_read(case.appeal, of_city)
    assert not may_read(case.appeal, actor("dispatcher"))


def test_a_unit_that_is_asked_reads_it_until_it_has_answered() -> None:
    case = taken("clue-report").do("economic-crime-officer", "ask_cooperation", unit="traffic", question="车辆归属")
    assert may_read(case.appeal, actor("traffic-officer"))
    case.do("traffic-officer", "answer_cooperation", text="已查明")
    assert not may_read(case.appeal, actor("traffic-officer"))


@pytest.mark.parametrize("code", [SERVICE, "clue-report", "case-supervision"])
def test_at_every_stage_whoever_may_go_on_with_it_finds_it(code: str) -> None:
    case = walk(code)
    lead = case.appeal.submission.first_unit.code
    assert cannot_go_on(case) == {}
    assert cannot_go_on(case.do(f"{lead}-officer", "sign")) == {}
    case.do(f"{lead}-officer", "ask_cooperation", unit="traffic", question="车辆归属")
    assert cannot_go_on(case) == {}


def test_one_that_waits_to_be_accepted_is_found_at_its_window_and_no_longer() -> None:
    case = walk("clue-report")
    window = Actor("w", "窗口", (Role.WINDOW,), unit=organisation().place("economic-crime"))
    case.appeal = replace(case.appeal, stage=Stage.ACCEPT, assignment=replace(case.appeal.assignment, lead=None))
    assert may_read(case.appeal, window)
    assert not may_read(case.appeal, actor("window"))


def test_a_supervisor_complained_of_does_not_read_it_even_so() -> None:
    case = walk(SERVICE, form={"complained_officer": "supervisor", "complained_unit": None})
    assert not may_read(case.appeal, actor("supervisor"))
    assert allowed(case.appeal, actor("supervisor"), case.now) == ()


def test_a_complaint_is_not_handed_to_the_unit_complained_of_but_left_to_a_person() -> None:
    case = walk(SERVICE, form={"complained_unit": "supervision"})
    assert (case.stage, case.appeal.lead) == (Stage.ASSIGN, None)
    routed = case.appeal.submission.routed
    assert routed is not None
    assert (routed.by, routed.why) == ("catch_all", "“督察支队”被投诉,须回避")
    assert readers(case) == {"supervisor"}


def test_nor_is_the_unit_or_the_officer_complained_of_asked_to_help() -> None:
    case = taken(SERVICE, form={"complained_unit": "legal"})
    asked = {"unit": "legal", "question": "案卷"}
    assert case.refused("supervision-officer", "ask_cooperation", **asked).code == "complained-of"


def test_whoever_is_complained_of_stays_so_whatever_the_matter_becomes() -> None:
    case = walk(SERVICE, form={"complained_unit": "economic-crime"})
    kept = case.appeal.rules
    rules = make_rules(service("clue-report"), kept.policy, kept.calendar, kept.timetables)
    act = case.act("supervisor", "change_service", service="clue-report", reason="系线索举报")
    units = {code: place for code in ("economic-crime",) if (place := organisation().place(code))}
    case.take(decide(case.appeal, replace(act, rules=rules, places=units), case.now))
    said = case.appeal.submission
    assert (case.appeal.rules.service.against, said.against) == ((), ("economic-crime", "station-c-officer"))
    assert said.lead is None
    assert not may_read(case.appeal, actor("economic-crime-leader"))
    assert case.refused("supervisor", "reassign", unit="economic-crime", reason="属地").code == "complained-of"


def test_the_sender_sees_neither_the_clocks_nor_the_people_of_the_inside_procedure() -> None:
    case = verified()
    case.do("supervision-officer", "ask_cooperation", unit="traffic", question="车辆归属").wait(days=40)
    case.do("supervisor", "supervise", order="限期办结", limit="5 working days")
    shown = case.view("enterprise")
    assert {c["name"] for c in shown["clocks"]} <= {"accept", "handle", "statutory"}
    assert (shown["escalations"], shown["supervisions"], shown["transfers"], shown["cooperations"]) == ([], [], [], [])
    entries = [render_entry(case.appeal, e, actor("enterprise")) for e in case.journal]
    said = str([shown["clocks"], entries])
    assert [w for w in ("supervision-officer", "inspector", "legal", "traffic", SECRET, "限期办结") if w in said] == []
    # Whoever works on it sees them.
    assert {"step", "cooperation"} <= {c["name"] for c in case.view("supervision-leader")["clocks"]}


def test_what_is_said_to_the_sender_is_read_by_him_without_who_said_it() -> None:
    case = answered()
    entry = next(e for e in case.journal if e.action.value == "send_answer")
    row = render_entry(case.appeal, entry, actor("enterprise"))
    assert (row["actor"]["id"], row["data"]["text"], row["sealed"]) == ("", "您的申请已办结", {})
    assert case.view("enterprise")["result"]["answer"] == "您的申请已办结"


def test_whoever_mediated_does_not_confirm_his_own_mediation() -> None:
    agreed = {"agreement": "和解", "signed_on": "2026-09-08"}
    case = taken("dispute-mediation").step("visitor", "station.agreed", agreed)
    case.step("visitor", "follow_up.kept", told("已履行")).answered()
    assert case.refused("visitor", "record_visit", result="satisfied").code == "not-yours"
    colleague = Actor("v2", "同站", (Role.VISITOR,), unit=organisation().place("liaison-a"))
    assert "record_visit" not in {a.value for a in allowed(case.appeal, colleague, case.now)}
    case.do("enterprise", "rate", grade=5)
    assert case.do("supervisor", "record_visit", result="satisfied").stage is Stage.CLOSED


def test_where_visitors_did_nothing_the_visit_is_theirs_alone() -> None:
    case = taken("suggestion")
    assert case.refused("supervisor", "record_visit", result="satisfied").code == "not-yours"
