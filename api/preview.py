"""A limit tried out on the catalogue's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.moments import moment_in_query
from api.problems import Problem, unprocessable
from domain.budget import BadBudget, parse
from domain.calendar import Calendar
from domain.clock import Clock, ClockName, Pause, explain, read
from domain.clock_view import span_view
from domain.deadline import idle_pause
from domain.deeds import TRIAL
from domain.errors import Fault
from domain.summary import summary
from domain.vocabulary import Cause
from domain.wall import stamp


@dataclass(frozen=True, slots=True)
class Trial:
    """What is tried: a start, a budget, pauses as FROM/TO."""

    start: datetime
    budget: str
    pauses: tuple[str, ...]
    statutory: bool


def preview(trial: Trial, calendar: Calendar) -> dict[str, Any]:
    """When it would end and every stretch until then. Raises a 422 :class:`Problem`."""
    try:
        budget = parse(trial.budget)
    except BadBudget as error:
        raise unprocessable(error.code, error.detail, Fault("/budget", error.detail)) from None
    pauses = tuple(_pause(text, n) for n, text in enumerate(trial.pauses))
    clock = Clock(
        ClockName.HANDLE, 1, 1, trial.budget, statutory=trial.statutory, started_at=trial.start, pauses=pauses
    )
    if found := idle_pause(clock, calendar):
        late, due = found
        detail = f"暂停晚于到期时刻（{stamp(due)}），已无时限可暂停"
        raise _bad_pause(pauses.index(late), detail)
    reading = read(clock, calendar, trial.start)
    spans, told = explain(clock, calendar, trial.start), summary(clock, calendar, trial.start, TRIAL)
    return {
        "start": stamp(trial.start),
        "budget": str(budget),
        "statutory": trial.statutory,
        "due_at": stamp(reading.due_at),
        "provisional": reading.provisional,
        "calendar_version": calendar.version,
        "summary": told.chinese,
        "summary_en": told.english,
        "explanation": [span_view(span) for span in spans],
    }


def _pause(text: str, index: int) -> Pause:
    start, slash, end = text.partition("/")
    try:
        begun, ended = moment_in_query(start), moment_in_query(end)
    except ValueError as error:
        raise _bad_pause(index, str(error) if slash else "应写作 FROM/TO") from None
    if ended <= begun:
        raise _bad_pause(index, "暂停的结束应晚于开始")
    return Pause(Cause.PAUSE, Cause.PAUSE, "", begun, ended)


def _bad_pause(index: int, detail: str) -> Problem:
    return unprocessable("bad-pause", f"pause:{detail}", Fault(f"/pause/{index}", detail))
