"""What would have happened under other rules: recorded clocks, measured by another service, policy or calendar.

What people did, and when, is taken as it was: starts, ends, pauses and extensions. Only the limits are other ones. So
this says which warnings and escalations the other rules would have given for the same work, not how people would have
worked under them. It is asked of a month of appeals at once, so it counts in wall times and keeps what repeats.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.appeal import Appeal
from domain.budget import SECONDS_PER, Budget, Unit, parse
from domain.calendar import DAY, SECOND, Table, day_of, table_of, to_wall
from domain.clock import Clock, ClockName
from domain.deadline import share
from domain.lines import NEVER, Line, Walls, counted, walls
from domain.measure import open_line, wall_due
from domain.rules import Rules, budget_for, calendar_of, ladder_of
from domain.rungs import OWED_BY_ENTERPRISE, levels_above

_HOUR = 3600 * SECOND
_HURRIED = frozenset({ClockName.ACCEPT, ClockName.SIGN, ClockName.HANDLE})
_BY_DAY = frozenset({Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS})


@dataclass(frozen=True, slots=True)
class Track:
    """What is recorded of one clock, in wall times; one that still runs has no end (`NEVER`).

    ``levels`` is how far its ladder climbs above whoever leads in the end; ``extensions`` are moments and budgets.
    """

    name: ClockName
    generation: int
    urgent: bool
    special: bool
    started: int
    ended: int
    levels: int
    timetable: str = ""
    pauses: Walls = ()
    extensions: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clock would have called for: ``warned`` rungs of its percentages, and up to which ``level``, 0 for none.

    ``lapsed`` is what the enterprise owed and did not do in time.
    """

    name: ClockName
    generation: int
    warned: int
    level: int = 0
    lapsed: bool = False

    @property
    def breached(self) -> bool:
        """Whether its time ran out, so that somebody was called."""
        return self.level > 0


def tracks(appeal: Appeal) -> tuple[Track, ...]:
    """The record of every clock that ever started."""
    return tuple(_track(appeal, clock, clock.started_at) for clock in appeal.clocks if clock.started_at)


def _track(appeal: Appeal, clock: Clock, started_at: datetime) -> Track:
    urgent, special = _circumstances(appeal, clock)
    return Track(
        name=clock.name,
        generation=clock.generation,
        urgent=urgent,
        special=special,
        started=to_wall(started_at),
        ended=to_wall(clock.ended_at) if clock.ended_at else NEVER,
        levels=levels_above(appeal, clock),
        timetable=clock.timetable,
        pauses=walls((p.started_at, p.ended_at) for p in clock.pauses) if clock.pauses else (),
        extensions=tuple((to_wall(e.at), e.budget) for e in clock.extensions),
    )


def _circumstances(appeal: Appeal, clock: Clock) -> tuple[bool, bool]:
    """Urgent, special: as the budget tells that it had in the end, for both may have changed after it ended."""
    rules = appeal.rules
    if clock.name not in _HURRIED:
        return appeal.urgent, False
    if clock.name is ClockName.HANDLE and clock.budget == rules.service.special:
        return appeal.urgent, True
    calm, urgent = (budget_for(rules, clock.name, urgent=hurry) for hurry in (False, True))
    told = calm != urgent and clock.budget in {calm, urgent}
    return (clock.budget == urgent if told else appeal.urgent), False


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the rules say of a clock. ``total`` is the open time of hours, ``days`` what is known of starts by day."""

    name: ClockName
    budget: Budget
    table: Table
    line: Line
    percents: tuple[int, ...]
    step: int
    owed: bool
    total: int
    days: dict[int, tuple[int, int]] = field(default_factory=dict)

    @property
    def statutory(self) -> bool:
        """Whether it may not end on a day off."""
        return self.name is ClockName.STATUTORY


class Yardstick:
    """Rules made ready to measure by. What repeats is found once: limits of days end alike for all starts of a day."""

    def __init__(self, rules: Rules) -> None:
        """``rules`` are those under which the record is to be looked at."""
        self._rules = rules
        self._plans: dict[tuple[ClockName, str, bool, bool], _Plan | None] = {}

    def judge(self, track: Track, until: int) -> Verdict | None:
        """What the clock would have called for up to the wall time ``until``; None for nothing, or no such limit."""
        key = track.name, track.timetable, track.urgent, track.special
        plan = self._plans[key] if key in self._plans else self._plans.setdefault(key, self._plan(track))
        end = min(track.ended, until)
        if plan is None or self._is_quiet(plan, track, end):
            return None
        verdict = self._measured(track, plan, len(track.extensions), end)
        # What was called before more time was granted had been called all the same.
        for granted, (at, _) in enumerate(track.extensions):
            before = self._measured(track, plan, granted, min(at, end))
            warned, level = max(verdict.warned, before.warned), max(verdict.level, before.level)
            verdict = replace(verdict, warned=warned, level=level)
        return verdict if verdict.warned else None

    def due(self, track: Track) -> int | None:
        """The deadline in wall time, `NEVER` while an open pause keeps it away; None for a limit they do not have."""
        plan = self._plan(track)
        return self._due(track, plan, len(track.extensions)) if plan else None

    def _plan(self, track: Track) -> _Plan | None:
        name = track.name
        text = track.special and self._rules.service.special
        text = text or budget_for(self._rules, name, urgent=track.urgent)
        if not text:
            return None
        budget, ladder, owed = parse(text), ladder_of(self._rules, name), name in OWED_BY_ENTERPRISE
        table = table_of(calendar_of(self._rules, track.timetable))
        return _Plan(
            name=name,
            budget=budget,
            table=table,
            line=open_line(budget.unit, table),
            percents=ladder.percents[: 1 if owed else None],
            step=ladder.hours * _HOUR,
            owed=owed,
            total=budget.count * SECONDS_PER.get(budget.unit, 0) * SECOND,
        )

    def _is_quiet(self, plan: _Plan, track: Track, end: int) -> bool:
        """Whether nothing can have been called yet, whatever the hours were: most clocks end well before."""
        held = sum(min(last, end) - first for first, last in track.pauses) if track.pauses else 0
        gone = end - track.started - held  # at most
        if plan.total:
            return gone < share(plan.total, plan.percents[0])
        if track.extensions or plan.budget.unit not in _BY_DAY:
            return False
        return gone < share(self._of_day(plan, day_of(track.started))[1] - held, plan.percents[0])

    def _of_day(self, plan: _Plan, day: int) -> tuple[int, int]:
        """Where a limit of days that starts on that day ends, and the open time from the next day on."""
        if day not in plan.days:
            due = wall_due(day * DAY, plan.budget, plan.table, (), statutory=plan.statutory)
            plan.days[day] = due, counted(plan.line, (day + 1) * DAY, due, ())
        return plan.days[day]

    def _measured(self, track: Track, plan: _Plan, granted: int, end: int) -> Verdict:
        gone = counted(plan.line, track.started, end, track.pauses)
        if plan.total and not granted and gone < plan.total:
            return self._warned(track, plan, gone, plan.total)
        due = self._due(track, plan, granted)
        if due < end or (due == end and not _stands_still(track, end)):
            level = 0 if plan.owed else 1 + self._further(track, plan, end - due)
            return Verdict(track.name, track.generation, len(plan.percents), level, lapsed=plan.owed)
        if due == NEVER:
            return Verdict(track.name, track.generation, 0)
        return self._warned(track, plan, gone, counted(plan.line, track.started, due, track.pauses))

    def _warned(self, track: Track, plan: _Plan, gone: int, total: int) -> Verdict:
        warned = sum(gone >= share(total, percent) for percent in plan.percents) if total else 0
        return Verdict(track.name, track.generation, warned)

    def _due(self, track: Track, plan: _Plan, granted: int) -> int:
        if not (track.pauses or granted) and plan.budget.unit in _BY_DAY:
            return self._of_day(plan, day_of(track.started))[0]
        due = wall_due(track.started, plan.budget, plan.table, track.pauses, statutory=plan.statutory)
        for _, more in track.extensions[:granted]:
            if due == NEVER:
                break
            budget = parse(more)
            due = wall_due(due, budget, plan.table, track.pauses, statutory=plan.statutory, continuing=True)
        return due

    def _further(self, track: Track, plan: _Plan, over: int) -> int:
        """How many rungs above the first the ladder climbed in the time since the deadline."""
        climbed = over // plan.step
        if climbed > track.levels:
            climbed = track.levels + (over - track.levels * plan.step) // DAY
        return min(climbed, track.levels + self._rules.policy.catch_all_days)


def _stands_still(track: Track, at: int) -> bool:
    """Whether a pause lasted up to that moment: what ended it then called for nothing any more."""
    return any(last == at for _, last in track.pauses)


def simulate(recorded: Iterable[Track], by: Yardstick, until: int) -> tuple[Verdict, ...]:
    """What the recorded clocks of an appeal would have called for under these rules, up to the wall time ``until``."""
    judged = (by.judge(track, until) for track in recorded)
    return tuple(verdict for verdict in judged if verdict is not None)
