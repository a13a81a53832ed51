"""What would go wrong on duty, as somebody mends it: by unit and cause, holes apart from what is only weak. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_FAILING: Final = "failing"


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is missing in one unit, with every stretch in which it is: moments from and until."""

    unit: str
    unit_name: str
    text: str
    stretches: list[tuple[str, str]] = field(default_factory=list)

    @property
    def month(self) -> str:
        """Of the roster, in which it begins."""
        return self.stretches[0][0][:7]


@dataclass(frozen=True, slots=True)
class Weak:
    """People whom no channel reaches, by unit; ``failing``: they have one, and nothing arrives."""

    missing: dict[str, list[str]]
    failing: dict[str, list[str]]
    mine: bool

    @property
    def count(self) -> int:
        """How many people."""
        return sum(len(names) for by_unit in (self.missing, self.failing) for names in by_unit.values())


def gaps(found: Iterable[Mapping[str, Any]]) -> list[Gap]:
    """Holes, or steps that find nobody: those of one cause together."""
    known: dict[tuple[str, str], Gap] = {}
    for one in found:
        said = str(one["text"]).removeprefix(one["unit_name"]).lstrip("：:")
        gap = known.setdefault((one["unit"], said), Gap(one["unit"], one["unit_name"], said))
        gap.stretches.append((one["from"], one["until"]))
    return list(known.values())


def weak(found: Iterable[Mapping[str, Any]], me: str) -> Weak:
    """Those whom a message only waits for in their inbox."""
    people = list(found)
    return Weak(
        _by_unit(one for one in people if one["why"] != _FAILING),
        _by_unit(one for one in people if one["why"] == _FAILING),
        any(one["account"] == me for one in people),
    )


def _by_unit(people: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    units: dict[str, list[str]] = {}
    for one in people:
        units.setdefault(one["unit_name"] or "未定单位", []).append(one["name"])
    return units
