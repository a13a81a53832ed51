"""What is counted of escalations, of messages to people, and of who would be called in the next days."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter as Counts
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import product
from typing import Final

import structlog
from prometheus_client import Gauge, Histogram

from api.context import Context
from runtime.telemetry import REGISTRY
from storage.database import Read
from storage.duty_coverage import Asked, Coverage, coverage
from storage.figures import Figures
from storage.message_figures import MessageFigures
from storage.messages import MessageReads

log = structlog.get_logger(__name__)

#: By which escalations are told apart.
_AGES: Final = {
    "10m": timedelta(minutes=10),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "24h": timedelta(hours=24),
}
_OLDER: Final = "older"
#: Levels as labels; a ladder may have dozens, which nobody tells apart.
_LEVELS: Final = ("1", "2", "3", "4+")
#: Looking ahead costs seconds: how often, and how far.
_LOOK_AHEAD: Final = 3600.0
_DAYS: Final = 7
_PATIENCE: Final = 20.0


def _gauge(name: str, words: str, *labels: str) -> Gauge:
    return Gauge(f"appeals_{name}", words, labels, registry=REGISTRY)


_CALLING = _gauge("escalations", "Escalations that are not over; age: younger than this", "state", "level", "age")
_FREE = _gauge("escalation_unacknowledged_seconds", "Age of the oldest escalation that nobody has; 0 without one")
_UNHEARD = _gauge("escalations_unheard", "Escalations that nobody has and whose catch-all found nobody")
_MESSAGES_WAITING = _gauge("messages_waiting", "Messages to people that may be sent now and are not")
_MESSAGES_OLDEST = _gauge("messages_oldest_seconds", "Since when the oldest of them may be sent; 0 without one")
_CALLS_UNDELIVERED = _gauge(
    "calls_undelivered_seconds", "Since when the oldest call is tried that has arrived nowhere; 0 without one"
)
_UNCOVERED = _gauge(
    "duty_uncovered",
    "Of the next days, by an hourly look: holes in rosters, steps of ladders that find nobody, limits without a ladder",
    "what",
)
_UNREACHABLE = _gauge("people_unreachable", "People who will be called and whom no channel reaches, by why", "why")
_ACKNOWLEDGED = Histogram(
    "appeals_acknowledge_seconds",
    "From the opening of an escalation until somebody first had it, by the appeal's own clock",
    buckets=(60, 300, 600, 1800, 3600, 2 * 3600, 4 * 3600, 12 * 3600, 24 * 3600, 3 * 24 * 3600),
    registry=REGISTRY,
)


def count_acknowledged(seconds: float) -> None:
    """Somebody has an escalation, so long after it was opened."""
    _ACKNOWLEDGED.observe(max(seconds, 0.0))


class LookAhead:
    """Asks once an hour who would be called in the next days."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._looked_at = -math.inf

    async def look(self, ctx: Context) -> None:
        """What would go wrong in the next days; what cannot be told is not a number until the next look."""
        if time.monotonic() - self._looked_at < _LOOK_AHEAD:
            return
        self._looked_at = time.monotonic()
        asked = Asked(ctx.organisation, ctx.catalogue.policy, tuple(ctx.catalogue.services()), self._now(), _DAYS)
        try:
            async with asyncio.timeout(_PATIENCE), ctx.database.read() as r:
                found = await coverage(r, asked)
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("coverage_not_read", error=type(error).__name__)
            _tell_ahead(None)
        else:
            _tell_ahead(found)


def _tell_ahead(found: Coverage | None) -> None:
    holes = sum(len(watch.holes) for watch in found.watches) if found else math.nan
    _UNCOVERED.labels("roster").set(holes)
    _UNCOVERED.labels("step").set(len(found.empty_steps) if found else math.nan)
    _UNCOVERED.labels("clock").set(len(found.clocks) if found else math.nan)
    for why in ("no-channel", "failing"):
        of = sum(one.why == why for one in found.unreachable) if found else math.nan
        _UNREACHABLE.labels(why).set(of)


def forget_calls() -> None:
    """What cannot be told is not a number."""
    for gauge in (_FREE, _UNHEARD, _MESSAGES_WAITING, _MESSAGES_OLDEST, _CALLS_UNDELIVERED):
        gauge.set(math.nan)
    _CALLING.clear()


async def read_calls(r: Read, now: datetime) -> None:
    """What the tables say just now."""
    figures = Figures(r)
    counted: Counts[tuple[str, str, str]] = Counts()
    for one in await figures.calling(now, list(_AGES.values())):
        counted[one.state.value, _LEVELS[min(one.level, len(_LEVELS)) - 1], (*_AGES, _OLDER)[one.age]] += one.count
    for labels in product(("open", "acknowledged"), _LEVELS, (*_AGES, _OLDER)):
        _CALLING.labels(*labels).set(counted[labels])
    _FREE.set(age_of(now, await figures.oldest_free()))
    _UNHEARD.set(await figures.unheard())
    backlog = await MessageReads(r).backlog(now)
    _MESSAGES_WAITING.set(backlog.count)
    _MESSAGES_OLDEST.set(age_of(now, backlog.since))
    _CALLS_UNDELIVERED.set(age_of(now, (await MessageFigures(r).undelivered(calls=True)).since))


def age_of(now: datetime, since: datetime | None) -> float:
    """In seconds; 0 without a beginning."""
    return max((now - since).total_seconds(), 0.0) if since else 0.0
