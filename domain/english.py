"""The sentence of :mod:`domain.summary` in English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from domain.budget import SECONDS_PER, Unit, parse
from domain.clock import Status
from domain.ledger import Clock, Pause
from domain.story import FEW, IN_DAYS, Holiday, Story, local, split, spoken
from domain.wording import held, holiday, length


def clauses(clock: Clock, told: Story, begun: str, done: str, over: str) -> list[str]:
    """The sentence in its clauses, in order; those with nothing to say are empty. ``over``: what was then done."""
    limit = f"{'limit by law' if clock.statutory else 'limit'}: {_length(told)}"
    limit += f" ({clock.basis})" if clock.basis else ""
    if told.started_at is None:
        return [begun, limit]
    year = local(told.started_at).year
    not_counted = " (that day is not counted)" if told.budget.unit in IN_DAYS else ""
    return [
        f"{begun} {_at(told.started_at, 0, told, begins=True)}{not_counted}, {limit}",
        *(_extension(e.budget, e.reason, e.basis) for e in clock.extensions),
        _crossed(told, year),
        _pauses(told, year),
        "the last day was a day off, so it moved on to the next working day" if told.moved_on else "",
        *_end(told, done, over, year),
    ]


def _length(told: Story) -> str:
    """How long it is, or until when it was agreed."""
    if told.ends_at is None or told.started_at is None:
        return length(told.budget).english
    return f"until {_at(told.ends_at, local(told.started_at).year, told)}"


def _years(years: Sequence[int]) -> str:
    return ", ".join(map(str, years)) if len(years) <= FEW else f"{years[0]} to {years[-1]}"


def _extension(budget: str, why: str, basis: str) -> str:
    said = ", ".join(filter(None, (why, basis and f"on the basis of {basis}")))
    return f"extended by {length(parse(budget)).english}" + (f" ({said})" if said else "")


def _crossed(told: Story, year: int) -> str:
    off = [f"{_holiday(h)} ({_days(h, year)})" for h in told.holidays[:FEW]]
    on = [f"{day:%A} {_day(day, year)}" for day in told.make_up_days[:FEW]]
    parts = []
    if off:
        parts.append(f"not counting {_row(off, told.holidays)}")
    if on:
        parts.append(f"with the make-up working day{'s' * (len(on) > 1)} {_row(on, told.make_up_days)}")
    return ", ".join(parts)


def _pauses(told: Story, year: int) -> str:
    if not told.pauses:
        return ""
    each = _row([_pause(p, year, told) for p in told.pauses[:FEW]], told.pauses)
    times = {1: "once", 2: "twice"}.get(len(told.pauses), f"{len(told.pauses)} times")
    cost = " and ".join(_amount(amount, unit) for amount, unit in told.cost)
    effect = f"which moved the end by {cost}" if cost else "which did not move the end"
    return f"paused {times}: {each}, {effect}"


def _pause(pause: Pause, year: int, told: Story) -> str:
    begun, why = _at(pause.started_at, year, told, begins=True), held(pause).english
    if pause.ended_at is None:
        return f"since {begun} ({why})"
    return f"{begun} to {_at(pause.ended_at, year, told, after=pause.started_at)} ({why})"


def _end(told: Story, done: str, over: str, year: int) -> list[str]:
    by = f"to be {done} by {_at(told.due, year, told)}" if told.due else ""
    if told.unannounced:
        by += f" (provisional: the holidays of {_years(told.unannounced)} are not announced yet)"
    if told.unknown:
        by += f" (the calendar has no holidays of {_years(told.unknown)}: only weekends are left out)"
    ended = _at(told.ended_at, year, told) if told.ended_at else ""
    return {
        Status.PAUSED: ["standing still now", f"if it ran again at once, {by}"],
        Status.BREACHED: [f"{by}, now overdue"],
        Status.MET: [by, f"{over} {ended}, {'late' if told.reading.late else 'in time'}"],
        Status.STOPPED: [by, f"stopped {ended}"],
    }.get(told.reading.status, [by])


def _amount(amount: int, unit: Unit) -> str:
    if unit not in SECONDS_PER:
        return _count(amount, "working day" if unit is Unit.WORKING_DAYS else "day")
    parts = zip(split(amount), ("hour", "minute", "second"), strict=True)
    text = " ".join(_count(n, name) for n, name in parts if n)
    return f"{text} of working time" if unit is Unit.WORKING_HOURS else text


def _count(number: int, name: str) -> str:
    return f"{number} {name}{'s' * (number != 1)}"


def _row(shown: Sequence[str], row: Sequence[object]) -> str:
    return ", ".join(shown) + (f" and {len(row) - len(shown)} more" if len(row) > len(shown) else "")


def _holiday(off: Holiday) -> str:
    return holiday(off.name).english if off.name else "a public holiday"


def _days(off: Holiday, year: int) -> str:
    if off.first == off.last:
        return _day(off.first, year)
    first = f"{off.first.day}" if off.first.month == off.last.month else _day(off.first, off.last.year)
    return f"{first}–{_day(off.last, year)}"


def _day(day: date, year: int) -> str:
    return f"{day.day} {day:%B}{'' if day.year == year else f' {day.year}'}"


def _at(at: datetime, year: int, told: Story, after: datetime | None = None, *, begins: bool = False) -> str:
    day, hour = spoken(at, told, begins=begins)
    same_day = after is not None and local(after).date() == day
    return hour if same_day else f"{_day(day, year)}, {hour}"
