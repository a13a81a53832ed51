"""How hands are shown: the units that lead, the questions to others, the orders from above and the transfers."""

from __future__ import annotations

from typing import Any

from domain.appeal import Appeal, Assignment, Cooperation, Report, Supervision, Transfer
from domain.masking import MASK, Sight, is_kept_secret, may_know
from domain.people import Actor, Person, Place
from domain.wall import stamp


def assignment(appeal: Appeal, viewer: Actor, sight: Sight) -> dict[str, Any]:
    """Who has it in hand."""
    given = Assignment() if is_kept_secret(appeal, viewer) else appeal.assignment
    return {
        "lead_unit": given.lead.code if given.lead else None,
        "lead_unit_name": given.lead.name if given.lead else None,
        "officer": given.officer.id if given.officer else None,
        "officer_name": given.officer.name if given.officer else None,
        "second_lead": given.second.unit.code if given.second else None,
        "leads": _leads(given, sight),
        "cooperating": [p.code for p in given.cooperating],
        "assigned_at": stamp(given.assigned_at),
        "signed_at": stamp(given.signed_at),
        "returns": given.returns,
        "final": given.final,
        "assigning_unit": (appeal.assigning_unit if given is appeal.assignment else appeal.submission.first_unit).code,
    }


def _leads(given: Assignment, sight: Sight) -> list[dict[str, Any]]:
    """Each leading unit with its signature and its report; two of them under a dual dispatch."""
    if given.lead is None:
        return []
    units = [(given.lead, given.officer, given.signed_at)]
    if given.second:
        units.append((given.second.unit, given.second.officer, given.second.signed_at))
    reports = {r.unit.code: _report(r, sight) for r in given.reports if sight.inside}
    return [
        {**_who(unit, officer), "signed_at": stamp(signed_at), "report": reports.get(unit.code)}
        for unit, officer, signed_at in units
    ]


def _who(unit: Place, officer: Person | None) -> dict[str, Any]:
    return {
        "unit": unit.code,
        "unit_name": unit.name,
        "officer": officer.id if officer else None,
        "officer_name": officer.name if officer else None,
    }


def _report(report: Report, sight: Sight) -> dict[str, Any]:
    return {
        "outcome": report.outcome.value,
        "text": sight.show(report.text),
        "evidence": sight.show(report.evidence),
        "by": report.by.id,
        "at": stamp(report.at),
    }


def cooperations(appeal: Appeal, viewer: Actor, sight: Sight) -> list[dict[str, Any]]:
    """The questions to other units, in the order in which they were asked."""
    if is_kept_secret(appeal, viewer):
        return []
    return [_cooperation(n, asked, viewer, sight) for n, asked in enumerate(appeal.cooperations, start=1)]


def _cooperation(number: int, asked: Cooperation, viewer: Actor, sight: Sight) -> dict[str, Any]:
    """A question to another unit; its words are for those who handle the appeal, and for whom it was put to."""
    reads = (sight.words or viewer.unit_code == asked.unit.code) and sight.inside

    def words(said: str) -> str | None:
        return (said if reads else MASK) if said else None

    return {
        "question_no": number,
        "unit": asked.unit.code,
        "unit_name": asked.unit.name,
        "status": _status(asked),
        "question": words(asked.question),
        "asked_at": stamp(asked.at),
        "answer": words(asked.answer),
        "answered_at": stamp(asked.answered_at),
        "refusal": words(asked.refusal),
        "refused_at": stamp(asked.refused_at),
        "ended_at": stamp(asked.ended_at),
    }


def _status(asked: Cooperation) -> str:
    if asked.answered_at:
        return "answered"
    if asked.refused_at:
        return "refused"
    return "ended" if asked.ended_at else "open"


def supervision(order: Supervision, sight: Sight) -> dict[str, Any]:
    """督办 on the file, posted or not; the words of the order are for the house."""
    return {
        "order": order.order if sight.words and sight.inside else MASK,
        "by": order.by.id,
        "at": stamp(order.at),
        "posted": order.posted,
        "leader": order.leader or None,
        "limit": order.limit or None,
    }


def transfer(appeal: Appeal, sent: Transfer, viewer: Actor, sight: Sight) -> dict[str, Any]:
    """What the outside body wrote is the result: the enterprise reads it in the answer."""
    untold = sent is appeal.transfers[-1] and not may_know(appeal, viewer)
    return {
        "id": f"{appeal.number}/{appeal.transfers.index(sent) + 1}",
        "body": sent.body.code,
        "body_name": sent.body.name,
        "reason": sight.show(sent.reason),
        "by": sent.by.id,
        "at": stamp(sent.at),
        "receipt_at": stamp(sent.receipt_at),
        "refused_at": stamp(sent.refused_at),
        "refusal": sight.show(sent.refusal) or None,
        "replied_at": stamp(sent.replied_at),
        "recalled_at": stamp(sent.recalled_at),
        "ended_at": stamp(sent.ended_at),
        "reply": None if untold else sight.show(sent.reply) or None,
    }
