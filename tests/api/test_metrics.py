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
from storage.accounts import AccountsWriter
from storage.contact_points import ContactPoint, ContactPointsWriter
from storage.meta import Meta
from tests.api.bench import NOON, Api, submission
from tests.api.test_escalations import breached, calling, done

__all__ = ["calling"]


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


async def test_open_escalations_are_told_by_state_level_and_age(calling: Api) -> None:
    assert (await scrape(calling))("escalation_unacknowledged_seconds") == 0
    found = await breached(calling)
    opened = datetime.fromisoformat(found["opened_at"])
    told = await scrape(calling, opened + timedelta(minutes=30))
    assert told("escalations", state="open", level="1", age="1h") == 1
    assert told("escalations", state="open", level="1", age="10m") == 0
    assert told("escalation_unacknowledged_seconds") == pytest.approx(1800, abs=1)
    assert told("escalations_unheard") == 0
    before = told("acknowledge_seconds_count"), told("acknowledge_seconds_sum")
    await done(calling, "duty", found, "acknowledge")
    await done(calling, "duty", found, "acknowledge")  # renewed: it was theirs already
    told = await scrape(calling, opened + timedelta(days=3))
    assert told("escalations", state="acknowledged", level="1", age="older") == 1
    assert told("escalations", state="open", level="1", age="1h") == 0
    assert told("escalation_unacknowledged_seconds") == 0
    assert told("acknowledge_seconds_count") == before[0] + 1
    assert 0 <= told("acknowledge_seconds_sum") - before[1] < 3600


async def test_levels_that_nobody_tells_apart_have_one_label(calling: Api) -> None:
    found = await breached(calling)
    for _ in range(6):
        await done(calling, "duty", found, "raise", reason="联系不上")
    told = await scrape(calling, datetime.fromisoformat(found["opened_at"]))
    assert told("escalations", state="open", level="4+", age="10m") == 1


async def test_a_message_that_may_be_sent_and_is_not_is_seen_waiting(calling: Api) -> None:
    assert (await scrape(calling))("messages_waiting") == 0
    async with calling.database.write() as w:
        points = [ContactPoint("sms", "13900000001")]
        await ContactPointsWriter(w).replace("hazmat_leader", points, calling.clock(), "r")
    await breached(calling)
    told = await scrape(calling, calling.clock() + timedelta(minutes=10))
    assert told("messages_waiting") >= 1
    assert told("messages_oldest_seconds") == pytest.approx(600, abs=2)


async def test_who_would_be_called_is_looked_up_once_an_hour(calling: Api) -> None:
    told = await scrape(calling)
    assert (told("duty_uncovered", what="step"), told("duty_uncovered", what="clock")) == (0, 0)
    assert told("people_unreachable", why="no-channel") > 0
    async with calling.database.write() as w:
        accounts = AccountsWriter(w)
        for account in await accounts.all():
            if account.unit == "duty-room":
                await accounts.upsert(account, active=False)
    assert (await scrape(calling))("duty_uncovered", what="roster") == 0
    calling.app.state.metrics._ahead._looked_at = -math.inf
    assert (await scrape(calling))("duty_uncovered", what="roster") > 0


async def test_what_cannot_be_read_is_no_number(calling: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.Database.read", None)
    calling.app.state.metrics._ahead._looked_at = -math.inf
    told = await scrape(calling)
    assert math.isnan(told("escalations_unheard"))
    assert math.isnan(told("duty_uncovered", what="roster"))
    assert REGISTRY.get_sample_value("appeals_escalations", {"state": "open", "level": "1", "age": "1h"}) is None
