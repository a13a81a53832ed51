"""Holes in a procedure: steps that nobody can do, ways that lead nowhere, limits and sums that never end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from domain.budget import BadBudget, parse
from domain.conditions import BadCondition, facts_in
from domain.procedure import END, reachable
from domain.service import COOPERATING, ENTERPRISE, FIRST, LEAD, RELATIONS, SUPERIOR, SYSTEM, Limit, Service, Step
from domain.vocabulary import Role, UnitKind
from storage.condition_check import COUNTS, Scope, condition_faults, fact_fault
from storage.organisation import Organisation
from storage.outcome_check import outcome_holes
from storage.sample import sample_accounts

_CODE = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Staff:
    """Which roles there are in which unit; of a unit without any account nothing is known."""

    organisation: Organisation
    roles: dict[str, frozenset[Role]]

    @classmethod
    def of(cls, organisation: Organisation) -> Staff:
        """The staff of the sample organisation, or of one of its shape."""
        found: dict[str, frozenset[Role]] = {}
        for account in sample_accounts(organisation):
            if account.unit:
                found[account.unit] = found.get(account.unit, frozenset()) | {*account.roles}
        return cls(organisation, found)


def procedure_holes(service: Service, staff: Staff) -> Iterator[str]:
    """Every hole of a service's procedure, and of what belongs to it."""
    steps = service.procedure.steps
    codes = [step.code for step in steps]
    yield from (f"procedure: step {code} is there twice" for code in sorted({*codes}) if codes.count(code) > 1)
    yield from _ways(service)
    for step in steps:
        yield from (f"step {step.code}: {hole}" for hole in _step(service, step, staff))
    yield from _parts(service)


def _ways(service: Service) -> Iterator[str]:
    """What leads nowhere, what nothing leads to, what leads round and round."""
    procedure, steps = service.procedure, service.procedure.steps
    if not steps:
        return
    starts = {steps[0].code, procedure.again or steps[0].code}
    reached = starts | reachable(procedure, starts)
    yield from (f"step {s.code}: no outcome leads to it" for s in steps if s.code not in reached)
    if END not in reached:
        yield f"procedure: nothing leads to {END}"
    else:
        for step in steps:
            if END not in reachable(procedure, [step.code]):
                yield f"step {step.code}: no way leads on to {END}"
    if procedure.again and service.step(procedure.again) is None:
        yield f"procedure: again: unknown step {procedure.again}"
    automatic = {s.code: s for s in steps if s.automatic}
    for code in automatic:
        if code in _only_through(automatic, code):
            yield f"step {code}: automatic steps lead round to it"
    yield from _without_result(service)


def _only_through(automatic: dict[str, Step], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        for outcome in automatic[waiting.pop()].outcomes:
            new = {*outcome.nexts} & automatic.keys() - found
            found |= new
            waiting += new
    return found


def _without_result(service: Service) -> Iterator[str]:
    """Ways on which no outcome gave a result before the end."""
    steps = {s.code: s for s in service.procedure.steps}
    seen = {service.procedure.steps[0].code, service.procedure.again} & steps.keys()
    waiting = [*seen]
    while waiting:
        for outcome in steps[waiting.pop()].outcomes:
            if outcome.result is None and outcome.clocks != "transferred":
                if END in outcome.nexts:
                    yield f"outcome {outcome.code}: a way that gave no result leads through it to {END}"
                new = [code for code in outcome.nexts if code in steps and code not in seen]
                seen.update(new)
                waiting += new


def _step(service: Service, step: Step, staff: Staff) -> Iterator[str]:
    if not _CODE.fullmatch(step.code):
        yield "code: a word of small letters, digits and underscores"
    if not step.outcomes:
        yield "has no outcome"
    codes = [o.code for o in step.outcomes]
    yield from (f"outcome {code} is there twice" for code in sorted({*codes}) if codes.count(code) > 1)
    yield from _automatic(step) if step.automatic else _hands(service, step, staff)
    yield from _limits(service, step)
    yield from _relations(service, step)
    for outcome in step.outcomes:
        found = outcome_holes(service, step, outcome, staff.organisation)
        yield from (f"outcome {outcome.code}: {hole}" for hole in found)


def _automatic(step: Step) -> Iterator[str]:
    """The system has no record to give, and must always find a way."""
    if step.roles or step.limits or step.each or step.items or step.lapse:
        yield "automatic: without roles, limits, parts and sub-items"
    if step.outcomes and step.outcomes[-1].when:
        yield "automatic: the last outcome must be open always"
    for outcome in step.outcomes:
        if outcome.record or outcome.posts or outcome.document or (outcome.issues and outcome.issues.number):
            yield f"outcome {outcome.code}: automatic, and asks for a record"


def _hands(service: Service, step: Step, staff: Staff) -> Iterator[str]:
    """Whether there is anybody who can do it."""
    unknown = [name for name in step.by if name not in RELATIONS and staff.organisation.place(name) is None]
    yield from (f"by: unit {name} is not in the organisation" for name in unknown)
    if not step.roles or not step.by:
        yield "nobody may complete it"
        return
    if (Role.ENTERPRISE in step.roles) != (ENTERPRISE in step.by):
        yield "roles, by: enterprise belongs into both"
    outside = any(_kind(staff, name) is UnitKind.OUTSIDE for name in step.by)
    if Role.SYSTEM in step.roles and not (SYSTEM in step.by or outside):
        yield "roles: system, but by names no outside event and no outside body"
    if SYSTEM in step.by and Role.SYSTEM not in step.roles:
        yield "by: system belongs into roles, too"
    if unknown or not _somebody(service, step, staff):
        yield from () if unknown else ["nobody may complete it: no unit of by has a role of roles"]


def _kind(staff: Staff, code: str) -> UnitKind | None:
    place = staff.organisation.place(code)
    return place.kind if place else None


def _somebody(service: Service, step: Step, staff: Staff) -> bool:
    wanted = {*step.roles}
    if wanted & {Role.ENTERPRISE, Role.SYSTEM}:
        return True
    units = [code for name in step.by for code in _units(service, name, staff)]
    # Where routing decides who leads, and of units without accounts, nothing is known.
    return not units or any(code not in staff.roles or staff.roles[code] & wanted for code in units)


def _units(service: Service, name: str, staff: Staff) -> Iterable[str]:
    lead = staff.organisation.place(service.lead) if service.lead else None
    if name == LEAD:
        return [service.lead] if lead else ()
    if name == SUPERIOR:
        above = lead.superior() if lead else None
        return [above.code] if above else ()
    if name == COOPERATING:
        return service.cooperating
    if name == FIRST:
        return [service.first] if service.first else ()
    if _kind(staff, name) is UnitKind.OUTSIDE:
        return [service.lead] if lead else ()
    return () if name in RELATIONS else [name]


def _limits(service: Service, step: Step) -> Iterator[str]:
    scope = Scope(service, step)
    for limit in step.limits:
        yield from (f"limits: {hole}" for hole in _limit(limit, scope))
    if {*step.by} == {SYSTEM} and not _always_limited(step):
        yield "limits: an outside event that never comes must call for somebody"
    if step.lapse:
        found = next((o for o in step.outcomes if o.code == step.lapse), None)
        if found is None:
            yield f"lapse: unknown outcome {step.lapse}"
        elif found.when or found.record.get("required") or found.posts or step.code in found.nexts:
            yield f"lapse: {step.lapse} must be open always, ask for no record, and end the step"
        if not _always_limited(step):
            yield "lapse: needs a limit that always holds"


def _limit(limit: Limit, scope: Scope) -> Iterator[str]:
    yield from condition_faults(limit.when, scope)
    if bool(limit.budget) == bool(limit.until):
        yield "either budget or until"
    if limit.until:
        yield from fact_fault(limit.until, scope)
    if limit.budget:
        try:
            parse(limit.budget)
        except BadBudget as error:
            yield str(error)
    if limit.statutory and not limit.basis:
        yield "statutory: basis missing"


def _always_limited(step: Step) -> bool:
    return any(not limit.when for limit in step.limits)


def _relations(service: Service, step: Step) -> Iterator[str]:
    steps, tracks = service.procedure.steps, {t.code for t in service.tracks}
    yield from (f"apart_from: unknown step {code}" for code in step.apart_from if service.step(code) is None)
    if step.track and step.track not in tracks:
        yield f"track: unknown track {step.track}"
    if step.chosen:
        yield from (f"chosen: {hole}" for hole in fact_fault(step.chosen, Scope(service)))
    if step.join and sum(step.code in o.nexts for s in steps if s is not step for o in s.outcomes) < 2:  # noqa: PLR2004
        yield "join: it never opens after several ways, for no two lead to it"
    if step.items:
        yield from (f"items.count: {hole}" for hole in fact_fault(step.items.count, Scope(service)))
        if not step.items.results or COUNTS & step.items.results.keys():
            yield f"items: results are needed, and none may be called {', '.join(sorted(COUNTS))}"


def _parts(service: Service) -> Iterator[str]:
    """Waiting, tracks, accounts, whom it is against."""
    steps = service.procedure.steps
    if service.waits:
        waited = service.step(service.waits.step)
        yield from (f"waits: {hole}" for hole in condition_faults(service.waits.when, Scope(service)))
        if waited is None or not any(o.clocks == "begun" for o in waited.outcomes):
            yield f"waits: step {service.waits.step} has no outcome with clocks: begun"
    for track in service.tracks:
        if not any(s.track == track.code for s in steps):
            yield f"tracks: no step is on {track.code}"
    known = service.form.get("properties", {})
    yield from (f"against: the form has no field {name}" for name in service.against if name not in known)
    if service.against and not service.secret:
        yield "against: whoever is complained of must not see it: secret"
    yield from _accounts(service)
    yield from _after_the_promise(service)


def _accounts(service: Service) -> Iterator[str]:
    posted = {p.account for s in service.procedure.steps for o in s.outcomes for p in o.posts}
    yield from (f"accounts: nothing is ever booked to {a.code}" for a in service.accounts if a.code not in posted)
    if bool(service.accounts) != bool(service.balance):
        yield "balance: accounts never balance without a condition, nor the other way round"
    yield from (f"balance: {hole}" for hole in condition_faults(service.balance, Scope(service)))
    try:
        asked = facts_in(service.balance)
    except BadCondition:
        return
    yield from (f"balance: {fact} is no account" for fact in asked if not fact.startswith("accounts."))


def _after_the_promise(service: Service) -> Iterator[str]:
    """Once the promise is kept, only limits of their own keep steps from being forgotten."""
    for step in service.procedure.steps:
        for outcome in step.outcomes:
            if outcome.clocks == "issued":
                following = {*outcome.nexts} | reachable(service.procedure, outcome.nexts)
                for later in service.procedure.steps:
                    if later.code in following and not later.automatic and not _always_limited(later):
                        yield f"step {later.code}: a limit of its own is missing, for the promise is kept before it"
