"""The audit log when it cannot be written: answers stand, every line is kept and tried again, and somebody sees it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from api import trail
from runtime.telemetry import REGISTRY
from tests.api.bench import Api, open_api


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail.Trail.__init__, "__defaults__", (0.02,))


@asynccontextmanager
async def no_audit_table(api: Api) -> AsyncIterator[None]:
    """The log cannot be written; everything else can."""
    await _rename(api, "audit", "audit_away")
    try:
        yield
    finally:
        await _rename(api, "audit_away", "audit")


async def _rename(api: Api, old: str, new: str) -> None:
    async with api.database.write() as w:
        await w.run(text(f"ALTER TABLE {old} RENAME TO {new}"))


def metric(name: str) -> float:
    value = REGISTRY.get_sample_value(f"appeals_audit_{name}")
    assert value is not None
    return value


async def warnings(api: Api) -> list[str]:
    found: list[str] = (await api.get(None, "/readyz")).json()["warnings"]
    return found


async def until_written(api: Api, number: int) -> list[str]:
    """The codes of the views in the log, oldest first, when there are so many."""
    async with asyncio.timeout(60):
        while len(lines := await api.audit("personal-data")) < number:  # noqa: ASYNC110 - the log tells it no other way
            await asyncio.sleep(0.02)
    return [line.code for line in reversed(lines)]


async def test_views_that_could_not_be_written_down_are_written_as_soon_as_it_works_again(api: Api) -> None:
    number = (await api.submit())["number"]
    async with no_audit_table(api):
        assert (await api.get("window", f"/v1/appeals/{number}")).status_code == 200
        assert (await api.get("window", f"/v1/appeals/{number}/journal")).status_code == 200
        await api.done("window", number, "accept")
    assert await until_written(api, 3) == ["appeal", "journal", "accept"]
    # And from then on before the answer again.
    await api.get("supervisor", f"/v1/appeals/{number}")
    assert len(await api.audit("personal-data")) == 4


async def test_a_log_that_cannot_be_written_is_seen_until_it_can(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    number = (await api.submit())["number"]
    failures = metric("failures_total")
    assert (await warnings(api), metric("unwritten")) == ([], 0)
    async with no_audit_table(api):
        for _ in range(3):
            await api.get("window", f"/v1/appeals/{number}")
        assert (await api.get(None, "/readyz")).status_code == 200
        assert (await warnings(api), metric("unwritten")) == (["audit-unwritten"], 3)
    await until_written(api, 3)
    assert (await warnings(api), metric("unwritten")) == ([], 0)
    assert metric("failures_total") > failures
    said = "".join(capsys.readouterr())
    assert said.count("audit_failed") == 1
    assert "[error" in next(line for line in said.splitlines() if "audit_failed" in line)
    assert "audit_written_again" in said


async def test_what_is_too_much_to_keep_is_counted_and_told_by_its_ids(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trail, "MOST", 2)
    number, lost = (await api.submit())["number"], metric("lost_total")
    async with no_audit_table(api):
        for n in range(4):
            await api.get("window", f"/v1/appeals/{number}", headers={"X-Request-Id": f"look-{n}"})
    await until_written(api, 2)
    assert metric("lost_total") == lost + 2
    told = [line for line in "".join(capsys.readouterr()).splitlines() if "audit_lost" in line]
    assert len(told) == 2
    for line, request in zip(told, ("look-2", "look-3"), strict=True):
        assert all(known in line for known in ("account=window", f"number={number}", "code=appeal", request))


async def test_what_a_stopping_process_cannot_write_is_counted_and_told(
    folder: Path, keys: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(trail, "_CLOSING_SECONDS", 0.1)
    lost = metric("lost_total")
    async with open_api(folder, keys) as api:
        number = (await api.submit())["number"]
        await _rename(api, "audit", "audit_away")
        await api.get("window", f"/v1/appeals/{number}")
    assert metric("lost_total") == lost + 1
    assert "audit_lost" in "".join(capsys.readouterr())


async def test_a_database_that_says_nothing_keeps_nobody_waiting_for_the_log(
    api: Api, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail, "_PATIENCE_SECONDS", 0.3)
    number = (await api.submit())["number"]
    other = sqlite3.connect(folder / "appeals.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        async with asyncio.timeout(60):
            answers = [await api.get("window", f"/v1/appeals/{number}") for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 200]
    finally:
        other.execute("ROLLBACK")
        other.close()
    # Nobody knows how a write ended that was given up: a line may stand there twice, never not at all.
    assert len(await until_written(api, 3)) >= 3


async def test_a_caller_who_goes_away_loses_nobody_s_line(api: Api) -> None:
    log = trail.Trail(api.database, api.clock)
    async with log.writing():
        gone, stays = (
            asyncio.create_task(log.saw_personal_data(who, "n", "appeal", "look")) for who in ("window", "supervisor")
        )
        await asyncio.sleep(0)
        gone.cancel()
        await stays
        with suppress(asyncio.CancelledError):
            await gone
        assert {line.account for line in await api.audit("personal-data")} == {"window", "supervisor"}
