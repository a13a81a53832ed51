"""A lean HTTP/1.1 client: one connection, one request at a time, so that the driver costs the measured ones little."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

_STATUS = slice(9, 12)
_REST_SECONDS = 2.0


class Connection:
    """A kept-alive connection to one server, opened anew after a rest: servers close those that are idle."""

    def __init__(self, host: str, port: int) -> None:
        self._address = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._used = 0.0

    async def ask(self, method: str, path: str, headers: str = "", body: Any = None) -> tuple[int, bytes]:
        """The answer's status and body. ``headers`` are whole lines, each with its end."""
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n" if content else ""
        reader, writer = await self._open()
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {self._address[0]}\r\n{headers}{kind}\r\n".encode() + content)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = int(head[_STATUS]), await reader.readexactly(_length(head))
        self._used = time.monotonic()
        return answer

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None or time.monotonic() - self._used > _REST_SECONDS:
            await self.close()
            self._streams = await asyncio.open_connection(*self._address)
        return self._streams

    async def close(self) -> None:
        """Lets it go."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        raise ValueError(f"an answer without a length: {head[:80]!r}")
    return int(lower[at + 15 : lower.index(b"\r", at)])
