"""Whoever runs the system sees which outside body does not get its messages, and can send them again."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from cli.checks import Level
from cli.checks_partners import partners
from cli.main import app
from runtime.settings import Settings
from runtime.webhooks import new_secret
from storage import migrate
from storage.database import Database
from storage.deliveries import Deliveries, DeliveryReads, DeliveryStatus, Message, Settled

UNIT = "hotline-12345"
NOW = datetime.now(UTC)


def findings(settings: Settings) -> list[tuple[Level, str]]:
    return [(finding.level, finding.what) for finding in partners(settings)]


async def fill(settings: Settings, age: timedelta, status: DeliveryStatus) -> None:
    """One message of that age, tried once."""
    database = Database.create(settings.database_url)
    key = f"{status}-{age}"
    async with database.write() as w:
        outbox = Deliveries(w)
        await outbox.add(Message(key, UNIT, "SQ20261122-00000001", 1, "appeals.transfer", "{}", NOW - age))
        delivery = (await outbox.of("SQ20261122-00000001"))[-1]
        assert await outbox.lease(delivery, "me", NOW, NOW + timedelta(minutes=1))
        assert await outbox.settle(delivery, "me", Settled(status, NOW, "http-503", NOW + timedelta(minutes=9)))
    await database.close()


async def standing(settings: Settings) -> list[tuple[str, bool]]:
    """Status of each message, and whether it may be sent by now."""
    database = Database.create(settings.database_url)
    async with database.read() as r:
        found = await DeliveryReads(r).of("SQ20261122-00000001")
    await database.close()
    return [(d.status.value, d.due_at <= datetime.now(UTC)) for d in found]


@pytest.fixture
def configured(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("APPEALS_PARTNER_URLS", json.dumps({UNIT: "http://127.0.0.1:9/events"}))
    loaded = Settings.load(data_dir=settings.data_dir)
    migrate.upgrade(loaded.database_url)
    return loaded


def test_a_body_without_a_secret_is_a_fault_and_one_with_it_is_well(configured: Settings) -> None:
    assert findings(configured)[0] == (Level.FAIL, f"外单位 {UNIT} 没有可用的密钥")
    configured.partner_secrets.mkdir()
    secret = new_secret()
    (configured.partner_secrets / UNIT).write_text(secret)
    found = findings(configured)
    assert found == [
        (Level.OK, f"外单位 {UNIT}：http://127.0.0.1:9/events，密钥 1 个"),
        (Level.OK, "没有滞留的外单位消息"),
    ]
    assert secret not in str(found)


@pytest.mark.parametrize(
    ("minutes", "status", "level", "words"),
    [
        (30, DeliveryStatus.WAITING, Level.OK, "没有滞留"),
        (90, DeliveryStatus.WAITING, Level.FAIL, "滞留"),
        (1, DeliveryStatus.STOPPED, Level.FAIL, "不再接收"),
        (1, DeliveryStatus.REFUSED, Level.WARN, "拒收了 1 条"),
    ],
)
def test_what_does_not_arrive_is_said_and_sent_again_on_request(
    configured: Settings, minutes: int, status: DeliveryStatus, level: Level, words: str
) -> None:
    asyncio.run(fill(configured, timedelta(minutes=minutes), status))
    (found,) = (f for f in findings(configured)[1:])
    assert found[0] is level
    assert words in found[1]
    shown = CliRunner().invoke(app, ["partners", "--data-dir", str(configured.data_dir)])
    assert shown.exit_code == 0
    assert UNIT in shown.output
    again = CliRunner().invoke(app, ["partners", "resume", UNIT, "--data-dir", str(configured.data_dir)])
    assert again.exit_code == 0, again.output
    assert asyncio.run(standing(configured)) == [("waiting", True)]


def test_a_fresh_secret_can_be_used_as_it_is() -> None:
    first, second = (CliRunner().invoke(app, ["partners", "secret"]).output.strip() for _ in range(2))
    assert first.startswith("whsec_")
    assert first != second
