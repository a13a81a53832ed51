"""A dry run: what a change of urgency, service or rules would do, without doing it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from domain.act import Act
from domain.appeal import Appeal
from domain.loop import decide
from domain.moved import Moved, moved


@dataclass(frozen=True, slots=True)
class Trial:
    """The appeal as it would be, and the deadlines that would move."""

    appeal: Appeal
    moved: tuple[Moved, ...]


def trial(appeal: Appeal, act: Act, now: datetime) -> Trial:
    """What would become of it if the act were meant. Raises :class:`~domain.errors.Refusal` like the act itself."""
    meant = replace(act, body={name: value for name, value in act.body.items() if name != "dry_run"})
    after = decide(appeal, meant, now).appeal
    return Trial(after, moved(appeal, after, now))
