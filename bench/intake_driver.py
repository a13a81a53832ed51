"""Submits for some seconds over many connections; on stdin where and how many, then how long, again and again."""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

from bench.contenders import SUBMISSION
from bench.http_client import Connection

_CREATED, _KEPT = 201, 202


@dataclass(slots=True)
class Taken:
    """Milliseconds of each accepted submission; how many of them were started at once; other answers."""

    seconds: float = 0.0
    taken: list[float] = field(default_factory=list)
    started: int = 0
    refused: dict[int, int] = field(default_factory=dict)


async def submit(connections: list[Connection], key: str, seconds: float) -> Taken:
    """Every connection one submission after another; what is under way when time is over is still waited for."""
    found = Taken()
    begun = time.monotonic()
    await asyncio.gather(*(_lane(one, key, begun + seconds, found) for one in connections))
    found.seconds = time.monotonic() - begun
    return found


async def _lane(connection: Connection, key: str, until: float, found: Taken) -> None:
    while (begun := time.monotonic()) < until:
        headers = f"Authorization: Bearer {key}\r\nIdempotency-Key: {secrets.token_hex(12)}\r\n"
        status, _ = await connection.ask("POST", "/v1/appeals", headers, SUBMISSION)
        if status in {_CREATED, _KEPT}:
            found.taken.append((time.monotonic() - begun) * 1000)
            found.started += status == _CREATED
        else:
            found.refused[status] = found.refused.get(status, 0) + 1


async def serve(place: dict[str, Any], lanes: int) -> None:
    """Answers each line of stdin, until it ends."""
    connections = [Connection(place["host"], place["port"]) for _ in range(lanes)]
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        done = await submit(connections[: asked["lanes"]], place["keys"]["system"], asked["seconds"])
        print(json.dumps(asdict(done)), flush=True)


if __name__ == "__main__":
    uvloop.run(serve(**json.loads(sys.stdin.readline())))
