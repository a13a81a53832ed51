"""The relay: neither starts nor doubts wait for each other, nor anybody for one that is sick."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest

from domain.opening import Opening
from gateway import relay as relaying
from gateway.arrivals import CROWD, Arrivals
from gateway.errors import EngineAway, WritePending
from gateway.metrics import DOUBTS
from gateway.relay import Relay
from gateway.telling import Teller
from storage.database import Database
from storage.intake import IntakeReads, Keeper, Kept
from storage.organisation import Organisation
from tests.api.bench import Clock, LocalGateway
from tests.storage.build import begun, put, rules, submission

AT_ONCE = timedelta(0)


class Sick(LocalGateway):
    """Appeals named ``sick`` are never answered; those ``refused`` always are. What else is asked is counted."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, Clock())
        self.sick: set[str] = set()
        self.refused: set[str] = set()
        self.doubted: set[str] = set()
        self.confirmed: list[str] = []
        self.started: list[str] = []
        self.under_way = self.most = 0

    async def start(self, opening: Opening) -> None:
        await self._wait_if_sick(opening.number)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await super().start(opening)
            self.started.append(opening.number)
        finally:
            self.under_way -= 1

    async def confirm(self, number: str) -> bool:
        await self._wait_if_sick(number)
        self._fail()
        self.confirmed.append(number)
        return True

    def take_doubts(self) -> frozenset[str]:
        doubted, self.doubted = frozenset(self.doubted), set()
        return doubted

    async def _wait_if_sick(self, number: str) -> None:
        if number in self.sick:
            await asyncio.Event().wait()
        if number in self.refused:
            raise WritePending


def teller(database: Database) -> Teller:
    return Teller(database, Organisation.load)


def number(n: int) -> str:
    return f"SQ20260901-{n:08d}"


async def keep(database: Database, *numbers: str) -> None:
    keeper = Keeper(database)
    for one in numbers:
        salt = secrets.token_hex(16)
        await keeper.keep(Kept(one, "system", one, "digest", datetime.now(UTC), submission(), rules(), salt))


async def waiting(database: Database) -> list[Kept]:
    async with database.read() as r:
        return await IntakeReads(r).waiting()


@asynccontextmanager
async def running(relay: Relay) -> AsyncIterator[None]:
    task = asyncio.create_task(relay.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():  # noqa: ASYNC110 - many tasks come and go in between
            await asyncio.sleep(0.01)


async def test_doubts_that_are_never_answered_keep_no_start_waiting(database: Database) -> None:
    gateway = Sick(database)
    gateway.sick = gateway.doubted = {number(n) for n in range(20)}
    async with running(Relay(database, gateway, teller(database), grace=AT_ONCE)):
        await until(lambda: not gateway.doubted)
        await keep(database, number(77))
        await until(lambda: gateway.started == [number(77)])
    assert await waiting(database) == []


async def test_a_start_that_hangs_keeps_no_doubt_and_no_other_start_waiting(database: Database) -> None:
    gateway = Sick(database)
    gateway.sick = {number(1)}
    await keep(database, *map(number, range(1, 20)))
    async with running(Relay(database, gateway, teller(database), grace=AT_ONCE)):
        await until(lambda: len(gateway.started) == 18)
        gateway.doubted = {number(2)}
        await until(lambda: number(2) in gateway.confirmed)
    assert [kept.number for kept in await waiting(database)] == [number(1)]


async def test_one_doubt_that_is_never_answered_keeps_no_other_unsettled_and_stays_counted(database: Database) -> None:
    gateway = Sick(database)
    gateway.sick, gateway.doubted = {number(1)}, {number(n) for n in range(1, 9)}
    async with running(Relay(database, gateway, teller(database))):
        await until(lambda: len(gateway.confirmed) == 7)
        await until(lambda: next(iter(DOUBTS.collect())).samples[0].value == 1)


async def test_what_was_written_last_before_a_process_began_is_doubted_once_its_tables_can_be_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relaying, "_AWAY", 0.01)
    gateway, read, tried = Sick(database), database.read, asyncio.Event()
    await put(database, *begun(number(1)))

    def away() -> None:
        tried.set()
        raise ConnectionError

    monkeypatch.setattr(database, "read", away)
    async with running(Relay(database, gateway, teller(database))):
        await tried.wait()
        monkeypatch.setattr(database, "read", read)
        await until(lambda: gateway.confirmed == [number(1)])


async def test_one_that_is_refused_is_marked_and_keeps_no_other_waiting(database: Database) -> None:
    gateway = Sick(database)
    gateway.refused = {number(1)}
    await keep(database, number(1), number(2))
    assert await Relay(database, gateway, teller(database), grace=AT_ONCE).start_waiting() == 2
    left = await waiting(database)
    assert [(kept.number, kept.attempts, kept.last_error) for kept in left] == [(number(1), 1, "engine-refused")]


async def test_an_engine_that_is_away_is_told_and_nothing_is_marked_for_it(database: Database) -> None:
    gateway = Sick(database)
    gateway.away = True
    await keep(database, *map(number, range(20)))
    with pytest.raises(EngineAway):
        await Relay(database, gateway, teller(database), grace=AT_ONCE).start_waiting()
    assert {kept.attempts for kept in await waiting(database)} == {0}
    gateway.away = False
    await Relay(database, gateway, teller(database), grace=AT_ONCE).start_waiting()
    assert await waiting(database) == []


async def test_what_is_younger_is_left_to_its_own_request(database: Database) -> None:
    await keep(database, number(1))
    assert await Relay(database, Sick(database), teller(database), grace=timedelta(hours=1)).start_waiting() == 0


async def test_while_a_crowd_is_taken_in_few_are_started_at_once(database: Database) -> None:
    gateway, arrivals = Sick(database), Arrivals()
    relay = Relay(database, gateway, teller(database), arrivals, grace=AT_ONCE)
    with ExitStack() as crowd:
        for _ in range(CROWD + 1):
            crowd.enter_context(arrivals.one())
        await keep(database, *map(number, range(20)))
        await relay.start_waiting()
        assert (len(gateway.started), gateway.most) == (20, relaying._IN_A_CROWD)
    await keep(database, *map(number, range(20, 40)))
    await relay.start_waiting()
    assert (len(gateway.started), gateway.most) == (40, relaying._AT_ONCE)


async def test_when_the_crowd_has_gone_more_are_started_at_once_without_another_look(database: Database) -> None:
    gateway, arrivals = Sick(database), Arrivals()
    gateway.open.clear()
    await keep(database, *map(number, range(30)))
    with ExitStack() as crowd:
        for _ in range(CROWD + 1):
            crowd.enter_context(arrivals.one())
        starting = asyncio.create_task(
            Relay(database, gateway, teller(database), arrivals, grace=AT_ONCE).start_waiting()
        )
        await until(lambda: gateway.under_way == relaying._IN_A_CROWD)
    gateway.open.set()
    assert await starting == 30
    assert gateway.most > relaying._IN_A_CROWD
