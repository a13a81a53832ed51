"""What a caller may do now, with the form of each action."""

from __future__ import annotations

from typing import Any

from api.reading import Found
from domain.appeal import Appeal
from domain.loop import allowed
from domain.people import Actor
from domain.rules import Step, StepOutcome
from domain.schemas import BODIES, Schema
from domain.steps import open_to
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
    """The form of ``complete_step``, narrowed to the open steps and outcomes that the actor may take."""
    found = open_to(appeal, actor)
    if not found:
        return None
    general = BODIES[Action.COMPLETE_STEP]
    outcomes = list(dict.fromkeys(o.code for _, open_now in found for o in open_now))
    fields = {
        **general["properties"],
        "step": {**general["properties"]["step"], "enum": [step.code for step, _ in found]},
        "outcome": {**general["properties"]["outcome"], "enum": outcomes},
    }
    return {
        **general,
        "properties": fields,
        "oneOf": [outcome_schema(step, o) for step, open_now in found for o in open_now],
    }


def outcome_schema(step: Step, outcome: StepOutcome) -> Schema:
    """One way to end one step, with its record."""
    form: Schema = {
        "title": f"{step.name}：{outcome.name}",
        "properties": {
            "step": {"const": step.code},
            "outcome": {"const": outcome.code},
            "record": outcome.record or {"type": "object"},
        },
    }
    return {**form, "required": ["record"]} if outcome.record.get("required") else form
