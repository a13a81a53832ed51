"""A deadline in one sentence that a citizen understands, in Chinese and in English.

The facts are `domain.story`'s, the sentences those of `domain.chinese` and `domain.english`. Long rows of holidays or
pauses are cut after a few, and say so.
"""

from __future__ import annotations

from datetime import datetime

from domain import chinese, english
from domain.calendar import Calendar
from domain.deeds import Deed, usual
from domain.ledger import Clock
from domain.story import story
from domain.wording import Why


def summary(clock: Clock, calendar: Calendar, now: datetime, deed: Deed | None = None) -> Why:
    """The clock at ``now`` in one sentence; ``deed`` instead of the clock's own words."""
    told = story(clock, calendar, now)
    words = deed or usual(clock)
    over = words.over or words.done
    begun = words.begun if clock.started_at else words.not_begun(ended=clock.ended_at is not None)
    ours = chinese.clauses(clock, told, begun.chinese, words.done.chinese, over.chinese)
    theirs = english.clauses(clock, told, begun.english, words.done.english, over.english)
    return Why("；".join(filter(None, ours)) + "。", "; ".join(filter(None, theirs)) + ".")
