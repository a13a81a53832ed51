"""What a caller may do now, with the form of each action."""

from __future__ import annotations

from typing import Any

from api.reading import Found
from domain.appeal import Appeal
from domain.loop import allowed
from domain.people import Actor
from domain.procedure import is_active
from domain.rules import Step
from domain.schemas import BODIES, Schema
from domain.table import TABLE
from domain.vocabulary import Action


def offers(found: Found, actor: Actor) -> list[dict[str, Any]]:
    """Every action open to ``actor``; nothing while the engine has not got the appeal yet."""
    if found.pending:
        return []
    listed = []
    for action in allowed(found.appeal, actor, found.now):
        schema = _step_schema(found.appeal, actor) if action is Action.COMPLETE_STEP else BODIES.get(action)
        if schema is not None:
            listed.append({"action": action.value, "title": TABLE[action].title, "schema": schema})
    return listed


def _step_schema(appeal: Appeal, actor: Actor) -> Schema | None:
    """The form of ``complete_step``, narrowed to the active steps that the actor's role may complete."""
    steps = [s for s in appeal.rules.service.procedure.steps if is_active(appeal, s.code) and _may(actor, s)]
    if not steps:
        return None
    general = BODIES[Action.COMPLETE_STEP]
    outcomes = list(dict.fromkeys(o.code for s in steps for o in s.outcomes))
    fields = {
        **general["properties"],
        "step": {**general["properties"]["step"], "enum": [s.code for s in steps]},
        "outcome": {**general["properties"]["outcome"], "enum": outcomes},
    }
    return {**general, "properties": fields, "oneOf": [_outcome(s, n) for s in steps for n in range(len(s.outcomes))]}


def _outcome(step: Step, index: int) -> Schema:
    """One way to end one step, with its record."""
    outcome = step.outcomes[index]
    form: Schema = {
        "title": f"{step.name}:{outcome.name}",
        "properties": {
            "step": {"const": step.code},
            "outcome": {"const": outcome.code},
            "record": outcome.record or {"type": "object"},
        },
    }
    return {**form, "required": ["record"]} if outcome.record.get("required") else form


def _may(actor: Actor, step: Step) -> bool:
    return any(role in step.roles for role in actor.roles)
