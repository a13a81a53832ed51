"""What would have happened under other rules: recorded clocks, measured by another service, policy or calendar.

What people did, and when, is taken as it was: starts, ends, pauses and extensions. Only the limits are other ones. So
this says which warnings and escalations the other rules would have given for the same work, not how people would have
worked under them. It is asked of a month of appeals at once, so it counts in wall times and keeps what repeats.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from domain.appeal import Appeal
from domain.budget import SECONDS_PER, Budget, Unit, parse
from domain.calendar import DAY, SECOND, Table, day_of, table_of, to_wall
from domain.clock import Clock, ClockName
from domain.deadline import share
from domain.ladder import Ladder, offsets
from domain.lines import NEVER, Line, Walls, counted, walls
from domain.measure import open_line, wall_due
from domain.rules import BRING_THEIR_OWN, Rules, budget_for, calendar_of, ladder_of, warnings_of
from domain.rungs import lapses, levels_above

_HURRIED = frozenset({ClockName.ACCEPT, ClockName.SIGN, ClockName.HANDLE})
_BY_DAY = frozenset({Unit.NATURAL_DAYS, Unit.WORKING_DAYS, Unit.MONTHS})


class Track(NamedTuple):
    """What is recorded of one clock, in wall times; one that still runs has no end (`NEVER`).

    ``levels`` is how far its ladder climbs above whoever leads in the end; ``extensions`` are moments and budgets;
    ``listed``: it ran while the case was supervised in public, so it climbs that ladder;
    ``own`` is a limit that came with the clock (an order's, a step's), which no other policy or calendar changes.
    ``statutory``: it may not end on a day off; ``lapses``: used up, it calls nobody, something happens by itself. A
    tuple, because a month has a million of them.
    """

    name: ClockName
    timetable: str
    urgent: bool
    special: bool
    own: str
    statutory: bool
    lapses: bool
    listed: bool
    generation: int
    started: int
    ended: int
    levels: int
    pauses: Walls = ()
    extensions: tuple[tuple[int, str], ...] = ()


ASKED_BY = 8
"""So many fields of a track, the first ones, say for which limit rules are asked."""


class Verdict(NamedTuple):
    """What a clock would have called for: ``warned`` rungs of its percentages, and up to which ``level``, 0 for none.

    ``lapsed`` is what was not done in time and calls nobody: the enterprise owed it, or a step takes its way by itself.
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
    return tuple([_track(appeal, clock, clock.started_at) for clock in appeal.clocks if clock.started_at])


def _track(appeal: Appeal, clock: Clock, started_at: datetime) -> Track:
    urgent, special = _circumstances(appeal, clock)
    own = clock.budget if clock.name in BRING_THEIR_OWN else ""
    ended = to_wall(clock.ended_at) if clock.ended_at else NEVER
    pauses = walls((p.started_at, p.ended_at) for p in clock.pauses) if clock.pauses else ()
    extensions = tuple([(to_wall(e.at), e.budget) for e in clock.extensions]) if clock.extensions else ()
    levels = levels_above(appeal, clock)
    # By position: by name it takes twice as long, and a month has a million of them.
    listed = any(s.posted and (clock.ended_at is None or s.at < clock.ended_at) for s in appeal.supervisions)
    asked = (clock.name, clock.timetable, urgent, special, own, clock.statutory, lapses(appeal, clock), listed)
    return Track(*asked, clock.generation, to_wall(started_at), ended, levels, pauses, extensions)


def _circumstances(appeal: Appeal, clock: Clock) -> tuple[bool, bool]:
    """Urgent, special: as the budget tells that it had in the end, for both may have changed after it ended."""
    rules = appeal.rules
    if clock.name not in _HURRIED:
        return appeal.urgent, False
    if clock.name is ClockName.HANDLE and clock.budget == rules.service.special:
        return appeal.urgent, True
    calm, urgent = budget_for(rules, clock.name, urgent=False), budget_for(rules, clock.name, urgent=True)
    told = calm != urgent and clock.budget in {calm, urgent}
    return (clock.budget == urgent if told else appeal.urgent), False


@dataclass(frozen=True, slots=True)
class _Limit:
    """What some rules say of a kind of clock, ready to judge by.

    ``total`` is the open time of hours, of which nothing is called for before ``first``; ``ladder`` is climbed after.
    ``days`` is what is known of starts by day: limits of days end alike for all starts of a day.
    """

    name: ClockName
    budget: Budget
    table: Table
    line: Line
    percents: tuple[int, ...]
    ladder: Ladder
    statutory: bool
    lapses: bool
    total: int
    first: int
    days: dict[int, tuple[int, int]] = field(default_factory=dict, compare=False)

    def judge(self, track: Track, until: int) -> Verdict | None:
        """What the clock would have called for up to the wall time ``until``; None for nothing."""
        end = min(track.ended, until)
        if self._is_quiet(track, end):
            return None
        verdict = self._measured(track, len(track.extensions), end)
        # What was called before more time was granted had been called all the same.
        for granted, (at, _) in enumerate(track.extensions):
            before = self._measured(track, granted, min(at, end))
            warned, level = max(verdict.warned, before.warned), max(verdict.level, before.level)
            verdict = verdict._replace(warned=warned, level=level)
        return verdict if verdict.warned else None

    def due(self, track: Track, granted: int) -> int:
        """The deadline with so many extensions."""
        if not (track.pauses or granted) and self.budget.unit in _BY_DAY:
            return self._of_day(day_of(track.started))[0]
        due = wall_due(track.started, self.budget, self.table, track.pauses, statutory=self.statutory)
        for _, more in track.extensions[:granted]:
            if due == NEVER:
                break
            budget = parse(more)
            due = wall_due(due, budget, self.table, track.pauses, statutory=self.statutory, continuing=True)
        return due

    def _is_quiet(self, track: Track, end: int) -> bool:
        """Whether nothing can have been called yet, whatever the hours were: most clocks end well before."""
        held = sum(min(last, end) - first for first, last in track.pauses) if track.pauses else 0
        gone = end - track.started - held  # at most
        if self.total:
            return gone < self.first
        if track.extensions or self.budget.unit not in _BY_DAY:
            return False
        return gone < share(self._of_day(day_of(track.started))[1] - held, self.percents[0])

    def _of_day(self, day: int) -> tuple[int, int]:
        """Where a limit of days that starts on that day ends, and the open time from the next day on."""
        if day not in self.days:
            due = wall_due(day * DAY, self.budget, self.table, (), statutory=self.statutory)
            self.days[day] = due, counted(self.line, (day + 1) * DAY, due, ())
        return self.days[day]

    def _measured(self, track: Track, granted: int, end: int) -> Verdict:
        gone = counted(self.line, track.started, end, track.pauses)
        if self.total and not granted and gone < self.total:
            return self._warned(track, gone, self.total)
        due = self.due(track, granted)
        if due < end or (due == end and not _stands_still(track, end)):
            level = 0 if self.lapses else 1 + self._further(track, end - due)
            return Verdict(track.name, track.generation, len(self.percents), level, lapsed=self.lapses)
        if due == NEVER:
            return Verdict(track.name, track.generation, 0)
        return self._warned(track, gone, counted(self.line, track.started, due, track.pauses))

    def _warned(self, track: Track, gone: int, total: int) -> Verdict:
        warned = sum(gone >= share(total, percent) for percent in self.percents) if total else 0
        return Verdict(track.name, track.generation, warned)

    def _further(self, track: Track, over: int) -> int:
        """How many rungs above the first the ladder climbed in the time since the deadline."""
        reached = bisect_right(offsets(self.ladder, track.levels), over // SECOND)
        return max(0, reached - 1)


def _stands_still(track: Track, at: int) -> bool:
    """Whether a pause lasted up to that moment: what ended it then called for nothing any more."""
    return any(last == at for _, last in track.pauses)


class Yardstick:
    """Rules made ready to measure by."""

    def __init__(self, rules: Rules, like: Yardstick | None = None) -> None:
        """``rules`` are those under which the record is to be looked at; limits that ``like`` has as well are its."""
        self._rules = rules
        self._like = like
        self._limits: dict[tuple[object, ...], _Limit | None] = {}

    def limit(self, track: Track) -> _Limit | None:
        """The limit of such a clock; None if they have none."""
        asked = track[:ASKED_BY]
        try:
            return self._limits[asked]
        except KeyError:
            found, known = self._limit(track), self._like.limit(track) if self._like else None
            return self._limits.setdefault(asked, known if found == known else found)

    def due(self, track: Track) -> int | None:
        """The deadline in wall time, `NEVER` while an open pause keeps it away; None for a limit they do not have."""
        limit = self.limit(track)
        return limit.due(track, len(track.extensions)) if limit else None

    def _limit(self, track: Track) -> _Limit | None:
        name = track.name
        text = track.special and self._rules.service.special
        text = text or track.own or budget_for(self._rules, name, urgent=track.urgent)
        if not text:
            return None
        budget, percents = parse(text), warnings_of(self._rules, name)
        table = table_of(calendar_of(self._rules, track.timetable))
        total = budget.count * SECONDS_PER.get(budget.unit, 0) * SECOND
        return _Limit(
            name=name,
            budget=budget,
            table=table,
            line=open_line(budget.unit, table),
            percents=percents[: 1 if track.lapses else None],
            ladder=ladder_of(self._rules, name, listed=track.listed),
            statutory=track.statutory,
            lapses=track.lapses,
            total=total,
            first=share(total, percents[0]),
        )


Verdicts = tuple[Verdict, ...]


def simulate(recorded: Iterable[Track], by: Yardstick, until: int) -> Verdicts:
    """What the recorded clocks of an appeal would have called for under these rules, up to the wall time ``until``."""
    return simulate_both(recorded, by, by, until)[0]


def simulate_both(recorded: Iterable[Track], one: Yardstick, other: Yardstick, until: int) -> tuple[Verdicts, Verdicts]:
    """As :func:`simulate` by two yardsticks; a limit that they share is judged once."""
    by_one, by_other = [], []
    for track in recorded:
        limit, another = one.limit(track), other.limit(track)
        verdict = limit.judge(track, until) if limit else None
        theirs = verdict if another is limit else another.judge(track, until) if another else None
        if verdict:
            by_one.append(verdict)
        if theirs:
            by_other.append(theirs)
    return tuple(by_one), tuple(by_other)
