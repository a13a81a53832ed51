"""What an appeal's rows say, derived from its state: for whoever writes them, and for whoever checks them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from domain.appeal import Appeal, Escalation
from domain.colours import Moments
from storage.codec import dump_appeal
from storage.tally import tally


def appeal_row(appeal: Appeal, fence: int, moments: Moments) -> dict[str, Any]:
    """The appeal as its row; the offset of a rehearsal is none of it."""
    submission, assignment = appeal.submission, appeal.assignment
    return (
        asdict(moments)
        | tally(appeal)
        | {
            "number": appeal.number,
            "service": appeal.rules.service.code,
            "stage": appeal.stage.value,
            "status": appeal.status.value,
            "lead_unit": assignment.lead.code if assignment.lead else None,
            "second_unit": assignment.second.unit.code if assignment.second else None,
            "officer": assignment.officer.id if assignment.officer else None,
            "channel": submission.channel.value,
            "enterprise": submission.enterprise.uscc,
            "enterprise_name": submission.enterprise.name,
            "title": submission.title,
            "region": submission.region,
            "urgent": appeal.urgent,
            "round": appeal.round,
            "outcome": appeal.outcome.value if appeal.outcome else None,
            "submitter": submission.submitter.id,
            "created_at": appeal.created_at,
            "closed_at": appeal.closed_at,
            "updated_at": appeal.last_at or appeal.created_at,
            "seq": appeal.seq,
            "head": appeal.head,
            "fence": fence,
            "rules_version": appeal.rules.version,
            "state": dump_appeal(appeal),
            "secret": appeal.rules.service.secret,
        }
    )


def escalation_row(number: str, escalation: Escalation) -> dict[str, Any]:
    """An escalation as its row."""
    return {
        "id": escalation.id,
        "number": number,
        "clock": escalation.clock.value,
        "generation": escalation.generation,
        "level": escalation.level,
        "owner_unit": escalation.owner_unit,
        "owner": escalation.owner,
        "state": escalation.state.value,
        "opened_at": escalation.opened_at,
        "acknowledged_by": escalation.acknowledged_by,
        "lease_until": escalation.lease_until,
        "ended_at": escalation.ended_at,
    }
