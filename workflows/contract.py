"""What the appeal's workflow and everybody who speaks to it agree on: names, ids, messages.

One frozen dataclass in, one out, so that fields with defaults can be added while appeals are running.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from temporalio.common import SearchAttributeKey
from temporalio.exceptions import ApplicationError

from domain.appeal import Appeal
from domain.clock import Colour
from domain.colours import Moments
from domain.errors import Conflict, Fault, Forbidden, Invalid, Refusal
from domain.journal import Entry
from domain.notice import Notice
from domain.opening import Opening
from domain.rules import Policy, Rules, Service, shared

TASK_QUEUE = "appeals"
WORKFLOW = "Appeal"
ACT = "act"
OPENED = "opened"
RESTORE = "restore"
STANDING = "standing"

#: A history never grows beyond about a thousand events: then the workflow continues as new with its whole state.
CONTINUE_AFTER = 600

_STAGE = SearchAttributeKey.for_keyword("AppealStage")
_UNIT = SearchAttributeKey.for_keyword("AppealUnit")
_SERVICE = SearchAttributeKey.for_keyword("AppealService")
_COLOUR = SearchAttributeKey.for_keyword("AppealColour")
_DUE_AT = SearchAttributeKey.for_datetime("AppealDueAt")

#: What the engine's own lists are searched by, and its kind. The namespace must know them. Nothing personal: never
#: encrypted, and seen by whoever may list workflows.
SEARCH_ATTRIBUTES = {
    "AppealStage": "Keyword",
    "AppealUnit": "Keyword",
    "AppealService": "Keyword",
    "AppealColour": "Keyword",
    "AppealDueAt": "Datetime",
}


def workflow_id(number: str) -> str:
    """One appeal, one workflow: its id is the appeal's number, which holds nothing personal."""
    return number


@dataclass(frozen=True, slots=True)
class Carried:
    """What travels through continue-as-new: everything, idempotency keys included."""

    appeal: Appeal
    run: int
    untold: tuple[Notice, ...] = ()
    fence: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "appeal", replace(self.appeal, rules=shared(self.appeal.rules)))


@dataclass(frozen=True, slots=True)
class AppealStart:
    """The workflow's input: what intake kept, or what the previous run carried on."""

    opening: Opening | None = None
    carried: Carried | None = None
    continue_after: int = CONTINUE_AFTER
    searchable: bool = False
    """Begun with search attributes: by a release that knew them, so that no patch need be asked for."""
    callers_tell: bool = False
    """Begun by a caller who tells what he did, once it is answered (ADR 0033); else the workflow tells everything."""


@dataclass(frozen=True, slots=True)
class Acted:
    """The answer to an update: the journal entry that says it was done, and is written.

    ``digest`` is of the request that was done: the engine answers an update id that it knows without asking the
    workflow, whatever the second request says.
    """

    seq: int
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the workflow is: its last entry and that entry's hash, and whether anything is still on its way.

    ``next_at`` is when it must be looked at next: a query does not know what time it is.
    """

    seq: int
    head: str
    busy: bool
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries to write with the state they left; without entries, everything beyond the state is a ghost's.

    ``fence`` is the engine's time in microseconds and only grows, so that a late writer of an attempt that was given up
    cannot overwrite what came after. ``held`` is told of them by whoever gets the answer.
    """

    appeal: Appeal
    entries: tuple[Entry, ...]
    moments: Moments
    fence: int
    held: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages to be told."""

    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What came of telling: ``empty`` are the ids of those steps of escalations that found nobody.

    Of what was told before that was asked, a history has nothing here.
    """

    empty: tuple[str, ...] = ()


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


def search_attributes(appeal: Appeal, moments: Moments, now: datetime) -> dict[SearchAttributeKey[Any], Any]:
    """What the engine's lists say of the appeal at its own ``now``; None for what it has not."""
    reached = ((moments.red_at, Colour.RED), (moments.orange_at, Colour.ORANGE), (moments.yellow_at, Colour.YELLOW))
    return {
        _STAGE: appeal.stage.value,
        _UNIT: (appeal.lead if appeal.lead and appeal.assignment.is_signed else appeal.assigning_unit).code,
        _SERVICE: appeal.rules.service.code,
        _COLOUR: next((c for at, c in reached if at and at <= now), Colour.GREEN).value,
        _DUE_AT: moments.due_at,
    }


KEY_REUSED = "idempotency-key-reused"


def reused_key() -> Invalid:
    """One key, two requests."""
    return Invalid(KEY_REUSED, "该幂等键已用于另一请求,请换一个新的 Idempotency-Key")


@contextmanager
def told_to_the_caller() -> Iterator[None]:
    """Turns a refusal into the only kind of error that answers an update instead of stalling the workflow."""
    try:
        yield
    except Refusal as refusal:
        raise to_error(refusal) from None


def to_error(refusal: Refusal) -> ApplicationError:
    """The refusal as it crosses the engine. Raises AssertionError for a kind that has no place in the tree."""
    match refusal:
        case Conflict():
            refused = Refused("conflict", refusal.stage, refusal.allowed)
        case Invalid():
            refused = Refused("invalid", faults=tuple(asdict(f) for f in refusal.faults))
        case Forbidden():
            refused = Refused("forbidden")
        case _:
            raise AssertionError(refusal)
    return ApplicationError(refusal.detail, asdict(refused), type=refusal.code, non_retryable=True)


def from_error(error: ApplicationError) -> Refusal:
    """The refusal that a workflow raised. Raises ValueError for an error that is none of ours."""
    if not error.details or error.type is None:
        raise ValueError(error.type)
    told = error.details[0]
    match told:
        case {"kind": "forbidden"}:
            return Forbidden(error.type, error.message)
        case {"kind": "invalid", "faults": faults}:
            return Invalid(error.type, error.message, tuple(Fault(**f) for f in faults))
        case {"kind": "conflict", "stage": stage, "allowed": allowed}:
            refusal = Conflict(error.type, error.message)
            refusal.stage, refusal.allowed = stage, tuple(allowed)
            return refusal
        case _:
            raise ValueError(error.type)
