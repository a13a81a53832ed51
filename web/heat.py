"""Where time is spent, as a table: units down, stages across, each cell as dark as it is long, with its number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from domain.vocabulary import Stage

_STAGES: Final = tuple(stage.value for stage in Stage if stage is not Stage.CLOSED)
_SHADES: Final = 5
_LITTLE: Final = 1.0  # hours: less is nowhere long, also where others took less still


def shaded(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of each unit in the order of the stages, None where there is nothing, with a shade from 0 to 5.

    A shade compares with the longest median of the same stage: a day is much for a signature and little for handling.
    """
    cells = {(c["unit"], c["stage"]): c for c in answer["items"]}
    longest = {s: max((c["median_hours"] for c in answer["items"] if c["stage"] == s), default=0) for s in _STAGES}
    names = {c["unit"]: c["unit_name"] for c in answer["items"]}
    rows = [
        {
            "unit": unit,
            "name": names[unit],
            "cells": [_cell(cells.get((unit, stage)), longest[stage]) for stage in _STAGES],
        }
        for unit in sorted(names, key=lambda unit: (not unit, unit))
    ]
    return {"as_of": answer["as_of"], "stages": _STAGES, "rows": rows}


def _cell(cell: Mapping[str, Any] | None, longest: float) -> dict[str, Any] | None:
    if cell is None:
        return None
    is_long = cell["median_hours"] >= _LITTLE
    return {**cell, "shade": round(_SHADES * cell["median_hours"] / longest) if is_long else 0}
