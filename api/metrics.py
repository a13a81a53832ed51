"""What the API counts, and the facts about all appeals that are asked for at the scrape."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from prometheus_client import Counter, Gauge, Histogram
from starlette.types import Scope

from api.calling_metrics import LookAhead, age_of, forget_calls, read_calls
from api.context import Context
from api.readiness import checks
from domain.calendar import ZONE, Calendar
from domain.vocabulary import Stage
from runtime.telemetry import CONTENT_TYPE, REGISTRY, SECONDS, exposition
from storage.database import Read
from storage.deliveries import DeliveryReads
from storage.figures import Figures
from storage.meta import MetaReads

__all__ = ["CONTENT_TYPE", "Metrics", "count_problem", "count_request", "operation"]

log = structlog.get_logger(__name__)

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: A due moment may be acted upon so much later before anybody calls it late: a busy minute, a restart.
_LATE: Final = timedelta(minutes=2)
_PATIENCE: Final = 3.0
_MAX_AGE: Final = 10.0
#: What the last reconciliation left in the table of facts.
_RECONCILED: Final = ("reconcile.at", "reconcile.apart", "reconcile.unexplained")

_REQUESTS = Counter(
    "appeals_http_requests", "Answers, by the route's template", ["method", "route", "status"], registry=REGISTRY
)
_LATENCY = Histogram(
    "appeals_http_request_seconds",
    "Until an answer began",
    ["method", "route"],
    buckets=SECONDS,
    registry=REGISTRY,
)
_PROBLEMS = Counter("appeals_problems", "Refusals and failures as told, by code", ["status", "code"], registry=REGISTRY)


def _gauge(name: str, words: str, *labels: str) -> Gauge:
    return Gauge(f"appeals_{name}", words, labels, registry=REGISTRY)


_WAITING = _gauge("intake_waiting", "Appeals that are kept and not started yet")
_OLDEST = _gauge("intake_oldest_seconds", "Age of the oldest of them; 0 without one")
_OPEN = _gauge("open", "Open appeals", "stage")
_OVERDUE = _gauge("moments_overdue", "Open appeals whose reminder or deadline passed 2 minutes ago and left no entry")
_PART = _gauge("part_up", "1 when a part that work needs is there: as /readyz, which works when all are", "part")
_CALENDAR = _gauge("calendar_announced_until_timestamp_seconds", "Up to when the working calendar is announced")
_APART = _gauge("reconcile_apart", "Appeals whose tables and workflow were apart at the last reconciliation")
_UNEXPLAINED = _gauge("reconcile_unexplained", "Those of them that nothing explains")
_RECONCILED_AT = _gauge("reconcile_timestamp_seconds", "When that was")
_PARTNER_WAITING = _gauge("partner_waiting", "Messages to an outside body that have not arrived", "partner")
_PARTNER_OLDEST = _gauge("partner_oldest_seconds", "Age of the oldest of them; 0 without one", "partner")
_PARTNER_STOPPED = _gauge("partner_stopped", "1 when the outside body said that it wants no more messages", "partner")
_PARTNER_REFUSED = _gauge("partner_refused", "Messages that the outside body would not take", "partner")


def operation(scope: Scope) -> tuple[str, str]:
    """Method and route of a request, as they are counted, logged and traced.

    The route by its template: a path or a query may hold a name or a phone number. Both are few, whatever is asked.
    """
    method = scope["method"]
    return method if method in _METHODS else "other", getattr(scope.get("route"), "path", None) or "none"


def count_request(method: str, route: str, status: int, seconds: float | None) -> None:
    """One answer. ``seconds`` until it began; None when none did, because the caller had gone."""
    _REQUESTS.labels(method, route, str(status)).inc()
    if seconds is not None:
        _LATENCY.labels(method, route).observe(seconds)


def count_problem(status: int, code: str) -> None:
    """One answer that was an error."""
    _PROBLEMS.labels(str(status), code).inc()


class Metrics:
    """Asks for the facts, not more often than every few seconds, whoever scrapes."""

    def __init__(self, max_age: float = _MAX_AGE, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """``max_age`` in seconds; ``now`` is the engine's time, which is the real one."""
        self.max_age = max_age
        self._now = now
        self._asked_at = -math.inf
        self._ahead = LookAhead(now)

    async def render(self, ctx: Context) -> bytes:
        """The exposition; what cannot be told just now is not a number."""
        if time.monotonic() - self._asked_at >= self.max_age:
            self._asked_at = time.monotonic()
            await asyncio.gather(_ask_parts(ctx), self._ask_tables(ctx), self._ahead.look(ctx))
        return await asyncio.to_thread(exposition)

    async def _ask_tables(self, ctx: Context) -> None:
        now = self._now()
        _CALENDAR.set(announced_until(ctx.catalogue.calendar, now).timestamp())
        try:
            async with asyncio.timeout(_PATIENCE), ctx.database.read() as r:
                await _read(r, now)
                await _read_outbox(r, now, ctx.partners)
                await read_calls(r, now)
        except Exception as error:  # noqa: BLE001 - metrics must be readable above all when something is wrong
            log.warning("figures_not_read", error=type(error).__name__)
            for gauge in (_WAITING, _OLDEST, _OVERDUE, _APART, _UNEXPLAINED, _RECONCILED_AT):
                gauge.set(math.nan)
            for stage in Stage:
                if stage is not Stage.CLOSED:
                    _OPEN.labels(stage.value).set(math.nan)
            _forget_partners()
            forget_calls()


async def _read(r: Read, now: datetime) -> None:
    figures = Figures(r)
    waiting = await figures.waiting()
    _WAITING.set(waiting.count)
    _OLDEST.set(age_of(now, waiting.since))
    for stage, count in (await figures.open_by_stage()).items():
        _OPEN.labels(stage).set(count)
    _OVERDUE.set(await figures.overdue(now - _LATE))
    at, apart, unexplained = [await MetaReads(r).get(key) for key in _RECONCILED]
    _RECONCILED_AT.set(datetime.fromisoformat(at).timestamp() if at else math.nan)
    _APART.set(_number(apart))
    _UNEXPLAINED.set(_number(unexplained))


def _forget_partners() -> None:
    for gauge in (_PARTNER_WAITING, _PARTNER_OLDEST, _PARTNER_STOPPED, _PARTNER_REFUSED):
        gauge.clear()


async def _read_outbox(r: Read, now: datetime, partners: Iterable[str]) -> None:
    """Of each outside body that is spoken to by machine, and of one for which something waits though it is not."""
    outbox = DeliveryReads(r)
    lanes, refused = {lane.partner: lane for lane in await outbox.lanes()}, await outbox.refused()
    _forget_partners()
    for partner in {*partners, *lanes, *refused}:
        lane = lanes.get(partner)
        _PARTNER_WAITING.labels(partner).set(lane.waiting if lane else 0)
        _PARTNER_OLDEST.labels(partner).set(max((now - lane.since).total_seconds(), 0.0) if lane else 0.0)
        _PARTNER_STOPPED.labels(partner).set(float(lane.stopped) if lane else 0.0)
        _PARTNER_REFUSED.labels(partner).set(refused.get(partner, 0))


def _number(said: str | None) -> float:
    return float(said) if said else math.nan


async def _ask_parts(ctx: Context) -> None:
    for part, state in (await checks(ctx)).items():
        # What cannot be seen, because another part is away, is not said to be away itself.
        _PART.labels(part).set(math.nan if state == "unknown" else float(state == "ok"))


def announced_until(calendar: Calendar, now: datetime) -> datetime:
    """The end of the last year in a row from this one whose holidays the State Council has announced."""
    year = now.astimezone(ZONE).year
    while year in calendar.announced:
        year += 1
    return datetime(year, 1, 1, tzinfo=ZONE)
