"""The intake: what was acknowledged is there, once for each key, until the engine has it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.vocabulary import Channel
from storage.database import Database
from storage.figures import Figures
from storage.intake import Intake, IntakeReads, Kept, NumberTaken
from storage.tables import intake, rules
from tests.storage.build import NOON, begun, put, submission
from tests.storage.build import rules as rules_of

NUMBER = "SQ20260901-00000001"
OTHER = "SQ20260901-00000002"


async def keep(database: Database, **changes: Any) -> Kept:
    row: dict[str, Any] = {
        "number": NUMBER,
        "caller": "system",
        "key": "key-1",
        "digest": "d1",
        "created_at": NOON,
        "submission": submission(),
        "rules": rules_of(),
        "salt": "salt",
    }
    async with database.write() as w:
        return await Intake(w).keep(**row | changes)


async def test_what_was_kept_is_read_again(database: Database) -> None:
    sent = submission(channel=Channel.SYSTEM, form={"数量": [1.5, {"b": None, "a": "é\u0000"}]}, external_ref="x")
    new = await keep(database, submission=sent)
    assert new.is_new
    async with database.read() as r:
        read = await IntakeReads(r).get(NUMBER)
        assert await IntakeReads(r).get(OTHER) is None
    assert read is not None
    assert not read.is_new
    assert (read.submission, read.rules, read.salt, read.created_at) == (sent, rules_of(), "salt", NOON)
    assert list(read.submission.form["数量"][1]) == ["b", "a"]


async def test_the_same_key_again_gives_back_the_first(database: Database) -> None:
    await keep(database)
    again = await keep(database, number=OTHER, digest="d2", submission=submission(title="别的"))
    assert (again.number, again.digest, again.is_new) == (NUMBER, "d1", False)
    assert again.submission == submission()
    async with database.read() as r:
        assert await r.value(select(func.count()).select_from(intake)) == 1


async def test_a_key_belongs_to_its_caller(database: Database) -> None:
    await keep(database)
    assert (await keep(database, number=OTHER, caller="enterprise")).is_new


async def test_a_key_that_races_itself_is_kept_once(database: Database) -> None:
    kept = await asyncio.gather(*(keep(database, number=f"SQ20260901-{n:08d}") for n in range(10)))
    assert len({k.number for k in kept}) == 1
    assert sum(k.is_new for k in kept) == 1


async def test_a_number_that_is_taken_is_told(database: Database) -> None:
    await keep(database)
    with pytest.raises(NumberTaken):
        await keep(database, key="key-2")
    assert (await keep(database, key="key-2", number=OTHER)).is_new


async def test_rules_are_kept_once(database: Database) -> None:
    await keep(database)
    await keep(database, number=OTHER, key="key-2")
    async with database.read() as r:
        assert await r.value(select(func.count()).select_from(rules)) == 1


async def test_what_the_tables_do_not_know_yet_is_paged_newest_first(database: Database) -> None:
    for n in (3, 1, 2, 4):
        await keep(database, number=f"SQ20260901-{n:08d}", key=str(n), created_at=NOON + timedelta(minutes=n // 2))
    async with database.write() as w:
        await Intake(w).mark_started("SQ20260901-00000004", NOON)
    appeal, _ = begun(OTHER)
    await put(database, appeal)  # written, but not marked yet
    async with database.read() as r:
        first = await IntakeReads(r).unknown(1)
        rest = await IntakeReads(r).unknown(9, first[0])
    assert [k.number[-1] for k in first + rest] == ["3", "1"]


async def test_what_waits_is_found_oldest_first_until_it_is_started(database: Database) -> None:
    for n in (3, 1, 2):
        await keep(database, number=f"SQ20260901-{n:08d}", key=str(n), created_at=NOON + timedelta(minutes=n))
    async with database.write() as w:
        await Intake(w).mark_failed(NUMBER, "engine-away")
        await Intake(w).mark_failed(NUMBER, "engine-away")
    async with database.read() as r:
        waiting = await IntakeReads(r).waiting(2)
        assert (await Figures(r).waiting()).count == 3
        failed = (await IntakeReads(r).waiting())[-1]
    # What failed keeps nobody waiting: it comes after what was not tried.
    assert [k.number[-1] for k in waiting] == ["2", "3"]
    assert (failed.number, failed.attempts, failed.last_error) == (NUMBER, 2, "engine-away")
    async with database.write() as w:
        await Intake(w).mark_started(NUMBER, NOON)
        await Intake(w).mark_started(NUMBER, NOON + timedelta(hours=1))
        await Intake(w).mark_failed(NUMBER, "too late")
        assert [k.number[-1] for k in await Intake(w).waiting(10)] == ["2", "3"]
        assert (await Figures(w).waiting()).count == 2
        started = await Intake(w).get(NUMBER)
    assert started is not None
    assert (started.started_at, started.last_error) == (NOON, None)
