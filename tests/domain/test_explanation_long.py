"""A limit of many years is explained in a few lines, and they still add up."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.budget import parse
from domain.clock import Clock, ExplainedSpan, due_at, explain, extend
from domain.ledger import Extension
from domain.measure import between
from tests.domain.clocks import handle, held
from tests.domain.walker import at, shipped

START = "2026-09-14 10:00"
LONG = ("1000 working days", "100000 working days", "1000 working hours", "100000 working hours")


def told(clock: Clock) -> tuple[ExplainedSpan, ...]:
    spans = explain(clock, shipped(), at(START))
    assert spans[0].started_at == at(START)
    assert spans[-1].ended_at == due_at(clock, shipped())
    assert all(one.ended_at == other.started_at for one, other in pairwise(spans))
    return spans


def by_number(spans: tuple[ExplainedSpan, ...]) -> list[tuple[int, int]]:
    """Working days and days off of the stretches that are told by their number."""
    found = [re.match(r"其间 (\d+) 个工作日.*（(\d+) 个休息日不计）", span.why) for span in spans]
    return [(int(match[1]), int(match[2])) for match in found if match]


@pytest.mark.parametrize("budget", LONG)
def test_the_middle_of_a_long_limit_is_told_by_its_number_of_days(budget: str) -> None:
    spans = told(handle(budget, START))
    assert len(spans) < 250
    [(worked, off)] = by_number(spans)
    middle = next(span for span in spans if "其间" in span.why)
    assert middle.counted
    assert (middle.ended_at - middle.started_at).days == worked + off
    unit = parse("1 working day").unit
    assert between(middle.started_at - timedelta(days=1), middle.ended_at - timedelta(days=1), unit, shipped()) in (
        worked - 1,
        worked,
        worked + 1,
    )
    assert f"{worked} working days" in middle.why_en


def test_working_days_told_one_by_one_and_by_number_are_the_limit() -> None:
    spans = told(handle("100000 working days", START))
    single = sum(
        -(-(span.ended_at - span.started_at) // timedelta(days=1))
        for span in spans
        if span.counted and "其间" not in span.why
    )
    [(worked, _)] = by_number(spans)
    assert single + worked == 100_000


def test_working_hours_told_one_by_one_and_by_number_are_the_limit() -> None:
    spans = told(handle("100000 working hours", START))
    single = sum(
        (span.ended_at - span.started_at for span in spans if span.counted and "其间" not in span.why), timedelta()
    )
    [(worked, _)] = by_number(spans)
    assert single + worked * timedelta(hours=7.5) == timedelta(hours=100_000)


@pytest.mark.parametrize("budget", ["100000 working days", "100000 working hours"])
def test_a_pause_in_the_middle_is_told_all_the_same(budget: str) -> None:
    spans = told(held(handle(budget, START), "2030-05-14 09:00", "2030-05-22 09:00"))
    pause = [span for span in spans if span.why.startswith("暂停")]
    assert (pause[0].started_at, pause[-1].ended_at) == (at("2030-05-14 09:00"), at("2030-05-22 09:00"))
    assert not pause[0].counted
    assert len(by_number(spans)) == 2, "one before it, one after it"


def test_an_open_pause_is_told_up_to_now() -> None:
    paused = held(handle("100000 working days", START), "2026-09-20 09:00")
    spans = explain(paused, shipped(), at("2029-09-14 10:00"))
    assert spans[-1].ended_at == at("2029-09-14 10:00")
    assert by_number(spans) == []
    assert not spans[-1].counted


def test_an_extension_of_a_long_limit_says_so_in_its_middle_as_well() -> None:
    longer = extend(handle("5 working days", START), Extension(at(START), "1000 working days", "案情重大", "u-2"))
    [middle] = [span for span in told(longer) if "其间" in span.why]
    assert "延期：案情重大" in middle.why
    assert middle.actor == "u-2"
