"""Many escalations that open within one second, on the embedded engine: how soon somebody is called by each.

From the rung's entry in the journal to the first attempt to deliver, by the messages' rows and by the log of whoever
receives them, who is the witness that nobody was called twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from sqlalchemy import func, select

from bench.due import DueTogether
from bench.embedded import Embedded, embedded
from bench.figures import percentile
from bench.helper import Helper, helper
from bench.load import open_gateway
from bench.topology import HOST
from domain.vocabulary import Action
from runtime.ports import free_port
from runtime.webhooks import new_secret
from storage.accounts import Accounts
from storage.contact_points import SMS, ContactPoint, ContactPointsWriter
from storage.database import Database
from storage.tables import journal, message_attempts, messages

_PAGES = 1_000
_TIME = timedelta(hours=60)
_LIMIT, _NEVER = "60 hours", ""
_LOOK_SECONDS = 1.0
_PATIENCE_SECONDS = 60.0
_MOST_SECONDS = 300.0
_AFTERWARDS_SECONDS = 5.0
_SHARES = (0.5, 0.9, 0.99, 1)


@dataclass(frozen=True, slots=True)
class Called:
    """An escalation: when it fell due, when its rung was written as of, and when the first attempt was made."""

    number: str
    due: datetime
    rung: datetime
    attempt: datetime | None


def measure(count: int = _PAGES) -> dict[str, Any]:
    """All of it. Raises OperatorError: the machine could open next to none in time."""
    port = free_port(HOST)
    with (
        TemporaryDirectory(prefix="appeals-bench-") as folder,
        helper("bench.page_receiver", {"port": port}, {}) as log,
    ):
        Path(folder, SMS).write_text(new_secret(), encoding="utf-8")
        environment = {
            "APPEALS_SMS_GATEWAY_URL": f"http://{HOST}:{port}/",
            "APPEALS_PRIVATE_CHANNELS": f'["{SMS}"]',
            "APPEALS_CHANNEL_SECRETS_DIR": folder,
        }
        with embedded(environment) as topology:
            return uvloop.run(_measured(topology, log, count))


async def _measured(topology: Embedded, log: Helper, count: int) -> dict[str, Any]:
    database = Database.create(topology.settings().database_url)
    try:
        await _reachable(database)
        gateway = await open_gateway(topology.settings(), database)
        loader = DueTogether(database, gateway, _TIME, accept=_LIMIT, quiet=_NEVER)
        opened = await loader.open_before_due(count)
        await asyncio.sleep((loader.due - datetime.now(UTC)).total_seconds())
        await _until_called(database, loader.due, opened)
        await asyncio.sleep(_AFTERWARDS_SECONDS)  # one that comes twice has come by now
        called = await _called(database, loader.due)
        keys = await _keys(database)
    finally:
        await database.close()
    return figures(called, keys, log.ask(), opened) | {"wanted": count, "versions": topology.versions()}


def figures(called: list[Called], keys: dict[str, str], came: list[tuple[str, float]], opened: int) -> dict[str, Any]:
    """``keys``: of each message of an escalation, its appeal."""
    seen = [(key.rpartition(":")[0], at) for key, at in came]
    received = Counter(key for key, _ in seen if key in keys)
    first: dict[str, float] = {}
    for key, at in seen:
        if key in keys:
            first.setdefault(keys[key], at)
    done = [one for one in called if one.attempt]
    there = [one for one in done if one.number in first]
    soon = [_ms(one.rung, one.attempt) for one in done if one.attempt]
    witnessed = [1000 * (first[one.number] - one.rung.timestamp()) for one in there]
    late = [_ms(one.due, one.rung) for one in called]
    print(
        f"  {len(done)} of {opened} called, the slowest {max(soon, default=0) / 1000:.1f} s after its rung", flush=True
    )
    return {
        "escalations": opened,
        "missing": opened - len(there),
        "twice": sum(count > 1 for count in received.values()),
        "messages": len(received),
        "attempt": [percentile(soon, share) for share in _SHARES],
        "received": [percentile(witnessed, share) for share in _SHARES],
        "rung late": [percentile(late, share) for share in _SHARES],
    }


def _ms(begin: datetime, end: datetime) -> float:
    return 1000 * (end - begin).total_seconds()


async def _reachable(database: Database) -> None:
    """Everybody by text message."""
    async with database.write() as w:
        points = ContactPointsWriter(w)
        for n, account in enumerate(await Accounts(w).all()):
            point = ContactPoint(SMS, f"138{n:08d}")
            await points.replace(account.code, [point], datetime.now(UTC), "bench")


async def _until_called(database: Database, due: datetime, count: int) -> None:
    begun = changed = time.monotonic()
    found = 0
    query = (
        select(func.count(func.distinct(messages.c.number)))
        .join(message_attempts, message_attempts.c.message == messages.c.id)
        .where(messages.c.escalation.is_not(None), messages.c.at >= due)
    )
    while found < count and changed + _PATIENCE_SECONDS > time.monotonic() < begun + _MOST_SECONDS:
        await asyncio.sleep(_LOOK_SECONDS)
        async with database.read() as r:
            there = int(await r.value(query) or 0)
        if there > found:
            found, changed = there, time.monotonic()


async def _called(database: Database, due: datetime) -> list[Called]:
    """Of each appeal its first rung after ``due``, and the first attempt at a message of its escalation."""
    rungs = select(journal.c.number, journal.c.at, journal.c.data).where(
        journal.c.action == Action.ESCALATE.value, journal.c.at >= due
    )
    tries = (
        select(messages.c.number, message_attempts.c.started_at)
        .join(message_attempts, message_attempts.c.message == messages.c.id)
        .where(messages.c.escalation.is_not(None))
    )
    async with database.read() as r:
        first: dict[str, datetime] = {}
        for row in await r.rows(tries):
            first[row.number] = min(first.get(row.number, row.started_at), row.started_at)
        found: dict[str, Called] = {}
        for row in await r.rows(rungs.order_by(journal.c.number, journal.c.seq)):
            when = datetime.fromisoformat(row.data["due_at"])
            found.setdefault(row.number, Called(row.number, when, row.at, first.get(row.number)))
    return list(found.values())


async def _keys(database: Database) -> dict[str, str]:
    query = select(messages.c.key, messages.c.number).where(messages.c.escalation.is_not(None))
    async with database.read() as r:
        return {row.key: row.number for row in await r.rows(query)}
