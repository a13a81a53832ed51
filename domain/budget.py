"""Time budgets: the one grammar in which a limit is written (``24 hours``, ``5 working days``, ``end of day``).

A budget says how much time there is; `domain.measure` says where that much time ends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Literal

from domain.errors import Invalid

GRAMMAR = (
    "N seconds | minutes | hours | natural days | working hours | working days | months，或 end of day；"
    "N 为 1 至 100000 的整数，months 至多 1200"
)
MOST = 100_000
MOST_MONTHS = 1_200  # a hundred years: more would leave what a date can hold


class BadBudget(Invalid, ValueError):  # noqa: N818 - a refusal, like its parent
    """A text that is not a budget (``bad-budget``); the sentence repeats the grammar."""

    def __init__(self, text: str) -> None:
        super().__init__("bad-budget", f"不是有效的时限：{text!r}。应为：{GRAMMAR}")


class Unit(StrEnum):
    """What a budget counts. Hours, minutes and seconds are natural: they run day and night."""

    SECONDS = "seconds"
    MINUTES = "minutes"
    HOURS = "hours"
    NATURAL_DAYS = "natural days"
    WORKING_HOURS = "working hours"
    WORKING_DAYS = "working days"
    MONTHS = "months"
    END_OF_DAY = "end of day"


ReadingUnit = Literal["seconds", "days"]

SECONDS_PER: dict[Unit, int] = {Unit.SECONDS: 1, Unit.MINUTES: 60, Unit.HOURS: 3600, Unit.WORKING_HOURS: 3600}
"""The units that are counted as a length of time, with that length; the others are counted by closes of days."""

_DAYS = frozenset({Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS})
_COUNTED = re.compile(r"([1-9][0-9]{0,5}) ([a-z]+(?: [a-z]+)?)", re.ASCII)
_WORDS: dict[str, Unit] = {unit.value: unit for unit in Unit if unit is not Unit.END_OF_DAY}
_SINGULAR: dict[str, Unit] = {word.removesuffix("s"): unit for word, unit in _WORDS.items()}


@dataclass(frozen=True, slots=True)
class Budget:
    """An amount of time in one unit. ``end of day`` always has the count 1."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """The canonical text: ``parse(str(budget)) == budget``."""
        if self.unit is Unit.END_OF_DAY:
            return self.unit.value
        return f"{self.count} {self.unit.value.removesuffix('s') if self.count == 1 else self.unit.value}"


@lru_cache(maxsize=512)
def parse(text: str) -> Budget:
    """Read a budget. The singular is accepted (``1 working day``), as are outer blanks; case matters.

    Raises `BadBudget` for anything else, naming the grammar.
    """
    stripped = text.strip()
    if stripped == Unit.END_OF_DAY.value:
        return Budget(1, Unit.END_OF_DAY)
    found = _COUNTED.fullmatch(stripped)
    unit = found and (_WORDS.get(found[2]) or _SINGULAR.get(found[2]))
    if not found or not unit:
        raise BadBudget(text)
    count = int(found[1])
    if count > (MOST_MONTHS if unit is Unit.MONTHS else MOST):
        raise BadBudget(text)
    return Budget(count, unit)


def reading_unit(budget: Budget) -> ReadingUnit:
    """In what a clock of this budget tells its elapsed and remaining time: closes of days, or seconds."""
    return "days" if budget.unit in _DAYS else "seconds"
