"""Numbers from many measurements."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least ``share`` of all do not exceed; not a number of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median(values: Sequence[float]) -> float:
    """The middle."""
    return percentile(values, 0.5)


def p99(values: Sequence[float]) -> float:
    """All but one in a hundred are within it."""
    return percentile(values, 0.99)
