"""An appeal's colour, and the moments at which it changes: what lists are sorted and filtered by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.appeal import Appeal
from domain.clock import Colour, due_at, moment_of, read, worst


def colour(appeal: Appeal, now: datetime) -> Colour:
    """The worst of its running clocks."""
    running = (c for c in appeal.clocks if c.ended_at is None)
    return worst(read(c, appeal.calendar_of(c), now).colour for c in running)


@dataclass(frozen=True, slots=True)
class Moments:
    """When an appeal's colour changes, and its nearest deadline: what lists are sorted and filtered by."""

    due_at: datetime | None
    yellow_at: datetime | None
    orange_at: datetime | None
    red_at: datetime | None


def moments(appeal: Appeal) -> Moments:
    """The earliest of each over the clocks that run; none for what is paused or closed."""
    running = [c for c in appeal.clocks if c.ended_at is None and due_at(c, appeal.calendar_of(c)) is not None]

    def first(percent: int) -> datetime | None:
        return min((at for c in running if (at := moment_of(c, appeal.calendar_of(c), percent))), default=None)

    return Moments(due_at=first(100), yellow_at=first(75), orange_at=first(90), red_at=first(100))
