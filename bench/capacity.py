"""Ten thousand open appeals: memory, list pages, the step of an appeal nobody has touched, and reconcile."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from typing import Any

from bench.clustered import Clustered, clustered
from bench.figures import median, p99
from bench.helper import ROOT
from bench.http_client import Connection
from bench.processes import usages
from bench.topology import PRODUCT
from runtime.errors import OperatorError

_APPEALS = 10_000
_PAGES = 300
_STEPS = 60
_OK = 200
#: What people look at: their first page, filtered, and the pages after it.
_LISTS = (
    ("window", "/v1/appeals"),
    ("handler", "/v1/appeals?stage=accept&sort=due_at"),
    ("leader", "/v1/appeals?service=appeal-general&colour=green"),
    ("supervisor", "/v1/appeals?sort=due_at"),
    ("enterprise", "/v1/appeals"),
    ("dispatcher", "/v1/appeals?unit=public-order&stage=handle"),
    ("window", "/v1/appeals?q=%E7%A4%BA%E4%BE%8B%E5%88%B6%E9%80%A0%E6%9C%89%E9%99%90%E5%85%AC%E5%8F%B8499"),
)


def measure(count: int = _APPEALS) -> dict[str, Any]:
    """All of it, on the cluster with one worker. Raises OperatorError: a program is missing."""
    with clustered() as topology:
        begun = time.monotonic()
        subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "bench.load", str(count)],
            cwd=ROOT,
            env={**os.environ, **topology.environment()},
            check=True,
        )
        loaded = time.monotonic() - begun
        rss = {role: used.rss for role, used in usages(topology.pids()).items()}
        pages, steps = asyncio.run(_asked(topology.place()))
        for number, (_, path) in enumerate(_LISTS):
            taken = pages[number :: len(_LISTS)]
            print(f"  {path[:60]:60s} p50 {median(taken):6.1f} ms, p99 {p99(taken):6.1f} ms", flush=True)
        return {
            "appeals": count,
            "load": loaded,
            "rss": rss,
            "rss after": {role: used.rss for role, used in usages(topology.pids()).items()},
            "pages": [median(pages), p99(pages)],
            "cold steps": [median(steps), p99(steps)],
            "reconcile": _reconcile(topology),
            "bytes": {
                "database": topology.database_bytes(PRODUCT) / count,
                "engine": topology.engine_bytes() / count,
            },
        }


async def _asked(place: dict[str, Any]) -> tuple[list[float], list[float]]:
    """Milliseconds of list pages and of first steps."""
    connection, keys = Connection(place["host"], place["port"]), place["keys"]
    pages = await _pages(connection, keys)
    steps = await _steps(connection, keys)
    await connection.close()
    return pages, steps


async def _pages(connection: Connection, keys: dict[str, str]) -> list[float]:
    """Milliseconds of each page; the first look at each list is not counted."""
    taken: list[float] = []
    for number in range(_PAGES + len(_LISTS)):
        who, path = _LISTS[number % len(_LISTS)]
        begun = time.monotonic()
        await _get(connection, keys[who], path)
        if number >= len(_LISTS):
            taken.append((time.monotonic() - begun) * 1000)
    return taken


async def _steps(connection: Connection, keys: dict[str, str]) -> list[float]:
    """Milliseconds of an action on appeals that the worker has long dropped from its memory."""
    oldest = json.loads(
        await _get(connection, keys["window"], f"/v1/appeals?sort=created_at&stage=accept&limit={_STEPS}")
    )
    taken = []
    for appeal in oldest["items"]:
        begun = time.monotonic()
        headers = f"Authorization: Bearer {keys['window']}\r\nIdempotency-Key: {appeal['number']}\r\n"
        path = f"/v1/appeals/{appeal['number']}/actions/accept"
        status, answer = await connection.ask("POST", path, headers, {})
        if status != _OK:
            raise RuntimeError(f"{path}: {status} {answer[:200].decode()}")
        taken.append((time.monotonic() - begun) * 1000)
    return taken


async def _get(connection: Connection, key: str, path: str) -> bytes:
    status, answer = await connection.ask("GET", path, f"Authorization: Bearer {key}\r\n")
    if status != _OK:
        raise RuntimeError(f"{path}: {status} {answer[:200].decode()}")
    return answer


def _reconcile(topology: Clustered) -> float | None:
    """Seconds; None while there is no such command."""
    begun = time.monotonic()
    try:
        said = topology.cluster.appeals("reconcile")
    except OperatorError as error:
        if "No such command" in str(error):
            return None
        raise
    print(f"  reconcile: {said.strip().splitlines()[-1] if said.strip() else ''}", flush=True)
    return time.monotonic() - begun
