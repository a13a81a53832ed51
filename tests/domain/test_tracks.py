"""一案双查: two tracks that do not see each other, and nobody who judges himself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.act import Act
from domain.admission import admit
from domain.entry_view import render_entry
from domain.errors import Invalid
from domain.loop import allowed, decide
from domain.masking import MASK
from domain.moved_view import render_moved
from domain.parties import is_of_another_track
from domain.people import Actor
from domain.relations import may_read
from domain.rules import Service
from domain.service import Limit, Named
from domain.vocabulary import Action, Role
from tests.domain.builders import ACTORS, PEOPLE, PLACES, Case
from tests.domain.stepwise import begun, open_steps, service, step, take, to

BOTH = ("matter", "conduct")
DAYS = (Limit("1 working hour"),)


def complaint(**more: object) -> Service:
    """Matter: station-b; conduct: the supervision detachment; what both found is put together by the lead."""
    staff = (Role.HANDLER, Role.LEADER, Role.INSPECTOR)
    return service(
        step("receive", to("ok", BOTH)),
        step("matter", to("ok", "answer"), by=("station-b",), track="matter", limits=DAYS),
        step("conduct", to("ok", "answer"), by=("supervision",), track="conduct", roles=staff, limits=DAYS),
        step("answer", to("ok", "feedback"), join=True),
        tracks=(Named("matter", "事项线"), Named("conduct", "执法行为线")),
        against=("unit", "officer"),
        secret=True,
        **more,
    )


def within_one_unit() -> Service:
    """Both by the lead."""
    return service(
        step("receive", to("ok", BOTH)),
        step("matter", to("ok", "answer"), track="matter"),
        step("conduct", to("ok", "answer"), track="conduct"),
        step("answer", to("ok", "feedback"), join=True),
        tracks=(Named("matter", "事项线"), Named("conduct", "执法行为线")),
    )


def received(**form: object) -> Case:
    return take(begun(complaint(), form=form), "receive", "ok")


def seen(case: Case, who: str) -> set[str]:
    return {s["code"] for s in case.view(who)["procedure"]["steps"]}


def test_a_unit_of_one_track_sees_nothing_of_the_other() -> None:
    case = received()
    take(case, "matter", "ok", "handler3", finding="属实").wait(hours=2)
    assert seen(case, "handler3") == {"receive", "matter", "answer"}
    assert seen(case, "inspector") == {"receive", "conduct", "answer"}
    assert {c["subject"] for c in case.view("handler3")["clocks"]} == {None, "matter"}
    assert {e["clock"] for e in case.view("inspector")["escalations"]} == {"step"}
    assert case.view("handler3")["escalations"] == []


def test_its_entries_are_there_but_say_nothing() -> None:
    case = received()
    take(case, "matter", "ok", "handler3", finding="属实").wait(hours=2)
    entries = {e.seq: e for e in case.journal}
    done = next(e for e in entries.values() if e.data.get("step") == "matter")
    rung = next(e for e in entries.values() if e.data.get("subject") == "conduct")
    for entry, who in ((done, "inspector"), (rung, "handler3")):
        told = render_entry(case.appeal, entry, ACTORS[who])
        assert set(told["data"].values()) == {MASK}
        assert (told["actor"]["id"], told["sealed"], told["salt"], told["hash"]) == ("", {}, None, entry.hash)
    assert render_entry(case.appeal, done, ACTORS["handler3"])["data"]["record"] == {"finding": "属实"}


def test_what_was_done_about_a_call_of_one_track_says_nothing_to_the_other() -> None:
    case = received().wait(hours=3)
    conduct = {c.generation for c in case.appeal.clocks if c.subject == "conduct"}
    (called,) = (e.id for e in case.appeal.escalations if e.generation in conduct)
    case.do("duty", "acknowledge", escalation=called)
    case.do("duty", "hand_over", escalation=called, to="inspector", reason="对民警甲的调查")
    case.do("duty", "acknowledge", escalation=called).wait(hours=1)
    case.do("duty", "raise", escalation=called, reason="拟立案")
    case.do("duty", "end", escalation=called, reason="已约谈")
    done = [e for e in case.journal if e.data.get("generation") in conduct]
    assert {"escalate", "acknowledge", "hand_over", "lease_ended", "raise", "end"} <= {e.action.value for e in done}
    for entry in done:
        told = render_entry(case.appeal, entry, ACTORS["handler3"])
        assert set(told["data"].values()) == {MASK}
        assert (told["actor"]["name"], told["reason"], told["sealed"]) == ("", MASK if entry.reason else None, {})
        assert render_entry(case.appeal, entry, ACTORS["inspector"])["data"] == entry.data


def test_a_change_of_many_deadlines_says_only_those_of_ones_own_track() -> None:
    case = received()
    known = case.appeal.rules
    limits = [replace(s, limits=(Limit("2 working hours"),)) if s.limits else s for s in known.service.procedure.steps]
    changed = replace(known.service, procedure=replace(known.service.procedure, steps=tuple(limits)))
    rules = replace(known, version="r2", service=changed)
    act = Act(Action.MIGRATE_POLICY, ACTORS["supervisor"], {"version": "r2", "dry_run": False}, rules=rules)
    case.take(decide(case.appeal, act, case.now))
    entry = case.journal[-1]
    of = {c.generation: c.subject for c in case.appeal.clocks}
    for who, subjects in (("supervisor", {"matter", "conduct"}), ("handler3", {"matter"}), ("inspector", {"conduct"})):
        told = render_entry(case.appeal, entry, ACTORS[who])
        assert {of[moved["generation"]] for moved in told["data"]["moved"]} == subjects
        assert bool(told["sealed"]) is (who == "supervisor")
        answered = render_moved(case.appeal, entry.data, ACTORS[who])["moved"]
        assert {of[moved["generation"]] for moved in answered} == subjects
        assert {moved["clock_name"] for moved in answered} == {f"步骤{subject}" for subject in subjects}


def test_nobody_who_works_on_one_track_is_called_for_the_other_and_whoever_works_on_none_may_be() -> None:
    case = received()
    take(case, "matter", "ok", "handler3")
    barred = {who for who, actor in ACTORS.items() if is_of_another_track(case.appeal, actor, "conduct")}
    assert barred == {"handler3"}
    assert {who for who, actor in ACTORS.items() if is_of_another_track(case.appeal, actor, "matter")} == {"inspector"}
    assert not any(is_of_another_track(case.appeal, actor, "receive") for actor in ACTORS.values())


def test_a_duty_officer_of_the_other_track_does_nothing_about_a_call_that_he_guesses() -> None:
    case = received().wait(hours=3)
    take(case, "matter", "ok", "handler3")
    (called,) = (e.id for e in case.appeal.escalations if e.ended_at is None)
    other = replace(ACTORS["handler3"], roles=(Role.HANDLER, Role.DUTY), called=(called,))
    by_right = replace(ACTORS["duty"], called=())
    acts = {"acknowledge", "hand_over", "raise", "end"}
    assert acts & {a.value for a in allowed(case.appeal, other, case.now)} == set()
    assert acts <= {a.value for a in allowed(case.appeal, by_right, case.now)}
    for action in acts:
        body = {"escalation": called, "reason": "试", "to": "handler"}
        with pytest.raises(Invalid) as refused:
            admit(case.appeal, Act(Action(action), other, body, people=PEOPLE), case.now)
        assert refused.value.code == "unknown-escalation"
        admit(case.appeal, Act(Action(action), by_right, body, people=PEOPLE), case.now)


def test_in_a_unit_that_works_on_both_whoever_did_a_step_of_one_is_not_called_for_the_other() -> None:
    case = take(begun(within_one_unit()), "receive", "ok")
    assert not is_of_another_track(case.appeal, ACTORS["hazmat_handler"], "conduct")
    take(case, "matter", "ok")
    assert is_of_another_track(case.appeal, ACTORS["hazmat_handler"], "conduct")
    assert not is_of_another_track(case.appeal, ACTORS["hazmat_handler2"], "conduct")


def test_the_leads_leader_sees_both_and_its_officers_neither() -> None:
    case = received()
    assert seen(case, "hazmat_leader") == {"receive", "matter", "conduct", "answer"}
    assert seen(case, "hazmat_handler") == {"receive", "answer"}


def test_in_a_unit_that_works_on_both_an_officer_of_one_is_kept_from_the_other() -> None:
    case = take(begun(within_one_unit()), "receive", "ok")
    take(case, "matter", "ok")
    assert case.code_of("hazmat_handler", "complete_step", step="conduct", outcome="ok") == "own-work"
    assert "complete_step" not in case.may("hazmat_handler")
    assert seen(case, "hazmat_handler") == {"receive", "matter", "answer"}
    take(case, "conduct", "ok", "hazmat_handler2")
    assert open_steps(case) == ["answer"]
    take(case, "answer", "ok", "hazmat_leader")


def test_whoever_is_complained_of_neither_sees_nor_handles_it() -> None:
    case = received(unit="station-b", officer="inspector")
    below = Actor("x", "乙所下属", (Role.HANDLER,), unit=PLACES["station-b"])
    for who in (ACTORS["handler3"], ACTORS["inspector"], below):
        assert not may_read(case.appeal, who)
    assert case.code_of("inspector", "complete_step", step="conduct", outcome="ok") == "complained-of"
    # Its step falls to the lead: nobody judges himself, and nothing stands still.
    take(case, "matter", "ok", "hazmat_handler")
    branch = received(unit="branch")
    assert not may_read(branch.appeal, ACTORS["window"])
    assert may_read(branch.appeal, ACTORS["enterprise"])


def test_a_matter_is_not_handed_to_the_unit_complained_of() -> None:
    case = received(unit="station-b")
    case.do("supervisor", "lift", reason="重大")
    assert case.code_of("supervisor", "assign", lead_unit="station-b") == "complained-of"
    assert case.code_of("supervisor", "assign", lead_unit="station-a", cooperating=["station-b"]) == "complained-of"
    case.do("supervisor", "assign", lead_unit="station-a")


def test_nor_to_the_officer_complained_of() -> None:
    case = received(officer="handler")
    case.do("supervisor", "lift", reason="重大")
    assert case.code_of("supervisor", "assign", lead_unit="station-a", officer="handler") == "complained-of"
    case.do("supervisor", "assign", lead_unit="station-a", officer="handler2")


def test_a_secret_matter_is_read_by_the_units_that_work_on_it_and_the_supervisor() -> None:
    case = received()
    readers = {who for who, actor in ACTORS.items() if may_read(case.appeal, actor)}
    assert readers == {
        *("enterprise", "hazmat_handler", "hazmat_handler2", "hazmat_leader"),
        *("handler3", "inspector", "supervisor"),
    }


def test_the_enterprise_sees_receipt_and_result_only() -> None:
    case = received()
    shown = case.view("enterprise")
    assert (shown["procedure"]["steps"], shown["assignment"]["lead_unit"]) == ([], None)
    assert shown["stage"] == "handle"


def test_a_service_without_tracks_hides_nothing() -> None:
    case = begun(service(step("a", to("ok", "feedback"))))
    assert seen(case, "hazmat_handler") == seen(case, "handler3") == {"a"}
