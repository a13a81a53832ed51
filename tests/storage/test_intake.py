"""The intake: what was acknowledged is there, once for each key, until the engine has it."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select

from domain.vocabulary import Channel
from storage.database import Database
from storage.figures import Figures
from storage.intake import Intake, IntakeReads, Keeper, Kept, NumberTaken
from storage.messages import MessageReads
from storage.tables import intake, rules
from tests.storage.build import NOON, begun, put, submission
from tests.storage.build import rules as rules_of

NUMBER = "SQ20260901-00000001"
OTHER = "SQ20260901-00000002"


def new(**changes: Any) -> Kept:
    row: dict[str, Any] = {
        "number": NUMBER,
        "caller": "system",
        "key": "key-1",
        "digest": "d1",
        "created_at": NOON,
        "submission": submission(),
        "rules": rules_of(),
        "salt": secrets.token_hex(16),
    }
    return Kept(**row | changes)


async def keep(database: Database, **changes: Any) -> Kept:
    return await Keeper(database).keep(new(**changes))


async def test_what_was_kept_is_read_again(database: Database) -> None:
    sent = submission(channel=Channel.SYSTEM, form={"数量": [1.5, {"b": None, "a": "é\u0000"}]}, external_ref="x")
    kept = await keep(database, submission=sent, salt="salt")
    assert kept.is_new
    async with database.read() as r:
        read = await IntakeReads(r).get(NUMBER)
        assert await IntakeReads(r).get(OTHER) is None
    assert read is not None
    assert not read.is_new
    assert (read.submission, read.rules, read.salt, read.created_at) == (sent, rules_of(), "salt", NOON)
    assert list(read.submission.form["数量"][1]) == ["b", "a"]


async def test_its_contact_can_be_called_before_the_engine_knows_of_it(database: Database) -> None:
    kept = await keep(database)
    async with database.read() as r:
        assert await MessageReads(r).contact_phone(NUMBER) == kept.submission.contact.phone
        assert await MessageReads(r).contact_phone(OTHER) == ""


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
    one, other = Keeper(database), Keeper(database)  # as two processes
    kept = await asyncio.gather(
        *(keeper.keep(new(number=f"SQ20260901-{n:08d}")) for n, keeper in enumerate([one, other] * 5))
    )
    assert len({k.number for k in kept}) == 1
    assert sum(k.is_new for k in kept) == 1


async def test_those_that_come_together_are_kept_each_for_itself(database: Database) -> None:
    keeper = Keeper(database)
    await keeper.keep(new(key="first"))
    sent = [
        new(number=OTHER, key="second"),
        new(number=OTHER, key="whose number is drawn already"),
        new(number="SQ20260901-00000003", key="first", digest="another body"),
        new(number="SQ20260901-00000004", key="third"),
        new(number="SQ20260901-00000005", key="third"),
    ]
    told = await asyncio.gather(*map(keeper.keep, sent), return_exceptions=True)
    assert isinstance(told[1], NumberTaken)
    kept = [one for one in told if isinstance(one, Kept)]
    assert [(k.key, k.is_new, k.number[-1]) for k in kept] == [
        ("second", True, "2"),
        ("first", False, "1"),
        ("third", True, "4"),
        ("third", False, "4"),
    ]


async def test_one_that_cannot_be_kept_keeps_no_other_out(database: Database) -> None:
    keeper = Keeper(database)
    sent = [new(number=f"SQ20260901-{n:08d}", key=str(n)) for n in range(4)]
    sent[1] = replace(sent[1], submission=submission(title="\ud800"))
    told = await asyncio.gather(*map(keeper.keep, sent), return_exceptions=True)
    assert [isinstance(one, Kept) for one in told] == [True, False, True, True]


async def test_rules_that_an_older_backup_does_not_have_are_kept_again(database: Database) -> None:
    keeper = Keeper(database)
    await keeper.keep(new())
    async with database.write() as w:
        await w.run(delete(intake))
        await w.run(delete(rules))
    assert (await keeper.keep(new())).is_new


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
