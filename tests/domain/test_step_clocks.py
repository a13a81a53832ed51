"""Limits of steps: clocks of their own, several at a time, chosen, lengthened, lapsing, and a promise that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.errors import Invalid
from domain.rules import Statutory
from domain.service import Limit, MoreTime, Waits
from domain.vocabulary import Outcome, Role, Stage
from tests.domain.builders import Case
from tests.domain.stepwise import begun, open_steps, service, step, take, to
from tests.domain.walker import at

TEN_DAYS = (Limit("10 working days"),)


def clocks(case: Case) -> dict[str, tuple[str, str]]:
    """Of each step with a clock, the budget and how it stands; the newest of each."""
    found = [c for c in case.view("hazmat_handler")["clocks"] if c["name"] == "step"]
    return {c["subject"] + (f"@{c['owner']}" if c["owner"] else ""): (c["budget"], c["status"]) for c in found}


def test_a_step_has_a_clock_of_its_own_while_it_is_open() -> None:
    case = begun(
        service(
            step("first", to("ok", "second"), limits=(Limit("4 working hours"),)),
            step("second", to("ok", "feedback"), limits=(Limit("2 working days"),)),
        )
    )
    assert clocks(case) == {"first": ("4 working hours", "running")}
    shown = next(c for c in case.view("hazmat_handler")["clocks"] if c["name"] == "step")
    assert (shown["subject_name"], shown["statutory"]) == ("步骤first", False)
    assert "步骤“步骤first”开始" in shown["summary"]
    take(case, "first", "ok")
    assert clocks(case) == {"first": ("4 working hours", "met"), "second": ("2 working days", "running")}
    take(case, "second", "ok")
    assert clocks(case)["second"] == ("2 working days", "met")


def test_it_warns_and_escalates_like_any_other_clock_to_the_unit_that_owes_the_step() -> None:
    case = begun(service(step("respond", to("ok", "feedback"), by=("station-a",), limits=(Limit("30 minutes"),))))
    case.wait(minutes=31)
    (escalation,) = case.escalations
    assert (escalation.clock, escalation.owner_unit) == ("step", "station-a")
    warned = case.entries("rung", "escalate")
    assert [(e.data["clock"], e.data["subject"], e.data["rung"]) for e in warned] == [
        ("step", "respond", "75"),
        ("step", "respond", "90"),
        ("step", "respond", "100"),
    ]
    assert [(n.unit, n.template) for n in case.told] == [
        ("station-a", "step"),
        *[("station-a", "warning")] * 2,
        ("station-a", "escalation"),
    ]
    take(case, "respond", "ok", "handler")
    assert case.escalations[0].ended_at == case.now


def test_each_units_part_has_a_clock_of_its_own() -> None:
    units = ("station-a", "station-b")
    case = begun(
        service(
            step("report", to("ok", "done"), by=units, each=True, limits=(Limit("2 working hours"),)),
            step("done", to("ok", "feedback")),
        )
    )
    take(case, "report", "ok", "handler3")
    assert clocks(case) == {
        "report@station-a": ("2 working hours", "running"),
        "report@station-b": ("2 working hours", "met"),
    }


def test_a_step_that_stays_open_keeps_its_clock_and_one_that_opens_again_gets_a_new_one() -> None:
    case = begun(
        service(
            step("work", to("note", "work"), to("ok", "check"), limits=TEN_DAYS),
            step("check", to("no", "work"), to("yes", "feedback")),
        )
    )
    take(case.wait(days=1), "work", "note")
    assert [c.budget for c in case.appeal.clocks if c.name == "step"] == ["10 working days"]
    take(case, "work", "ok")
    take(case.wait(days=1), "check", "no")
    (met, running) = [c for c in case.appeal.clocks if c.name == "step"]
    assert (met.ending, running.started_at) == ("met", case.now)


def test_the_limit_is_the_first_whose_condition_holds_when_the_step_opens() -> None:
    law = "《程序规定》第一百七十一条(2020-09-01起施行)"
    limits = (
        Limit("30 natural days", when="steps.receive.difficulty == '重大疑难'", statutory=True, basis=law),
        Limit("7 natural days", when="steps.receive.difficulty == '复杂'", statutory=True, basis=law, verified=True),
        Limit("3 natural days"),
    )
    kept = service(step("receive", to("ok", "file")), step("file", to("ok", "feedback"), limits=limits))
    found = {}
    for difficulty in ("重大疑难", "复杂", "一般"):
        case = take(begun(kept), "receive", "ok", difficulty=difficulty)
        clock = case.clock("step")
        found[difficulty] = (clock.budget, clock.statutory, clock.basis)
    assert found == {
        "重大疑难": ("30 natural days", True, f"{law}(待核实)"),
        "复杂": ("7 natural days", True, law),
        "一般": ("3 natural days", False, ""),
    }


def test_a_step_none_of_whose_limits_holds_has_no_clock() -> None:
    assert clocks(begun(service(step("a", to("ok", "feedback"), limits=(Limit("1 hour", when="urgent"),))))) == {}


def test_a_limit_may_be_a_day_or_a_moment_that_was_agreed() -> None:
    kept = service(
        step("book", to("ok", "attend")),
        step("attend", to("kept", "feedback"), limits=(Limit(until="steps.book.slot"),)),
    )
    due = {}
    for slot in (
        "2026-09-09",
        "2026-09-08T09:30:00+08:00",
        "2026-12-01",
        "2027-12-01",
        "2036-09-01",
    ):
        case = take(begun(kept), "book", "ok", slot=slot)
        shown = [c for c in case.view("hazmat_handler")["clocks"] if c["name"] == "step"]
        due[slot] = shown[0]["due_at"][:16] if shown else None
    assert due == {
        "2026-09-09": "2026-09-10T00:00",
        "2026-09-08T09:30:00+08:00": "2026-09-08T09:30",
        "2026-12-01": "2026-12-02T00:00",
        "2027-12-01": "2027-12-02T00:00",
        "2036-09-01": "2036-09-02T00:00",
    }


def test_a_limit_until_a_day_ends_with_it_to_the_moment_and_says_so() -> None:
    kept = service(
        step("book", to("ok", "attend")),
        step("attend", to("kept", "feedback"), limits=(Limit(until="steps.book.slot"),)),
    )
    for slot, due, said, told in (
        ("2026-11-26", "2026-11-27 00:00", "11月26日24时；应于11月26日24:00前", "26 November, 24:00; to be"),
        ("2026-09-08", "2026-09-09 00:00", "9月8日24时；应于9月8日24:00前", "8 September, 24:00; to be"),
        ("2026-09-08T15:00:00+08:00", "2026-09-08 15:00", "9月8日15:00；应于9月8日15:00前", "8 September, 15:00; to"),
    ):
        case = take(begun(kept).wait(seconds=23, microseconds=512_345), "book", "ok", slot=slot)
        (shown,) = [c for c in case.view("hazmat_handler")["clocks"] if c["subject"]]
        assert datetime.fromisoformat(shown["due_at"]) == at(due)
        assert f"开始，时限至{said}" in shown["summary"]
        assert f"limit: until {told}" in shown["summary_en"]
        fired = [e.at for e in case.until(due).entries("escalate") if e.data["clock"] == "step"]
        assert fired == [at(due)]


def test_a_day_that_nobody_named_or_that_nobody_could_live_to_see_still_ends() -> None:
    """An appeal that began before such days were refused, and a field that may be left out."""
    kept = service(step("wait", to("ok", "feedback"), limits=(Limit(until="form.day"),)), handle="3 working days")
    for day, budget in (("2099-01-01", "100000 hours"), ("soon", "3 working days"), (None, "3 working days")):
        assert clocks(begun(kept, form={"day": day} if day else {})) == {"wait": (budget, "running")}


def test_a_day_that_is_over_far_ahead_or_none_at_all_is_refused_where_it_is_recorded() -> None:
    kept = service(
        step("book", to("ok", "attend")),
        step("attend", to("kept", "feedback"), limits=(Limit(until="steps.book.slot"), Limit(until="form.day"))),
    )
    case = begun(kept)
    for slot in ("2026-09-06", "2026-09-07T10:00:00+08:00", "2036-09-09", "9999-12-31", "soon", "2026-09-08T09:30:00"):
        body = {"step": "book", "outcome": "ok", "record": {"slot": slot}}
        refused = case.refused("hazmat_handler", "complete_step", **body)
        assert isinstance(refused, Invalid)
        assert (refused.code, [f.pointer for f in refused.faults]) == ("bad-day", ["/record/slot"])
    assert clocks(take(case, "book", "ok", slot="2026-09-07")) == {"attend": ("50400 seconds", "running")}
    assert open_steps(take(begun(kept), "book", "ok")) == ["attend"]


def test_what_was_agreed_for_a_day_stays_on_it_while_the_promise_stands_still() -> None:
    kept = service(
        step("book", to("ok", ("attend", "plan"))),
        step("attend", to("kept", "answer"), limits=(Limit(until="steps.book.slot"),)),
        step("plan", to("ok", ("answer", "remind"))),
        step("remind", to("ok", "answer"), limits=(Limit(until="steps.book.slot"),)),
        step("answer", to("ok", "feedback"), join=True),
    )
    case = take(begun(kept), "book", "ok", slot="2026-09-30")
    case.do("hazmat_handler", "pause", reason_code="judicial_proceeding", until="2026-09-20")
    take(case, "plan", "ok")
    case.until("2026-09-21 00:00")
    shown = {c["subject"]: c["due_at"][:16] for c in case.view("hazmat_handler")["clocks"] if c["name"] == "step"}
    assert shown == {"attend": "2026-10-01T00:00", "remind": "2026-10-01T00:00"}


def test_when_its_time_is_over_a_step_may_end_by_itself() -> None:
    case = begun(
        service(
            step(
                "rectify",
                to("proved", "feedback"),
                to("not_proved", "revoke"),
                by=("enterprise",),
                roles=(Role.ENTERPRISE,),
                limits=TEN_DAYS,
                lapse="not_proved",
            ),
            step("revoke", to("ok", "feedback")),
        )
    )
    case.wait(days=30)
    assert open_steps(case) == ["revoke"]
    lapsed = case.entries("complete_step")[0]
    assert (lapsed.actor.id, lapsed.data["outcome"]) == ("system", "not_proved")
    assert clocks(case) == {"rectify": ("10 working days", "stopped")}
    assert [(n.audience, n.template) for n in case.notices if n.data.get("clock") == "step"] == [
        (("enterprise",), "warning")
    ]
    assert {e.clock for e in case.escalations} == {"handle"}


def test_an_outcome_may_give_more_time_to_a_step_that_is_open_and_to_the_promise() -> None:
    more = (MoreTime("work", "5 working days", "《规定》第七条"), MoreTime("handle", "1 months"))
    case = begun(
        service(
            step("work", to("ask", ("work", "grant")), to("ok", "feedback"), limits=TEN_DAYS),
            step("grant", to("yes", "work", extends=more), roles=(Role.SUPERVISOR,), by=("superior",)),
        )
    )
    take(case, "work", "ask")
    before = {name: case.reading(name).due_at for name in ("step", "handle")}
    take(case, "grant", "yes", "supervisor")
    after = {name: case.reading(name).due_at for name in ("step", "handle")}
    assert [str(at)[:16] for at in before.values()] == ["2026-09-20 17:30", "2026-09-20 17:30"]
    assert [str(at)[:16] for at in after.values()] == ["2026-09-28 17:30", "2026-10-21 00:00"]
    assert case.last.data["extended"] == [
        {"clock": "work", "budget": "5 working days", "due_at": "2026-09-28T09:30:00.000000Z"},
        {"clock": "handle", "budget": "1 months", "due_at": "2026-10-20T16:00:00.000000Z"},
    ]


def test_more_time_for_what_is_over_is_said_to_move_nothing() -> None:
    more = (MoreTime("first", "5 working days"),)
    case = begun(service(step("first", to("ok", "next")), step("next", to("ok", "feedback", extends=more))))
    take(take(case, "first", "ok"), "next", "ok")
    assert case.last.data["extended"] == [{"clock": "first", "budget": "5 working days", "due_at": None}]


def test_steps_stand_still_with_the_promise() -> None:
    case = begun(
        service(
            step("work", to("lack", "work", clocks="incomplete"), to("ok", "more"), limits=TEN_DAYS),
            step("more", to("ok", "feedback"), limits=TEN_DAYS),
        )
    )
    take(case, "work", "lack", items=["用途说明"])
    assert clocks(case) == {"work": ("10 working days", "paused")}
    case.do("enterprise", "supplement", items=["用途说明"])
    assert clocks(case) == {"work": ("10 working days", "running")}
    case.do("hazmat_handler", "pause", reason_code="judicial_proceeding", until="2026-09-20")
    take(case, "work", "ok")
    assert clocks(case)["more"] == ("10 working days", "paused")
    case.until("2026-09-20 00:00")
    assert clocks(case)["more"] == ("10 working days", "running")


def test_once_the_promise_is_kept_a_step_goes_on_by_its_own_limit() -> None:
    case = begun(
        service(
            step("pass", to("issue", "follow_up", clocks="issued", result=Outcome.SOLVED)),
            step("follow_up", to("ok", "feedback"), limits=(Limit("30 natural days"),)),
            statutory=Statutory("20 working days", "《条例》第三条", "2020-01-01"),
        )
    )
    assert case.view("enterprise")["result"] is None
    take(case, "pass", "issue")
    assert (case.clock("handle").ending, case.clock("statutory").ending) == ("met", "met")
    assert (case.stage, case.running()) == (Stage.HANDLE, {"step"})
    assert case.view("enterprise")["result"]["answer"] == "结论issue"
    take(case, "follow_up", "ok").do("hazmat_handler", "send_answer", text="已回访", method="phone")
    assert case.stage is Stage.EVALUATE


def test_the_promise_waits_for_an_outside_event_and_counts_from_it() -> None:
    kept = service(
        step("notice", to("came", "register", clocks="begun"), by=("system",), roles=(Role.SYSTEM,), limits=TEN_DAYS),
        step("register", to("ok", "feedback")),
        waits=Waits("notice", when="form.place == '市外'"),
        statutory=Statutory("3 working days", "《条例》第三条", "2020-01-01"),
        handle="1 working day",
    )
    case = begun(kept, form={"place": "市外"})
    shown = {c["name"]: (c["status"], c["due_at"]) for c in case.view("hazmat_handler")["clocks"]}
    assert (shown["handle"], shown["statutory"]) == (("waiting", None), ("waiting", None))
    take(case.wait(days=3), "notice", "came", "system")
    assert str(case.reading("handle").due_at)[:16] == "2026-09-11 17:30"
    assert case.clock("statutory").started_at == case.now
    assert begun(kept, form={"place": "市内"}).clock("handle").started_at is not None


def test_a_promise_that_waits_stands_still_for_what_holds_when_it_begins() -> None:
    kept = service(
        step(
            "notice", to("came", "register", clocks="begun"), by=("system", "lead"), roles=(Role.SYSTEM, Role.HANDLER)
        ),
        step("register", to("ok", "feedback")),
        waits=Waits("notice"),
    )
    case = begun(kept).do("hazmat_handler", "request_supplement", items=["照片"])
    take(case.wait(days=1), "notice", "came", "system")
    assert case.reading("handle").status == "paused"
    case.wait(hours=1).do("enterprise", "supplement", items=["照片"])
    assert str(case.reading("handle").due_at)[:16] == "2026-09-21 17:30"


def test_in_a_later_round_nothing_waits_for_what_has_come() -> None:
    kept = service(
        step("notice", to("came", "register", clocks="begun"), roles=(Role.HANDLER,)),
        step("register", to("ok", "feedback")),
        waits=Waits("notice"),
        again="register",
    )
    case = take(take(begun(kept), "notice", "came"), "register", "ok")
    case.do("hazmat_handler", "send_answer", text="已办", method="online").do("enterprise", "rate", grade=1)
    assert case.reading("handle").status == "running"


def test_urgency_and_other_rules_measure_a_step_again_from_its_true_start() -> None:
    limits = (Limit("1 working day", when="urgent"), Limit("5 working days"))
    case = begun(service(step("work", to("ok", "feedback"), limits=limits), step("x", to("ok", "feedback"))))
    case.wait(hours=1).do("supervisor", "set_urgency", urgent=True, reason="停产")
    assert str(case.reading("step").due_at)[:16] == "2026-09-08 17:30"
    assert clocks(case) == {"work": ("1 working day", "running")}


def test_a_clock_whose_step_is_gone_is_left_alone_by_another_measure_and_stopped_by_the_next_move() -> None:
    case = begun(service(step("work", to("on", "work"), to("ok", "feedback"), limits=TEN_DAYS)))
    ghost = replace(case.clock("step"), subject="gone", generation=99)
    case.appeal = replace(case.appeal, clocks=(*case.appeal.clocks, ghost))
    case.do("supervisor", "set_urgency", urgent=True, reason="停产")
    assert case.clock("step").budget == "10 working days"
    take(case, "work", "on")
    assert case.clock("step").ending == "stopped"


def test_a_new_round_stops_what_is_open() -> None:
    case = begun(
        service(
            step("work", to("sent", "work", clocks="transferred", transfer="hotline-12345"), limits=TEN_DAYS),
            automatic=True,
        )
    )
    take(case, "work", "sent")
    assert (case.appeal.lead, case.view("supervisor")["status"]) == (None, "waiting_outside")
    assert clocks(case) == {"work": ("10 working days", "paused")}
    case.do("system", "transfer_refused", reason="不属本单位").do("supervisor", "assign", lead_unit="public-order")
    case.do("hazmat_handler", "sign")
    assert open_steps(case) == ["work"]
    take(case, "work", "sent").do("system", "transfer_reply", text="已办")
    assert (case.stage, case.clock("step").ending) == (Stage.FEEDBACK, "stopped")


def test_a_step_that_other_rules_do_not_know_has_no_limit_there() -> None:
    case = begun(service(step("work", to("ok", "feedback"), limits=TEN_DAYS)))
    other = service(step("other", to("ok", "feedback")))
    case.appeal = replace(case.appeal, rules=replace(case.appeal.rules, service=other))
    case.do("supervisor", "set_urgency", urgent=True, reason="停产")
    assert case.clock("step").budget == "10 working days"


def test_a_service_may_be_accepted_within_a_limit_of_its_own() -> None:
    case = begun(service(automatic=False, accept="10 seconds"))
    assert (case.clock("accept").budget, case.wait(seconds=11).escalations[0].clock) == ("10 seconds", "accept")
