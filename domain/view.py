"""An appeal as a reader sees it.

Every derived value is of the reader's moment; people and their words are masked unless they are the reader's to see
(:mod:`domain.masking`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from domain.appeal import (
    Appeal,
    Assignment,
    Escalation,
    Issued,
    Rating,
    StepState,
    Supervision,
    SupplementRequest,
    Transfer,
)
from domain.batch import counts
from domain.calendar import ZONE, Calendar
from domain.clock import Clock, ClockName, Colour, Reading, Status, due_at, moment_of, open_pauses, read, worst
from domain.explanation import ExplainedSpan, explain
from domain.facts import total_of
from domain.hands_view import cooperation, leads
from domain.journal import Entry
from domain.masking import MASK, Sight, mask_name, mask_phone, sight_of
from domain.materials import missing_materials
from domain.money import spoken
from domain.parties import party
from domain.people import Actor
from domain.relations import is_outside
from domain.service import Step
from domain.summary import summary
from domain.vocabulary import PauseReason
from domain.wording import Why, reason

_CODES = frozenset(code.value for code in PauseReason)
#: Limits of what goes on inside the house: of a secret matter nobody outside sees them.
_INSIDE = frozenset(
    {
        ClockName.SIGN,
        ClockName.REVIEW,
        ClockName.INSPECTION,
        ClockName.TRANSFER_RECEIPT,
        ClockName.TRANSFER_REPLY,
        ClockName.SUPERVISION,
        ClockName.STEP,
        ClockName.COOPERATION,
    }
)
_REMEMBERED = 4096  # clocks that have been explained


def stamp(at: datetime | None) -> str | None:
    """A moment as every answer writes it: RFC 3339 in Asia/Shanghai, to the millisecond."""
    return at.astimezone(ZONE).isoformat(timespec="milliseconds") if at else None


def colour(appeal: Appeal, now: datetime) -> Colour:
    """The worst of its running clocks."""
    running = (c for c in appeal.clocks if c.ended_at is None)
    return worst(read(c, appeal.calendar_of(c), now).colour for c in running)


@dataclass(frozen=True, slots=True)
class Moments:
    """When an appeal's colour changes, and its nearest deadline: what lists are sorted and filtered by."""

    due_at: datetime | None
    yellow_at: datetime | None
    orange_at: datetime | None
    red_at: datetime | None


def moments(appeal: Appeal) -> Moments:
    """The earliest of each over the clocks that run; none for what is paused or closed."""
    running = [c for c in appeal.clocks if c.ended_at is None and due_at(c, appeal.calendar_of(c)) is not None]

    def first(percent: int) -> datetime | None:
        return min((at for c in running if (at := moment_of(c, appeal.calendar_of(c), percent))), default=None)

    return Moments(due_at=first(100), yellow_at=first(75), orange_at=first(90), red_at=first(100))


def render(
    appeal: Appeal, viewer: Actor, now: datetime, *, pending: bool = False, listed: bool = False
) -> dict[str, Any]:
    """The appeal of API.md for ``viewer`` at the appeal's own ``now``.

    ``listed``: as a line of a list, for whomever without people, words and the working of its deadlines.
    """
    sight = sight_of(appeal, viewer)
    sight = replace(sight, words=False) if listed else sight
    secret = _is_kept_secret(appeal, viewer)
    shown = [c for c in appeal.clocks if c.subject not in sight.hidden and not (secret and c.name in _INSIDE)]
    clocks = [clock_view(appeal, c, now, sight=sight, explained=not listed) for c in shown]
    return {
        **_submission(appeal, sight),
        **_state(appeal, viewer, now),
        # Reading them is most of the work: not once more for this. One that has ended is green.
        "colour": worst(Colour(c["colour"]) for c in clocks).value,
        "pending": pending,
        "assignment": _assignment(appeal, viewer, sight),
        "cooperations": _cooperations(appeal, viewer, sight),
        "procedure": _procedure(appeal, viewer, sight),
        "clocks": clocks,
        "escalations": [
            escalation_view(appeal.number, e)
            for e in appeal.escalations
            if not secret and any(c.generation == e.generation for c in shown)
        ],
        "accounts": _accounts(appeal, sight),
        "documents": [_document(d, sight) for d in appeal.documents if _may_know(appeal, viewer)],
        "supplements": [_supplement(s, sight) for s in appeal.supplements],
        "commitments": sight.show(appeal.commitments),
        "missing_materials": [{"code": m.code, "name": m.name} for m in missing_materials(appeal)],
        "supervisions": [] if secret else [_supervision(s, sight) for s in appeal.supervisions],
        "transfers": [] if secret else [_transfer(appeal, t, viewer, sight) for t in appeal.transfers],
        "ratings": [_rating(r, sight) for r in appeal.ratings],
        "visits": [{"round": v.round, "result": v.result.value, "at": stamp(v.at)} for v in appeal.visits],
        "result": _result(appeal, viewer, sight),
        "links": _links(appeal.number),
    }


def _submission(appeal: Appeal, sight: Sight) -> dict[str, Any]:
    """What came in."""
    said = appeal.submission
    name, phone = said.contact.name, said.contact.phone
    return {
        "number": appeal.number,
        "service": appeal.rules.service.code,
        "service_name": appeal.rules.service.name,
        "channel": said.channel.value,
        "enterprise": {**asdict(said.enterprise), "tiers": [t.value for t in said.enterprise.tiers]},
        "contact": {
            "name": name if sight.words else mask_name(name),
            "phone": phone if sight.words else mask_phone(phone),
        },
        "region": said.region,
        "title": said.title,
        "description": sight.show(said.description),
        "form": sight.show(said.form),
        "materials": sight.show(said.materials),
        "external_ref": said.external_ref,
    }


def _state(appeal: Appeal, viewer: Actor, now: datetime) -> dict[str, Any]:
    """Where it stands."""
    outcome = appeal.outcome if not appeal.is_open or _may_know(appeal, viewer) else None
    return {
        "urgent": appeal.urgent,
        "stage": appeal.stage.value,
        "round": appeal.round,
        "status": appeal.status.value,
        "outcome": outcome.value if outcome else None,
        "created_at": stamp(appeal.created_at),
        "closed_at": stamp(appeal.closed_at),
        "now": stamp(now),
    }


def _may_know(appeal: Appeal, viewer: Actor) -> bool:
    """The enterprise is told by the answer, not by looking over the handler's shoulder."""
    told = appeal.result is not None and appeal.result.answered_at is not None
    return told or not is_outside(viewer)


def _is_kept_secret(appeal: Appeal, viewer: Actor) -> bool:
    """Of a complaint or a clue, whoever sent it in sees receipt and result only (S4)."""
    return appeal.rules.service.secret and is_outside(viewer)


def _cooperations(appeal: Appeal, viewer: Actor, sight: Sight) -> list[dict[str, Any]]:
    if _is_kept_secret(appeal, viewer):
        return []
    return [cooperation(n, asked, sight, stamp) for n, asked in enumerate(appeal.cooperations, start=1)]


def _assignment(appeal: Appeal, viewer: Actor, sight: Sight) -> dict[str, Any]:
    given = Assignment() if _is_kept_secret(appeal, viewer) else appeal.assignment
    return {
        "lead_unit": given.lead.code if given.lead else None,
        "lead_unit_name": given.lead.name if given.lead else None,
        "officer": given.officer.id if given.officer else None,
        "officer_name": given.officer.name if given.officer else None,
        "second_lead": given.second.unit.code if given.second else None,
        "leads": leads(given, sight, stamp),
        "cooperating": [p.code for p in given.cooperating],
        "assigned_at": stamp(given.assigned_at),
        "signed_at": stamp(given.signed_at),
        "returns": given.returns,
        "final": given.final,
        "assigning_unit": (appeal.assigning_unit if given is appeal.assignment else appeal.submission.first_unit).code,
    }


def _procedure(appeal: Appeal, viewer: Actor, sight: Sight) -> dict[str, Any]:
    """Where each step stands."""
    service, told = appeal.rules.service, _may_know(appeal, viewer)
    secret = _is_kept_secret(appeal, viewer)
    steps = [
        _step(appeal, step, state, sight, told=told)
        for step in service.procedure.steps
        if not secret and step.code not in sight.hidden
        for state in [s for s in appeal.procedure if s.code == step.code] or [StepState(step.code)]
    ]
    return {"name": service.procedure.name, "steps": steps}


def _step(appeal: Appeal, step: Step, state: StepState, sight: Sight, *, told: bool) -> dict[str, Any]:
    """A step, or one unit's part of it; of its sub-items the numbers, and to the house which are which."""
    unit = party(appeal, state.unit) if state.unit else None
    inside = sight.inside and sight.words
    return {
        "code": step.code,
        "name": step.name,
        "status": state.status.value,
        "started_at": stamp(state.started_at),
        "finished_at": stamp(state.finished_at),
        "outcome": (state.outcome or None) if told else None,
        "record": sight.record(state.record),
        "unit": unit.code if unit else None,
        "unit_name": unit.name if unit else None,
        "track": step.track or None,
        "passes": state.passes,
        "items": {**counts(state.items, total_of(appeal, step)), "results": state.items if inside else {}}
        if step.items
        else None,
    }


def _accounts(appeal: Appeal, sight: Sight) -> list[dict[str, Any]]:
    """Each account with its sum in yuan, exactly; for whoever reads words at all."""
    if not sight.words:
        return []
    named = appeal.rules.service.accounts
    return [{"code": a.code, "name": a.name, "yuan": spoken(appeal.accounts.get(a.code, 0))} for a in named]


def _document(document: Issued, sight: Sight) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "name": document.name,
        "number": document.number,
        "issued_at": stamp(document.at),
        "valid_from": document.valid_from,
        "valid_until": document.valid_until,
        "revoked_at": stamp(document.revoked_at),
        "shows": sight.show(document.shows),
    }


def clock_view(appeal: Appeal, clock: Clock, now: datetime, *, sight: Sight, explained: bool) -> dict[str, Any]:
    """A clock of API.md, read at ``now``; ``explained`` adds its deadline's working, whole and in one sentence."""
    calendar = appeal.calendar_of(clock)
    reading, shown = read(clock, calendar, now), sight.clock(clock) if clock.pauses or clock.extensions else clock
    told = _told(shown, calendar, now, reading) if explained else _Told(Why("", ""), ())
    return {
        "name": clock.name.value,
        "subject": clock.subject or None,
        "subject_name": _subject(appeal, clock),
        "owner": clock.owner or None,
        "round": clock.round,
        "status": reading.status.value,
        "late": reading.late,
        "started_at": stamp(clock.started_at),
        "ended_at": stamp(clock.ended_at),
        "due_at": stamp(reading.due_at),
        "provisional": reading.provisional,
        "budget": clock.budget,
        "extensions": [e.budget for e in shown.extensions],
        "elapsed": reading.elapsed,
        "remaining": reading.remaining,
        "unit": reading.unit,
        "colour": reading.colour.value,
        "statutory": clock.statutory,
        "basis": clock.basis,
        "pauses": [
            {
                "cause": p.cause,
                "reason": reason(p.reason).chinese,
                "reason_code": p.reason if p.reason in _CODES else None,
                "from": stamp(p.started_at),
                "to": stamp(p.ended_at),
                "until": stamp(p.until),
            }
            for p in shown.pauses
        ],
        "summary": told.sentence.chinese,
        "summary_en": told.sentence.english,
        "explanation": [dict(span) for span in told.spans],
    }


def _subject(appeal: Appeal, clock: Clock) -> str | None:
    """What it is about, as people read it."""
    step = appeal.rules.service.step(clock.subject)
    return step.name if step else clock.subject or None


@dataclass(frozen=True, slots=True)
class _Told:
    """A clock's deadline in one sentence, and stretch by stretch as it is shown."""

    sentence: Why
    spans: tuple[dict[str, Any], ...]


def _told(clock: Clock, calendar: Calendar, now: datetime, reading: Reading) -> _Told:
    """What a clock tells of itself is the same until something happens to it, so it is worked out once.

    Only one that waits, or that stands still, tells something else at each moment.
    """
    if clock.started_at is None or open_pauses(clock):
        return _tell(clock, calendar, now)
    overdue = reading.due_at if reading.status is Status.BREACHED else None
    return _tell_once(clock, calendar, overdue or clock.started_at)


def _tell(clock: Clock, calendar: Calendar, now: datetime) -> _Told:
    spans = tuple(span_view(span) for span in explain(clock, calendar, now))
    return _Told(summary(clock, calendar, now), spans)


_tell_once = lru_cache(_REMEMBERED)(_tell)


def span_view(span: ExplainedSpan) -> dict[str, Any]:
    """One stretch on the way to a deadline."""
    return {
        "from": stamp(span.started_at),
        "to": stamp(span.ended_at),
        "counted": span.counted,
        "why": span.why,
        "why_en": span.why_en,
    }


def escalation_view(number: str, escalation: Escalation) -> dict[str, Any]:
    """An escalation of API.md."""
    return {
        "id": escalation.id,
        "number": number,
        "clock": escalation.clock.value,
        "level": escalation.level,
        "state": escalation.state.value,
        "owner_unit": escalation.owner_unit,
        "owner": escalation.owner,
        "opened_at": stamp(escalation.opened_at),
        "acknowledged_by": escalation.acknowledged_by,
        "lease_until": stamp(escalation.lease_until),
        "ended_at": stamp(escalation.ended_at),
    }


def _supplement(request: SupplementRequest, sight: Sight) -> dict[str, Any]:
    return {
        "stage": request.stage.value,
        "round": request.round,
        "items": sight.show(request.items),
        "reason": sight.show(request.reason),
        "at": stamp(request.at),
        "supplied": sight.show(request.supplied),
        "ended_at": stamp(request.ended_at),
    }


def _supervision(order: Supervision, sight: Sight) -> dict[str, Any]:
    """督办 on the file, posted or not; the words of the order are for the house."""
    return {
        "order": order.order if sight.words and sight.inside else MASK,
        "by": order.by.id,
        "at": stamp(order.at),
        "posted": order.posted,
        "leader": order.leader or None,
        "limit": order.limit or None,
    }


def _transfer(appeal: Appeal, transfer: Transfer, viewer: Actor, sight: Sight) -> dict[str, Any]:
    """What the outside body wrote is the result: the enterprise reads it in the answer."""
    untold = transfer is appeal.transfers[-1] and not _may_know(appeal, viewer)
    return {
        "id": f"{appeal.number}/{appeal.transfers.index(transfer) + 1}",
        "body": transfer.body.code,
        "body_name": transfer.body.name,
        "reason": sight.show(transfer.reason),
        "by": transfer.by.id,
        "at": stamp(transfer.at),
        "receipt_at": stamp(transfer.receipt_at),
        "refused_at": stamp(transfer.refused_at),
        "refusal": sight.show(transfer.refusal) or None,
        "replied_at": stamp(transfer.replied_at),
        "recalled_at": stamp(transfer.recalled_at),
        "ended_at": stamp(transfer.ended_at),
        "reply": None if untold else sight.show(transfer.reply) or None,
    }


def _rating(rating: Rating, sight: Sight) -> dict[str, Any]:
    return {"round": rating.round, "grade": rating.grade, "comment": sight.show(rating.comment), "at": stamp(rating.at)}


def _result(appeal: Appeal, viewer: Actor, sight: Sight) -> dict[str, Any] | None:
    result = appeal.result
    if result is None or not _may_know(appeal, viewer):
        return None
    return {
        "outcome": result.outcome.value,
        "text": sight.show(result.text),
        "evidence": sight.show(result.evidence),
        "document": sight.show(result.document),
        "submitted_at": stamp(result.at),
        "approved_at": stamp(result.approved_at),
        "answer": sight.show(result.answer) or None,
        "method": result.method or None,
        "answered_at": stamp(result.answered_at),
        "received_at": stamp(result.received_at),
    }


def _links(number: str) -> dict[str, str]:
    base = f"/v1/appeals/{number}"
    return {
        "self": base,
        "actions": f"{base}/actions",
        "journal": f"{base}/journal",
        "routing": f"{base}/routing",
        "duplicates": f"{base}/duplicates",
        "page": f"/appeals/{number}",
        "receipt": f"{base}/documents/receipt",
        "documents": f"{base}/documents",
        "attachments": f"{base}/attachments",
    }


def render_entry(appeal: Appeal, entry: Entry, viewer: Actor) -> dict[str, Any]:
    """A journal entry of API.md: words as the reader may see them, the sealed part and the chain for everybody."""
    shown = sight_of(appeal, viewer).entry(entry, viewer)
    return {
        "seq": shown.seq,
        "at": stamp(shown.at),
        "actor": asdict(shown.actor),
        "action": shown.action.value,
        "from_stage": shown.from_stage.value if shown.from_stage else None,
        "to_stage": shown.to_stage.value,
        "round": shown.round,
        "reason": shown.reason,
        "data": shown.data,
        "salt": shown.salt or None,
        "sealed": shown.sealed,
        "hash": shown.hash,
        "previous_hash": shown.previous_hash,
    }
