"""What is remembered of a clock is what would be worked out anew, whenever it is asked."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from domain import clock as clocks
from domain import clock_view as view
from domain.appeal import Appeal
from domain.calendar import ZONE
from domain.clock import Clock, ClockName, Extension, Pause, end, extend, pause, resume, start
from domain.masking import Sight
from tests.domain.builders import World

START = datetime(2026, 9, 28, 16, 30, tzinfo=ZONE)
BUDGETS = ("2 hours", "8 working hours", "5 working days", "20 natural days", "2 months", "end of day")
SEEN = Sight(words=True, inside=True)


def _lives(seed: int) -> Iterator[tuple[Clock, datetime]]:
    """A clock and its moments, from before it starts to after it ends, with pauses and an extension on the way."""
    draw = random.Random(seed)  # noqa: S311 - lives, not secrets
    clock = Clock(ClockName.HANDLE, draw.choice([1, 2]), 1, draw.choice(BUDGETS), statutory=draw.random() < 0.5)
    now = START
    yield clock, now
    clock = start(clock, now)
    for n in range(12):
        yield clock, now
        now += timedelta(hours=draw.choice([0.1, 1, 7, 30, 200]))
        yield clock, now
        match draw.randrange(5):
            case 0:
                clock = pause(clock, Pause("pause", "等待企业", "handler", now))
            case 1:
                clock = resume(clock, "pause", now)
            case 2 if n < 3:
                clock = extend(clock, Extension(now, draw.choice(BUDGETS), "案情复杂", "leader"))
    clock = end(clock, now, draw.choice(["met", "stopped"]))
    for later in (0, 1, 400):
        yield clock, now + timedelta(days=later)


def _view(appeal: Appeal, clock: Clock, now: datetime) -> object:
    return view.clock_view(appeal, clock, now, sight=SEEN, explained=True)


@pytest.mark.parametrize("seed", range(25))
def test_a_clock_tells_the_same_as_if_nobody_had_asked_before(seed: int) -> None:
    appeal = World().case().appeal
    lives = list(_lives(seed))
    remembered = [_view(appeal, clock, now) for clock, now in lives]
    for (clock, now), told in zip(lives, remembered, strict=True):
        view._tell_once.cache_clear()
        clocks._last_reading.cache_clear()
        assert _view(appeal, clock, now) == told


def test_what_was_told_cannot_be_changed_by_a_reader() -> None:
    case = World().case()
    (clock,) = case.view("admin")["clocks"]
    clock["explanation"][0]["why"] = "x"
    assert case.view("admin")["clocks"][0]["explanation"][0]["why"] != "x"
