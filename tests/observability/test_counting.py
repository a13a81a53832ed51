"""What a worker counts."""

from __future__ import annotations

import asyncio
import math
from contextlib import closing
from datetime import UTC, datetime

import pytest
import structlog

from runtime.ports import listen
from runtime.telemetry import REGISTRY
from tests.support.engine import Engine
from tests.support.house import House, connected
from worker.endpoint import STALLED, STALLED_WORKFLOWS, Vital, endpoint
from worker.metrics import WRITE, Lags


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_lag_is_of_the_oldest_work_and_ends_with_it(clock: Clock) -> None:
    lags = Lags(clock)
    asked_at = clock.moment()
    lags.begun(WRITE, "a", asked_at)
    clock.now += 20
    lags.begun(WRITE, "b", clock.moment())
    lags.begun(WRITE, "a", asked_at)  # its next attempt
    clock.now += 5
    assert lags.oldest(WRITE) == 25
    lags.done(WRITE, "a")
    assert lags.oldest(WRITE) == 5
    lags.done(WRITE, "b")
    assert lags.oldest(WRITE) == 0


def test_work_whose_next_attempt_went_to_another_worker_is_that_ones(clock: Clock) -> None:
    lags = Lags(clock)
    lags.begun(WRITE, "a", clock.moment())
    clock.now += Lags.FORGET_SECONDS
    assert lags.oldest(WRITE) == Lags.FORGET_SECONDS
    clock.now += 1
    assert lags.oldest(WRITE) == 0


def lateness(house_until: str = "+Inf") -> float:
    found = REGISTRY.get_sample_value("appeals_moment_lateness_seconds_bucket", {"le": house_until})
    assert found is not None
    return found


@pytest.mark.engine
async def test_a_rung_in_a_rehearsal_is_late_by_its_own_clock_only(house: House) -> None:
    number = await house.submit()
    before, early = lateness(), lateness("15.0")
    await house.forward(number, days=3)
    rungs = [e for e in await house.journal(number) if e.actor.id == "system" and "due_at" in e.data]
    assert rungs
    assert lateness() - before == len(rungs)
    assert lateness("15.0") - early == len(rungs)


@pytest.mark.engine
async def test_stalled_workflows_are_counted_by_the_engines_own_list(
    engine: Engine, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.submit()
    client = await connected(engine.settings)
    vital = Vital(asyncio.get_running_loop())
    assert await asyncio.to_thread(vital.health) == "engine-away"
    vital.works(client)
    assert await asyncio.to_thread(vital.health) == "ok"
    await asyncio.to_thread(vital.count_stalled)
    assert STALLED_WORKFLOWS._value.get() == 0
    # The same question without its last condition, which the engine fulfils only after minutes of failing.
    monkeypatch.setattr("worker.endpoint.STALLED", STALLED.partition(" AND ")[0])
    while not STALLED_WORKFLOWS._value.get():
        vital._counted_at = -math.inf
        await asyncio.to_thread(vital.count_stalled)


def test_a_loop_that_hangs_is_told_as_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worker.endpoint._PATIENCE", 0.01)
    hanging = asyncio.new_event_loop()
    assert Vital(hanging).health() == "stuck"
    hanging.close()


def test_a_port_that_is_taken_is_said_and_the_work_goes_on() -> None:
    with listen("127.0.0.1", 0) as taken, closing(asyncio.new_event_loop()) as loop:
        bind = f"127.0.0.1:{taken.getsockname()[1]}"
        with structlog.testing.capture_logs() as lines, endpoint(bind, Vital(loop)):
            pass
    assert [(line["event"], line["bind"]) for line in lines] == [("metrics_bind_failed", bind)]
