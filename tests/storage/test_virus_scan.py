"""What clamd says of a file; what it cannot say is asked again later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from domain.attachments import State
from runtime.ports import free_port
from storage.virus_scan import Clamd
from tests.support.clamd import EICAR, clamd


async def stream(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def test_what_clamd_finds_clean_is_clean() -> None:
    async with clamd() as daemon:
        assert await Clamd(daemon.address).scan(stream(b"%PDF-", b"1.7")) is State.CLEAN
        assert daemon.seen == [b"%PDF-1.7"]


async def test_a_virus_is_found_also_across_two_chunks() -> None:
    async with clamd() as daemon:
        assert await Clamd(daemon.address).scan(stream(EICAR[:20], EICAR[20:])) is State.INFECTED


@pytest.mark.parametrize("answer", [b"INSTREAM size limit exceeded. ERROR\0", b"UNKNOWN COMMAND\0", b"\0"])
async def test_an_answer_that_is_no_verdict_leaves_it_pending(answer: bytes) -> None:
    async with clamd() as daemon:
        daemon.answer = answer
        assert await Clamd(daemon.address).scan(stream(b"x")) is State.PENDING


async def test_a_clamd_that_is_away_leaves_it_pending() -> None:
    assert await Clamd(f"127.0.0.1:{free_port()}").scan(stream(b"x")) is State.PENDING


async def test_a_clamd_that_hangs_keeps_nobody() -> None:
    asked, release = asyncio.Event(), asyncio.Event()

    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await release.wait()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    async with server:
        address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await Clamd(address, patience=0.2).scan(stream(b"x")) is State.PENDING
        assert asked.is_set()
        release.set()
