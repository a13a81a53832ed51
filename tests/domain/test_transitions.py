"""Who may do what at which stage, and where it leads: DOMAIN.md and API.md written out, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from domain.errors import Conflict, Forbidden, IllegalTransition, Refusal
from domain.journal import verify
from domain.loop import Decision, decide
from domain.people import Actor
from domain.vocabulary import STAFF_ROLES, Action, Role, Stage
from tests.domain.builders import ACTORS, ANSWER, PLACES, RESULT, Case, World, step
from tests.domain.states import offers, prepared

STAGES = list(Stage)  # accept, assign, handle, feedback, evaluate, closed: the columns of every row below

_LEADS = {"handler": "ii+iii", "handler3": "iyyyyy", "hazmat_leader": "iyyyyy"}
_LEADS_FROM_ASSIGN = {"handler": "i++++i", "handler3": "iyyyyy", "hazmat_leader": "iyyyyy"}
_OWN = {"enterprise": "+++++i", "enterprise2": "yyyyyy"}
_OWN_ANSWER = {"enterprise": "iiii+i", "enterprise2": "yyyyyy"}
_OUTSIDE = {"system": "ii+iii"}
_FIRST_CONTACT = {"window": "+iiiii"}
_STAFF = [who for who, actor in ACTORS.items() if STAFF_ROLES & {*actor.roles}]
#: Of an escalation that was sent to the leader; duty officers take any.
_CALLED = dict.fromkeys(_STAFF, "yyyyyy") | {"leader": "+++++y", "duty": "+++++i"}

_ALIKE = {"handler2": "handler", "hazmat_handler": "handler3", "hazmat_handler2": "hazmat_handler"}

#: Action → (where it leads from each stage, who gets what answer at each stage); whoever is not named is forbidden.
#: Leads: a accept, s assign, h handle, f feedback, e evaluate, c closed, . not possible.
#: Answers: + done, f forbidden by role, y not theirs, i illegal at this stage, c possible here but not now.
EXPECTED: dict[str, tuple[str, dict[str, str]]] = {
    "accept": ("s.....", _FIRST_CONTACT),
    "request_supplement": ("a.h...", _LEADS | _FIRST_CONTACT),
    "supplement": ("ashfe.", _OWN | {"window": "+++++i"}),
    "reject": ("c.....", _FIRST_CONTACT),
    "merge": ("c.....", _FIRST_CONTACT),
    "withdraw": ("ccccc.", _OWN),
    "add_information": ("ashfe.", _OWN | {"window": "+++++i"}),
    "set_urgency": ("ashfe.", {"leader": "+++++i", "supervisor": "+++++i", "hazmat_leader": "yyyyyy"}),
    "change_service": ("as....", {"window": "++iiii", "dispatcher": "++iiii", "supervisor": "++iiii"}),
    "assign": (".s....", {"dispatcher": "i+iiii", "supervisor": "i+iiii"}),
    "sign": (".h....", _LEADS | {"handler": "i+iiii"}),
    "return_assignment": (".s....", _LEADS | {"handler": "i+iiii"}),
    "name_final_owner": (".s....", {"supervisor": "i+iiii"}),
    "reassign": (".ssss.", {"dispatcher": "i+++ii", "supervisor": "i++++i"}),
    "complete_step": ("......", _LEADS | {"handler": "iiciii", "leader": "iyyyyy"}),
    "note": (".shfe.", _LEADS_FROM_ASSIGN),
    "ask_cooperation": ("..h...", _LEADS | {"window": "yyyyyy"}),
    "answer_cooperation": (
        "..hfe.",
        {"handler3": "ic+++i", "handler": "icyyyy", "hazmat_handler": "icyyyy", "hazmat_leader": "icyyyy"},
    ),
    "refuse_cooperation": (
        "..hfe.",
        {"handler3": "ic+++i", "handler": "icyyyy", "hazmat_handler": "icyyyy", "hazmat_leader": "icyyyy"},
    ),
    "request_extension": ("..h...", _LEADS),
    "decide_extension": (".shf..", {"leader": "i+++ii", "supervisor": "i+++ii", "hazmat_leader": "yyyyyy"}),
    "pause": ("..h...", _LEADS),
    "resume": (".sh...", _LEADS | {"handler": "i++iii", "leader": "i++iii", "supervisor": "i++iii"}),
    "park": ("..h...", _LEADS),
    "approve_park": ("..h...", {"leader": "ii+iii", "supervisor": "ii+iii", "hazmat_leader": "yyyyyy"}),
    "submit_result": ("..f...", _LEADS),
    "review": ("...f..", {"leader": "iii+ii", "hazmat_leader": "yyyyyy"}),
    "send_answer": ("...e..", _LEADS | {"handler": "iii+ii", "window": "iyyyyy"}),
    "confirm_receipt": ("....e.", _OWN_ANSWER),
    "rate": ("....e.", _OWN_ANSWER),
    "record_visit": ("....e.", {"visitor": "iiii+i", "supervisor": "yyyyyy"}),
    "close_unreachable": ("....c.", {"supervisor": "iiii+i"}),
    "transfer": ("hh....", {"window": "++iiii"}),
    "transfer_receipt": ("..h...", _OUTSIDE),
    "transfer_refused": ("..s...", _OUTSIDE),
    "transfer_reply": ("..f...", _OUTSIDE),
    "recall_transfer": ("..s...", {"window": "ii+iii", "supervisor": "ii+iii"}),
    "supervise": ("ashfe.", {"supervisor": "+++++i"}),
    "lift": ("sssss.", {"supervisor": "+++++i"}),
    "decide_round": ("....s.", {"supervisor": "iiii+i"}),
    "correct": ("ashfe.", {"supervisor": "+++++i"}),
    "migrate_policy": ("ashfe.", {"supervisor": "+++++i"}),
    "acknowledge": ("ashfe.", _CALLED),
    "hand_over": ("ashfe.", _CALLED),
    "raise": ("ashfe.", _CALLED),
    "end": ("ashfe.", _CALLED),
    # What only the loop itself does.
    "submit": ("......", {}),
    "rung": ("......", {}),
    "escalate": ("......", {}),
    "lapse": ("......", {}),
    "pause_ended": ("......", {}),
    "lease_ended": ("......", {}),
}

GOOD_BODIES: dict[str, dict[str, Any]] = {
    "request_supplement": {"items": ["用途说明"], "reason": "缺材料"},
    "supplement": {"items": ["现场照片"]},
    "reject": {"reason": "非警务", "legal_basis": "规定第三条", "remedy": "可向住建部门反映"},
    "merge": {"into": "SQ20260901-00000009"},
    "withdraw": {"reason": "已自行解决"},
    "add_information": {"text": "补充一张照片"},
    "set_urgency": {"urgent": True, "reason": "停产"},
    "change_service": {"service": "crime-report", "reason": "登记有误"},
    "assign": {"lead_unit": "station-b"},
    "return_assignment": {"reason": "不属本辖区"},
    "name_final_owner": {"unit": "station-b", "reason": "多次退回"},
    "reassign": {"unit": "station-b", "reason": "辖区调整"},
    "complete_step": step("review", "complete"),
    "note": {"text": "已到现场"},
    "ask_cooperation": {"unit": "station-b", "question": "请提供监控"},
    "answer_cooperation": {"text": "已提供"},
    "refuse_cooperation": {"reason": "不在本辖区"},
    "request_extension": {"budget": "3 working days", "reason": "案情复杂", "legal_basis": "规程第五条"},
    "decide_extension": {"granted": True},
    "pause": {"reason_code": "awaiting_third_party", "until": "2026-09-20"},
    "park": {"reason": "等待规划", "review_on": "2026-10-20"},
    "approve_park": {"granted": True},
    "submit_result": RESULT,
    "review": {"approved": True},
    "send_answer": ANSWER,
    "rate": {"grade": 5},
    "record_visit": {"result": "satisfied"},
    "close_unreachable": {"reason": "三次未接"},
    "transfer": {"body": "hotline-12345", "reason": "非警务"},
    "transfer_refused": {"reason": "不属本部门"},
    "transfer_reply": {"text": "已修复管网"},
    "recall_transfer": {"reason": "久无答复"},
    "supervise": {"order": "三日内办结"},
    "lift": {"reason": "影响重大"},
    "decide_round": {"again": True, "explanation": "再办一轮"},
    "migrate_policy": {"version": "r2"},
    "acknowledge": {"escalation": "SQ20260907-00000001-1-1"},
    "hand_over": {"escalation": "SQ20260907-00000001-1-1", "to": "handler2", "reason": "在现场"},
    "raise": {"escalation": "SQ20260907-00000001-1-1", "reason": "需要分局协调"},
    "end": {"escalation": "SQ20260907-00000001-1-1", "reason": "已到现场处置"},
}
_OF_ESCALATIONS = ("acknowledge", "hand_over", "raise", "end")
_WHERE_IT_STANDS = ("clock", "generation", "level", "owner_unit")
#: What the journal says of an action beyond its body: what it did to deadlines, and where an escalation stands.
SAID_BESIDES = {
    "set_urgency": ("moved", "breached_by_change"),
    "change_service": ("moved", "breached_by_change"),
    "migrate_policy": ("moved", "breached_by_change"),
    "decide_extension": ("budget", "due_at"),
    **dict.fromkeys(_OF_ESCALATIONS, _WHERE_IT_STANDS),
    "acknowledge": (*_WHERE_IT_STANDS, "lease_until"),
}
_LETTERS = {"a": "accept", "s": "assign", "h": "handle", "f": "feedback", "e": "evaluate", "c": "closed"}
_MOVES = [(action, stage) for action, row in EXPECTED.items() for stage in STAGES if row[0][STAGES.index(stage)] != "."]
_OPENS_A_ROUND = {("reassign", "evaluate"), ("lift", "evaluate"), ("decide_round", "evaluate")}


def body_for(action: str, case: Case) -> dict[str, Any]:
    if action == "correct":
        return {"seq": case.appeal.seq, "reason": "点错"}
    body = GOOD_BODIES.get(action, {})
    return body | {"escalation": case.escalations[-1].id} if "escalation" in body and case.escalations else body


def expected(action: str, who: str, stage: Stage) -> str:
    """The letter of the table; officers of the same kind get the same answer."""
    rows, asked = EXPECTED[action][1], who
    while asked not in rows and asked in _ALIKE:
        asked = _ALIKE[asked]
    return rows.get(asked, "ffffff")[STAGES.index(stage)]


@cache
def attempts(action: str, stage: Stage) -> dict[str, Decision | Refusal]:
    """What becomes of it when each of them tries."""
    case = prepared(action, stage)
    return {who: attempt(case, who, action) for who in ACTORS}


def attempt(case: Case, who: str, action: str) -> Decision | Refusal:
    try:
        return decide(case.appeal, case.act(who, action, **body_for(action, case)), case.now)
    except Refusal as refusal:
        return refusal


def letter(answer: Decision | Refusal) -> str:
    match answer:
        case IllegalTransition():
            return "i"
        case Conflict():
            return "c"
        case Forbidden(code="not-yours"):
            return "y"
        case Forbidden(code="forbidden" | "self-rating"):
            return "f"
        case Decision():
            return "+"
    raise AssertionError(answer)


def test_the_expectations_name_every_action_that_exists() -> None:
    assert set(EXPECTED) == {action.value for action in Action}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("action", EXPECTED)
def test_everybody_gets_the_answer_that_the_documents_give(action: str, stage: Stage) -> None:
    answers = {who: letter(answer) for who, answer in attempts(action, stage).items()}
    assert answers == {who: expected(action, who, stage) for who in ACTORS}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("action", EXPECTED)
def test_what_is_offered_is_what_is_not_refused(action: str, stage: Stage) -> None:
    offered = {who: action in actions for who, actions in offers(action, stage).items()}
    assert offered == {who: expected(action, who, stage) == "+" for who in ACTORS}


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("action", EXPECTED)
def test_a_refusal_names_the_stage_and_what_is_allowed_instead(action: str, stage: Stage) -> None:
    for who, answer in attempts(action, stage).items():
        if isinstance(answer, Conflict):
            assert (answer.stage, answer.allowed) == (stage, offers(action, stage)[who])
        if isinstance(answer, Refusal):
            assert answer.code
            assert answer.detail.strip()
            assert answer.code in str(answer)


@pytest.mark.parametrize(("action", "stage"), _MOVES)
def test_a_move_leads_where_it_should_and_leaves_one_entry(action: str, stage: Stage) -> None:
    case = prepared(action, stage)
    leads = _LETTERS[EXPECTED[action][0][STAGES.index(stage)]]
    who = next(who for who in ACTORS if expected(action, who, stage) == "+")
    act = case.act(who, action, **body_for(action, case))
    after, entries = (decision := decide(case.appeal, act, case.now)).appeal, decision.entries

    assert after.stage == leads
    assert after.round == case.appeal.round + ((action, stage) in _OPENS_A_ROUND)
    (entry,) = entries
    assert (entry.entry_id, entry.seq, entry.action, entry.at) == (act.key, case.appeal.seq + 1, action, case.now)
    assert (entry.from_stage, entry.to_stage, entry.round) == (stage, after.stage, after.round)
    assert (entry.actor.id, entry.actor.unit) == (who, ACTORS[who].unit_code)
    assert entry.actor.role in {role.value for role in ACTORS[who].roles}
    assert entry.reason == act.body.get("reason")
    said = {k: v for k, v in entry.data.items() if k not in SAID_BESIDES.get(action, ())}
    assert said == {k: v for k, v in act.body.items() if k != "reason"}
    assert set(SAID_BESIDES.get(action, ())) <= set(entry.data)
    assert (after.seq, after.head, after.seen[act.key].seq) == (entry.seq, entry.hash, entry.seq)
    assert verify([*case.journal, entry]) == ()


@pytest.mark.parametrize("who", ACTORS)
def test_nothing_at_all_is_possible_once_it_is_closed(who: str) -> None:
    assert prepared("accept", Stage.CLOSED).may(who) == set()


def test_an_actor_of_two_roles_acts_in_the_one_that_may() -> None:
    both = Actor("u-2", "双岗", (Role.WINDOW, Role.SUPERVISOR), unit=PLACES["branch"])
    case = World().case()
    accepted = decide(case.appeal, replace(case.act("window", "accept"), actor=both), case.now)
    supervised = decide(case.appeal, replace(case.act("window", "supervise", order="速办"), actor=both), case.now)
    assert [d.entries[0].actor.role for d in (accepted, supervised)] == ["window", "supervisor"]


def test_routing_that_names_the_unit_assigns_at_once_with_an_entry_of_its_own() -> None:
    case = World().case(lead=PLACES["station-b"]).accepted()
    assert case.stage is Stage.ASSIGN
    assert case.view("window")["assignment"]["lead_unit"] == "station-b"
    assert [(e.action, e.actor.id, e.actor.role) for e in case.journal[1:]] == [
        ("accept", "window", "window"),
        ("assign", "system", "system"),
    ]
    assert verify(case.journal) == ()
    assert case.running() == {"handle", "sign"}
