"""The facts of an appeal that conditions may ask for, by name; the list of them is in docs/catalogue.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.appeal import Appeal, StepState
from domain.batch import counts
from domain.conditions import UNKNOWN
from domain.materials import missing_materials
from domain.money import yuan_of
from domain.service import Step
from domain.vocabulary import Role, StepStatus


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an appeal, and of what is being recorded just now; ``record`` is None while nobody has yet.

    Called with the name of a fact, it gives its value.
    """

    appeal: Appeal
    step: Step | None = None
    record: dict[str, Any] | None = None
    items: dict[str, str] | None = None
    accounts: dict[str, int] | None = None

    def __call__(self, name: str) -> Any:  # noqa: PLR0911 - one line for each family of facts
        """The value of a fact; None where it is missing, ``UNKNOWN`` where nobody can say yet."""
        family, _, rest = name.partition(".")
        said = self.appeal.submission
        match family:
            case "form":
                return said.form.get(rest) if self._may_say(rest) else None
            case "tiers":
                return list(said.enterprise.tiers)
            case "channel" | "region":
                return getattr(said, family)
            case "urgent" | "round":
                return getattr(self.appeal, family)
            case "materials":
                return sum(not m.deferrable for m in missing_materials(self.appeal))
            case "record":
                return UNKNOWN if self.record is None else self.record.get(rest)
            case "accounts":
                return UNKNOWN if self.accounts is None else yuan_of(self.accounts.get(rest, 0))
            case "items":
                return self._items(rest)
        return self._of_step(family, *rest.partition(".")[::2])

    def _may_say(self, name: str) -> bool:
        """What registers say (``readOnly`` in the form) decides nothing when the applicant says it of himself."""
        field = self.appeal.rules.service.form.get("properties", {}).get(name, {})
        return not field.get("readOnly") or Role.SYSTEM in self.appeal.submission.submitter.roles

    def _items(self, what: str) -> Any:
        if self.step is None or self.items is None:
            return UNKNOWN
        return counts(self.items, total_of(self.appeal, self.step)).get(what, 0)

    def _of_step(self, family: str, code: str, what: str) -> Any:
        states = [s for s in self.appeal.procedure if s.code == code]
        if family == "passes":
            return sum(s.passes for s in states)
        if family == "count":
            return sum(s.status is StepStatus.DONE and s.outcome == what for s in states)
        last = _last(states)
        if family != "steps" or last is None:
            return None
        return last.outcome if what == "outcome" else last.record.get(what)


def _last(states: list[StepState]) -> StepState | None:
    """Whoever finished last speaks for a step that several do; a step under way again still says what it said."""
    ended = [s for s in states if s.passes or s.outcome]
    return max(ended, key=lambda s: (s.finished_at is not None, s.finished_at or s.started_at), default=None)


def total_of(appeal: Appeal, step: Step) -> int:
    """How many sub-items a step has."""
    value = Known(appeal)(step.items.count) if step.items else 0
    return len(value) if isinstance(value, list | tuple) else int(value) if isinstance(value, int | float) else 0
