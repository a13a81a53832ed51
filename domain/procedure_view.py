"""The work on an appeal as a reader sees it: its steps, its accounts and the documents that it issued."""

from __future__ import annotations

from typing import Any

from domain.appeal import Appeal, Issued, StepState
from domain.batch import counts
from domain.facts import total_of
from domain.masking import Sight, is_kept_secret, may_know
from domain.money import spoken
from domain.parties import party
from domain.people import Actor
from domain.service import Step
from domain.wall import stamp


def procedure(appeal: Appeal, viewer: Actor, sight: Sight) -> dict[str, Any]:
    """Where each step stands."""
    service, told = appeal.rules.service, may_know(appeal, viewer)
    secret = is_kept_secret(appeal, viewer)
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


def accounts(appeal: Appeal, sight: Sight) -> list[dict[str, Any]]:
    """Each account with its sum in yuan, exactly; for whoever reads words at all."""
    if not sight.words:
        return []
    named = appeal.rules.service.accounts
    return [{"code": a.code, "name": a.name, "yuan": spoken(appeal.accounts.get(a.code, 0))} for a in named]


def document(issued: Issued, sight: Sight) -> dict[str, Any]:
    """A document with its number and what it shows."""
    return {
        "kind": issued.kind,
        "name": issued.name,
        "number": issued.number,
        "issued_at": stamp(issued.at),
        "valid_from": issued.valid_from,
        "valid_until": issued.valid_until,
        "revoked_at": stamp(issued.revoked_at),
        "shows": sight.show(issued.shows),
    }
