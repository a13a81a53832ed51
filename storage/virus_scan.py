"""Looking for viruses in what was uploaded: nobody by default, or a clamd that is asked over TCP."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from typing import Final, Protocol

import structlog

from domain.attachments import State

log = structlog.get_logger(__name__)

#: Seconds for one file: clamd's own limit for a scan is two minutes.
_PATIENCE: Final = 120.0
_CLEAN, _FOUND = b"OK", b"FOUND"


class Scanner(Protocol):
    """Whoever looks into a file."""

    async def scan(self, content: AsyncIterator[bytes]) -> State:
        """What it found; ``pending`` when it could not look just now. Never raises."""


class Clamd:
    """clamd, by its INSTREAM command. What it cannot say now is asked again later."""

    def __init__(self, address: str, patience: float = _PATIENCE) -> None:
        """``address`` is ``host:port``."""
        self._host, _, port = address.rpartition(":")
        self._port = int(port)
        self._patience = patience

    async def scan(self, content: AsyncIterator[bytes]) -> State:
        """As :class:`Scanner`."""
        try:
            async with asyncio.timeout(self._patience):
                answer = await self._ask(content)
        except (OSError, TimeoutError) as error:
            log.warning("scan_failed", error=type(error).__name__)
            return State.PENDING
        verdict = answer.rstrip(b"\0\r\n").rpartition(b" ")[2]
        if verdict in {_CLEAN, _FOUND}:
            return State.CLEAN if verdict == _CLEAN else State.INFECTED
        log.warning("scan_failed", error="unexpected-answer")
        return State.PENDING

    async def _ask(self, content: AsyncIterator[bytes]) -> bytes:
        reader, writer = await asyncio.open_connection(self._host, self._port)
        try:
            writer.write(b"zINSTREAM\0")
            async for chunk in content:
                writer.write(struct.pack("!I", len(chunk)) + chunk)
                await writer.drain()
            writer.write(struct.pack("!I", 0))
            await writer.drain()
            return await reader.read(4096)
        finally:
            writer.close()
