"""Appeals brought to each stage, so that a given action is possible there; each is built once."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from domain.loop import allowed
from domain.vocabulary import Stage
from tests.domain.builders import ACTORS, ANSWER, RESULT, Case, World, step

Way = Callable[[Case], Case]

_PLAIN: dict[Stage, Way] = {
    Stage.ACCEPT: lambda c: c,
    Stage.ASSIGN: Case.assigned,
    Stage.HANDLE: Case.signed,
    Stage.FEEDBACK: Case.submitted,
    Stage.EVALUATE: Case.answered,
    Stage.CLOSED: Case.closed,
}


def plain(stage: Stage, service: str = "with-statute") -> Case:
    return _PLAIN[stage](World().case(service))


def owing(stage: Stage) -> Case:
    """The enterprise owes materials: asked for in ``accept``, promised from then on."""
    case = World().case("with-materials", materials=({"code": "statement", "reference": "f-1"},))
    if stage is Stage.ACCEPT:
        return case.do("window", "request_supplement", items=["现场照片"])
    case.do("window", "accept", commitments=["现场照片"])
    ways: dict[Stage, Way] = {
        Stage.ASSIGN: lambda c: c,
        Stage.HANDLE: _sign,
        Stage.FEEDBACK: lambda c: _sign(c).do("handler", "submit_result", **RESULT),
        Stage.EVALUATE: _answer,
        Stage.CLOSED: lambda c: _answer(c).do("enterprise", "withdraw", reason="已解决"),
    }
    return ways[stage](case)


def _sign(case: Case) -> Case:
    return case.do("dispatcher", "assign", lead_unit="station-a").do("handler", "sign")


def _answer(case: Case) -> Case:
    _sign(case).do("handler", "submit_result", **RESULT).do("leader", "review", approved=True)
    return case.do("handler", "send_answer", **ANSWER)


def transferred(stage: Stage) -> Case:
    return World().case("with-statute").transferred() if stage is Stage.HANDLE else plain(stage)


def for_two() -> Case:
    """Dispatched to two stations at the same moment, signed by neither."""
    case = World().case("with-statute").do("window", "accept")
    return case.do("dispatcher", "assign", lead_unit="station-a", second_lead="station-b")


def signed_by_two() -> Case:
    return for_two().do("handler", "sign").do("handler3", "sign")


def asked_station_b(stage: Stage) -> Case:
    """Another station was asked for help while the matter was in hand."""
    if stage in {Stage.ACCEPT, Stage.ASSIGN}:
        return plain(stage)
    case = plain(Stage.HANDLE).do("handler", "ask_cooperation", unit="station-b", question="请提供监控")
    return _finish(case, stage)


def _finish(case: Case, stage: Stage) -> Case:
    """On from ``handle``."""
    if stage is Stage.HANDLE:
        return case
    case.do("handler", "submit_result", **RESULT)
    if stage is Stage.FEEDBACK:
        return case
    case.do("leader", "review", approved=True).do("handler", "send_answer", **ANSWER)
    if stage is Stage.EVALUATE:
        return case
    return case.do("enterprise", "rate", grade=5).do("visitor", "record_visit", result="satisfied")


def extension_asked(stage: Stage) -> Case:
    if stage is Stage.ACCEPT:
        return plain(stage)
    case = plain(Stage.HANDLE)
    case.do("handler", "request_extension", budget="3 working days", reason="案情复杂", legal_basis="规程第五条")
    if stage is Stage.ASSIGN:
        return case.do("supervisor", "reassign", unit="station-a", reason="换组")
    return _finish(case, stage)


def paused(stage: Stage) -> Case:
    if stage not in {Stage.ASSIGN, Stage.HANDLE}:
        return plain(stage)
    case = plain(Stage.HANDLE).do("handler", "pause", reason_code="force_majeure", until="2026-09-20")
    return case.do("supervisor", "reassign", unit="station-a", reason="换组") if stage is Stage.ASSIGN else case


def park_asked(stage: Stage) -> Case:
    case = plain(stage)
    return case.do("handler", "park", reason="等待规划", review_on="2026-10-20") if stage is Stage.HANDLE else case


def approved(stage: Stage) -> Case:
    return World().case("with-statute").approved() if stage is Stage.FEEDBACK else plain(stage)


def never_reached(stage: Stage) -> Case:
    case = plain(stage)
    for _ in range(3 if stage is Stage.EVALUATE else 0):
        case.do("visitor", "record_visit", result="unreachable")
    return case


def rounds_used_up(stage: Stage) -> Case:
    """Dissatisfied with the answer of the third round."""
    if stage is not Stage.EVALUATE:
        return plain(stage)
    return third_answer().do("enterprise", "rate", grade=1)


def third_answer() -> Case:
    return World().case("with-statute").third()


def correctable(stage: Stage) -> Case:
    case = plain(stage)
    return case if stage is Stage.CLOSED else case.do("leader", "set_urgency", urgent=True, reason="停产")


_PRESSING = {
    Stage.ACCEPT: "accept",
    Stage.ASSIGN: "sign",
    Stage.HANDLE: "handle",
    Stage.FEEDBACK: "review",
    Stage.EVALUATE: "visit",
}


def pressed(stage: Stage) -> Case:
    """The clock of the stage is used up; the leader is called, and nobody else but those on duty."""
    case = plain(stage)
    if stage in _PRESSING:
        due = case.reading(_PRESSING[stage]).due_at
        assert due is not None
        case.until(due)
        case.sent_to = {"leader": tuple(e.id for e in case.escalations)}
    return case


def permit(*outcomes: tuple[str, str]) -> Case:
    """A permit after these steps, each by whoever does such steps."""
    case = World().case("hazmat-toxic-purchase")
    for code, outcome in outcomes:
        case.do("hazmat_leader" if code == "decide" else "hazmat_handler", "complete_step", **step(code, outcome))
    return case


PREPARED: dict[str, Callable[[Stage], Case]] = {
    "supplement": owing,
    "transfer_receipt": transferred,
    "transfer_refused": transferred,
    "transfer_reply": transferred,
    "recall_transfer": transferred,
    "answer_cooperation": asked_station_b,
    "refuse_cooperation": asked_station_b,
    "decide_extension": extension_asked,
    "resume": paused,
    "approve_park": park_asked,
    "send_answer": approved,
    "close_unreachable": never_reached,
    "decide_round": rounds_used_up,
    "correct": correctable,
    "acknowledge": pressed,
    "hand_over": pressed,
    "raise": pressed,
    "end": pressed,
}


def prepared(action: str, stage: Stage) -> Case:
    """An appeal at ``stage`` on which ``action`` is possible if it is possible there at all. Shared: only read it."""
    return _prepared(_kind(action), stage)


def offers(action: str, stage: Stage) -> dict[str, tuple[str, ...]]:
    """What everybody is offered on that appeal."""
    return _offers(_kind(action), stage)


def _kind(action: str) -> str:
    return action if action in PREPARED else ""


@cache
def _prepared(kind: str, stage: Stage) -> Case:
    case = PREPARED.get(kind, plain)(stage)
    assert case.stage is stage
    return case


@cache
def _offers(kind: str, stage: Stage) -> dict[str, tuple[str, ...]]:
    case = _prepared(kind, stage)
    return {who: tuple(a.value for a in allowed(case.appeal, case.actor(who), case.now)) for who in ACTORS}
