"""The doctor says that people hear nothing: what waits too long, what arrives nowhere, a channel that only fails."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from cli import prepare
from cli.checks import Level
from cli.checks_messages import messages
from runtime.settings import Settings
from storage.database import Database
from storage.messages import Attempt, Messages, MessageStatus, NewMessage, Result
from tests.storage.build import begun, write

NUMBER = "SQ20260901-00000001"


@pytest.fixture
def ready(settings: Settings) -> Settings:
    prepare.database(settings)
    return settings


async def put(settings: Settings, since: timedelta, *attempts: Result) -> None:
    """A message that was told so long ago; after attempts it is tried again later."""
    database, now = Database.create(settings.database_url), datetime.now(UTC)
    at = now - since
    appeal, _ = begun(NUMBER)
    new = NewMessage("n", NUMBER, "handler", False, "warning", "station-a", {}, None, False, at, at)  # noqa: FBT003
    async with database.write() as w:
        await write(w, appeal)
        await Messages(w).add([new])
        (kept,) = await Messages(w).of(NUMBER)
        for nth, result in enumerate(attempts, 1):
            one = Attempt(kept.id, nth, "sms", at, now, result, "http-503")
            await Messages(w).begin([one], "me", now)
            await Messages(w).settle([one], "me")
        if Result.DELIVERED in attempts:
            await Messages(w).end({kept.id: (MessageStatus.SENT, None)}, now)
        elif attempts:
            await Messages(w).hold({kept.id: (now + timedelta(hours=1), "sms")})
    await database.close()


def said(settings: Settings) -> list[tuple[Level, str]]:
    return [(one.level, one.what.partition(",")[0]) for one in messages(settings)]


WELL = [(Level.OK, "没有滞留的人员通知")]


def test_before_there_are_tables_and_without_messages_nothing_is_wrong(settings: Settings) -> None:
    assert said(settings) == []
    prepare.database(settings)
    assert said(settings) == WELL


def test_what_was_not_sent_is_told_when_it_waits_too_long(ready: Settings) -> None:
    asyncio.run(put(ready, timedelta(minutes=20)))
    ((level, what),) = said(ready)
    assert (level, "1 条应发而未发" in what) == (Level.FAIL, True)


def test_what_is_new_is_not(ready: Settings) -> None:
    asyncio.run(put(ready, timedelta(seconds=20)))
    assert said(ready) == WELL


def test_a_channel_that_only_fails_is_named_with_what_arrived_nowhere(ready: Settings) -> None:
    asyncio.run(put(ready, timedelta(minutes=20), Result.FAILED, Result.FAILED))
    late, channel = said(ready)
    assert (late[0], "1 条屡次发送均未送达" in late[1]) == (Level.FAIL, True)
    assert (channel[0], "渠道 sms 最近一小时发送 2 次" in channel[1]) == (Level.FAIL, True)


def test_a_channel_that_failed_and_then_delivered_is_well(ready: Settings) -> None:
    asyncio.run(put(ready, timedelta(minutes=20), Result.FAILED, Result.DELIVERED))
    assert said(ready) == WELL
