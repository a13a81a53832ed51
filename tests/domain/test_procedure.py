"""The interpreter: parallel ways and their joins, loops, parts of several units, decisions of the system."""

from __future__ import annotations

from dataclasses import replace

from domain.parties import parties
from domain.step_calls import calls
from domain.vocabulary import Role, Stage
from tests.domain.builders import ACTORS, PLACES
from tests.domain.stepwise import begun, open_steps, service, step, take, to


def test_parallel_ways_meet_in_a_join_that_waits_for_the_last() -> None:
    case = begun(
        service(
            step("sort", to("both", ("left", "right"))),
            step("left", to("ok", "both_done")),
            step("right", to("ok", "further")),
            step("further", to("ok", "both_done")),
            step("both_done", to("ok", "feedback"), join=True),
        )
    )
    take(case, "sort", "both")
    assert open_steps(case) == ["left", "right"]
    take(case, "left", "ok")
    assert open_steps(case) == ["right"]
    assert case.code_of("hazmat_handler", "complete_step", step="both_done", outcome="ok") == "step-not-active"
    take(case, "right", "ok")
    assert open_steps(case) == ["further"]
    take(case, "further", "ok")
    assert open_steps(case) == ["both_done"]
    take(case, "both_done", "ok")
    assert case.stage is Stage.FEEDBACK


def test_a_way_that_was_not_taken_keeps_no_join_waiting() -> None:
    case = begun(
        service(
            step("sort", to("both", ("left", "right"))),
            step("left", to("ok", "met")),
            step("right", to("ok", "met"), to("more", "further")),
            step("further", to("ok", "met")),
            step("met", to("ok", "feedback"), join=True),
        )
    )
    take(case, "sort", "both")
    take(case, "right", "ok")
    take(case, "left", "ok")
    assert open_steps(case) == ["met"]


def test_a_join_behind_a_join_waits_for_it_although_nobody_works_before_it() -> None:
    """The last open way goes past the first join: it opens all the same, and the second one still waits for it."""
    case = begun(
        service(
            step("sort", to("all", ("left", "right"))),
            step("left", to("ok", "inner")),
            step("right", to("ok", "inner"), to("past", "outer")),
            step("inner", to("ok", "outer"), join=True),
            step("outer", to("ok", "feedback"), join=True),
        )
    )
    take(case, "sort", "all")
    take(case, "left", "ok")
    take(case, "right", "past")
    assert open_steps(case) == ["inner"]
    take(case, "inner", "ok")
    assert open_steps(case) == ["outer"]


def test_joins_that_wait_for_each_other_open_one_after_the_other() -> None:
    case = begun(
        service(
            step("sort", to("all", ("left", "right"))),
            step("left", to("ok", "one")),
            step("right", to("ok", "other")),
            step("one", to("ok", "other"), join=True),
            step("other", to("back", "one"), to("ok", "feedback"), join=True),
        )
    )
    take(case, "sort", "all")
    take(case, "left", "ok")
    take(case, "right", "ok")
    assert open_steps(case) == ["one"]
    take(case, "one", "ok")
    assert open_steps(case) == ["other"]


def test_nothing_ends_while_another_step_is_open() -> None:
    case = begun(
        service(
            step("sort", to("both", ("left", "right"))),
            step("left", to("ok", "feedback")),
            step("right", to("ok", "feedback")),
        )
    )
    take(case, "sort", "both")
    refusal = case.refused("hazmat_handler", "complete_step", step="left", outcome="ok")
    assert (refusal.code, refusal.detail) == ("steps-open", "须先完成：步骤right")


def test_a_step_may_open_again_and_earlier_passes_stay_in_the_journal() -> None:
    case = begun(service(step("draft", to("ok", "check")), step("check", to("no", "draft"), to("yes", "feedback"))))
    for text in ("第一稿", "第二稿"):
        take(case, "draft", "ok", text=text)
        take(case, "check", "no") if text == "第一稿" else None
    drafts = [e.data["record"]["text"] for e in case.entries("complete_step") if e.data["step"] == "draft"]
    assert drafts == ["第一稿", "第二稿"]
    shown = case.view("hazmat_handler")["procedure"]["steps"][0]
    assert (shown["status"], shown["passes"], shown["record"]) == ("done", 2, {"text": "第二稿"})


def test_an_outcome_that_leads_back_to_its_own_step_leaves_it_open_and_may_open_another_beside() -> None:
    case = begun(
        service(
            step("patrol", to("round", "patrol"), to("ask", ("patrol", "help")), to("over", "feedback")),
            step("help", to("given", "patrol")),
        )
    )
    for _ in range(3):
        take(case, "patrol", "round")
    take(case, "patrol", "ask")
    assert open_steps(case) == ["patrol", "help"]
    assert case.code_of("hazmat_handler", "complete_step", step="patrol", outcome="over") == "steps-open"
    take(case, "help", "given")
    assert open_steps(case) == ["patrol"]
    take(case, "patrol", "over")
    assert case.stage is Stage.FEEDBACK


def test_each_of_several_units_does_its_own_part_and_the_last_leads_on() -> None:
    units = ("station-a", "station-b")
    case = begun(
        service(
            step("report", to("yes", "sum_up"), to("no", "sum_up"), by=units, each=True),
            step(
                "sum_up",
                to("all", "feedback", when="count.report.no == 0"),
                to("some", "again"),
                automatic=True,
                roles=(),
            ),
            step("again", to("ok", "feedback")),
        )
    )
    assert open_steps(case) == ["report@station-a", "report@station-b"]
    assert case.code_of("hazmat_handler", "complete_step", step="report", outcome="yes") == "step-unit"
    take(case, "report", "yes", "handler")
    assert open_steps(case) == ["report@station-b"]
    assert case.code_of("handler", "complete_step", step="report", outcome="yes") == "step-not-active"
    take(case, "report", "no", "handler3")
    assert open_steps(case) == ["again"]
    shown = case.view("hazmat_handler")["procedure"]["steps"][:2]
    assert [(s["unit"], s["unit_name"], s["outcome"]) for s in shown] == [
        ("station-a", "甲派出所", "yes"),
        ("station-b", "乙派出所", "no"),
    ]


def test_what_several_parts_lead_to_all_opens() -> None:
    case = begun(
        service(
            step("ask", to("a", "one"), to("b", "two"), by=("station-a", "station-b"), each=True),
            step("one", to("ok", "met")),
            step("two", to("ok", "met")),
            step("met", to("ok", "feedback"), join=True),
        )
    )
    take(case, "ask", "b", "handler3")
    take(case, "ask", "a", "handler")
    assert open_steps(case) == ["one", "two"]


def test_only_the_chosen_of_several_units_are_asked() -> None:
    case = begun(
        service(
            step("respond", to("named", "report")),
            step(
                "report",
                to("here", "feedback_ready"),
                by=("station-a", "station-b"),
                each=True,
                chosen="steps.respond.units",
            ),
            step("feedback_ready", to("ok", "feedback")),
        )
    )
    take(case, "respond", "named", units=["station-b"])
    assert open_steps(case) == ["report@station-b"]
    assert case.code_of("handler", "complete_step", step="report", outcome="here") == "not-yours"
    take(case, "report", "here", "handler3")
    assert open_steps(case) == ["feedback_ready"]


def test_a_step_of_units_that_are_not_there_is_the_leads() -> None:
    case = begun(service(step("help", to("ok", "feedback"), by=("cooperating",), each=True)))
    assert open_steps(case) == ["help@public-order"]
    take(case, "help", "ok")
    assert case.stage is Stage.FEEDBACK


def test_the_system_takes_the_first_outcome_that_holds_at_once_and_says_so() -> None:
    kept = service(
        step(
            "verify",
            to("small", "feedback", when="form.quantity <= form.licensed"),
            to("large", "review"),
            automatic=True,
            roles=(),
        ),
        step("review", to("ok", "feedback")),
    )
    small, large = (begun(kept, form={"quantity": n, "licensed": 10}) for n in (10, 10.5))
    assert small.stage is Stage.FEEDBACK
    assert (small.last.action, small.last.actor.id, small.last.data["outcome"]) == ("complete_step", "system", "small")
    assert small.appeal.result is not None
    assert small.appeal.result.text == "结论small"
    assert open_steps(large) == ["review"]
    assert large.appeal.assignment.officer is None


def test_a_decision_of_the_system_follows_in_the_same_decision_as_what_opened_it() -> None:
    case = begun(
        service(
            step("note", to("ok", "sort")),
            step("sort", to("yes", "feedback", when="steps.note.flag"), to("no", "note"), automatic=True, roles=()),
        )
    )
    take(case, "note", "ok", flag=False)
    assert open_steps(case) == ["note"]
    take(case, "note", "ok", flag=True)
    assert [e.actor.id for e in case.entries("complete_step")] == [
        *("hazmat_handler", "system"),
        *("hazmat_handler", "system"),
    ]
    assert "correct" not in case.may("supervisor") or case.code_of(
        "supervisor", "correct", seq=case.appeal.seq, reason="x"
    )


def test_an_outside_event_is_told_by_a_system_and_a_step_of_the_enterprise_by_itself() -> None:
    case = begun(
        service(
            step("notice", to("came", "confirm"), by=("system",), roles=(Role.SYSTEM,)),
            step("confirm", to("yes", "feedback"), by=("enterprise",), roles=(Role.ENTERPRISE,)),
        )
    )
    assert case.code_of("hazmat_handler", "complete_step", step="notice", outcome="came") == "step-role"
    assert "complete_step" in case.may("system")
    assert "complete_step" not in case.may("enterprise")
    take(case, "notice", "came", "system")
    assert case.code_of("enterprise2", "complete_step", step="confirm", outcome="yes") == "not-yours"
    assert case.code_of("system", "complete_step", step="confirm", outcome="yes") == "step-role"
    take(case, "confirm", "yes", "enterprise")
    assert case.stage is Stage.FEEDBACK


def test_the_lead_records_what_an_outside_body_without_an_account_says() -> None:
    case = begun(
        service(
            step("agree", to("yes", "permit"), by=("street-a", "station-a"), each=True),
            step("permit", to("ok", "feedback")),
        )
    )
    assert case.code_of("hazmat_handler", "complete_step", step="agree", outcome="yes") == "step-unit"
    take(case, "agree", "yes", unit="street-a")
    assert case.code_of("hazmat_handler", "complete_step", step="agree", outcome="yes", unit="station-a") == "step-unit"
    take(case, "agree", "yes", "handler")
    assert open_steps(case) == ["permit"]


def test_the_superior_unit_approves_and_nobody_else() -> None:
    roles = (Role.LEADER, Role.SUPERVISOR)
    case = begun(service(step("approve", to("yes", "feedback"), by=("superior",), roles=roles)))
    assert case.code_of("hazmat_leader", "complete_step", step="approve", outcome="yes") == "step-unit"
    assert case.code_of("leader", "complete_step", step="approve", outcome="yes") == "not-yours"
    take(case, "approve", "yes", "supervisor")
    assert case.last.actor.role == "supervisor"


def test_whoever_did_one_step_may_be_kept_from_another() -> None:
    case = begun(service(step("draft", to("ok", "check")), step("check", to("ok", "feedback"), apart_from=("draft",))))
    take(case, "draft", "ok")
    assert "complete_step" not in case.may("hazmat_handler")
    assert case.code_of("hazmat_handler", "complete_step", step="check", outcome="ok") == "own-work"
    take(case, "check", "ok", "hazmat_handler2")
    assert case.stage is Stage.FEEDBACK


def test_a_later_round_begins_where_the_service_says() -> None:
    case = begun(service(step("apply", to("ok", "work")), step("work", to("ok", "feedback")), again="work"))
    take(case, "apply", "ok")
    take(case, "work", "ok").do("hazmat_handler", "send_answer", text="已办", method="online")
    case.do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="station-a").do("handler", "sign")
    assert open_steps(case) == ["work"]
    assert case.appeal.round == 2


def test_a_later_round_knows_what_came_before_its_beginning_and_nothing_that_is_done_again() -> None:
    steps = (
        step("apply", to("ok", "sort")),
        step("sort", to("ok", "work"), to("never", "aside")),
        step("aside", to("ok", "work")),
        step("work", to("ok", "feedback")),
    )
    case = take(take(begun(service(*steps, again="work")), "apply", "ok", number="甲1"), "sort", "ok")
    for officer in ("handler", "handler2"):
        take(case, "work", "ok", "handler" if case.appeal.round > 1 else "hazmat_handler", text="已办")
        case.do("handler" if case.appeal.round > 1 else "hazmat_handler", "send_answer", text="已办", method="online")
        case.do("enterprise", "rate", grade=1).do("supervisor", "assign", lead_unit="station-a").do(officer, "sign")
    states = {s.code: (s.status.value, s.record) for s in case.appeal.procedure}
    assert states == {
        "apply": ("done", {"number": "甲1"}),
        "sort": ("done", {}),
        "aside": ("waiting", {}),
        "work": ("active", {}),
    }


def test_a_unit_that_is_named_while_others_are_at_work_joins_them() -> None:
    units = ("station-a", "station-b")
    case = begun(
        service(
            step("call", to("more", ("call", "report")), to("enough", "report")),
            step("report", to("ok", "answer"), by=units, each=True, chosen="steps.call.units"),
            step("answer", to("ok", "feedback"), join=True),
        )
    )
    take(case, "call", "more", units=["station-a"])
    assert open_steps(case) == ["call", "report@station-a"]
    take(case, "report", "ok", "handler")
    take(case, "call", "more", units=["station-b"])
    take(case, "call", "enough", units=["station-a", "station-b"])
    # Whose part is done while others are at work has done it.
    assert open_steps(case) == ["report@station-b"]
    take(case, "report", "ok", "handler3")
    assert open_steps(case) == ["answer"]


def test_a_unit_that_is_named_while_another_is_at_work_has_its_own_part_at_once() -> None:
    case = begun(
        service(
            step("call", to("more", ("call", "report")), to("enough", "report")),
            step("report", to("ok", "feedback"), by=("station-a", "station-b"), each=True, chosen="steps.call.units"),
        )
    )
    take(take(case, "call", "more", units=["station-a"]), "call", "enough", units=["station-a", "station-b"])
    assert open_steps(case) == ["report@station-a", "report@station-b"]


def test_a_unit_that_handles_it_keeps_its_officer_when_others_do_their_steps() -> None:
    case = begun(service(step("one", to("ok", "two"), by=("station-a",)), step("two", to("ok", "feedback"))))
    take(case, "one", "ok", "handler")
    assert case.appeal.assignment.officer is None
    take(case, "two", "ok")
    assert case.appeal.assignment.officer == ACTORS["hazmat_handler"].person


def test_a_unit_that_an_old_submission_did_not_bring_is_known_by_its_code() -> None:
    case = begun(service(step("one", to("ok", "feedback"), by=("station-a",))), parties=())
    take(case, "one", "ok", "handler")
    assert case.stage is Stage.FEEDBACK


def test_the_first_contact_may_have_a_step_of_its_own() -> None:
    roles = (Role.WINDOW,)
    case = begun(
        service(step("hand_out", to("ok", "feedback"), by=("first",), roles=roles)), first_unit=PLACES["branch"]
    )
    assert "complete_step" in case.may("window")
    take(case, "hand_out", "ok", "window")
    assert case.last.actor.role == "window"


def test_both_units_of_a_dual_dispatch_may_have_to_report() -> None:
    kept = service(
        step("report", to("ok", "answer"), by=("lead", "second"), each=True),
        step("answer", to("ok", "feedback")),
        automatic=False,
        lead="",
    )
    case = begun(kept, lead=None).do("window", "accept")
    case.do("dispatcher", "assign", lead_unit="station-a", second_lead="station-b").do("handler", "sign")
    assert open_steps(case) == ["report@station-a", "report@station-b"]
    case.do("handler3", "sign")
    take(take(case, "report", "ok", "handler3"), "report", "ok", "handler")
    assert open_steps(case) == ["answer"]


def test_an_automatic_step_for_which_nothing_holds_waits() -> None:
    """The catalogue's check does not let it pass; the interpreter guesses nothing."""
    case = begun(service(step("sort", to("yes", "feedback", when="urgent"), automatic=True, roles=())))
    assert open_steps(case) == ["sort"]
    assert all("complete_step" not in case.may(who) for who in ACTORS)


def test_the_units_that_steps_name_come_with_the_submission() -> None:
    elsewhere = to("elsewhere", "one", clocks="transferred", transfer="hotline-12345")
    kept = service(
        step("one", elsewhere, to("ok", "two"), by=("lead", "station-a")), step("two", by=("station-a", "city"))
    )
    assert parties(kept) == ("station-a", "city", "hotline-12345")


def test_whoever_has_a_step_to_do_beside_the_lead_is_told_of_it() -> None:
    roles = (Role.HANDLER, Role.INSPECTOR)
    case = begun(
        service(
            step("sort", to("ok", ("report", "look", "prove"))),
            step("report", to("ok", "met"), by=("station-a", "station-b", "street-a", "lead"), each=True),
            step("look", to("again", "look"), to("ok", "met"), by=("supervision",), roles=roles),
            step("prove", to("ok", "met"), by=("enterprise",), roles=(Role.ENTERPRISE,)),
            step("met", to("ok", "feedback"), join=True),
        )
    )
    take(case, "sort", "ok")
    assert [(n.template, n.unit, n.audience, n.data) for n in case.told] == [
        ("step", "station-a", ("handler", "leader"), {"step": "report"}),
        ("step", "station-b", ("handler", "leader"), {"step": "report"}),
        ("step", "supervision", ("handler", "inspector"), {"step": "look"}),
        ("step", "public-order", ("enterprise",), {"step": "prove"}),
    ]
    assert len({n.id for n in case.told}) == 4
    take(case, "look", "again", "inspector")
    assert len(case.told) == 4


def test_a_step_that_other_rules_do_not_know_calls_nobody() -> None:
    case = begun(service(step("one", to("ok", "two")), step("two", to("ok", "feedback"), by=("station-a",))))
    before = case.appeal
    take(case, "one", "ok")
    other = replace(case.appeal.rules, service=service(step("other", to("ok", "feedback"))))
    assert calls(before, replace(case.appeal, rules=other)) == ()
    assert len(calls(before, case.appeal)) == 1
