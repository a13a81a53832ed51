"""What a submission is promised before it is sent: by when it is accepted and done, tried out on the calendar now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.preview import Trial, preview
from domain.act import moment_of_text
from domain.clock import ClockName
from domain.people import Unit
from domain.rules import Rules, budget_for, calendar_of, timetable_for


@dataclass(frozen=True, slots=True)
class Promised:
    """``accepted_by`` is None where it is accepted as it comes; ``done_by`` where the time begins with a later event.

    ``provisional``: a day that it depends on is not announced yet.
    """

    at: datetime
    accepted_by: str | None
    done_by: str | None
    provisional: bool


def promised(rules: Rules, first: Unit | None, now: datetime, *, urgent: bool = False) -> Promised:
    """Sent at ``now``, taken in by ``first``; what a person accepts is accepted at the last moment."""
    service, start = rules.service, now.replace(microsecond=0)
    accepted: dict[str, Any] | None = None
    if not (service.automatic or service.instant):
        accepted = _tried(rules, ClockName.ACCEPT, first, start, urgent=urgent)
        start = moment_of_text(accepted["due_at"])
    done = None if service.waits else _tried(rules, ClockName.HANDLE, None, start, urgent=urgent)
    unsure = any(one and one["provisional"] for one in (accepted, done))
    return Promised(now, accepted["due_at"] if accepted else None, done["due_at"] if done else None, unsure)


def _tried(rules: Rules, name: ClockName, owner: Unit | None, start: datetime, *, urgent: bool) -> dict[str, Any]:
    calendar = calendar_of(rules, timetable_for(rules, name, owner))
    return preview(Trial(start, budget_for(rules, name, urgent=urgent), (), statutory=False), calendar)
