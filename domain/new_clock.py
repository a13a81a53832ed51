"""What every clock of an appeal begins with, whatever it measures."""

from __future__ import annotations

from domain.appeal import Appeal
from domain.clock import Clock, ClockName
from domain.rules import timetable_for
from domain.rungs import answerable


def new_clock(appeal: Appeal, name: ClockName, budget: str, owner: str = "") -> Clock:
    """The appeal's next clock, not started: in the hours of whoever answers for it."""
    return Clock(
        name=name,
        round=appeal.round,
        generation=1 + len(appeal.clocks),
        budget=budget,
        timetable=timetable_for(appeal.rules, name, answerable(appeal, name, owner).chain[0]),
        owner=owner,
    )
