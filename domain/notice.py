"""What people are told of what was done: a call says whom and in which words; with its entry it becomes a notice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.journal import Entry

#: The audience of what is for an outside body.
OUTSIDE = ("outside_body",)
#: The words by which an escalation calls; with the later two it calls anew.
ESCALATION, LEASE_ENDED, HAND_OVER = "escalation", "lease_ended", "hand_over"
CALLS: Final = (ESCALATION, LEASE_ENDED, HAND_OVER)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message to be told: ``id`` makes it arrive once; ``audience`` are people of ``unit`` by what they are.

    For an outside body it is the body itself; those are told of nothing but their transfers.
    """

    id: str
    number: str
    at: datetime
    audience: tuple[str, ...]
    unit: str
    template: str
    data: dict[str, Any]

    @property
    def entry(self) -> int:
        """The number of the entry in the journal that tells."""
        return int(self.id.split(":")[1])

    @property
    def is_for_outside(self) -> bool:
        """Whether it leaves the house for an outside body."""
        return self.audience == OUTSIDE

    @property
    def may_be_held(self) -> bool:
        """Whether the loop goes on alike, whoever tells it and whenever."""
        return not self.is_for_outside and not self.is_step

    @property
    def is_step(self) -> bool:
        """Whether it is a step of a ladder: who finds nobody there asks the next one, not the catch-all."""
        return "ladder" in self.data


@dataclass(frozen=True, slots=True)
class Call:
    """Whom of a unit an entry must be told, and in which words; ``mark`` tells it from the entry's other calls."""

    unit: str
    audience: tuple[str, ...]
    template: str
    mark: str
    data: dict[str, Any]

    def of(self, entry: Entry) -> Notice:
        """The notice of the entry that calls."""
        return Notice(
            id=f"{entry.number}:{entry.seq}:{self.mark}",
            number=entry.number,
            at=entry.at,
            audience=self.audience,
            unit=self.unit,
            template=self.template,
            data=self.data,
        )
