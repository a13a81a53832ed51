"""The event stream, over a real socket: nothing else shows that it streams."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx2
import pytest
import uvicorn

from api import events
from api.known_keys import REMEMBERED
from api.sessions import COOKIE, session_of, sign_in, sign_out
from api.stopping import on_stop
from domain.colours import moments
from domain.people import Actor
from domain.vocabulary import Role
from storage.accounts import Accounts, AccountsWriter
from storage.journal import JournalReads
from storage.writer import AppealWriter
from tests.api.bench import USCC2, Api, problem


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events.Broadcaster.__init__, "__kwdefaults__", {"poll": 0.02, "heartbeat": 0.3})


@pytest.fixture
async def served(api: Api) -> AsyncIterator[httpx2.AsyncClient]:
    """The same application behind a real server."""
    server = uvicorn.Server(uvicorn.Config(api.app, port=0, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells it no other way
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client
    server.should_exit = True
    await running


class Stream:
    """A listener that reads one event after another."""

    def __init__(self, lines: AsyncIterator[str]) -> None:
        self._lines = lines
        self.comments: list[str] = []

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = {}
        async with asyncio.timeout(60):
            async for line in self._lines:
                if line.startswith(":"):
                    self.comments.append(line)
                elif line.startswith("id: "):
                    event["id"] = line[4:]
                elif line.startswith("data: "):
                    event |= json.loads(line[6:])
                elif not line and "number" in event:
                    return event
        raise AssertionError("the stream has ended")

    async def comment(self) -> str:
        async with asyncio.timeout(60):
            async for line in self._lines:
                if line.startswith(":"):
                    return line
        raise AssertionError("the stream has ended")


@asynccontextmanager
async def listening(
    api: Api, client: httpx2.AsyncClient, name: str, after: str = "", path: str = "/v1/events"
) -> AsyncIterator[Stream]:
    headers = api.bearer(name) | ({"Last-Event-ID": after} if after else {})
    async with client.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        stream = Stream(answer.aiter_lines())
        assert await stream.comment()
        yield stream


async def last_words(lines: AsyncIterator[str]) -> list[str]:
    """What an open stream still says until it ends by itself; comments left out."""
    async with asyncio.timeout(60):
        return [line async for line in lines if line and not line.startswith((":", "retry"))]


async def test_what_happens_is_told_to_whom_it_concerns(api: Api, served: httpx2.AsyncClient) -> None:
    before = (await api.submit())["number"]
    async with listening(api, served, "enterprise") as mine, listening(api, served, "handler") as staff:
        await api.submit("enterprise2", enterprise={"uscc": USCC2, "name": "乙"})
        await api.done("window", before, "accept")
        event = await mine.next()
        assert (event["number"], event["seq"], event["action"], event["stage"]) == (before, 2, "accept", "assign")
        assert set(event) == {"id", "number", "seq", "action", "stage", "at"}
        assert [(await staff.next())["action"] for _ in range(2)] == ["submit", "accept"]


async def test_last_event_id_resumes_without_a_gap_or_a_repeat(api: Api, served: httpx2.AsyncClient) -> None:
    number = (await api.submit())["number"]
    async with listening(api, served, "window") as stream:
        await api.done("window", number, "accept")
        last = (await stream.next())["id"]
    await api.done("window", number, "add_information", text="一")
    await api.done("dispatcher", number, "assign", lead_unit="station-a")
    async with listening(api, served, "window", last) as stream:
        told = [await stream.next() for _ in range(2)]
        await api.done("handler", number, "sign")
        told.append(await stream.next())
    assert [e["seq"] for e in told] == [3, 4, 5]
    async with listening(api, served, "window", "0") as stream:
        assert [(await stream.next())["seq"] for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_whoever_says_at_first_what_they_know_misses_nothing_and_hears_nothing_twice(
    api: Api, served: httpx2.AsyncClient
) -> None:
    number = (await api.submit())["number"]
    async with api.database.read() as r:
        known = await JournalReads(r).last_position()
    await api.done("window", number, "accept")
    async with listening(api, served, "window", path=f"/v1/events?after={known}") as stream:
        await api.done("dispatcher", number, "assign", lead_unit="station-a")
        told = [await stream.next() for _ in range(2)]
    assert [e["seq"] for e in told] == [2, 3]
    # A line that comes back by itself brings the newer of the two.
    async with listening(api, served, "window", told[0]["id"], path=f"/v1/events?after={known}") as stream:
        assert (await stream.next())["seq"] == 3
    for bad in ("x", "-1", "9" * 30):
        problem(await api.get("window", f"/v1/events?after={bad}"), 422, "bad-parameter")


@pytest.mark.parametrize(("beyond", "told"), [(0, False), (1, True)])
async def test_what_a_listener_knows_is_not_told_again_unless_the_tables_are_older_than_that(
    api: Api, beyond: int, told: bool
) -> None:
    number = (await api.submit())["number"]
    async with api.database.read() as r:
        ((position, entry),) = await JournalReads(r).after(0)
    broadcaster = events.Broadcaster(api.database)
    listener = await broadcaster.listen()
    listener.offer(events.Event(position, entry, await api.appeal(number)))
    listener.offer(None)
    chunks = [chunk async for chunk in broadcaster.stream(listener, admin, position + beyond) if b"data:" in chunk]
    assert bool(chunks) is told


async def test_a_quiet_stream_shows_signs_of_life(api: Api, served: httpx2.AsyncClient) -> None:
    async with listening(api, served, "window") as stream:
        assert await stream.comment() == ": heartbeat"


async def test_events_hold_nothing_personal(api: Api, served: httpx2.AsyncClient) -> None:
    await api.submit()
    async with listening(api, served, "window", "0") as stream:
        assert "张三" not in json.dumps(await stream.next(), ensure_ascii=False)


async def test_a_last_event_id_that_is_none_is_refused(api: Api) -> None:
    for bad in ("x", "-1", "9" * 30):
        answer = await api.get("window", "/v1/events", headers={"Last-Event-ID": bad})
        problem(answer, 422, "bad-last-event-id")


async def test_a_signal_to_stop_ends_the_streams_before_the_server_hears_of_it() -> None:
    heard: list[str] = []
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append("server"))
    try:
        with on_stop(lambda: heard.append("streams")):
            signal.raise_signal(signal.SIGTERM)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        assert sorted(heard) == ["server", "streams"]
        signal.raise_signal(signal.SIGTERM)
        assert heard.count("streams") == 1
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_there_are_no_signals_to_wait_for() -> None:
    async def enter() -> None:
        with on_stop(lambda: None):
            pass

    thread = threading.Thread(target=lambda: asyncio.run(enter()))
    thread.start()
    thread.join()


async def admin() -> Actor:
    return Actor("admin", "何管理", (Role.ADMIN,))


async def test_a_listener_that_cannot_keep_up_is_ended_and_may_resume(api: Api) -> None:
    broadcaster = events.Broadcaster(api.database)
    listener = await broadcaster.listen()
    stream = broadcaster.stream(listener, admin, None)
    assert await anext(stream) == events.HELLO
    number = (await api.submit())["number"]
    appeal = await api.appeal(number)
    async with api.database.read() as r:
        ((position, entry),) = await JournalReads(r).after(0)
    for n in range(1_002):
        listener.offer(events.Event(position + n, entry, appeal))
    assert await anext(stream, b"") == b""


async def test_closing_ends_every_stream(api: Api) -> None:
    broadcaster = events.Broadcaster(api.database)
    before = await broadcaster.listen()
    broadcaster.close()
    after = await broadcaster.listen()
    for listener in (before, after):
        told = [chunk async for chunk in broadcaster.stream(listener, admin, None)]
        assert told == [events.HELLO]


async def test_a_ghost_s_successor_is_told_though_its_number_is_the_same(api: Api) -> None:
    number = (await api.submit())["number"]
    broadcaster = events.Broadcaster(api.database)
    listener = await broadcaster.listen()
    await api.done("window", number, "accept")
    await broadcaster._look()
    await broadcaster._look()
    assert listener.queue.qsize() == 1
    appeal = api.gateway._appeals[number]
    async with api.database.read() as r:
        ghost = (await JournalReads(r).of(number))[-1]
    real = replace(ghost, entry_id="another", hash="f" * 64)
    async with api.database.write() as w:
        await AppealWriter(w).write(appeal, [real], 99, moments(appeal))
    await broadcaster._look()
    assert listener.queue.qsize() == 2


async def test_each_look_reads_only_what_is_new(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    number = (await api.submit())["number"]
    broadcaster = events.Broadcaster(api.database)
    listener = await broadcaster.listen()
    asked: list[int] = []
    real = JournalReads.after

    async def after(self: JournalReads, position: int, limit: int) -> Any:
        asked.append(position)
        return await real(self, position, limit)

    monkeypatch.setattr(JournalReads, "after", after)
    await broadcaster._look()
    await api.done("window", number, "accept")
    await broadcaster._look()
    await broadcaster._look()
    assert listener.queue.qsize() == 1
    assert asked == [asked[0], asked[0], asked[0] + 1]


async def test_two_that_begin_to_listen_at_once_both_hear_everything(api: Api) -> None:
    number = (await api.submit())["number"]
    broadcaster = events.Broadcaster(api.database)
    listeners = await asyncio.gather(broadcaster.listen(), broadcaster.listen())
    await api.done("window", number, "accept")
    await broadcaster._look()
    assert [one.queue.qsize() for one in listeners] == [1, 1]


async def test_a_database_that_is_away_does_not_end_the_streams(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    number = (await api.submit())["number"]
    broadcaster = events.Broadcaster(api.database)
    listener = await broadcaster.listen()
    running = asyncio.create_task(broadcaster.run())
    real = JournalReads.after

    async def broken(*_: object) -> Any:
        raise ConnectionError

    monkeypatch.setattr(JournalReads, "after", broken)
    await api.done("window", number, "accept")
    await asyncio.sleep(0.1)
    monkeypatch.setattr(JournalReads, "after", real)
    async with asyncio.timeout(60):
        event = await listener.queue.get()
    running.cancel()
    assert isinstance(event, events.Event)
    assert event.entry.action == "accept"


SIGNED_OUT = ["event: signed-out", 'data: {"code": "unauthorized"}']


async def close_account(api: Api, name: str) -> None:
    async with api.database.write() as w:
        account = await Accounts(w).get(name)
        assert account is not None
        await AccountsWriter(w).upsert(account, active=False)


async def let_key_expire(api: Api, name: str) -> None:
    async with api.database.write() as w:
        await AccountsWriter(w).add_key(name, api.keys[name], api.clock(), expires_at=api.clock())


@pytest.mark.parametrize("end", [close_account, let_key_expire])
async def test_a_stream_whose_key_opens_nothing_any_more_says_so_and_ends(
    api: Api, served: httpx2.AsyncClient, end: Callable[[Api, str], Awaitable[None]]
) -> None:
    async with served.stream("GET", "/v1/events", headers=api.bearer("handler")) as answer:
        lines = answer.aiter_lines()
        assert await Stream(lines).comment()
        await end(api, "handler")
        api.clock.now += REMEMBERED
        assert await last_words(lines) == SIGNED_OUT
    assert (await served.get("/v1/events", headers=api.bearer("handler"))).status_code == 401


def test_a_key_that_was_taken_back_hears_nothing_after_ten_seconds() -> None:
    assert timedelta(seconds=events.HEARTBEAT_SECONDS) + REMEMBERED <= timedelta(seconds=10)


async def test_what_went_before_is_not_told_to_a_key_that_was_taken_back(api: Api) -> None:
    await api.submit()

    async def nobody() -> None:
        return None

    broadcaster = events.Broadcaster(api.database)
    told = [chunk async for chunk in broadcaster.stream(await broadcaster.listen(), nobody, 0)]
    assert told == [events.HELLO, events.SIGNED_OUT]


async def test_a_stream_tells_what_its_account_may_read_by_then(api: Api) -> None:
    broadcaster, roles = events.Broadcaster(api.database), [Role.ADMIN]
    listener = await broadcaster.listen()

    async def somebody() -> Actor:
        return Actor("admin", "何管理", tuple(roles))

    stream = broadcaster.stream(listener, somebody, None)
    assert await anext(stream) == events.HELLO
    await api.submit()
    await broadcaster._look()
    assert b"submit" in await anext(stream)
    roles.clear()
    assert await anext(stream) == events.HEARTBEAT
    await api.submit()
    await broadcaster._look()
    assert await anext(stream) == events.HEARTBEAT
    roles.append(Role.ADMIN)
    assert await anext(stream) == events.HEARTBEAT
    await api.submit()
    await broadcaster._look()
    assert b"submit" in await anext(stream)


async def test_while_it_is_not_known_whom_a_key_opens_nothing_is_told_and_nothing_is_lost(api: Api) -> None:
    broadcaster, answers = events.Broadcaster(api.database), [ConnectionError, ConnectionError, admin]
    listener = await broadcaster.listen()

    async def asked() -> Actor:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if answer is ConnectionError:
            raise answer
        return await admin()

    await api.submit()
    await broadcaster._look()
    stream = broadcaster.stream(listener, asked, None)
    told = [await anext(stream) for _ in range(4)]
    assert told[:3] == [events.HELLO, events.HEARTBEAT, events.HEARTBEAT]
    assert b"submit" in told[3]


async def test_a_session_listens_as_a_key_does_and_its_stream_ends_with_it(
    api: Api, served: httpx2.AsyncClient
) -> None:
    token = await sign_in(api.context, "enterprise", api.keys["enterprise"], request_id="r")
    found = await session_of(api.context, token)
    assert found is not None
    async with served.stream("GET", "/v1/events", headers={"Cookie": f"{COOKIE}={token}"}) as answer:
        lines = answer.aiter_lines()
        stream = Stream(lines)
        assert await stream.comment()
        number = (await api.submit())["number"]
        assert (await stream.next())["number"] == number
        await sign_out(api.context, found[1], request_id="r")
        assert await last_words(lines) == SIGNED_OUT
