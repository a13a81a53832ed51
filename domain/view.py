"""An appeal as a reader sees it.

Every derived value is of the reader's moment; people and their words are masked unless they are the reader's to see
(:mod:`domain.masking`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from domain.appeal import Appeal, Rating, SupplementRequest
from domain.clock import ClockName, Colour, worst
from domain.clock_view import clock_view, escalation_view
from domain.hands_view import assignment, cooperations, supervision, transfer
from domain.journal import EntryActor
from domain.masking import Sight, is_kept_secret, mask_name, mask_phone, may_know, names_of, sight_of
from domain.materials import missing_materials
from domain.people import Actor
from domain.procedure_view import accounts, document, procedure
from domain.wall import stamp

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


def render(
    appeal: Appeal,
    viewer: Actor,
    now: datetime,
    *,
    pending: bool = False,
    listed: bool = False,
    acted: Mapping[str, EntryActor] = MappingProxyType({}),
) -> dict[str, Any]:
    """The appeal of API.md for ``viewer`` at the appeal's own ``now``; ``acted`` are those whom its journal knows.

    ``listed``: as a line of a list, for whomever without people, words and the working of its deadlines.
    """
    sight = sight_of(appeal, viewer)
    sight = replace(sight, words=False) if listed else sight
    secret = is_kept_secret(appeal, viewer)
    shown = [c for c in appeal.clocks if c.subject not in sight.hidden and not (secret and c.name in _INSIDE)]
    names = names_of(appeal, viewer, acted) if acted else {}
    clocks = [clock_view(appeal, c, now, sight=sight, explained=not listed, names=names) for c in shown]
    return {
        **_submission(appeal, sight),
        **_state(appeal, viewer, now),
        # Reading them is most of the work: not once more for this. One that has ended is green.
        "colour": worst(Colour(c["colour"]) for c in clocks).value,
        "pending": pending,
        "assignment": assignment(appeal, viewer, sight),
        "cooperations": cooperations(appeal, viewer, sight),
        "procedure": procedure(appeal, viewer, sight),
        "clocks": clocks,
        "escalations": [
            escalation_view(appeal.number, e)
            for e in appeal.escalations
            if not secret and any(c.generation == e.generation for c in shown)
        ],
        "accounts": accounts(appeal, sight),
        "documents": [document(d, sight) for d in appeal.documents if may_know(appeal, viewer)],
        "supplements": [_supplement(s, sight) for s in appeal.supplements],
        "commitments": sight.show(appeal.commitments),
        "missing_materials": [{"code": m.code, "name": m.name} for m in missing_materials(appeal)],
        "supervisions": [] if secret else [supervision(s, sight) for s in appeal.supervisions],
        "transfers": [] if secret else [transfer(appeal, t, viewer, sight) for t in appeal.transfers],
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
    outcome = appeal.outcome if not appeal.is_open or may_know(appeal, viewer) else None
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


def _rating(rating: Rating, sight: Sight) -> dict[str, Any]:
    return {"round": rating.round, "grade": rating.grade, "comment": sight.show(rating.comment), "at": stamp(rating.at)}


def _result(appeal: Appeal, viewer: Actor, sight: Sight) -> dict[str, Any] | None:
    result = appeal.result
    if result is None or not may_know(appeal, viewer):
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
