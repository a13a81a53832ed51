"""What the appeal's workflow and everybody who speaks to it agree on: names, ids, messages.

One frozen dataclass in, one out, so that fields with defaults can be added while appeals are running.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from domain.appeal import Appeal
from domain.journal import Entry
from domain.loop import Notice
from domain.opening import Opening
from domain.rules import Policy, Rules, Service
from domain.view import Moments

TASK_QUEUE = "appeals"
WORKFLOW = "Appeal"
ACT = "act"
OPENED = "opened"
STANDING = "standing"

#: A history never grows beyond about a thousand events: then the workflow continues as new with its whole state.
CONTINUE_AFTER = 600


def workflow_id(number: str) -> str:
    """One appeal, one workflow: its id is the appeal's number, which holds nothing personal."""
    return number


@dataclass(frozen=True, slots=True)
class Carried:
    """What travels through continue-as-new: everything, idempotency keys included."""

    appeal: Appeal
    run: int
    untold: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class AppealStart:
    """The workflow's input: what intake kept, or what the previous run carried on."""

    opening: Opening | None = None
    carried: Carried | None = None
    continue_after: int = CONTINUE_AFTER


@dataclass(frozen=True, slots=True)
class Acted:
    """The answer to an update: the journal entry that says it was done, and is written."""

    seq: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the workflow is: its last entry, the last one written, and whether anything is still on its way."""

    seq: int
    written: int
    busy: bool


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries to write with the state they left. ``fence`` grows with the history, so that a late writer of an
    attempt that was given up cannot overwrite what came after.
    """

    appeal: Appeal
    entries: tuple[Entry, ...]
    moments: Moments
    fence: int


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages to be told."""

    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as it crosses the engine, in an application error whose type is its code."""

    kind: str
    stage: str = ""
    allowed: tuple[str, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()


def slim(appeal: Appeal) -> Appeal:
    """The appeal for the tables: they keep the rules once, by version, and have no use for the state before."""
    service = appeal.rules.service
    bare = Service(
        code=service.code,
        name=service.name,
        kind=service.kind,
        version=service.version,
        valid_from=service.valid_from,
        source=service.source,
        secret=service.secret,
    )
    calendar = replace(appeal.rules.calendar, holidays=(), workdays=())
    rules = Rules(appeal.rules.version, bare, Policy(appeal.rules.policy.version), calendar)
    return replace(appeal, rules=rules, undo=None)
