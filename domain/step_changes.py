"""What taking an outcome does to the appeal: to its procedure, result, documents, accounts and limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from domain import clock as clocks
from domain.act import Act
from domain.appeal import Appeal, Issued, Result, SupplementRequest
from domain.changes import hand_outside
from domain.clock import Clock, ClockName, Extension, projected_due
from domain.dual import taken_by
from domain.journal import moment
from domain.money import spoken
from domain.papers import issued, revoked, sentence, told
from domain.parties import party
from domain.procedure import Done, complete, find
from domain.rungs import rearmed
from domain.service import MoreTime
from domain.steps import Taken, taken

_ONLINE = "online"


def complete_step(appeal: Appeal, act: Act, now: datetime) -> Appeal:
    """A step recorded, with everything that its outcome does besides."""
    took = taken(appeal, act)
    outcome, lead = took.outcome, appeal.lead
    if appeal.assignment.officer is None and lead and act.actor.unit_code == lead.code:
        appeal = taken_by(appeal, act.actor.person)
    done = Done(act.actor.id, now, took.unit, took.record, took.items)
    procedure, accounts = complete(appeal, took.step, outcome, done), took.known.accounts or {}
    if outcome.clocks == "incomplete":
        items, reason = tuple(took.record.get("items", ())), took.record.get("reason", "")
        asked = (*appeal.supplements, SupplementRequest(appeal.stage, appeal.round, items, reason, now))
        return replace(appeal, procedure=procedure, accounts=accounts, supplements=asked)
    result = _result(appeal, took, now)
    appeal = _with_documents(replace(appeal, procedure=procedure, accounts=accounts, result=result), took, now)
    for more in outcome.extends:
        appeal = _extended(appeal, more, act, now)
    if outcome.transfer:
        return hand_outside(appeal, party(appeal, outcome.transfer), outcome.name, act.actor.person, now)
    return appeal


def _result(appeal: Appeal, took: Taken, now: datetime) -> Result | None:
    outcome, record, result = took.outcome, took.record, appeal.result
    if outcome.result is not None:
        said = sentence(outcome.record, record)
        text = f"{outcome.name}:{said}" if said else outcome.name
        given = Result(outcome.result, text, now, document=dict(record), needs_review=False)
        if result and result.answered_at:
            # What the enterprise was told once, it goes on seeing.
            given = replace(given, answered_at=result.answered_at, answer=result.answer, method=result.method)
        result = given
    if result is None:
        return None
    if outcome.document:
        result = replace(result, document={**(result.document or {}), **record, "number": record[outcome.document]})
    if outcome.clocks == "issued":
        # The promise is kept: the enterprise may read what it was promised while the rest goes on.
        result = replace(result, answered_at=now, answer=result.text, method=_ONLINE)
    return result


def _with_documents(appeal: Appeal, took: Taken, now: datetime) -> Appeal:
    outcome = took.outcome
    if outcome.revokes:
        appeal = revoked(appeal, outcome.revokes, now)
    if outcome.issues is None:
        return appeal
    document = issued(outcome.issues, replace(took.known, appeal=appeal), took.step.code, now)
    result = appeal.result
    if result:
        result = replace(result, document={**(result.document or {}), **document.shows, **_as_shown(document)})
    return replace(appeal, documents=(*appeal.documents, document), result=result)


def _as_shown(document: Issued) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "name": document.name,
        "number": document.number,
        "valid_from": document.valid_from,
        "valid_until": document.valid_until,
    }


def _extended(appeal: Appeal, more: MoreTime, act: Act, now: datetime) -> Appeal:
    extension = Extension(now, more.budget, act.reason or more.basis, act.actor.id, more.basis)
    return replace(
        appeal,
        clocks=tuple(
            rearmed(appeal, clocks.extend(c, extension), now) if _is_of(c, more) else c for c in appeal.clocks
        ),
    )


def _is_of(clock: Clock, more: MoreTime) -> bool:
    mine = clock.subject if clock.name is ClockName.STEP else clock.name.value
    return clock.ended_at is None and mine == more.of


def facts(before: Appeal, after: Appeal, act: Act, now: datetime) -> dict[str, Any]:
    """For the journal: documents that were issued, limits that moved, sums of what was booked, what was told."""
    said: dict[str, Any] = {}
    if new := after.documents[len(before.documents) :]:
        said["documents"] = [{"number": d.number, "kind": d.kind, "valid_until": d.valid_until} for d in new]
    if after.accounts != before.accounts:
        said["accounts"] = {code: spoken(fen) for code, fen in after.accounts.items()}
    _, outcome = find(before.rules.service.procedure, act.body["step"], act.body["outcome"])
    if outcome.tells:
        said["told"] = told(outcome.tells, taken(before, act).known)
    if outcome.extends:
        said["extended"] = [_moved_to(after, more, now) for more in outcome.extends]
    return said


def _moved_to(appeal: Appeal, more: MoreTime, now: datetime) -> dict[str, Any]:
    clock = next((c for c in appeal.clocks if _is_of(c, more)), None)
    due = projected_due(clock, appeal.calendar_of(clock), now) if clock else None
    return {"clock": more.of, "budget": more.budget, "due_at": moment(due) if due else None}
