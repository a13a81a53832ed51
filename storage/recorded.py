"""What is recorded of many appeals: their clocks as they ran, and what these called for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from domain.appeal import Appeal
from domain.calendar import to_wall
from domain.clock import ClockName
from domain.rules import Rules, warnings_of
from domain.rungs import USED_UP, lapses
from domain.simulate import Track, Verdict, tracks
from domain.vocabulary import Action
from storage.appeals import Appeals, Stored
from storage.database import Database, Read
from storage.filters import AppealFilter
from storage.tables import journal

_PAGE = 500
_CALLED = (Action.RUNG, Action.ESCALATE, Action.LAPSE)
_TELLS = select(journal.c.number, journal.c.action, journal.c.data)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One appeal: its clocks, what they called for up to the wall time ``until``, and the rules it went by."""

    number: str
    rules: Rules
    tracks: tuple[Track, ...]
    happened: tuple[Verdict, ...]
    until: int


async def recorded(
    database: Database, since: datetime, before: datetime, now: datetime, service: str | None = None
) -> AsyncIterator[list[Recorded]]:
    """The appeals that came in from ``since`` until ``before``, oldest first, some at a time."""
    wanted = AppealFilter(
        service=service, created_after=since - timedelta(microseconds=1), sort="created_at", secret=True
    )
    cursor: str | None = None
    while True:
        async with database.read() as r:
            page = await Appeals(r).page(wanted, now, cursor, _PAGE)
            found = [one for one in page.items if one.appeal.created_at < before]
            called = await _called(r, [one.appeal.number for one in found])
        yield [_recorded(one, called.get(one.appeal.number, []), now) for one in found]
        if page.next_cursor is None or len(found) < len(page.items):
            return
        cursor = page.next_cursor


def _recorded(one: Stored, called: list[tuple[str, dict[str, Any]]], now: datetime) -> Recorded:
    """At the appeal's own now, which a rehearsal's is ahead of."""
    appeal = one.appeal
    happened = verdicts(appeal, called)
    return Recorded(appeal.number, appeal.rules, tracks(appeal), happened, to_wall(now + one.offset))


async def _called(r: Read, numbers: list[str]) -> Mapping[str, list[tuple[str, dict[str, Any]]]]:
    query = _TELLS.where(journal.c.number.in_(numbers), journal.c.action.in_([a.value for a in _CALLED]))
    found: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for row in await r.rows(query):
        found.setdefault(row.number, []).append((row.action, row.data))
    return found


def verdicts(appeal: Appeal, called: Iterable[tuple[str, dict[str, Any]]]) -> tuple[Verdict, ...]:
    """What the clocks did call for, by action and data of the journal's entries.

    A rung that an outage kept from being told counts: it had come, and the other rules are looked at in the same way.
    One that came before its time, because nobody was there, does not: the clock had not got so far.
    """
    found: dict[tuple[ClockName, int], _Called] = {}
    for action, data in called:
        name, generation = ClockName(data["clock"]), int(data["generation"])
        one = found.setdefault((name, generation), _Called(set()))
        if action == Action.RUNG and data["rung"].isdigit():
            one.warned.add(data["rung"])
        elif action == Action.ESCALATE and not data.get("empty"):
            one.level = max(one.level, int(data["level"]))
        elif action == Action.LAPSE:
            one.lapsed = True
    # That a step took its way by itself is told as the step, not of its clock.
    for clock in appeal.clocks:
        if clock.name is ClockName.STEP and USED_UP in clock.fired and lapses(appeal, clock):
            found.setdefault((clock.name, clock.generation), _Called(set())).lapsed = True
    percents = {name: {str(p) for p in warnings_of(appeal.rules, name)} for name, _ in found}
    return tuple(
        Verdict(name, generation, len(one.warned & percents[name]), one.level, one.lapsed)
        for (name, generation), one in found.items()
    )


@dataclass(slots=True)
class _Called:
    warned: set[str]
    level: int = 0
    lapsed: bool = False
