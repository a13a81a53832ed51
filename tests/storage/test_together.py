"""Writing together: one batch at a time, and nobody takes another's lines with him."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import insert, select

from storage.database import Database
from storage.tables import meta
from storage.together import Together


class Slow:
    """Writes rows to a real table once it is let; ``at_once`` is the most batches that were being written together."""

    def __init__(self, database: Database) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        self.at_once = 0
        self._database = database
        self._under_way = 0

    async def write(self, keys: Sequence[str]) -> int:
        self._under_way += 1
        self.at_once = max(self.at_once, self._under_way)
        self.begun.set()
        await self.go.wait()
        await self._database.append(insert(meta), [{"key": key, "value": "x"} for key in keys])
        self._under_way -= 1
        return len(keys)

    async def written(self) -> list[str]:
        async with self._database.read() as r:
            return [row.key for row in await r.rows(select(meta.c.key).order_by(meta.c.key))]


async def test_whoever_is_cancelled_while_writing_for_all_takes_no_line_with_him(database: Database) -> None:
    slow = Slow(database)
    together = Together(slow.write)
    together.leave("1 left")
    leader = asyncio.create_task(together.add("2 his own"))
    await slow.begun.wait()
    later = asyncio.create_task(together.add("3 later"))
    await asyncio.sleep(0)
    leader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leader
    slow.go.set()
    assert await later == 1
    assert (await slow.written(), slow.at_once) == (["1 left", "2 his own", "3 later"], 1)


async def test_whoever_is_cancelled_while_waiting_for_his_turn_leaves_the_others_theirs(database: Database) -> None:
    slow = Slow(database)
    together = Together(slow.write)
    first = asyncio.create_task(together.add("1 first"))
    await slow.begun.wait()
    leader, follower = (asyncio.create_task(together.add(key)) for key in ("2 leader", "3 follower"))
    await asyncio.sleep(0)
    together.leave("4 left")
    leader.cancel()
    slow.go.set()
    assert (await first, await follower) == (1, 3)
    assert await slow.written() == ["1 first", "2 leader", "3 follower", "4 left"]


async def test_everybody_of_a_batch_is_told_how_it_failed_and_the_next_begins_anew(database: Database) -> None:
    slow = Slow(database)
    slow.go.set()
    together = Together(slow.write)
    await together.add("taken")
    told = await asyncio.gather(*(together.add(key) for key in ("a", "taken")), return_exceptions=True)
    assert [type(one).__name__ for one in told] == ["IntegrityError"] * 2
    assert await together.add("b") == 1
    assert await slow.written() == ["b", "taken"]


async def test_with_nothing_new_what_is_being_written_is_waited_for(database: Database) -> None:
    slow = Slow(database)
    together = Together(slow.write)
    writing = asyncio.create_task(together.add("a"))
    await slow.begun.wait()
    flush = asyncio.create_task(together.flush())
    await asyncio.sleep(0)
    slow.go.set()
    assert await flush is None
    assert writing.done()
    assert await slow.written() == ["a"]
