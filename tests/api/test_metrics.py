"""What the API's scrape says of all appeals."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from api.metrics import announced_until
from domain.calendar import ZONE, Calendar
from domain.clock import Reading, read
from runtime.telemetry import REGISTRY
from storage.meta import Meta
from tests.api.bench import NOON, Api, submission


async def scrape(api: Api, at: datetime = NOON) -> Callable[..., float]:
    """The scrape at a moment, by name and labels."""
    api.app.state.metrics.max_age = 0
    api.app.state.metrics._now = lambda: at
    assert (await api.get(None, "/metrics")).status_code == 200

    def value(name: str, **labels: str) -> float:
        found = REGISTRY.get_sample_value(f"appeals_{name}", labels)
        assert found is not None, name
        return found

    return value


async def test_the_age_of_what_intake_keeps_is_told(api: Api) -> None:
    assert (await scrape(api))("intake_oldest_seconds") == 0
    api.gateway.away = True
    await api.post("enterprise", "/v1/appeals", submission())
    told = await scrape(api, NOON + timedelta(minutes=5))
    assert told("intake_waiting") == 1
    assert told("intake_oldest_seconds") == pytest.approx(300, abs=1)
    assert (told("part_up", part="engine"), told("part_up", part="database")) == (0, 1)


async def test_a_part_that_cannot_be_seen_is_not_said_to_be_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_: object) -> dict[str, str]:
        return {"engine": "engine-away", "worker": "unknown"}

    monkeypatch.setattr("tests.api.bench.LocalGateway.readiness", silent)
    assert math.isnan((await scrape(api))("part_up", part="worker"))


async def test_a_deadline_that_left_no_entry_is_overdue_two_minutes_later(api: Api) -> None:
    number = (await api.submit())["number"]
    due_at = min(c.due_at for c in await clocks(api, number) if c.due_at)
    assert (await scrape(api, NOON))("moments_overdue") == 0
    assert (await scrape(api, due_at + timedelta(minutes=2, seconds=1)))("moments_overdue") == 1


async def clocks(api: Api, number: str) -> list[Reading]:
    appeal = await api.appeal(number)
    return [read(c, appeal.rules.calendar, NOON) for c in appeal.clocks]


async def test_the_last_reconciliation_is_told_once_there_was_one(api: Api) -> None:
    assert math.isnan((await scrape(api))("reconcile_unexplained"))
    async with api.database.write() as w:
        for key, value in {"at": NOON.isoformat(), "apart": "3", "unexplained": "1"}.items():
            await Meta(w).set(f"reconcile.{key}", value)
    told = await scrape(api)
    assert (told("reconcile_apart"), told("reconcile_unexplained")) == (3, 1)
    assert told("reconcile_timestamp_seconds") == NOON.timestamp()


async def test_facts_are_not_asked_for_anew_at_every_scrape(api: Api) -> None:
    assert (await scrape(api))("open", stage="accept") == 0
    api.app.state.metrics.max_age = 3600
    await api.submit()
    await api.get(None, "/metrics")
    assert REGISTRY.get_sample_value("appeals_open", {"stage": "accept"}) == 0


@pytest.mark.parametrize(
    ("announced", "until"),
    [((2025, 2026), 2027), ((2026, 2028), 2027), ((2025,), 2026), ((), 2026)],
)
def test_the_calendar_is_known_up_to_the_first_year_without_a_notice(announced: tuple[int, ...], until: int) -> None:
    calendar = Calendar("v", (1, 2, 3, 4, 5), (("08:30", "17:30"),), announced=announced)
    assert announced_until(calendar, NOON) == datetime(until, 1, 1, tzinfo=ZONE)


async def test_an_unheard_of_method_and_an_unknown_path_add_no_labels(api: Api) -> None:
    await api.client.request("BREW", "/v1/coffee/13800001234")
    text = (await api.get(None, "/metrics")).text
    assert 'method="other",route="none"' in text
    assert "BREW" not in text
    assert "coffee" not in text
