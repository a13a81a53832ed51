"""What every move does to every clock, cell by cell: the table of DOMAIN.md's *Clocks*, written out once more as data.

Each move is made on an appeal on which every clock is open that the move does not start itself, so that a clock which a
move must leave alone is seen to be left alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.act import Act
from domain.appeal import Appeal, Cooperation
from domain.clock import Clock, ClockName
from domain.effects import current_budget
from domain.loop import Decision, decide, perform
from domain.people import SYSTEM
from domain.rules import OPEN_ABOUT_TIME, Policy, Statutory
from domain.service import Waits
from domain.table import TABLE
from domain.vocabulary import Action, Outcome, Stage
from tests.domain import states
from tests.domain.builders import ANSWER, PLACES, RESULT, Case, World, step
from tests.domain.states import permit, plain
from tests.domain.stepwise import begun, service, to
from tests.domain.stepwise import step as to_step
from tests.domain.test_transitions import GOOD_BODIES

NAMES = [name.value for name in ClockName]

#: Move → stage it leads to (= stays), then one letter for each clock:
#: . kept, S started, Z started standing still, P paused, R resumed, M met, X stopped, A stopped and started again,
#: E extended, B measured again by another budget, _ not there.
TABLE_OF_MOVES = """
move                      to         acc sgn hdl rev ins sup com rat vis rcp rpl sta ord stp coo
accept                    assign     M   .   S   .   .   .   .   .   .   .   .   S   .   .   .
accept/promised           assign     M   .   S   .   .   .   S   .   .   .   .   S   .   .   .
request/accept            =          P   .   .   .   .   S   .   .   .   .   .   .   .   .   .
request/handle            =          .   .   P   .   .   S   .   .   .   .   .   P   .   P   .
supplement/accept         =          R   .   .   .   .   M   .   .   .   .   .   .   .   .   .
supplement/handle         =          .   .   R   .   .   M   .   .   .   .   .   R   .   R   .
supplement/lifted         =          .   .   R   .   .   M   .   .   .   .   .   R   .   R   .
supplement/promised       =          .   .   .   .   .   .   M   .   .   .   .   .   .   .   .
reject                    closed     M   X   X   X   X   X   X   X   X   X   X   X   X   X   X
merge                     closed     M   X   X   X   X   X   X   X   X   X   X   X   X   X   X
withdraw/accept           closed     X   X   X   X   X   X   X   X   X   X   X   X   X   X   X
withdraw/evaluate         closed     X   X   X   X   X   X   X   X   X   X   X   X   X   X   X
add_information           =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
transfer/accept           handle     M   .   Z   .   .   .   .   .   .   S   S   Z   .   .   .
transfer/assign           handle     .   X   P   .   .   .   .   .   .   S   S   P   .   P   .
transfer_receipt          =          .   .   .   .   .   .   .   .   .   M   .   .   .   .   .
transfer_refused          assign     .   .   R   .   .   .   .   .   .   M   X   R   .   R   .
transfer_reply            feedback   .   .   R   .   .   .   .   .   .   M   M   R   .   X   .
recall_transfer           assign     .   .   R   .   .   .   .   .   .   X   X   R   .   R   .
assign                    =          .   A   .   .   .   .   .   .   .   .   .   .   .   .   X
sign                      handle     .   M   .   .   .   .   .   .   .   .   .   .   .   _   .
sign/one                  handle     .   M   .   .   .   .   .   .   .   .   .   .   .   _   .
return_assignment         =          .   X   .   .   .   .   .   .   .   .   .   .   .   .   .
return_assignment/one     =          .   X   .   .   .   .   .   .   .   .   .   .   .   .   .
name_final_owner          =          .   A   .   .   .   .   .   .   .   .   .   .   .   .   X
reassign/assign           =          .   A   .   X   .   .   .   .   .   X   X   .   .   .   X
reassign/handle           assign     .   A   .   X   .   .   .   .   .   X   X   .   .   .   X
reassign/transferred      assign     .   A   R   X   .   .   .   .   .   X   X   R   .   R   X
reassign/feedback         assign     .   A   .   X   .   .   .   .   .   X   X   .   .   .   X
reassign/evaluate         assign     .   A   A   X   .   .   .   X   X   .   .   A   .   X   X
reassign/officer          =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
lift/accept               assign     M   S   S   .   .   .   .   .   .   .   .   S   .   .   .
lift/owing                assign     M   S   Z   .   .   .   .   .   .   .   .   Z   .   .   .
lift/assign               =          .   A   .   X   .   .   .   .   .   .   .   .   .   .   X
lift/handle               assign     .   A   .   X   .   .   .   .   .   X   X   .   .   .   X
lift/transferred          assign     .   A   R   X   .   .   .   .   .   X   X   R   .   R   X
lift/feedback             assign     .   A   .   X   .   .   .   .   .   .   .   .   .   .   X
lift/evaluate             assign     .   A   A   X   .   .   .   X   X   .   .   A   .   X   X
step/advance              =          .   .   .   .   .   .   .   .   .   .   .   .   .   M   .
step/special              =          .   .   B   .   S   .   .   .   .   .   .   P   .   M   .
step/incomplete           =          .   .   P   .   .   S   .   .   .   .   .   P   .   P   .
step/inspected            =          .   .   .   .   M   .   .   .   .   .   .   R   .   M   .
step/finished             feedback   .   .   M   S   X   .   .   .   .   .   .   M   M   M   .
step/begun                =          .   .   S   .   .   .   .   .   .   .   .   S   .   M   .
step/issued               =          .   .   M   .   .   .   .   .   .   .   .   M   M   M   .
step/transferred          =          .   .   P   .   .   .   .   .   .   S   S   P   .   P   .
note                      =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
ask_cooperation           =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
ask_cooperation/timed     =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   S
answer_cooperation        =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   M
refuse_cooperation        =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   M
request_extension         =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
decide_extension/yes      =          .   .   E   .   .   .   .   .   .   .   .   .   .   .   .
decide_extension/no       =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
pause                     =          .   .   P   .   .   .   .   .   .   .   .   P   .   P   .
resume                    =          .   .   R   .   .   .   .   .   .   .   .   R   .   R   .
park                      =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
approve_park/yes          =          .   .   P   .   .   .   .   .   .   .   .   P   .   P   .
approve_park/no           =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
submit_result             feedback   .   .   .   S   .   .   .   .   .   .   .   .   .   .   .
submit_result/paused      feedback   .   .   R   S   .   .   .   .   .   .   .   R   .   R   .
submit_result/one         =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
review/yes                =          .   .   .   M   .   .   .   .   .   .   .   .   .   .   .
review/no                 handle     .   .   .   M   .   .   .   .   .   .   .   .   .   .   .
send_answer               evaluate   .   .   M   M   .   .   .   S   S   .   .   M   M   .   X
confirm_receipt           =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
rate/satisfied            =          .   .   .   .   .   .   .   M   .   .   .   .   .   .   .
rate/close                closed     X   X   X   X   X   X   X   M   X   X   X   X   M   X   X
rate/again                assign     .   .   A   X   .   .   .   M   X   .   .   A   .   X   X
rate/decision             =          .   .   .   A   .   .   .   M   X   .   .   .   .   .   .
visit/satisfied           =          .   .   .   .   .   .   .   .   M   .   .   .   .   .   .
visit/unreachable         =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
visit/close               closed     X   X   X   X   X   X   X   _   M   X   X   X   M   X   X
visit/again               assign     .   .   A   X   .   .   .   X   M   .   .   A   .   X   X
visit/decision            =          .   .   .   A   .   .   .   X   M   .   .   .   .   .   .
close_unreachable         closed     X   X   X   X   X   X   X   X   X   X   X   X   M   X   X
decide_round/yes          assign     .   .   A   M   .   .   .   X   X   .   .   A   .   X   X
decide_round/no           closed     X   X   X   M   X   X   X   X   X   X   X   X   M   X   X
set_urgency               =          B   B   B   .   .   .   .   .   .   .   .   .   .   .   .
set_urgency/dry           =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
change_service/accept     =          .   .   B   .   .   .   .   .   .   .   .   B   .   .   .
change_service/assign     =          .   .   B   .   .   .   .   .   .   .   .   B   .   .   .
change_service/gains_law  =          .   .   B   .   .   .   .   .   .   .   .   S   .   .   .
change_service/loses_law  =          .   .   .   .   .   .   .   .   .   .   .   X   .   .   .
change_service/dry        =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
supervise                 =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
supervise/limit           =          .   .   .   .   .   .   .   .   .   .   .   .   S   .   .
supervise/again           =          .   .   .   .   .   .   .   .   .   .   .   .   A   .   .
supervise/edition2        =         .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
migrate_policy            =          B   B   B   B   B   B   B   B   B   B   B   B   .   .   .
migrate_policy/dry        =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
lapse/supplement          closed     X   X   X   X   X   X   X   X   X   X   X   X   X   X   X
lapse/asked               =          .   .   R   .   .   X   .   .   .   .   .   R   .   R   .
lapse/commitment          =          .   .   .   .   .   .   X   .   .   .   .   .   .   .   .
lapse/rating              =          .   .   .   .   .   .   .   X   .   .   .   .   .   .   .
lapse/close               closed     X   X   X   X   X   X   X   X   X   X   X   X   M   X   X
pause_ended               =          .   .   R   .   .   .   .   .   .   .   .   R   .   R   .
acknowledge               =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
hand_over                 =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
raise                     =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
end                       =          .   .   .   .   .   .   .   .   .   .   .   .   .   .   .
"""

A, S = Action, Stage
Made = tuple[Case, str, Action, dict[str, Any]]


def _plain(stage: Stage, who: str, action: Action, /, **body: Any) -> Callable[[], Made]:
    return lambda: (plain(stage), who, action, body or GOOD_BODIES.get(action, {}))


def _from(build: Callable[[], Case], who: str, action: Action, /, **body: Any) -> Callable[[], Made]:
    return lambda: (build(), who, action, body or GOOD_BODIES.get(action, {}))


def _step(code: str, outcome: str, *before: tuple[str, str]) -> Callable[[], Made]:
    who = "hazmat_leader" if code == "decide" else "hazmat_handler"
    return lambda: (permit(*before), who, A.COMPLETE_STEP, step(code, outcome))


def _stepwise(outcome: str) -> Callable[[], Made]:
    return lambda: (begun(_SORTED), "hazmat_handler", A.COMPLETE_STEP, {"step": "sort", "outcome": outcome})


_SORTED = service(
    to_step(
        "sort",
        to("arrived", "more", clocks="begun"),
        to("issued", "more", clocks="issued", result=Outcome.SOLVED),
        to("elsewhere", "sort", clocks="transferred", transfer="hotline-12345"),
    ),
    to_step("more", to("done", "feedback")),
    waits=Waits("sort"),
    statutory=Statutory("20 working days", "《条例》第三条", "2020-01-01"),
)


def _asked_of_what_was_paid() -> Case:
    case = plain(S.HANDLE).do("handler", "request_supplement", items=["还款计划"])
    case.appeal = replace(case.appeal, accounts={"paid": 1})
    return case


def _visited() -> Case:
    return plain(S.EVALUATE).do("visitor", "record_visit", result="satisfied")


def _rated() -> Case:
    return plain(S.EVALUATE).do("enterprise", "rate", grade=4)


def _pressed(action: Action, /, **body: Any) -> Callable[[], Made]:
    case = states.pressed(S.HANDLE)
    return lambda: (case, "duty", action, {"escalation": case.escalations[-1].id, **body})


_WAITS: dict[str, str] = {"until": "2026-09-19T16:00:00.000000Z", "cause": "pause"}

MOVES: dict[str, Callable[[], Made]] = {
    "accept": _plain(S.ACCEPT, "window", A.ACCEPT),
    "accept/promised": _plain(S.ACCEPT, "window", A.ACCEPT, commitments=["现场照片"]),
    "request/accept": _plain(S.ACCEPT, "window", A.REQUEST_SUPPLEMENT),
    "request/handle": _plain(S.HANDLE, "handler", A.REQUEST_SUPPLEMENT),
    "supplement/accept": _from(lambda: states.owing(S.ACCEPT), "enterprise", A.SUPPLEMENT),
    "supplement/handle": _from(
        lambda: plain(S.HANDLE).do("handler", "request_supplement", items=["x"]), "enterprise", A.SUPPLEMENT
    ),
    "supplement/lifted": _from(
        lambda: states.owing(S.ACCEPT).do("supervisor", "lift", reason="重大"), "enterprise", A.SUPPLEMENT
    ),
    "supplement/promised": _from(lambda: states.owing(S.HANDLE), "enterprise", A.SUPPLEMENT),
    "reject": _plain(S.ACCEPT, "window", A.REJECT),
    "merge": _plain(S.ACCEPT, "window", A.MERGE),
    "withdraw/accept": _plain(S.ACCEPT, "enterprise", A.WITHDRAW),
    "withdraw/evaluate": _plain(S.EVALUATE, "enterprise", A.WITHDRAW),
    "add_information": _plain(S.HANDLE, "enterprise", A.ADD_INFORMATION),
    "transfer/accept": _plain(S.ACCEPT, "window", A.TRANSFER),
    "transfer/assign": _plain(S.ASSIGN, "window", A.TRANSFER),
    "transfer_receipt": _from(lambda: states.transferred(S.HANDLE), "system", A.TRANSFER_RECEIPT),
    "transfer_refused": _from(lambda: states.transferred(S.HANDLE), "system", A.TRANSFER_REFUSED),
    "transfer_reply": _from(lambda: states.transferred(S.HANDLE), "system", A.TRANSFER_REPLY),
    "recall_transfer": _from(lambda: states.transferred(S.HANDLE), "window", A.RECALL_TRANSFER),
    "assign": _plain(S.ASSIGN, "dispatcher", A.ASSIGN),
    "sign": _plain(S.ASSIGN, "handler", A.SIGN),
    "return_assignment": _plain(S.ASSIGN, "handler", A.RETURN_ASSIGNMENT),
    "sign/one": _from(states.for_two, "handler3", A.SIGN),
    "return_assignment/one": _from(states.for_two, "handler3", A.RETURN_ASSIGNMENT),
    "name_final_owner": _plain(S.ASSIGN, "supervisor", A.NAME_FINAL_OWNER),
    "reassign/assign": _plain(S.ASSIGN, "dispatcher", A.REASSIGN),
    "reassign/handle": _plain(S.HANDLE, "dispatcher", A.REASSIGN),
    "reassign/transferred": _from(lambda: states.transferred(S.HANDLE), "supervisor", A.REASSIGN),
    "reassign/feedback": _plain(S.FEEDBACK, "supervisor", A.REASSIGN),
    "reassign/evaluate": _plain(S.EVALUATE, "supervisor", A.REASSIGN),
    "reassign/officer": _plain(S.HANDLE, "dispatcher", A.REASSIGN, officer="handler2", reason="换人"),
    "lift/accept": _plain(S.ACCEPT, "supervisor", A.LIFT),
    "lift/owing": _from(lambda: states.owing(S.ACCEPT), "supervisor", A.LIFT),
    "lift/transferred": _from(lambda: states.transferred(S.HANDLE), "supervisor", A.LIFT),
    "lift/assign": _plain(S.ASSIGN, "supervisor", A.LIFT),
    "lift/handle": _plain(S.HANDLE, "supervisor", A.LIFT),
    "lift/feedback": _plain(S.FEEDBACK, "supervisor", A.LIFT),
    "lift/evaluate": _plain(S.EVALUATE, "supervisor", A.LIFT),
    "step/advance": _step("review", "complete"),
    "step/special": _step("review", "special"),
    "step/incomplete": _step("review", "incomplete"),
    "step/inspected": _step("inspect", "done", ("review", "special")),
    "step/finished": _step("decide", "refuse", ("review", "complete")),
    "step/begun": _stepwise("arrived"),
    "step/issued": _stepwise("issued"),
    "step/transferred": _stepwise("elsewhere"),
    "note": _plain(S.HANDLE, "handler", A.NOTE),
    "ask_cooperation": _plain(S.HANDLE, "handler", A.ASK_COOPERATION),
    "ask_cooperation/timed": _from(
        lambda: World().case(policy=Policy("p0", cooperation="2 working days")).signed(), "handler", A.ASK_COOPERATION
    ),
    "refuse_cooperation": _from(lambda: states.asked_station_b(S.HANDLE), "handler3", A.REFUSE_COOPERATION),
    "answer_cooperation": _from(lambda: states.asked_station_b(S.HANDLE), "handler3", A.ANSWER_COOPERATION),
    "request_extension": _plain(S.HANDLE, "handler", A.REQUEST_EXTENSION),
    "decide_extension/yes": _from(lambda: states.extension_asked(S.HANDLE), "leader", A.DECIDE_EXTENSION),
    "decide_extension/no": _from(
        lambda: states.extension_asked(S.HANDLE), "leader", A.DECIDE_EXTENSION, granted=False, reason="理由不足"
    ),
    "pause": _plain(S.HANDLE, "handler", A.PAUSE),
    "resume": _from(lambda: states.paused(S.HANDLE), "handler", A.RESUME),
    "park": _plain(S.HANDLE, "handler", A.PARK),
    "approve_park/yes": _from(lambda: states.park_asked(S.HANDLE), "leader", A.APPROVE_PARK),
    "approve_park/no": _from(
        lambda: states.park_asked(S.HANDLE), "leader", A.APPROVE_PARK, granted=False, reason="尚可办理"
    ),
    "submit_result": _plain(S.HANDLE, "handler", A.SUBMIT_RESULT),
    "submit_result/one": _from(states.signed_by_two, "handler", A.SUBMIT_RESULT, **RESULT),
    "submit_result/paused": _from(lambda: states.paused(S.HANDLE), "handler", A.SUBMIT_RESULT, **RESULT),
    "review/yes": _plain(S.FEEDBACK, "leader", A.REVIEW),
    "review/no": _plain(S.FEEDBACK, "leader", A.REVIEW, approved=False, reason="未附证据"),
    "send_answer": _from(lambda: states.approved(S.FEEDBACK), "handler", A.SEND_ANSWER, **ANSWER),
    "confirm_receipt": _plain(S.EVALUATE, "enterprise", A.CONFIRM_RECEIPT),
    "rate/satisfied": _plain(S.EVALUATE, "enterprise", A.RATE, grade=3),
    "rate/close": _from(_visited, "enterprise", A.RATE, grade=3),
    "rate/again": _plain(S.EVALUATE, "enterprise", A.RATE, grade=2),
    "rate/decision": _from(states.third_answer, "enterprise", A.RATE, grade=1),
    "visit/satisfied": _plain(S.EVALUATE, "visitor", A.RECORD_VISIT),
    "visit/unreachable": _plain(S.EVALUATE, "visitor", A.RECORD_VISIT, result="unreachable"),
    "visit/close": _from(_rated, "visitor", A.RECORD_VISIT),
    "visit/again": _plain(S.EVALUATE, "visitor", A.RECORD_VISIT, result="dissatisfied"),
    "visit/decision": _from(states.third_answer, "visitor", A.RECORD_VISIT, result="dissatisfied"),
    "close_unreachable": _from(lambda: states.never_reached(S.EVALUATE), "supervisor", A.CLOSE_UNREACHABLE),
    "decide_round/yes": _from(lambda: states.rounds_used_up(S.EVALUATE), "supervisor", A.DECIDE_ROUND),
    "decide_round/no": _from(
        lambda: states.rounds_used_up(S.EVALUATE), "supervisor", A.DECIDE_ROUND, again=False, explanation="已尽力"
    ),
    "set_urgency": _plain(S.HANDLE, "leader", A.SET_URGENCY),
    "set_urgency/dry": _plain(S.HANDLE, "leader", A.SET_URGENCY, urgent=True, reason="停产", dry_run=True),
    "change_service/accept": _plain(S.ACCEPT, "window", A.CHANGE_SERVICE, service="fraud-report", reason="错"),
    "change_service/assign": _plain(S.ASSIGN, "dispatcher", A.CHANGE_SERVICE, service="fraud-report", reason="错"),
    "change_service/gains_law": _from(
        lambda: plain(S.ASSIGN, "appeal-general"), "window", A.CHANGE_SERVICE, service="fraud-report", reason="错"
    ),
    "change_service/loses_law": _plain(S.ASSIGN, "window", A.CHANGE_SERVICE, service="appeal-general", reason="错"),
    "change_service/dry": _plain(
        S.ASSIGN, "supervisor", A.CHANGE_SERVICE, service="fraud-report", reason="错", dry_run=True
    ),
    "supervise": _plain(S.HANDLE, "supervisor", A.SUPERVISE),
    "supervise/limit": _plain(S.HANDLE, "supervisor", A.SUPERVISE, order="限期办结", posted=True, limit="3 months"),
    "supervise/again": _plain(S.HANDLE, "supervisor", A.SUPERVISE, order="再限一月", limit="1 month"),
    "supervise/edition2": _from(
        lambda: World().case("with-statute", policy=Policy("p0", edition=OPEN_ABOUT_TIME)).signed(),
        "supervisor",
        A.SUPERVISE,
        order="限期办结",
        limit="3 months",
    ),
    "migrate_policy": _plain(S.HANDLE, "supervisor", A.MIGRATE_POLICY),
    "migrate_policy/dry": _plain(S.HANDLE, "supervisor", A.MIGRATE_POLICY, version="r2", dry_run=True),
    "lapse/supplement": _from(lambda: states.owing(S.ACCEPT), "system", A.LAPSE, clock="supplement"),
    "lapse/asked": _from(_asked_of_what_was_paid, "system", A.LAPSE, clock="supplement"),
    "lapse/commitment": _from(lambda: states.owing(S.HANDLE), "system", A.LAPSE, clock="commitment"),
    "lapse/rating": _plain(S.EVALUATE, "system", A.LAPSE, clock="rating"),
    "lapse/close": _from(_visited, "system", A.LAPSE, clock="rating"),
    "pause_ended": _from(lambda: states.paused(S.HANDLE), "system", A.PAUSE_ENDED, **_WAITS),
    "acknowledge": _pressed(A.ACKNOWLEDGE),
    "hand_over": _pressed(A.HAND_OVER, to="handler2"),
    "raise": _pressed(A.RAISE, reason="需要分局协调"),
    "end": _pressed(A.END, reason="已处置"),
}

ROWS = {row.split()[0]: row.split()[1:] for row in TABLE_OF_MOVES.strip().splitlines()[1:]}


def crowded(case: Case, cells: dict[str, str]) -> Appeal:
    """The appeal with every other clock open that the move does not start itself."""
    appeal = case.appeal
    for number, name in enumerate(ClockName):
        if appeal.open_clock(name) is None and cells[name] not in {"S", "Z", "_"}:
            budget = current_budget(appeal, name) or "3 working days"
            clock = Clock(name, appeal.round, 100 + number, budget, started_at=case.now)
            if name is ClockName.STEP:
                clock = beside_the_work(appeal, clock)
            if name is ClockName.COOPERATION:
                appeal, clock = asked(appeal, clock)
            appeal = replace(appeal, clocks=(*appeal.clocks, clock))
    return appeal


def beside_the_work(appeal: Appeal, clock: Clock) -> Clock:
    """A step's clock is about an open step, and stands still when the work does."""
    subject = next((s.code for s in appeal.procedure if s.status == "active"), "")
    work = appeal.open_clock(ClockName.HANDLE)
    return replace(clock, subject=subject, pauses=tuple(p for p in work.pauses if not p.ended_at) if work else ())


def asked(appeal: Appeal, clock: Clock) -> tuple[Appeal, Clock]:
    """The clock of a question is about an open one."""
    first = Cooperation(PLACES["station-b"], "?", appeal.created_at)
    questions = appeal.cooperations or (first,)
    return replace(appeal, cooperations=questions), replace(clock, subject="1", owner="station-b")


def made(appeal: Appeal, case: Case, who: str, action: Action, body: dict[str, Any]) -> Decision:
    if action in {Action.LAPSE, Action.PAUSE_ENDED}:
        return perform(appeal, Act(action, SYSTEM, body), "system", case.now)
    return decide(appeal, case.act(who, action, **body), case.now)


def what_happened(before: Appeal, after: Appeal, name: str) -> str:
    """The letter for one clock; several, if several things happened to it."""
    old = before.open_clock(ClockName(name))
    new = [c for c in after.clocks[len(before.clocks) :] if c.name == name]
    if old is None:
        return "".join("Z" if _standing(c) else "S" for c in new) or "_"
    now = next(c for c in after.clocks if c.generation == old.generation)
    letters = _changes(old, now)
    return {"XS": "A"}.get(letters + "S" * len(new), letters + "S" * len(new)) or "."


def _changes(old: Clock, now: Clock) -> str:
    if now.ended_at is not None:
        return {"met": "M", "stopped": "X"}[now.ending]
    letters = [
        ("P", _standing(now) > _standing(old)),
        ("R", _standing(now) < _standing(old)),
        ("E", len(now.extensions) > len(old.extensions)),
        ("B", now.budget != old.budget),
        ("S", now.started_at != old.started_at),
    ]
    seen = "".join(letter for letter, happened in letters if happened)
    # A call up the ladder is a rung, and no move.
    assert seen or now == replace(old, fired=now.fired)
    return seen


def _standing(clock: Clock) -> int:
    return sum(p.ended_at is None for p in clock.pauses)


@pytest.mark.parametrize("move", MOVES)
def test_each_move_does_to_each_clock_what_the_table_says(move: str) -> None:
    to, *letters = ROWS[move]
    cells = dict(zip(NAMES, letters, strict=True))
    case, who, action, body = MOVES[move]()
    before = crowded(case, cells)
    after = made(before, case, who, action, body).appeal

    assert {name: what_happened(before, after, name) for name in NAMES} == cells
    assert after.stage == (case.stage.value if to == "=" else to)
    assert {c.generation for c in before.clocks} <= {c.generation for c in after.clocks}


def test_the_expectations_cover_every_move_of_every_action() -> None:
    assert set(ROWS) == set(MOVES)
    tried = set()
    for build in MOVES.values():
        case, who, action, body = build()
        variant = TABLE[action].choose(case.appeal, case.act(who, action, **body))
        tried.add((action, str(variant)))
    exist = {(action, str(name)) for action, row in TABLE.items() for name in row.moves}
    assert exist - tried == {(Action.CORRECT, "")}  # takes back, see test_correct.py


def test_a_service_without_a_limit_by_law_has_no_statutory_clock() -> None:
    assert "statutory" not in World().case("appeal-general").signed().running()
    assert "statutory" in World().case("with-statute").signed().running()
