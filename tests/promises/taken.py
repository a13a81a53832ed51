"""A matter in the hands of whoever answers for it, whichever way the service takes there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.vocabulary import Stage
from tests.promises.walk import MONDAY, Walk, walk


def taken(code: str, start: str = MONDAY, form: Mapping[str, Any] | None = None, **said: Any) -> Walk:
    """Accepted at the window where the system does not, sent on by the routing, signed by an officer of the lead."""
    case = walk(code, start, form, **said)
    if case.stage is Stage.ACCEPT:
        case.do("window", "accept")
    if case.appeal.lead is None:
        case.do("dispatcher", "assign", lead_unit="station-a")
    if case.stage is Stage.ASSIGN:
        assert case.appeal.lead is not None
        case.do(f"{case.appeal.lead.code}-officer", "sign")
    return case


def told(text: str = "已核实") -> dict[str, str]:
    """What most steps record: words."""
    return {"text": text}
