"""What figures are: what is measured, by what it is told apart, the numbers. :mod:`storage.statistics` counts them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from domain.clock import ClockName
from storage.filters import AppealFilter
from storage.tally import Kept


class By(StrEnum):
    """What figures may be told apart by."""

    UNIT = "unit"
    SERVICE = "service"
    CHANNEL = "channel"
    REGION = "region"
    TIER = "tier"
    COLOUR = "colour"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which appeals are counted: those of ``wanted``, and of the secret ones those that whoever asks may read.

    ``barred``: the codes of whom that is, and of the units above: what complains of one of them is not counted. None:
    no secret matter is.
    """

    wanted: AppealFilter
    barred: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """So many open appeals in a stage, of a key, of a colour. ``beside``: counted under their first lead, too."""

    stage: str
    key: str
    colour: str
    count: int
    beside: bool = False


class Measure(StrEnum):
    """三率, the measure of the 12345 hotlines (DOMAIN.md, *Supervision in numbers*), and counts.

    ``response`` 响应率: of the appeals that came in within the period and whose ``accept`` clock is decided (met, late
    or running past its deadline), those where it was met in time. ``solution`` 解决率: of those closed within it with
    an answer (solved, partly, not solvable, not ours, unreachable), those that were solved as the last return visit
    confirmed; what nobody confirmed is not solved. ``satisfaction`` 满意率: of those whose last rating was given within
    it, those with three points or more; who did not rate counts nowhere.

    ``submitted``: came in within the period; ``reopened`` (重办), ``extended`` (延期, granted), ``returned`` (退回): of
    those. ``closed``: closed within it.
    """

    RESPONSE = "response"
    SOLUTION = "solution"
    SATISFACTION = "satisfaction"
    SUBMITTED = "submitted"
    CLOSED = "closed"
    REOPENED = "reopened"
    EXTENDED = "extended"
    RETURNED = "returned"


OF_ANSWERS: Final = frozenset({Measure.SATISFACTION, Measure.REOPENED})
"""Of units, these are about their answers, whoever has the appeal by now."""


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many. The key None: in all, where what is told apart adds up to something else."""

    measure: Measure
    key: str | None
    part: int
    whole: int
    beside: bool = False


@dataclass(frozen=True, slots=True)
class ClockCount:
    """So many appeals whose clocks of that name were kept in that way."""

    clock: ClockName
    kept: Kept
    key: str
    count: int
    beside: bool = False
