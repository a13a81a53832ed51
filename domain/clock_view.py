"""An appeal's clocks and escalations as a reader sees them: every derived value is of the reader's moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from domain.appeal import Appeal, Escalation
from domain.calendar import Calendar
from domain.clock import Clock, Pause, Reading, Status, open_pauses, read
from domain.clock_names import subject_name
from domain.deeds import Deed, deed_of
from domain.explanation import ExplainedSpan, explain
from domain.masking import Sight
from domain.service import basis_told
from domain.summary import summary
from domain.vocabulary import Cause, PauseReason
from domain.wall import stamp
from domain.wording import Why, reason

_CODES = frozenset(code.value for code in PauseReason)
_REMEMBERED = 4096  # clocks that have been explained


def clock_view(
    appeal: Appeal,
    clock: Clock,
    now: datetime,
    *,
    sight: Sight,
    explained: bool,
    names: Mapping[str, str] = MappingProxyType({}),
) -> dict[str, Any]:
    """A clock of API.md, read at ``now``; ``explained`` adds its deadline's working, whole and in one sentence.

    ``names`` are those who held or lengthened it (:func:`~domain.masking.names_of`).
    """
    calendar = appeal.calendar_of(clock)
    reading = read(clock, calendar, now)
    shown = sight.clock(clock, names) if clock.pauses or clock.extensions else clock
    if clock.basis:
        shown = replace(shown, basis=basis_told(clock.basis, inside=sight.inside))
    placed = shown if sight.secret else _placed(appeal, shown)
    told = _told(placed, calendar, now, reading, deed_of(appeal, clock)) if explained else _NOTHING
    return {
        "name": clock.name.value,
        "subject": clock.subject or None,
        "subject_name": subject_name(appeal, clock),
        "owner": clock.owner or None,
        "round": clock.round,
        "status": reading.status.value,
        "late": reading.late,
        "started_at": stamp(clock.started_at),
        "ended_at": stamp(clock.ended_at),
        "due_at": stamp(reading.due_at),
        "provisional": reading.provisional,
        "budget": clock.budget,
        "extensions": [e.budget for e in shown.extensions],
        "elapsed": reading.elapsed,
        "remaining": reading.remaining,
        "unit": reading.unit,
        "colour": reading.colour.value,
        "statutory": clock.statutory,
        "basis": shown.basis,
        "pauses": [_pause(kept, p) for kept, p in zip(clock.pauses, shown.pauses, strict=True)],
        "summary": told.sentence.chinese,
        "summary_en": told.sentence.english,
        "explanation": [dict(span) for span in told.spans],
    }


def _pause(kept: Pause, shown: Pause) -> dict[str, Any]:
    return {
        "cause": shown.cause,
        "cause_name": reason(shown.cause).chinese,
        "reason": "：".join(filter(None, (reason(shown.reason).chinese, shown.note))),
        "reason_code": shown.reason if shown.reason in _CODES else None,
        "actor": kept.actor if shown.actor else None,
        "actor_name": shown.actor or None,
        "from": stamp(shown.started_at),
        "to": stamp(shown.ended_at),
        "until": stamp(shown.until),
    }


def _placed(appeal: Appeal, clock: Clock) -> Clock:
    """Its pauses by a transfer name the outside body that had the matter."""
    bodies = {transfer.at: transfer.body.name for transfer in appeal.transfers}

    def placed(pause: Pause) -> Pause:
        body = bodies.get(pause.started_at) if pause.cause == Cause.TRANSFER else None
        said = "" if pause.reason == Cause.TRANSFER else pause.reason
        return replace(pause, reason="，".join(filter(None, (body, said)))) if body else pause

    return replace(clock, pauses=tuple(map(placed, clock.pauses))) if bodies and clock.pauses else clock


@dataclass(frozen=True, slots=True)
class _Told:
    """A clock's deadline in one sentence, and stretch by stretch as it is shown."""

    sentence: Why
    spans: tuple[dict[str, Any], ...]


_NOTHING = _Told(Why("", ""), ())


def _told(clock: Clock, calendar: Calendar, now: datetime, reading: Reading, deed: Deed) -> _Told:
    """What a clock tells of itself is the same until something happens to it, so it is worked out once.

    Only one that waits, or that stands still, tells something else at each moment.
    """
    if clock.started_at is None or open_pauses(clock):
        return _tell(clock, calendar, now, deed)
    overdue = reading.due_at if reading.status is Status.BREACHED else None
    return _tell_once(clock, calendar, overdue or clock.started_at, deed)


def _tell(clock: Clock, calendar: Calendar, now: datetime, deed: Deed) -> _Told:
    spans = tuple(span_view(span) for span in explain(clock, calendar, now))
    return _Told(summary(clock, calendar, now, deed), spans)


_tell_once = lru_cache(_REMEMBERED)(_tell)


def span_view(span: ExplainedSpan) -> dict[str, Any]:
    """One stretch on the way to a deadline."""
    return {
        "from": stamp(span.started_at),
        "to": stamp(span.ended_at),
        "counted": span.counted,
        "why": span.why,
        "why_en": span.why_en,
        "actor": span.actor or None,
    }


def escalation_view(number: str, escalation: Escalation) -> dict[str, Any]:
    """An escalation of API.md."""
    return {
        "id": escalation.id,
        "number": number,
        "clock": escalation.clock.value,
        "level": escalation.level,
        "state": escalation.state.value,
        "owner_unit": escalation.owner_unit,
        "owner": escalation.owner,
        "opened_at": stamp(escalation.opened_at),
        "acknowledged_by": escalation.acknowledged_by,
        "lease_until": stamp(escalation.lease_until),
        "ended_at": stamp(escalation.ended_at),
    }
