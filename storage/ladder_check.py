"""Holes in the ladders of a policy: a step that can call nobody, an end in nobody's hands, a name that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from domain.budget import BadBudget
from domain.ladder import ACCOUNT, CATCH_ALL, ON_DUTY, CallStep, Ladder, length
from domain.quiet import BadHours, hours_of
from domain.rules import Policy
from domain.service import Service
from domain.vocabulary import STAFF_ROLES

_MOST_TIMES = 100


def ladder_holes(policy: Policy) -> Iterator[str]:
    """What is wrong with the policy's ladders, its lease and its quiet hours."""
    names = [ladder.name for ladder in policy.ladders]
    yield from (f"ladders: {name} is there twice" for name in sorted(set(names)) if names.count(name) > 1)
    yield from _length("lease", policy.lease) if policy.lease else ("lease: missing",)
    try:
        hours_of(policy.quiet)
    except BadHours as error:
        yield f"quiet: {error}"
    for ladder in policy.ladders:
        yield from (f"ladders.{ladder.name}: {hole}" for hole in _ladder(ladder))


def _ladder(ladder: Ladder) -> Iterator[str]:
    if not ladder.name.strip():
        yield "name missing"
    yield from _length("lease", ladder.lease)
    if not ladder.steps:
        yield "steps: missing"
        return
    if ladder.steps[0].climbs:
        yield "steps.0: the first one must call in the unit itself"
    if ladder.steps[0].after:
        yield "steps.0.after: the first one calls at the deadline"
    late = (number for number, step in enumerate(ladder.steps) if number and not step.after)
    yield from (f"steps.{number}.after: missing: nobody of the step before would be called" for number in late)
    for number, step in enumerate(ladder.steps):
        yield from (f"steps.{number}.{hole}" for hole in _step(step))
    if CATCH_ALL not in ladder.steps[-1].targets:
        yield "steps: the last one must call catch_all, or it would end in nobody's hands"
    for number, (one, other) in enumerate(pairwise(ladder.steps), 1):
        if one.targets == other.targets and not other.climbs and not one.climbs:
            yield f"steps.{number}: calls the same people as the step before: say times"


def _step(step: CallStep) -> Iterator[str]:
    if not step.targets:
        yield "targets: missing"
    for target in step.targets:
        named = target.startswith(ACCOUNT) and len(target) > len(ACCOUNT)
        if target not in {ON_DUTY, CATCH_ALL, *STAFF_ROLES} and not named:
            yield f"targets: there is no role {target}"
    if step.climbs and CATCH_ALL in step.targets:
        yield "climbs: catch_all is the same in every unit"
    if not 1 <= step.times <= _MOST_TIMES:
        yield f"times: must be between 1 and {_MOST_TIMES}"
    if step.times > 1 and not (step.every or step.after):
        yield "every: a step that repeats needs a pause"
    yield from _length("after", step.after)
    yield from _length("every", step.every)


def _length(name: str, value: str) -> Iterator[str]:
    try:
        length(value)
    except BadBudget:
        yield f"{name}: must be minutes or hours, not {value!r}"


def unknown_ladders(service: Service, policy: Policy) -> Iterator[str]:
    """Ladders that the service names and the policy has not; and what it says in vain beside ladders."""
    if not policy.ladders:
        return
    law = service.statutory
    for name, wanted in (("ladder", service.ladder), ("statutory.ladder", law.ladder if law else "")):
        if wanted and policy.ladder(wanted) is None:
            yield f"{name}: there is no ladder {wanted}"
    fresh = Service.__dataclass_fields__
    old = service.ladder_hours != fresh["ladder_hours"].default or service.breach_to != fresh["breach_to"].default
    if old or (law and (law.ladder_hours or law.breach_to)):
        yield "ladder_hours, breach_to: say nothing where the policy has ladders; name one of them"
