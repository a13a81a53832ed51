"""What the engine's own lists and pages show of an appeal: codes and moments, nothing personal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from temporalio.common import (
    SearchAttributeIndexedValueType,
    SearchAttributeKey,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.colours import Moments
from domain.moments import Due
from domain.vocabulary import Stage

_DATETIME = SearchAttributeIndexedValueType.DATETIME
_STAGES = {
    Stage.ACCEPT: "受理",
    Stage.ASSIGN: "交办",
    Stage.HANDLE: "承办",
    Stage.FEEDBACK: "反馈",
    Stage.EVALUATE: "评价",
    Stage.CLOSED: "办结",
}


def changed(
    known: TypedSearchAttributes, wanted: Mapping[SearchAttributeKey[Any], Any]
) -> list[SearchAttributeUpdate[Any]]:
    """What to upsert, so that what is known becomes what is wanted; nothing when only the deadline's hour moved.

    An upsert costs the engine as much as a whole step. So a deadline is told with the next change of stage, unit or
    colour, and by itself only when it begins or ceases to run.
    """
    if all(known.get(key) == value for key, value in wanted.items() if key.indexed_value_type is not _DATETIME) and all(
        (known.get(key) is None) == (value is None) for key, value in wanted.items()
    ):
        return []
    return [
        key.value_unset() if value is None else key.value_set(value)
        for key, value in wanted.items()
        if known.get(key) != value
    ]


def in_short(appeal: Appeal, moments: Moments) -> str:
    """Stage, unit and nearest deadline: "承办 handle · station-a · 到期 due 2026-11-23 17:30"."""
    words = [f"{_STAGES[appeal.stage]} {appeal.stage.value}"]
    if appeal.lead:
        words.append(appeal.lead.code)
    if moments.due_at:
        words.append(f"到期 due {moments.due_at.astimezone(ZONE):%Y-%m-%d %H:%M}")
    return " · ".join(words)


def awaited(due: Due) -> str:
    """What the timer is for: a clock and its rung, or the cause of a pause that ends."""
    return f"{due.clock.name.value} {due.rung or due.cause}"
