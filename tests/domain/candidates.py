"""Bodies that somebody might send with an action, good ones and bad ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.vocabulary import SYSTEM_ACTIONS, Action
from tests.domain.builders import ANSWER, INTO, INTO_CLOSED, INTO_OTHERS, PLACES, STEPS, Case, step

PUBLIC = sorted(set(Action) - SYSTEM_ACTIONS)
_WHY = {"reason": "情况说明"}
_OF_ESCALATIONS = {Action.ACKNOWLEDGE, Action.HAND_OVER, Action.RAISE, Action.END}
_OFFICERS = ("handler", "handler2", "handler3", "hazmat_handler2", "nobody")

_FIXED: dict[Action, list[dict[str, Any]]] = {
    Action.ACCEPT: [{}, {"commitments": ["现场照片"]}],
    Action.REQUEST_SUPPLEMENT: [{"items": ["statement"], **_WHY}],
    Action.SUPPLEMENT: [{"items": ["statement"]}, {"items": [{"code": "photos", "reference": "f-2"}]}],
    Action.REJECT: [{**_WHY, "legal_basis": "规定第三条", "remedy": "可向住建部门反映"}],
    Action.MERGE: [{"into": n} for n in (INTO, INTO_CLOSED, INTO_OTHERS, "SQ20260907-00000001", "nowhere")],
    Action.WITHDRAW: [_WHY],
    Action.ADD_INFORMATION: [{"text": "补充一张照片"}],
    Action.SET_URGENCY: [{**more, **_WHY} for more in ({"urgent": True}, {"urgent": False})],
    Action.CHANGE_SERVICE: [
        {"service": code, **_WHY}
        for code in ("with-statute", "appeal-general", "secret-clue", "crime-report", "fraud-report", "nothing")
    ],
    Action.ASSIGN: [
        *({"lead_unit": code} for code in (*PLACES, "nowhere")),
        *({"lead_unit": "station-a", "cooperating": ["street-a"], "officer": code} for code in _OFFICERS),
        {"lead_unit": "station-a", "cooperating": ["nowhere"]},
    ],
    Action.RETURN_ASSIGNMENT: [_WHY],
    Action.NAME_FINAL_OWNER: [{"unit": code, **_WHY} for code in PLACES],
    Action.REASSIGN: [
        *({"unit": code, **_WHY} for code in PLACES),
        *({"officer": code, **_WHY} for code in _OFFICERS),
        {"unit": "station-b", "officer": "handler", **_WHY},
    ],
    Action.COMPLETE_STEP: [step(*known) for known in STEPS]
    + [{"step": "fly", "outcome": "done"}, {"step": "review", "outcome": "approve"}],
    Action.NOTE: [{"text": "已到现场"}, {"text": "已联系企业", "public": True}],
    Action.ASK_COOPERATION: [{"unit": "station-b", "question": "请提供监控"}, {"unit": "nowhere", "question": "?"}],
    Action.ANSWER_COOPERATION: [{"text": "已提供"}],
    Action.REQUEST_EXTENSION: [
        {"budget": budget, **_WHY, "legal_basis": "规程第五条"}
        for budget in ("3 working days", "6 working days", "100 hours", "1 month", "end of day", "a while")
    ],
    Action.DECIDE_EXTENSION: [{"granted": True}, {"granted": False}, {"granted": False, **_WHY}],
    Action.APPROVE_PARK: [{"granted": True}, {"granted": False}, {"granted": False, **_WHY}],
    Action.SUBMIT_RESULT: [
        {"outcome": outcome, "text": "办理情况", "evidence": []}
        for outcome in ("solved", "partly_solved", "not_solvable")
    ],
    Action.REVIEW: [{"approved": True}, {"approved": False}, {"approved": False, **_WHY}],
    Action.SEND_ANSWER: [ANSWER],
    Action.RATE: [{"grade": grade, "comment": "评价"} for grade in range(1, 6)],
    Action.RECORD_VISIT: [{"result": result} for result in ("satisfied", "dissatisfied", "unreachable")],
    Action.CLOSE_UNREACHABLE: [_WHY],
    Action.TRANSFER: [{"body": code, **_WHY} for code in ("hotline-12345", "station-a", "nowhere")],
    Action.TRANSFER_REFUSED: [_WHY],
    Action.TRANSFER_REPLY: [{"text": "已修复管网"}],
    Action.RECALL_TRANSFER: [_WHY],
    Action.SUPERVISE: [
        {"order": "三日内办结"},
        {"order": "挂牌", "posted": True, "leader": "朱督办", "limit": "3 months"},
        {"order": "速办", "limit": "soon"},
    ],
    Action.LIFT: [_WHY],
    Action.DECIDE_ROUND: [{"again": True, "explanation": "再办"}, {"again": False, "explanation": "已尽力"}],
    Action.MIGRATE_POLICY: [{"version": "r2"}, {"version": "r3", "dry_run": True}],
}


def bodies(case: Case, action: Action) -> list[dict[str, Any]]:
    """What to try; if the action is possible at all, at least one of them is accepted."""
    if action is Action.CORRECT:
        return [{"seq": case.appeal.seq, **_WHY}, {"seq": case.appeal.seq + 1, **_WHY}]
    days = [(case.now + timedelta(days=n)).date().isoformat() for n in (-3, 2, 40, 400)]
    if action in _OF_ESCALATIONS:
        return [{"escalation": e, **_WHY, "to": "handler2"} for e in ("nothing", *(e.id for e in case.escalations))]
    if action is Action.PAUSE:
        ends = [*days, (case.now + timedelta(hours=5)).isoformat()]
        return [{"reason_code": "force_majeure", "note": "台风", "until": until} for until in ends]
    if action is Action.PARK:
        return [{**_WHY, "review_on": day} for day in days]
    return _FIXED.get(action, [{}])
