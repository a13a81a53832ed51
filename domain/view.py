"""An appeal as a reader sees it.

Every derived value is of the reader's moment; personal data is masked unless it is theirs to see.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from domain.appeal import Appeal, Escalation, SupplementRequest, Transfer
from domain.calendar import ZONE
from domain.clock import Clock, Colour, due_at, moment_of, read, worst
from domain.explanation import explain
from domain.journal import Entry
from domain.people import Actor
from domain.relations import owner, sees_personal_data
from domain.vocabulary import Action

MASK = "***"
#: What people write to each other inside the house; the enterprise sees that it happened, not the words.
_INTERNAL = frozenset(
    {
        Action.NOTE,
        Action.COMPLETE_STEP,
        Action.TRANSFER_REPLY,
        Action.ASK_COOPERATION,
        Action.ANSWER_COOPERATION,
        Action.REVIEW,
        Action.SUBMIT_RESULT,
        Action.SUPERVISE,
        Action.RETURN_ASSIGNMENT,
        Action.NAME_FINAL_OWNER,
        Action.CORRECT,
        Action.RUNG,
        Action.ESCALATE,
        Action.RECORD_VISIT,
    },
)
_PERSONAL = frozenset({"contact", "enterprise", "title", "description", "form", "materials"})


def stamp(at: datetime | None) -> str | None:
    """A moment as every answer writes it: RFC 3339 in Asia/Shanghai, to the millisecond."""
    return at.astimezone(ZONE).isoformat(timespec="milliseconds") if at else None


def mask_name(name: str) -> str:
    """张三 → 张**."""
    return name[:1] + "**" if name else ""


def mask_phone(phone: str) -> str:
    """13800001234 → 138****1234; of a shorter number nothing is left to show."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= len("13800001234") else "****"


def colour(appeal: Appeal, now: datetime) -> Colour:
    """The worst of its running clocks."""
    running = (c for c in appeal.clocks if c.ended_at is None)
    return worst(read(c, appeal.rules.calendar, now).colour for c in running)


@dataclass(frozen=True, slots=True)
class Moments:
    """When an appeal's colour changes, and its nearest deadline: what lists are sorted and filtered by."""

    due_at: datetime | None
    yellow_at: datetime | None
    orange_at: datetime | None
    red_at: datetime | None


def moments(appeal: Appeal) -> Moments:
    """The earliest of each over the clocks that run; none for what is paused or closed."""
    calendar = appeal.rules.calendar
    running = [c for c in appeal.clocks if c.ended_at is None and due_at(c, calendar) is not None]

    def first(percent: int) -> datetime | None:
        return min((at for c in running if (at := moment_of(c, calendar, percent))), default=None)

    return Moments(due_at=first(100), yellow_at=first(75), orange_at=first(90), red_at=first(100))


def render(
    appeal: Appeal, viewer: Actor, now: datetime, *, pending: bool = False, explained: bool = True
) -> dict[str, Any]:
    """The appeal of API.md for ``viewer`` at the appeal's own ``now``; ``explained`` adds each deadline's working."""
    said, full = appeal.submission, sees_personal_data(appeal, viewer)
    outcome = appeal.outcome if not appeal.is_open or _may_know(appeal, viewer) else None
    contact = {"name": said.contact.name, "phone": said.contact.phone}
    if not full:
        contact = {"name": mask_name(said.contact.name), "phone": mask_phone(said.contact.phone)}
    return {
        "number": appeal.number,
        "service": appeal.rules.service.code,
        "service_name": appeal.rules.service.name,
        "channel": said.channel.value,
        "enterprise": {**asdict(said.enterprise), "tiers": [t.value for t in said.enterprise.tiers]},
        "contact": contact,
        "region": said.region,
        "title": said.title,
        "description": said.description,
        "urgent": appeal.urgent,
        "form": said.form,
        "materials": list(said.materials),
        "external_ref": said.external_ref,
        "stage": appeal.stage.value,
        "round": appeal.round,
        "status": appeal.status.value,
        "outcome": outcome.value if outcome else None,
        "colour": colour(appeal, now).value,
        "pending": pending,
        "created_at": stamp(appeal.created_at),
        "closed_at": stamp(appeal.closed_at),
        "now": stamp(now),
        "assignment": _assignment(appeal),
        "procedure": _procedure(appeal, viewer),
        "clocks": [clock_view(appeal, c, now, explained=explained) for c in appeal.clocks],
        "escalations": [escalation_view(appeal.number, e) for e in appeal.escalations],
        "supplements": [_supplement(s) for s in appeal.supplements],
        "commitments": list(appeal.commitments),
        "transfers": [_transfer(appeal, t, viewer) for t in appeal.transfers],
        "ratings": [
            {"round": r.round, "grade": r.grade, "comment": r.comment, "at": stamp(r.at)} for r in appeal.ratings
        ],
        "visits": [{"round": v.round, "result": v.result.value, "at": stamp(v.at)} for v in appeal.visits],
        "result": _result(appeal, viewer),
        "links": _links(appeal.number),
    }


def _may_know(appeal: Appeal, viewer: Actor) -> bool:
    """The enterprise is told by the answer, not by looking over the handler's shoulder."""
    told = appeal.result is not None and appeal.result.answered_at is not None
    return told or not owner(appeal, viewer)


def _assignment(appeal: Appeal) -> dict[str, Any]:
    given = appeal.assignment
    return {
        "lead_unit": given.lead.code if given.lead else None,
        "lead_unit_name": given.lead.name if given.lead else None,
        "officer": given.officer.id if given.officer else None,
        "officer_name": given.officer.name if given.officer else None,
        "cooperating": [p.code for p in given.cooperating],
        "assigned_at": stamp(given.assigned_at),
        "signed_at": stamp(given.signed_at),
        "returns": given.returns,
        "final": given.final,
        "assigning_unit": appeal.assigning_unit.code,
    }


def _procedure(appeal: Appeal, viewer: Actor) -> dict[str, Any]:
    """Where each step stands; what was recorded in it is for the house, the enterprise gets the document."""
    procedure, inside = appeal.rules.service.procedure, not owner(appeal, viewer)
    states = {s.code: s for s in appeal.procedure}
    steps = []
    for step in procedure.steps:
        state = states.get(step.code)
        steps.append(
            {
                "code": step.code,
                "name": step.name,
                "status": state.status.value if state else "waiting",
                "started_at": stamp(state.started_at) if state else None,
                "finished_at": stamp(state.finished_at) if state else None,
                "outcome": (state.outcome or None) if state and _may_know(appeal, viewer) else None,
                "record": state.record if state and inside else {},
            },
        )
    return {"name": procedure.name, "steps": steps}


def clock_view(appeal: Appeal, clock: Clock, now: datetime, *, explained: bool) -> dict[str, Any]:
    """A clock of API.md, read at ``now``."""
    calendar = appeal.rules.calendar
    reading = read(clock, calendar, now)
    spans = explain(clock, calendar, now) if explained else ()
    return {
        "name": clock.name.value,
        "round": clock.round,
        "status": reading.status.value,
        "late": reading.late,
        "started_at": stamp(clock.started_at),
        "ended_at": stamp(clock.ended_at),
        "due_at": stamp(reading.due_at),
        "provisional": reading.provisional,
        "budget": clock.budget,
        "extensions": [e.budget for e in clock.extensions],
        "elapsed": reading.elapsed,
        "remaining": reading.remaining,
        "unit": reading.unit,
        "colour": reading.colour.value,
        "statutory": clock.statutory,
        "basis": clock.basis,
        "pauses": [
            {"cause": p.cause, "reason": p.reason, "from": stamp(p.started_at), "to": stamp(p.ended_at)}
            for p in clock.pauses
        ],
        "explanation": [
            {"from": stamp(s.started_at), "to": stamp(s.ended_at), "counted": s.counted, "why": s.why} for s in spans
        ],
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


def _supplement(request: SupplementRequest) -> dict[str, Any]:
    return {
        "stage": request.stage.value,
        "round": request.round,
        "items": list(request.items),
        "reason": request.reason,
        "at": stamp(request.at),
        "supplied": list(request.supplied),
        "ended_at": stamp(request.ended_at),
    }


def _transfer(appeal: Appeal, transfer: Transfer, viewer: Actor) -> dict[str, Any]:
    """What the outside body wrote is the result: the enterprise reads it in the answer."""
    untold = transfer is appeal.transfers[-1] and not _may_know(appeal, viewer)
    return {
        "body": transfer.body.code,
        "body_name": transfer.body.name,
        "reason": transfer.reason,
        "by": transfer.by.id,
        "at": stamp(transfer.at),
        "receipt_at": stamp(transfer.receipt_at),
        "refused_at": stamp(transfer.refused_at),
        "refusal": transfer.refusal or None,
        "replied_at": stamp(transfer.replied_at),
        "ended_at": stamp(transfer.ended_at),
        "reply": None if untold else transfer.reply or None,
    }


def _result(appeal: Appeal, viewer: Actor) -> dict[str, Any] | None:
    result = appeal.result
    if result is None or not _may_know(appeal, viewer):
        return None
    return {
        "outcome": result.outcome.value,
        "text": result.text,
        "evidence": list(result.evidence),
        "document": result.document,
        "submitted_at": stamp(result.at),
        "approved_at": stamp(result.approved_at),
        "answer": result.answer or None,
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
        "page": f"/appeals/{number}",
        "receipt": f"/track/{number}",
    }


def render_entry(appeal: Appeal, entry: Entry, viewer: Actor) -> dict[str, Any]:
    """A journal entry of API.md: words as the reader may see them, the sealed part and the chain for everybody."""
    inside = viewer.uscc is None
    full = sees_personal_data(appeal, viewer)
    hidden = not inside and entry.action in _INTERNAL and not entry.data.get("public", False)
    personal = entry.action is Action.SUBMIT and not full
    data = {k: MASK if hidden or (personal and k in _PERSONAL) else v for k, v in entry.data.items()}
    see_salt = full and not hidden
    return {
        "seq": entry.seq,
        "at": stamp(entry.at),
        "actor": {
            "id": entry.actor.id,
            "name": entry.actor.name if inside or entry.actor.id == viewer.id else mask_name(entry.actor.name),
            "unit": entry.actor.unit,
            "role": entry.actor.role,
        },
        "action": entry.action.value,
        "from_stage": entry.from_stage.value if entry.from_stage else None,
        "to_stage": entry.to_stage.value,
        "round": entry.round,
        "reason": MASK if hidden and entry.reason else entry.reason,
        "data": data,
        "salt": entry.salt if see_salt else None,
        "sealed": entry.sealed,
        "hash": entry.hash,
        "previous_hash": entry.previous_hash,
    }
