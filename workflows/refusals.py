"""Refusals of the domain as application errors and back: the type is the code, the message the Chinese sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict

from temporalio.exceptions import ApplicationError

from domain.errors import Conflict, Fault, Forbidden, IllegalTransition, Invalid, Refusal
from workflows.contract import Refused

KEY_REUSED = "idempotency-key-reused"


@contextmanager
def told_to_the_caller() -> Iterator[None]:
    """Turns a refusal into the only kind of error that answers an update instead of stalling the workflow."""
    try:
        yield
    except Refusal as refusal:
        raise to_error(refusal) from None


def to_error(refusal: Refusal) -> ApplicationError:
    """The refusal as it crosses the engine."""
    refused = Refused(kind=type(refusal).__name__)
    if isinstance(refusal, Conflict):
        refused = Refused(refused.kind, refusal.stage, refusal.allowed)
    elif isinstance(refusal, Invalid):
        refused = Refused(refused.kind, faults=tuple(asdict(f) for f in refusal.faults))
    return ApplicationError(refusal.detail, asdict(refused), type=refusal.code, non_retryable=True)


def from_error(error: ApplicationError) -> Refusal:
    """The refusal that a workflow raised. Raises ValueError for an error that is none of ours."""
    if not error.details or error.type is None:
        raise ValueError(error.type)
    kind = error.details[0]["kind"]
    if kind == Forbidden.__name__:
        return Forbidden(error.type, error.message)
    if kind == Invalid.__name__:
        return Invalid(error.type, error.message, tuple(Fault(**f) for f in error.details[0]["faults"]))
    if kind not in {Conflict.__name__, IllegalTransition.__name__}:
        raise ValueError(kind)
    refusal = Conflict(error.type, error.message)
    refusal.stage, refusal.allowed = error.details[0]["stage"], tuple(error.details[0]["allowed"])
    return refusal
