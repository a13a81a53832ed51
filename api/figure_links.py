"""A figure with the list behind it: what it counts, said as the parameters of ``/v1/appeals``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from api.context import Context
from api.duty import unit_name
from api.paper_words import CHANNELS
from domain.calendar import ZONE
from domain.routing import ORDINARY, WORDS
from domain.vocabulary import Channel, Tier
from storage.measures import By
from storage.statistics import months_between

LIST: Final = "/v1/appeals"
#: As a unit: that of no answer.
NOBODY: Final = "none"
_COLOURS: Final = {"green": "正常", "yellow": "预警", "orange": "临期", "red": "超期"}


@dataclass(frozen=True, slots=True)
class Links:
    """Lists within what the figures were narrowed down to."""

    within: Mapping[str, Any]

    def figure(self, count: int, **more: Any) -> dict[str, Any]:
        """A number and its list."""
        return {"count": count, "appeals": self.to(**more)}

    def of_answers(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """The same, but of the units' answers instead of what they lead or answer for now."""
        unit = NOBODY if "unassigned" in said else said.get("unit")
        mine = {"answered_by": unit or self.within.get("unit"), "unit": None, "under": None, "unassigned": None}
        return {**said, **mine, "answered_under": None if unit else self.within.get("under")}

    def to(self, **more: Any) -> str:
        """The address of a list."""
        asked = {**self.within, **more}
        return f"{LIST}?{urlencode([(name, _said(value)) for name, value in asked.items() if value is not None])}"


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.astimezone(ZONE).isoformat() if isinstance(value, datetime) else str(value)


def narrowing(by: By | None, key: str, moments: str, within: tuple[datetime, datetime]) -> dict[str, Any]:
    """The parameters that a key stands for; a month's are about ``moments`` (created, closed, rated)."""
    if by is By.MONTH:
        for first, after in months_between(*within):
            if f"{first:%Y-%m}" == key:
                return {f"{moments}_from": max(first, within[0]), f"{moments}_before": min(after, within[1])}
    if by is By.UNIT and not key:
        return {"unassigned": True}
    if by is By.TIER:
        return {"tier": key or "none"}
    return {} if by is None else {by.value: key}


def name_of(ctx: Context, by: By | None, key: str) -> str:
    """What people call it."""
    if by is By.UNIT:
        return (unit_name(ctx, key) or key) if key else "尚无牵头单位"
    if by is By.SERVICE:
        return next((s.name for s in ctx.catalogue.services() if s.code == key), key)
    if by is By.CHANNEL:
        return CHANNELS.get(Channel(key), key)
    if by is By.TIER:
        return WORDS[Tier(key)] if key else WORDS[ORDINARY]
    if by is By.COLOUR:
        return _COLOURS[key]
    return ctx.organisation.region_name(key) if by is By.REGION else key
