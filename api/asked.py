"""What somebody asks for: one action, and what it must say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.problems import not_found
from api.reading import Found
from api.validation import check, faults_of, invalid, strangers
from domain.procedure import find as find_step
from domain.schemas import BODIES
from domain.vocabulary import Action


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for: the action, its body, and the key under which it is asked.

    ``read``: the last entry that they had seen, where nobody else may have acted since.
    """

    action: Action
    body: dict[str, Any]
    key: str
    read: int | None = None


def known_action(name: str) -> Action:
    """The action of the path. Raises a 404 problem that lists those there are."""
    actions = {action.value: action for action in BODIES}
    if name not in actions:
        problem = not_found(f"没有名为“{name[:64]}”的操作；可用的见 actions", "unknown-action")
        problem.more["actions"] = sorted(actions)
        raise problem
    return actions[name]


def check_body(found: Found, asked: Asked) -> None:
    """The action's own schema; of a step, also what its outcome must record. Raises a 422."""
    check(BODIES[asked.action], asked.body)
    if asked.action is not Action.COMPLETE_STEP:
        return
    procedure = found.appeal.rules.service.procedure
    _, outcome = find_step(procedure, asked.body["step"], asked.body["outcome"])
    record = asked.body.get("record", {})
    if faults := (*faults_of(outcome.record, record, "/record"), *strangers(outcome.record, record, "/record")):
        raise invalid(faults)
