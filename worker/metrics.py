"""What a worker counts: its activities, what waits for a write, how late due moments were acted upon."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Final

import structlog
from prometheus_client import Counter, Gauge, Histogram
from temporalio import activity
from temporalio.exceptions import ApplicationError

from domain.journal import Entry
from domain.people import SYSTEM
from runtime.telemetry import REGISTRY, SECONDS

log = structlog.get_logger(__name__)

WRITE, TELL = "write_records", "tell"
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86_400.0

ACTIVITY_SECONDS = Histogram(
    "appeals_activity_seconds",
    "One attempt of an activity; quick ones run inside the workflow task",
    ["activity", "quick"],
    buckets=SECONDS,
    registry=REGISTRY,
)
ACTIVITY_FAILURES = Counter(
    "appeals_activity_failures",
    "Attempts of an activity that failed, by what was wrong",
    ["activity", "kind"],
    registry=REGISTRY,
)
ACTIVITY_LAG = Gauge(
    "appeals_activity_lag_seconds",
    "How long the oldest work of this kind has been waiting; 0 when none waits",
    ["activity"],
    registry=REGISTRY,
)
MOMENT_LATENESS = Histogram(
    "appeals_moment_lateness_seconds",
    "How long after it fell due the engine let a rung, a lapse or a pause's end happen",
    buckets=(0.1, 0.5, 1.0, 5.0, 15.0, _MINUTE, 2 * _MINUTE, 10 * _MINUTE, _HOUR, 6 * _HOUR, _DAY),
    registry=REGISTRY,
)


class Lags:
    """The work that has not succeeded yet, by when the engine first asked for it.

    The engine's next attempt may go to another worker, and its success is not told to this one: what has not come back
    for longer than the longest pause between two attempts is another's to count.
    """

    FORGET_SECONDS: Final = 90.0

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        """``now`` in seconds since 1970."""
        self._now = now
        self._waiting: dict[tuple[str, str], tuple[float, float]] = {}

    def begun(self, kind: str, work: str, asked_at: datetime) -> None:
        """An attempt begins."""
        self._waiting[kind, work] = (asked_at.timestamp(), self._now())

    def done(self, kind: str, work: str) -> None:
        """It is done, or asked for in another way from here on."""
        self._waiting.pop((kind, work), None)

    def oldest(self, kind: str) -> float:
        """Seconds since the oldest was asked for."""
        now = self._now()
        for key, (_, seen_at) in list(self._waiting.items()):
            if now - seen_at > self.FORGET_SECONDS:
                self._waiting.pop(key, None)
        waited = (now - asked_at for (of, _), (asked_at, _) in list(self._waiting.items()) if of == kind)
        return max(waited, default=0.0)


LAGS: Final = Lags()
for _kind in (WRITE, TELL):
    ACTIVITY_LAG.labels(_kind).set_function(partial(LAGS.oldest, _kind))
for _code in ("stale-write", "write-failed", "database-away", "out-of-time"):
    # There before the first: Prometheus sees no increase in a series that begins with one.
    ACTIVITY_FAILURES.labels(WRITE, _code)


@contextmanager
def attempt(info: activity.Info) -> Iterator[None]:
    """Counts one attempt of an activity."""
    kind, work = info.activity_type, f"{info.workflow_run_id}:{info.activity_id}:{info.is_local}"
    LAGS.begun(kind, work, info.scheduled_time)
    failed = True
    try:
        with ACTIVITY_SECONDS.labels(kind, str(info.is_local).lower()).time():
            yield
        failed = False
    except (Exception, asyncio.CancelledError) as error:
        ACTIVITY_FAILURES.labels(kind, kind_of(error)).inc()
        log.warning("activity_failed", activity=kind, kind=kind_of(error), attempt=info.attempt)
        raise
    finally:
        # What failed quickly is asked for once more patiently; that is the work which then waits.
        if info.is_local or not failed:
            LAGS.done(kind, work)


def kind_of(error: BaseException) -> str:
    """The stable code of an application error, else the error's class."""
    if isinstance(error, asyncio.CancelledError):
        return "out-of-time"
    return (error.type if isinstance(error, ApplicationError) else None) or type(error).__name__


def count_lateness(entries: tuple[Entry, ...]) -> None:
    """Of what happened by itself. An entry's moment is the engine's, as its due moment is: a rehearsal is no exception.

    Taken from what was written, so a moment that nobody acted upon is not in it: the API counts those in the tables.
    """
    for entry in entries:
        due_at = entry.data.get("due_at") or entry.data.get("until")
        if entry.actor.id == SYSTEM.id and isinstance(due_at, str):
            MOMENT_LATENESS.observe(max((entry.at - datetime.fromisoformat(due_at)).total_seconds(), 0.0))
