"""A gateway of text messages that writes down when each came; on stdin its port, then each line asks for the log."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


class Receiver:
    """``came``: for each message its key and the moment, in seconds of the clock that everybody has."""

    def __init__(self) -> None:
        self.came: list[tuple[str, float]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: every request is taken."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                came = time.time()
                lines = (line.split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:-2])
                fields = {name.lower(): value for name, value in lines}
                await reader.readexactly(int(fields["content-length"]))
                self.came.append((fields["idempotency-key"], came))
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def run(port: int) -> None:
    """Until stdin ends."""
    receiver = Receiver()
    async with await asyncio.start_server(receiver.serve, "127.0.0.1", port):
        print("ready", flush=True)
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, sys.stdin.readline):
            print(json.dumps(receiver.came), flush=True)


if __name__ == "__main__":
    uvloop.run(run(**json.loads(sys.stdin.readline())))
