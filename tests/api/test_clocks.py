from __future__ import annotations

from typing import Any

import pytest

from tests.api.bench import Api, pointers, problem


async def _preview(api: Api, query: str) -> dict[str, Any]:
    answer = await api.get("enterprise", f"/v1/clocks/preview?{query}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_limit_over_the_national_holiday_explains_itself(quiet: Api) -> None:
    shown = await _preview(quiet, "start=2026-09-30T16:00:00%2B08:00&budget=5+working+days")
    assert shown["due_at"] == "2026-10-13T17:30:00.000+08:00"
    assert shown["provisional"] is False
    assert any("国庆节" in s["why"] for s in shown["explanation"])
    assert shown["explanation"][0]["from"] == "2026-09-30T16:00:00.000+08:00"
    assert shown["explanation"][-1]["to"] == shown["due_at"]


async def test_a_plus_that_arrived_as_a_blank_is_understood(quiet: Api) -> None:
    encoded = await _preview(quiet, "start=2026-09-30T16:00:00.5%2B08:00&budget=24%20hours")
    assert await _preview(quiet, "start=2026-09-30T16:00:00.5+08:00&budget=24+hours") == encoded


async def test_pauses_move_the_end(quiet: Api) -> None:
    pauses = "&pause=2026-09-02T00:00:00%2B08:00/2026-09-03T00:00:00%2B08:00"
    shown = await _preview(quiet, "start=2026-09-01T12:00:00%2B08:00&budget=24+hours" + pauses)
    assert shown["due_at"] == "2026-09-03T12:00:00.000+08:00"
    assert [s["counted"] for s in shown["explanation"]] == [True, False, True]


async def test_a_pause_after_the_deadline_is_refused_by_its_place(quiet: Api) -> None:
    pauses = "&pause=2026-09-04/2026-09-05&pause=2026-09-02T00:00:00%2B08:00/2026-09-03T00:00:00%2B08:00"
    query = "start=2026-09-01T12:00:00%2B08:00&budget=24+hours" + pauses
    told = problem(await quiet.get("enterprise", f"/v1/clocks/preview?{query}"), 422, "bad-pause")
    assert [fault["pointer"] for fault in told["errors"]] == ["/pause/0"]
    assert "晚于到期时刻（2026-09-03T12:00:00.000+08:00）" in told["detail"]


async def test_a_statutory_limit_moves_off_a_holiday_and_a_promised_one_does_not(quiet: Api) -> None:
    query = "start=2026-09-24T12:00:00%2B08:00&budget=7+natural+days"
    assert (await _preview(quiet, query))["due_at"] == "2026-10-02T00:00:00.000+08:00"
    moved = await _preview(quiet, f"{query}&statutory=true")
    assert moved["due_at"] > "2026-10-07"


async def test_a_year_that_is_not_announced_is_provisional(quiet: Api) -> None:
    assert (await _preview(quiet, "start=2030-01-01&budget=5+working+days"))["provisional"] is True


@pytest.mark.parametrize(
    ("query", "code", "at"),
    [
        ("budget=1+hour", "bad-parameter", "/start"),
        ("start=2026-09-01", "bad-parameter", "/budget"),
        ("start=gestern&budget=1+hour", "bad-parameter", "/start"),
        ("start=2026-09-01T12:00:00&budget=1+hour", "bad-parameter", "/start"),
        ("start=2026-09-01&budget=soon", "bad-budget", "/budget"),
        ("start=2026-09-01&budget=0+hours", "bad-budget", "/budget"),
        ("start=2026-09-01&budget=1+hour&statutory=perhaps", "bad-parameter", "/statutory"),
        ("start=2026-09-01&budget=1+hour&pause=2026-09-01", "bad-pause", "/pause/0"),
        ("start=2026-09-01&budget=1+hour&pause=2026-09-02/2026-09-01", "bad-pause", "/pause/0"),
        ("start=2026-09-01&budget=1+hour&pause=2026-09-01/2026-09-02&pause=a/b", "bad-pause", "/pause/1"),
    ],
)
async def test_a_bad_trial_names_what_is_wrong(quiet: Api, query: str, code: str, at: str) -> None:
    body = problem(await quiet.get("enterprise", f"/v1/clocks/preview?{query}"), 422, code)
    assert pointers(body) == [at]


@pytest.mark.parametrize(
    "budget", ["100000+working+days", "1200+months", "100000+natural+days", "100000+working+hours"]
)
async def test_the_longest_budgets_are_answered_in_time(quiet: Api, budget: str) -> None:
    answer = await quiet.get("enterprise", f"/v1/clocks/preview?start=2199-01-01&budget={budget}")
    assert answer.status_code == 200


async def test_a_moment_that_nobody_lives_to_see_is_refused_with_the_years_that_may_be_said(quiet: Api) -> None:
    answer = await quiet.get("enterprise", "/v1/clocks/preview?start=9999-12-31&budget=1+hour")
    assert answer.status_code == 422
    assert "1900至2199年间" in answer.text
