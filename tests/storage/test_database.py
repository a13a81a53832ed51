"""The door to the database: transactions, readers that cannot write, nothing left behind by whoever is cancelled."""

from __future__ import annotations

import asyncio
import gc
import random
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Executable, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from storage.database import Database, ImpossibleValue, is_transient
from storage.tables import appeals, meta


async def put(database: Database, key: str, pause: float = 0.0) -> None:
    async with database.write() as w:
        await w.run(insert(meta).values(key=key, value="x"))
        await asyncio.sleep(pause)
        await w.value(select(meta.c.value).where(meta.c.key == key))


async def keys(database: Database) -> set[str]:
    async with database.read() as r:
        return {row.key for row in await r.rows(select(meta.c.key))}


async def test_a_block_that_ends_well_is_committed_and_one_that_fails_is_not(database: Database) -> None:
    await put(database, "good")

    async def fail() -> None:
        async with database.write() as w:
            await w.run(insert(meta).values(key="bad", value="x"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await keys(database) == {"good"}


async def test_a_reader_cannot_write(database: Database) -> None:
    async with database.read() as r:
        with pytest.raises(DBAPIError):
            await r.rows(text("DELETE FROM meta"))


async def test_the_database_answers_a_ping(database: Database) -> None:
    await database.ping()


async def test_a_cancelled_request_leaves_no_connection_behind(database: Database) -> None:
    """Cancelled at any moment: while waiting for a connection, beginning, executing, committing, closing."""
    dice = random.Random(20260901)  # noqa: S311 - repeatable, not secret

    async def request(n: int) -> None:
        if n % 3:
            await put(database, f"k{n}", pause=dice.random() / 500)
        else:
            await keys(database)

    for batch in range(12):
        tasks = [asyncio.create_task(request(batch * 40 + n)) for n in range(40)]
        for task in tasks:
            await asyncio.sleep(dice.random() / 1000)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert checked_out(database) == 0
    await asyncio.wait_for(put(database, "after"), 2)
    assert "after" in await keys(database)
    assert checked_out(database) == 0
    await nobody_is_idle_in_a_transaction(database)


def checked_out(database: Database) -> int:
    return sum(engine.pool.checkedout() for engine in (database._reader, database._writer))  # type: ignore[attr-defined]


async def nobody_is_idle_in_a_transaction(database: Database) -> None:
    async with database.write() as w:
        if w.dialect == "postgresql":
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
            )
            assert await w.value(text(query)) == 0


async def test_a_cancelled_writer_does_not_keep_the_others_waiting(database: Database) -> None:
    entered = asyncio.Event()

    async def hold() -> None:
        async with database.write() as w:
            await w.run(insert(meta).values(key="held", value="x"))
            entered.set()
            await asyncio.sleep(60)

    holder = asyncio.create_task(hold())
    await entered.wait()
    waiting = asyncio.create_task(put(database, "held"))
    await asyncio.sleep(0.05)
    holder.cancel()
    await asyncio.wait_for(waiting, 2)
    assert await keys(database) == {"held"}


LONG = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT count(*) FROM n")


@pytest.mark.parametrize("again_and_again", [False, True], ids=["once", "again and again"])
async def test_who_is_cancelled_amid_a_statement_leaves_no_lock_and_no_task_behind(
    database: Database, again_and_again: bool
) -> None:
    """Again and again is how the server treats a stream of events whose browser has gone."""
    complaints: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: complaints.append(context["message"]))
    for n in range(3):
        await cancelled(asyncio.create_task(reading_long(database)), again_and_again)
        await cancelled(asyncio.create_task(writing_long(database, f"lost{n}")), again_and_again)
        await asyncio.wait_for(put(database, f"kept{n}"), 3)
    for _ in range(5):
        await database.ping()
        gc.collect()
    asyncio.get_running_loop().set_exception_handler(None)
    assert complaints == []
    assert await keys(database) == {"kept0", "kept1", "kept2"}
    assert checked_out(database) == 0


async def reading_long(database: Database) -> None:
    async with database.read() as r:
        await r.value(LONG)


async def writing_long(database: Database, key: str) -> None:
    async with database.write() as w:
        await w.run(insert(meta).values(key=key, value="x"))
        await w.value(LONG)


async def cancelled(task: asyncio.Task[None], again_and_again: bool) -> None:
    """Cancelled while the statement runs: a few rounds of the loop take it there."""
    for _ in range(200):
        await asyncio.sleep(0)
    task.cancel()
    while again_and_again and not task.done():
        await asyncio.sleep(0)
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_many_writers_at_once_all_get_their_turn(database: Database) -> None:
    await asyncio.gather(*(put(database, f"k{n}") for n in range(100)))
    assert len(await keys(database)) == 100


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    async with database.write() as w:
        await w.run(insert(meta).values(key="unseen", value="x"))
        assert await asyncio.wait_for(keys(database), 1) == set()


async def test_a_broken_constraint_is_not_transient(database: Database) -> None:
    await put(database, "twice")
    with pytest.raises(IntegrityError) as error:
        await put(database, "twice")
    assert not is_transient(error.value)


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        (insert(meta), {"key": "k", "value": "张三\ud800"}),
        (insert(meta).values(key="k", value="张三\ud800"), {}),
        (update(appeals), {"fence": 2**63}),
    ],
    ids=["text", "text in the statement", "number"],
)
async def test_a_value_that_can_never_be_written_has_a_name_and_is_not_tried_again(
    database: Database, statement: Executable, values: dict[str, object]
) -> None:
    with pytest.raises(ImpossibleValue) as error:
        await database.alone(statement, values)
    assert not is_transient(error.value)
    assert "张三" not in str(error.value)
    assert await keys(database) == set()


async def test_sqlite_is_set_to_survive_a_power_cut(tmp_path: Path) -> None:
    database = Database.create(f"sqlite:///{tmp_path / 'a.db'}")
    async with database.write() as w:
        found = {
            name: await w.value(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        assert await w.value(text("PRAGMA busy_timeout")) == 5000
    await database.close()


async def test_a_file_that_another_process_has_locked_is_transient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.05)
    path = tmp_path / "a.db"
    database = Database.create(f"sqlite:///{path}")
    async with database.write() as w:
        await w.run(text("CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT)"))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError) as error:
        await put(database, "k")
    assert is_transient(error.value)
    assert await keys(database) == set()
    other.execute("ROLLBACK")
    other.close()
    await put(database, "k")
    await database.close()


@pytest.mark.postgres
async def test_a_server_that_goes_away_is_transient_and_is_found_again(postgres: str) -> None:
    database = Database.create(postgres)
    async with database.read() as r:
        mine = await r.value(text("SELECT pg_backend_pid()"))
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [mine])
        with pytest.raises(DBAPIError) as error:
            await r.value(text("SELECT 1"))
        assert is_transient(error.value)
    await database.ping()
    await database.close()
    nowhere = Database.create("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DBAPIError) as error:
        await nowhere.ping()
    assert is_transient(error.value)
    await nowhere.close()


@pytest.mark.postgres
async def test_a_deadlock_is_transient(postgres: str) -> None:
    database = Database.create(postgres)
    met = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> None:
        async with database.write() as w:
            await w.value(text(f"SELECT pg_advisory_xact_lock({first})"))
            await met.wait()
            await w.value(text(f"SELECT pg_advisory_xact_lock({second})"))

    results = await asyncio.gather(lock(1, 2), lock(2, 1), return_exceptions=True)
    failed = [result for result in results if result is not None]
    assert len(failed) == 1
    assert is_transient(failed[0])
    await database.close()


async def test_a_database_is_closed_when_whoever_uses_it_has_done(database: Database) -> None:
    reading, done = asyncio.Event(), asyncio.Event()

    async def read() -> int:
        async with database.read() as r:
            reading.set()
            await done.wait()
            return int(await r.value(text("SELECT 1")))

    reader = asyncio.create_task(read())
    await reading.wait()
    closing = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    assert not closing.done()

    done.set()
    assert await reader == 1
    await closing
