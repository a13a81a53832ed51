"""Quiet hours: what may wait is sent when they end, by the clock on the wall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quiet import BadHours, held_until, hours_of
from tests.domain.walker import MINUTE, at

NIGHT, NOON = "22:00-07:00", "12:00-13:30"


@pytest.mark.parametrize(
    ("quiet", "now", "sent"),
    [
        (NIGHT, "2026-09-08 21:59", "2026-09-08 21:59"),
        (NIGHT, "2026-09-08 22:00", "2026-09-09 07:00"),
        (NIGHT, "2026-09-08 23:59:59", "2026-09-09 07:00"),
        (NIGHT, "2026-09-09 00:00", "2026-09-09 07:00"),
        (NIGHT, "2026-09-09 06:59", "2026-09-09 07:00"),
        (NIGHT, "2026-09-09 07:00", "2026-09-09 07:00"),
        (NIGHT, "2026-12-31 23:00", "2027-01-01 07:00"),
        (NOON, "2026-09-09 11:59", "2026-09-09 11:59"),
        (NOON, "2026-09-09 12:00", "2026-09-09 13:30"),
        (NOON, "2026-09-09 13:30", "2026-09-09 13:30"),
        ("", "2026-09-09 03:00", "2026-09-09 03:00"),
    ],
)
def test_what_falls_into_them_is_sent_when_they_end_and_everything_else_at_once(
    quiet: str, now: str, sent: str
) -> None:
    """Of Zammad #4432: notices at midnight that could have waited."""
    assert held_until(quiet, at(now)) == at(sent)


@given(minutes=st.integers(0, 60 * 24 * 400), quiet=st.sampled_from((NIGHT, NOON, "00:00-23:59")))
def test_nothing_is_held_for_a_day_and_what_is_sent_then_is_not_held_again(minutes: int, quiet: str) -> None:
    now = at("2026-01-01 00:00") + minutes * MINUTE
    sent = held_until(quiet, now)
    assert now <= sent < now + 24 * 60 * MINUTE
    assert held_until(quiet, sent) == sent


@pytest.mark.parametrize(
    "text", ["22-7", "22:00", "24:00-07:00", "22:00-07:60", "22:00-22:00", "nights", "22:00 - 07:00"]
)
def test_a_text_that_names_no_hours_is_refused(text: str) -> None:
    with pytest.raises(BadHours):
        hours_of(text)
