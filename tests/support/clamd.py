"""A clamd that knows one virus: a small server that speaks INSTREAM as the real one does."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass
class Daemon:
    """``answer`` instead of a verdict; the files it was sent."""

    address: str = ""
    answer: bytes = b""
    seen: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readuntil(b"\0") == b"zINSTREAM\0"
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            content += await reader.readexactly(size)
        self.seen.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        writer.write(self.answer or verdict)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def clamd() -> AsyncIterator[Daemon]:
    """On a free port, until the block ends."""
    daemon = Daemon()
    server = await asyncio.start_server(daemon.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    daemon.address = f"{host}:{port}"
    async with server:
        yield daemon
