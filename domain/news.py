"""What the enterprise is told: each step that concerns it, by rules of the edition that tells it."""

from __future__ import annotations

from domain.appeal import Appeal
from domain.clock import Clock, ClockName, due_at
from domain.journal import Entry, moment
from domain.notice import Call
from domain.service import ENTERPRISE
from domain.vocabulary import Action

#: What the texts use of an entry (``catalogue/messages``).
_SAID = frozenset({"again", "body"})
_ASKS = frozenset({Action.REQUEST_SUPPLEMENT, Action.COMPLETE_STEP})
"""They ask it for materials, of which a clock runs."""


def to_the_enterprise(appeal: Appeal, entry: Entry, template: str = "") -> tuple[Call, ...]:
    """The call that tells it of an entry, in the words of its action, or of ``template``."""
    if not appeal.rules.policy.tells_the_enterprise:
        return ()
    unit, word = (appeal.lead or appeal.assigning_unit).code, template or entry.action.value
    said = {name: value for name, value in entry.data.items() if name in _SAID}
    owed = by_when(appeal, appeal.open_clock(ClockName.SUPPLEMENT)) if entry.action in _ASKS else {}
    return (Call(unit, (ENTERPRISE,), word, f"{word}:{ENTERPRISE}", said | {"stage": appeal.stage.value} | owed),)


def by_when(appeal: Appeal, clock: Clock | None) -> dict[str, str]:
    """The deadline of what somebody is asked for, for whoever is told of it; nothing where none is known."""
    due = due_at(clock, appeal.calendar_of(clock)) if clock else None
    return {"deadline": moment(due)} if due else {}
