"""What the enterprise is told: each step that concerns it, by rules of the edition that tells it."""

from __future__ import annotations

from domain.appeal import Appeal
from domain.journal import Entry
from domain.notice import Call
from domain.service import ENTERPRISE

#: What the texts use of an entry (``catalogue/messages``).
_SAID = frozenset({"again", "body"})


def to_the_enterprise(appeal: Appeal, entry: Entry, template: str = "") -> tuple[Call, ...]:
    """The call that tells it of an entry, in the words of its action, or of ``template``."""
    if not appeal.rules.policy.tells_the_enterprise:
        return ()
    unit, word = (appeal.lead or appeal.assigning_unit).code, template or entry.action.value
    said = {name: value for name, value in entry.data.items() if name in _SAID}
    return (Call(unit, (ENTERPRISE,), word, f"{word}:{ENTERPRISE}", said | {"stage": appeal.stage.value}),)
