"""Holes in an outcome: where it leads, what it asks for, what it issues, books and lengthens."""

from __future__ import annotations

from collections.abc import Iterator

from domain.budget import BadBudget, parse
from domain.conditions import BadCondition, facts_in
from domain.papers import facts_told
from domain.procedure import END
from domain.service import Document, Service, Step, StepOutcome
from domain.table import TABLE
from domain.vocabulary import Action, UnitKind
from storage.condition_check import Scope, condition_faults, fact_fault
from storage.form_check import form_holes
from storage.organisation import Organisation


def outcome_holes(service: Service, step: Step, outcome: StepOutcome, organisation: Organisation) -> Iterator[str]:
    """Every hole of an outcome of a step."""
    scope = Scope(service, step, outcome.record)
    if not outcome.name.strip():
        yield "name: missing"
    yield from _leads(service, step, outcome)
    yield from _clocks(service, step, outcome, organisation)
    yield from _condition(step, outcome, scope)
    yield from (f"requires: unknown step {code}" for code in outcome.requires if service.step(code) is None)
    yield from form_holes("record", outcome.record, examples=False)
    yield from _money_and_time(service, outcome)
    yield from (f"tells: {hole}" for fact in facts_told(outcome.tells) for hole in fact_fault(fact, scope))
    if outcome.document and outcome.document not in _required(outcome):
        yield f"document: the record does not require {outcome.document}"
    if outcome.issues:
        yield from (f"issues: {hole}" for hole in _document(outcome, outcome.issues, scope))
    issued = {o.issues.kind for s in service.procedure.steps for o in s.outcomes if o.issues}
    if outcome.revokes and outcome.revokes not in issued:
        yield f"revokes: no outcome issues {outcome.revokes}"


def _required(outcome: StepOutcome) -> list[str]:
    required: list[str] = outcome.record.get("required", [])
    return required


def _leads(service: Service, step: Step, outcome: StepOutcome) -> Iterator[str]:
    yield from (f"next: unknown step {c}" for c in outcome.nexts if c != END and service.step(c) is None)
    if not outcome.nexts:
        yield "next: it leads nowhere"
    if END in outcome.nexts and len(outcome.nexts) > 1:
        yield f"next: {END} ends it, nothing opens beside"
    if END in outcome.nexts and step.each:
        yield f"next: one unit's part cannot lead to {END}"


def _clocks(service: Service, step: Step, outcome: StepOutcome, organisation: Organisation) -> Iterator[str]:
    row = outcome.clocks
    if row not in TABLE[Action.COMPLETE_STEP].moves:
        yield f"clocks: unknown row {row}"
    # Only this row leads the appeal to feedback; the two must say the same.
    if (END in outcome.nexts) != (row == "finished"):
        yield f"clocks: {row} does not go with next: {', '.join(outcome.nexts)}"
    if row == "issued" and outcome.result is None:
        yield "clocks: issued needs a result that the enterprise may read"
    if row == "begun" and (service.waits is None or service.waits.step != step.code):
        yield "clocks: begun, but the service does not wait for this step"
    if (row == "transferred") != bool(outcome.transfer):
        yield "clocks: transferred and transfer belong together"
    body = organisation.place(outcome.transfer) if outcome.transfer else None
    if outcome.transfer and (body is None or body.kind is not UnitKind.OUTSIDE):
        yield f"transfer: {outcome.transfer} is no outside body of the organisation"


def _condition(step: Step, outcome: StepOutcome, scope: Scope) -> Iterator[str]:
    yield from (f"when: {hole}" for hole in condition_faults(outcome.when, scope))
    try:
        asked = facts_in(outcome.when)
    except BadCondition:
        return
    if outcome.when and not step.automatic and not outcome.refusal.strip():
        yield "refusal: what people read when the condition does not hold is missing"
    if step.automatic and any(fact.startswith(("record.", "items.")) for fact in asked):
        yield "when: the system records nothing"


def _money_and_time(service: Service, outcome: StepOutcome) -> Iterator[str]:
    accounts, steps = {a.code for a in service.accounts}, {s.code for s in service.procedure.steps if s.limits}
    for posting in outcome.posts:
        if posting.account not in accounts:
            yield f"posts: unknown account {posting.account}"
        if posting.amount not in _required(outcome):
            yield f"posts: the record does not require {posting.amount}"
    for more in outcome.extends:
        limits = {"handle", *steps} | ({"statutory"} if service.statutory else set())
        if more.of not in limits:
            yield f"extends: {more.of} is no limit of the service"
        yield from (f"extends: {hole}" for hole in _budget(more.budget))


def _budget(text: str) -> Iterator[str]:
    try:
        parse(text)
    except BadBudget as error:
        yield str(error)


def _document(outcome: StepOutcome, document: Document, scope: Scope) -> Iterator[str]:
    if not document.kind.strip() or not document.name.strip():
        yield "kind, name: missing"
    if document.number and document.number not in _required(outcome):
        yield f"number: the record does not require {document.number}"
    if document.valid_until and document.valid_until not in outcome.record.get("properties", {}):
        yield f"valid_until: the record has no {document.valid_until}"
    for fact in document.shows:
        yield from (f"shows: {hole}" for hole in fact_fault(fact, scope))
    for rule in document.validity:
        yield from (f"validity: {hole}" for hole in condition_faults(rule.when, scope))
        yield from (f"validity: {hole}" for hole in _budget(rule.budget))
        yield from (f"validity: {hole}" for hole in (fact_fault(rule.since, scope) if rule.since else ()))
    if document.validity and document.validity[-1].when:
        yield "validity: the last one must hold always"
