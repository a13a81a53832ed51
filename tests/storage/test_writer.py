"""Writing an appeal: ghosts go, late attempts are refused, repeats change nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from domain.appeal import Appeal, Escalation
from domain.clock import ClockName
from domain.journal import Entry, verify
from domain.vocabulary import EscalationState, Stage
from storage import tables
from storage.appeals import Appeals
from storage.codec import entry_row
from storage.database import Database
from storage.escalations import Escalations, Wanted
from storage.figures import Figures
from storage.intake import Intake
from storage.journal import JournalReads
from storage.locks import Lock
from storage.ordinary import is_written_ordinarily
from storage.writer import AppealWriter, TablesAhead
from tests.storage.build import NOON, begun, chain, moments_at, put, stored, write

NUMBER = "SQ20260901-00000001"


_WAITS_FOR_THE_JOURNAL = text(
    "SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database"
    " WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
)


async def keep(database: Database, appeal: Appeal) -> None:
    async with database.write() as w:
        await Intake(w).keep(
            number=appeal.number,
            caller="enterprise",
            key="key",
            digest="digest",
            created_at=NOON,
            submission=appeal.submission,
            rules=appeal.rules,
            salt="salt",
        )


async def journal(database: Database) -> list[tuple[int, Entry]]:
    async with database.read() as r:
        return await JournalReads(r).after(0, 1000)


async def ids(database: Database) -> list[str]:
    return [entry.entry_id for _, entry in await journal(database)]


async def test_what_was_written_is_read_again(database: Database) -> None:
    for service in ("appeal-general", "hazmat-toxic-purchase"):
        number = f"SQ20260901-{len(service):08d}"
        appeal, entries = begun(number, service)
        assert await put(database, appeal, entries)
        assert await stored(database, number) == appeal
        async with database.read() as r:
            read = await JournalReads(r).of(number)
        assert [e.hash for e in read] == [e.hash for e in entries]
        assert not verify(read)


async def test_the_same_batch_twice_is_harmless(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    entries = chain(NUMBER, "a", "b", "c")
    await put(database, appeal, entries)
    before = await journal(database)
    await put(database, appeal, entries)
    assert await journal(database) == before


async def test_ghost_rows_are_replaced_and_identical_rows_keep_their_position(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    first = chain(NUMBER, "a", "b")
    ghosts = chain(NUMBER, "ghost", "ghost too", first=3, after=first[-1], at=NOON + timedelta(hours=1))
    await put(database, appeal, [*first, *ghosts])
    before = await journal(database)
    real = chain(NUMBER, "real", first=3, after=first[-1])
    await put(database, appeal, [*first, *real], fence=2)
    after = await journal(database)
    assert [e.entry_id for _, e in after] == ["a", "b", "real"]
    assert after[:2] == before[:2]
    assert after[2][0] > before[-1][0]  # a reader that saw the ghosts sees what is true next
    assert not verify([e for _, e in after])


async def test_more_than_one_crash_can_leave_is_not_taken_away(database: Database) -> None:
    """An engine that was restored to an older time must not undo what was answered since."""
    appeal, _ = begun(NUMBER)
    first = chain(NUMBER, "a", "b", "answered", "answered too")
    await put(database, replace(appeal, seq=4), first)
    before = await journal(database)
    for entries in (chain(NUMBER, "another", first=3, after=first[1]), []):
        with pytest.raises(TablesAhead):
            await put(database, replace(appeal, seq=2 + len(entries)), entries, fence=2)
    assert await journal(database) == before


async def test_a_ghost_of_the_same_content_but_another_request_is_replaced(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    ghost = chain(NUMBER, "ghost")
    await put(database, appeal, ghost)
    await put(database, appeal, [replace(ghost[0], entry_id="real")])
    assert await ids(database) == ["real"]


async def test_rows_before_the_batch_stay(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    first = chain(NUMBER, "a", "b")
    await put(database, appeal, first)
    await put(database, appeal, chain(NUMBER, "c", first=3, after=first[-1]))
    await put(database, replace(appeal, seq=3))
    assert await ids(database) == ["a", "b", "c"]


async def test_without_entries_what_lies_beyond_the_appeals_last_goes(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    await put(database, appeal, chain(NUMBER, "a", "b", "ghost"))
    await put(database, replace(appeal, seq=2))
    assert await ids(database) == ["a", "b"]


async def test_the_first_entry_tells_intake_that_the_engine_has_it(database: Database) -> None:
    appeal, entries = begun(NUMBER)
    await keep(database, appeal)
    async with database.write() as w:
        assert (await Figures(w).waiting()).count == 1
        await AppealWriter(w).write(appeal, entries, 1, moments_at())
        assert (await Figures(w).waiting()).count == 0


@pytest.mark.postgres
@pytest.mark.parametrize("empty_url", ["postgresql"], indirect=True)
async def test_an_ordinary_beginning_takes_intakes_row_before_the_journal_as_every_writer_does(
    database: Database,
) -> None:
    """Two orders of the same locks would one day wait for each other."""
    appeal, entries = begun(NUMBER)
    await keep(database, appeal)
    async with database.write() as other:
        await other.value(select(func.pg_advisory_xact_lock(Lock.JOURNAL.value)))
        writing = asyncio.create_task(is_written_ordinarily(database, appeal, entries, 1, moments_at()))
        async with asyncio.timeout(60):
            while not await other.value(_WAITS_FOR_THE_JOURNAL):  # noqa: ASYNC110 - the lock is the server's
                await asyncio.sleep(0.01)
        free = await other.rows(select(tables.intake.c.number).with_for_update(skip_locked=True))
    assert list(free) == []
    assert await writing


async def test_other_appeals_are_not_touched(database: Database) -> None:
    other = "SQ20260901-00000002"
    await put(database, begun(other)[0], chain(other, "x", "y"))
    await put(database, begun(NUMBER)[0], chain(NUMBER, "a"))
    assert await ids(database) == ["x", "y", "a"]


async def test_an_older_fence_is_refused_and_writes_nothing(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    assert await put(database, replace(appeal, stage=Stage.ASSIGN), chain(NUMBER, "new"), fence=5)
    assert not await put(database, appeal, chain(NUMBER, "old", "older"), fence=4)
    assert await ids(database) == ["new"]
    assert (await stored(database, NUMBER)).stage is Stage.ASSIGN
    assert await put(database, appeal, chain(NUMBER, "same fence"), fence=5)
    assert await ids(database) == ["same fence"]


async def test_a_failed_write_leaves_nothing_half_written(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    await put(database, appeal, chain(NUMBER, "a"))

    async def fail() -> None:
        async with database.write() as w:
            await write(w, replace(appeal, stage=Stage.HANDLE), chain(NUMBER, "b", "c"), fence=9)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await ids(database) == ["a"]
    assert (await stored(database, NUMBER)).stage is Stage.ACCEPT
    assert await put(database, appeal, fence=2)  # nor did the fence stay


async def test_attempts_on_one_appeal_at_the_same_time_leave_the_latest(database: Database) -> None:
    appeal, _ = begun(NUMBER)

    async def attempt(fence: int) -> bool:
        return await put(database, replace(appeal, seq=fence), chain(NUMBER, f"attempt {fence}"), fence=fence)

    assert any(await asyncio.gather(*(attempt(fence) for fence in range(12))))
    assert await ids(database) == ["attempt 11"]
    assert (await stored(database, NUMBER)).seq == 11


async def test_positions_become_visible_in_order(database: Database) -> None:
    """A reader that resumes after the last position it saw never misses an entry, however many write at once."""
    numbers = [f"SQ20260901-{n:08d}" for n in range(8)]
    seen: list[str] = []
    done = asyncio.Event()

    async def follow() -> None:
        position = 0
        while True:
            last_look = done.is_set()
            async with database.read() as r:
                for at, entry in await JournalReads(r).after(position, 3):
                    position = at
                    seen.append(entry.entry_id)
            if last_look and len(seen) >= len(numbers) * 6:
                return
            if last_look:
                await asyncio.sleep(0.01)

    async def produce(number: str) -> None:
        appeal, _ = begun(number)
        last: list[Entry] = []
        for seq in range(1, 7):
            last = chain(number, f"{number} {seq}", first=seq, after=last[-1] if last else None)
            await put(database, replace(appeal, seq=seq), last)

    reader = asyncio.create_task(follow())
    await asyncio.gather(*(produce(number) for number in numbers))
    done.set()
    await asyncio.wait_for(reader, 20)
    assert sorted(seen) == sorted(f"{number} {seq}" for number in numbers for seq in range(1, 7))


async def test_an_ordinary_write_goes_on_from_the_rows_own_last_entry_and_from_nowhere_else(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    (third,) = chain(NUMBER, "c", first=3, after=second)
    on_postgres = database.dialect == "postgresql"
    assert await put(database, appeal, opening, fence=1)

    async def ordinary(seq: int, entry: Entry, fence: int) -> bool:
        return await is_written_ordinarily(database, replace(appeal, seq=seq), [entry], fence, moments_at())

    assert not await ordinary(3, third, fence=2)  # a gap
    assert not await ordinary(2, second, fence=0)  # too late
    assert await ids(database) == [e.entry_id for e in opening]
    assert await ordinary(2, second, fence=2) is on_postgres
    assert not await ordinary(2, second, fence=2)  # the same again
    assert await put(database, replace(appeal, seq=2), [second], fence=2)
    assert await ids(database) == [opening[-1].entry_id, "b"]
    assert (await stored(database, NUMBER)).seq == 2


async def test_an_entry_where_none_can_be_is_replaced(database: Database) -> None:
    appeal, opening = begun(NUMBER)
    (second,) = chain(NUMBER, "b", first=2, after=opening[-1])
    (stray,) = chain(NUMBER, "stray", first=2, after=opening[-1])
    await put(database, appeal, opening)
    async with database.write() as w:
        await w.run(tables.journal.insert(), entry_row(stray))
    assert await put(database, replace(appeal, seq=2), [second])
    assert (await ids(database))[-1] == "b"


def escalated(appeal: Appeal, *levels: int) -> Appeal:
    one = Escalation("", ClockName.HANDLE, 1, 0, "station-a", "leader,handler", NOON)
    found = [replace(one, id=f"{appeal.number}-1-{n}", level=level) for n, level in enumerate(levels, 1)]
    return replace(appeal, escalations=tuple(found))


async def test_escalations_mirror_the_appeal(database: Database) -> None:
    appeal, _ = begun(NUMBER)
    other, _ = begun("SQ20260901-00000002")
    await put(database, escalated(other, 1))
    await put(database, escalated(appeal, 1, 2))
    ended = replace(escalated(appeal, 1).escalations[0], state=EscalationState.ENDED, level=3, ended_at=NOON)
    await put(database, replace(appeal, escalations=(ended,)))
    async with database.read() as r:
        reads = Escalations(r)
        assert [e.escalation for e in await reads.find(Wanted(number=NUMBER))] == [ended]
        assert [e.number for e in await reads.find(Wanted(state=EscalationState.OPEN))] == [other.number]
        found = await reads.get(ended.id)
        assert found is not None
        assert (found.number, found.secret) == (NUMBER, False)
        assert await reads.get("nothing") is None
    await put(database, appeal)
    async with database.read() as r:
        assert await Escalations(r).find(Wanted(number=NUMBER)) == []
        assert len(await Escalations(r).find()) == 1


async def test_a_rehearsal_offset_survives_the_next_write(database: Database) -> None:
    appeal, entries = begun(NUMBER)
    await put(database, appeal, entries)
    async with database.write() as w:
        await AppealWriter(w).set_offset(NUMBER, timedelta(days=30))
    await put(database, appeal, entries, fence=2, moments=moments_at(due_at=NOON))
    async with database.read() as r:
        found = await Appeals(r).get(NUMBER)
    assert found is not None
    assert found.offset == timedelta(days=30)
    assert found.updated_at == appeal.last_at
    assert found.updated_at.utcoffset() is not None


async def test_numbers_of_any_size_come_back_as_they_were_written(database: Database) -> None:
    """The chain is verified over the values that the tables give back."""
    data = {"record": {"a": 1e23, "b": -0.0, "c": 10**30, "d": 1e-7, "z": "é\u0000\U0001f600", "A": [1.0, 1]}}
    appeal, _ = begun(NUMBER)
    await put(database, appeal, chain(NUMBER, "a", data=data))
    async with database.read() as r:
        read = await JournalReads(r).of(NUMBER)
        assert await JournalReads(r).all_numbers() == [NUMBER]
        assert await JournalReads(r).last_position() > 0
    assert not verify(read)
    assert repr(read[0].data) == repr(data)


async def test_an_empty_journal_has_no_position(database: Database) -> None:
    async with database.read() as r:
        assert await JournalReads(r).last_position() == 0
        assert await Appeals(r).get(NUMBER) is None
