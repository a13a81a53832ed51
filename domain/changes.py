"""What a move does to the appeal besides its stage and its clocks. Pure: the old state in, the new state out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.act import Act
from domain.appeal import (
    Appeal,
    Assignment,
    ExtensionRequest,
    ParkRequest,
    Rating,
    Result,
    SecondLead,
    Supervision,
    SupplementRequest,
    Transfer,
    Visit,
)
from domain.clock import ClockName
from domain.dual import taken_by
from domain.helping import without_questions
from domain.parties import complained_of, hands_of, is_complained_of, parties
from domain.people import Person, Place
from domain.procedure import before_again
from domain.routing import Routed
from domain.rules import Rules
from domain.settled import is_bound, told_so_far
from domain.vocabulary import Outcome, Stage, VisitResult

Change = Callable[[Appeal, Act, datetime], Appeal]


def nothing(appeal: Appeal, _act: Act, _now: datetime) -> Appeal:
    """The journal is all that remembers it."""
    return appeal


def closes_as(outcome: Outcome) -> Change:
    """Ends with that outcome."""
    return lambda appeal, _act, _now: replace(appeal, outcome=outcome)


def withdraw(appeal: Appeal, _act: Act, _now: datetime) -> Appeal:
    """Withdrawn; once the answer is out, what was answered stays its outcome."""
    answered = appeal.result and appeal.result.answered_at
    return appeal if answered else replace(appeal, outcome=Outcome.WITHDRAWN)


def accept(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """Accepted, perhaps with promised materials (容缺受理); routed as it stands by now."""
    accepted = replace(appeal, commitments=tuple(act.body.get("commitments", ())))
    return _routed(accepted, act.routed) if act.routed else accepted


def _routed(appeal: Appeal, routed: Routed) -> Appeal:
    return replace(appeal, submission=replace(appeal.submission, lead=routed.lead, routed=routed))


def ask_supplement(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Everything missing, told once."""
    request = SupplementRequest(appeal.stage, appeal.round, tuple(act.body["items"]), act.reason, now)
    return replace(appeal, supplements=(*appeal.supplements, request))


def supplement(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """What was asked for has come; without an open request it keeps the commitment."""
    brought = tuple(act.body["items"])
    if appeal.open_supplement is None:
        return replace(appeal, commitments=())
    return replace(
        appeal,
        supplements=tuple(s if s.ended_at else replace(s, supplied=brought, ended_at=now) for s in appeal.supplements),
    )


def lapse(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Nothing came in time: an unanswered request for materials counts as withdrawn, the others just end.

    What has paid money out, or told its result, goes on without the materials.
    """
    if act.body["clock"] != ClockName.SUPPLEMENT:
        return appeal
    ended = tuple(s if s.ended_at else replace(s, ended_at=now) for s in appeal.supplements)
    return replace(appeal, supplements=ended, outcome=appeal.outcome if is_bound(appeal) else Outcome.WITHDRAWN)


def set_urgency(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """Its clocks are measured again from their true start; a dry run changes nothing."""
    return appeal if act.body.get("dry_run") else replace(appeal, urgent=act.body["urgent"])


def change_service(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """Measured, and routed, as what it should have come in as; a dry run changes nothing."""
    if act.body.get("dry_run") or act.rules is None:
        return appeal
    changed = replace(_measured_by(appeal, act.rules, act), earlier=())
    if act.routed:
        return _routed(changed, act.routed)
    lead = act.places.get(act.rules.service.lead)
    free = lead if lead and not is_complained_of(changed, lead) else None
    return replace(changed, submission=replace(changed.submission, lead=free, routed=None))


def _measured_by(appeal: Appeal, rules: Rules, act: Act) -> Appeal:
    """Under other rules; the units that their steps name came with the message; complained of is who was before."""
    named = tuple(act.places[code] for code in parties(rules.service) if code in act.places)
    against = tuple(sorted(complained_of(appeal.submission, appeal.rules.service)))
    return replace(appeal, rules=rules, submission=replace(appeal.submission, parties=named, against=against))


def _hand_to(appeal: Appeal, place: Place, now: datetime, **more: object) -> Appeal:
    """Unsigned, with nothing left of what the unit before had asked or answered; a transfer is recalled.

    What the enterprise already has stays, where only the steps after it are handed on.
    """
    assignment = replace(
        Assignment(lead=place, assigned_at=now, returns=appeal.assignment.returns),
        **more,  # type: ignore[arg-type]
    )
    recalled = without_questions(_taken_back(appeal, now), now)
    return replace(recalled, assignment=assignment, outcome=None, result=told_so_far(appeal), park=None)


def assign(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """To a lead unit, perhaps to two (一警双派), with cooperating ones and a named officer."""
    helpers = tuple(act.place_of(c, f"/cooperating/{n}") for n, c in enumerate(act.body.get("cooperating", ())))
    lead, officer = act.place("lead_unit"), act.person("officer")
    return _hand_to(appeal, lead, now, cooperating=helpers, officer=officer, second=_second(act))


def _second(act: Act) -> SecondLead | None:
    return SecondLead(act.place("second_lead")) if "second_lead" in act.body else None


def name_final_owner(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """The bouncing ends here."""
    return _hand_to(appeal, act.place("unit"), now, final=True)


def reassign(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Another unit signs anew, once it is answered in a new round; another officer of the same unit just takes over."""
    officer = act.person("officer")
    if "unit" in act.body:
        appeal = new_round(appeal) if appeal.stage is Stage.EVALUATE else appeal
        return _hand_to(appeal, act.place("unit"), now, officer=officer, second=_second(act))
    return taken_by(appeal, officer)


def lift(appeal: Appeal, _act: Act, now: datetime) -> Appeal:
    """One level up (提级): the superior unit takes it over; once it is answered, in a new round."""
    above = _above(appeal)
    appeal = new_round(appeal) if appeal.stage is Stage.EVALUATE else appeal
    return replace(_hand_to(appeal, above, now), assigning_unit=above)


def request_extension(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Asked; the clock does not move before it is granted."""
    body = act.body
    request = ExtensionRequest(appeal.round, body["budget"], act.reason, body["legal_basis"], act.actor.person, now)
    return replace(appeal, extensions=(*appeal.extensions, request))


def decide_extension(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """Granted or not."""
    asked = appeal.open_extension
    decided = (replace(e, granted=act.body["granted"]) if e is asked else e for e in appeal.extensions)
    return replace(appeal, extensions=tuple(decided))


def park(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Asked; the clock does not stop before it is approved."""
    return replace(appeal, park=ParkRequest(act.reason, act.body["review_on"], act.actor.person, now))


def approve_park(appeal: Appeal, _act: Act, _now: datetime) -> Appeal:
    """Decided either way, the request is gone; the clock's ledger keeps the parking."""
    return replace(appeal, park=None)


def review(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Approved, or back to work without a result."""
    return _result_with(appeal, {"approved_at": now}) if act.body["approved"] else replace(appeal, result=None)


def send_answer(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """The written answer has gone out; nobody waits for other units any more."""
    told = {"answered_at": now, "answer": act.body["text"], "method": act.body["method"]}
    return _result_with(without_questions(appeal, now), told)


def confirm_receipt(appeal: Appeal, _act: Act, now: datetime) -> Appeal:
    """The enterprise has it in hand."""
    return _result_with(appeal, {"received_at": now})


def _result_with(appeal: Appeal, changed: Mapping[str, Any]) -> Appeal:
    return replace(appeal, result=appeal.result and replace(appeal.result, **changed))


def rate(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """One rating a round."""
    rating = Rating(appeal.round, act.body["grade"], act.body.get("comment", ""), now)
    return replace(appeal, ratings=(*appeal.ratings, rating))


def record_visit(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """One try of the return visit."""
    visit = Visit(appeal.round, VisitResult(act.body["result"]), act.body.get("text", ""), now, act.actor.person)
    return replace(appeal, visits=(*appeal.visits, visit))


def transfer(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """Handed to an outside body by whoever received it first."""
    return hand_outside(appeal, act.place("body"), act.reason, act.actor.person, now)


def hand_outside(appeal: Appeal, body: Place, reason: str, by: Person, now: datetime) -> Appeal:
    """Handed to an outside body; nobody of ours leads it meanwhile, the first contact stays answerable."""
    handed = Transfer(body, reason, by, now)
    cleared = Assignment(returns=appeal.assignment.returns)
    return replace(appeal, transfers=(*appeal.transfers, handed), assignment=cleared)


def transfer_receipt(appeal: Appeal, _act: Act, now: datetime) -> Appeal:
    """The outside body has signed for it."""
    return _open_transfer(appeal, receipt_at=now)


def transfer_refused(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """It comes back, with the reason of whoever refused."""
    return _open_transfer(appeal, refused_at=now, refusal=act.reason)


def recall_transfer(appeal: Appeal, _act: Act, now: datetime) -> Appeal:
    """A body that stays silent keeps nobody waiting for ever."""
    return _taken_back(appeal, now)


def _taken_back(appeal: Appeal, now: datetime) -> Appeal:
    return _open_transfer(appeal, recalled_at=now, ended_at=now)


def transfer_reply(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """The outside body's answer is the result; a reply without a receipt is one."""
    replied = _open_transfer(appeal, replied_at=now, reply=act.body["text"])
    answer = Result(Outcome.NOT_OURS, act.body["text"], now, needs_review=False)
    return replace(replied, outcome=answer.outcome, result=answer, park=None)


def _open_transfer(appeal: Appeal, **changed: object) -> Appeal:
    moved = tuple(replace(t, **changed) if t.is_open else t for t in appeal.transfers)  # type: ignore[arg-type]
    return replace(appeal, transfers=moved)


def supervise(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """An order on the file; ``posted`` is 挂牌督办."""
    body = act.body
    order = Supervision(
        body["order"],
        act.actor.person,
        now,
        posted=body.get("posted", False),
        leader=body.get("leader", ""),
        limit=body.get("limit", ""),
    )
    return replace(appeal, supervisions=(*appeal.supervisions, order))


def migrate_policy(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """Measured by other rules from here on, and its clocks again from their true start; a dry run changes nothing."""
    return _measured_by(appeal, act.rules, act) if act.rules and not act.body.get("dry_run") else appeal


def new_round(appeal: Appeal) -> Appeal:
    """Round again, one level up: the superior of the unit that led assigns it, to somebody else."""
    return replace(
        appeal,
        round=appeal.round + 1,
        assigning_unit=_above(appeal),
        former_officers=tuple(dict.fromkeys((*appeal.former_officers, *appeal.officers_now()))),
        round_officers=(),
        assignment=Assignment(),
        procedure=(),
        earlier=before_again(appeal),
        hands=hands_of(appeal),
        outcome=None,
        result=None,
        park=None,
        decision_due=False,
    )


def _above(appeal: Appeal) -> Place:
    """The unit one level above the one that leads or assigns; the bureau itself at the top."""
    place = appeal.lead or appeal.assigning_unit
    return place.superior() or place


def end(appeal: Appeal, now: datetime) -> Appeal:
    """Closed: nobody owes it anything any more, and it owes nobody."""
    return replace(
        without_questions(appeal, now),
        closed_at=now,
        outcome=appeal.outcome or (appeal.result.outcome if appeal.result else None),
        supplements=tuple(s if s.ended_at else replace(s, ended_at=now) for s in appeal.supplements),
        transfers=_open_transfer(appeal, ended_at=now).transfers,
        park=None,
        decision_due=False,
    )


def decide_round(appeal: Appeal, act: Act, _now: datetime) -> Appeal:
    """The supervisor's word after the last round; a no closes it as not solvable, explained in writing."""
    decided = replace(appeal, decision_due=False)
    return decided if act.body["again"] else replace(decided, outcome=Outcome.NOT_SOLVABLE)
