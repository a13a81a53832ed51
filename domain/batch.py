"""分项: one result for each of many, kept as ranges (``1-40,42``): a thousand of them are still small."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from domain.errors import Fault, Invalid

MOST = 1000
_RANGES = re.compile(r"[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?(,[1-9][0-9]{0,3}(-[1-9][0-9]{0,3})?)*", re.ASCII)
PATTERN = f"^{_RANGES.pattern}$"

Results = Mapping[str, str]
"""The ranges of the items that have it, by the result's code."""


def numbers(ranges: str) -> frozenset[int]:
    """The numbers of the items. Raises ValueError for a text that says none, or one backwards."""
    if not _RANGES.fullmatch(ranges):
        raise ValueError(ranges)
    found: set[int] = set()
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        if int(last or first) < int(first):
            raise ValueError(ranges)
        found.update(range(int(first), int(last or first) + 1))
    return frozenset(found)


def ranges(items: Iterable[int]) -> str:
    """The numbers as ranges, in order."""
    runs = groupby(enumerate(sorted(items)), key=lambda pair: pair[1] - pair[0])
    ends = ([number for _, number in run] for _, run in runs)
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in ends)


def merged(known: Results, said: Iterable[Mapping[str, Any]], total: int) -> dict[str, str]:
    """What is known of each item after the lines of a record; a later line has the last word.

    Raises Invalid for an item that there is not.
    """
    items = {code: set(numbers(text)) for code, text in known.items()}
    for n, line in enumerate(said):
        try:
            meant = numbers(line["items"])
        except ValueError:
            raise _wrong(n, "编号应写作“1-40,42”") from None
        if max(meant) > total:
            raise _wrong(n, f"共{total}项，没有第{max(meant)}项")
        for have in items.values():
            have.difference_update(meant)
        items.setdefault(line["result"], set()).update(meant)
    return {code: ranges(have) for code, have in sorted(items.items()) if have}


def _wrong(line: int, detail: str) -> Invalid:
    return Invalid("unknown-item", detail, (Fault(f"/record/results/{line}/items", detail),))


def counts(results: Results, total: int) -> dict[str, int]:
    """How many there are in all, with a result, without one, and of each result."""
    of_each = {code: len(numbers(text)) for code, text in results.items()}
    done = sum(of_each.values())
    return {**of_each, "total": total, "done": done, "open": max(total - done, 0)}
