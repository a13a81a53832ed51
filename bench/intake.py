"""How much one API process takes in, kept and durable, while the engine is there and while it is away."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from bench.clustered import Clustered, clustered
from bench.figures import median, p99
from bench.helper import Helper, helper
from bench.processes import spent, usages
from bench.topology import PRODUCT

_LANES = 600
_SECONDS = 12.0
_AWAY_SECONDS = 3.0


def measure(seconds: float = _SECONDS) -> dict[str, Any]:
    """Both, on the cluster. Raises OperatorError: a program is missing."""
    with clustered() as topology:
        with helper("bench.intake_driver", {"place": topology.place(), "lanes": _LANES}, {}) as driver:
            driver.ask(lanes=20, seconds=3)  # warm
            found = {"one at a time": _taken(topology, driver, 1, seconds / 2)}
            found["engine there"] = _taken(topology, driver, _LANES, seconds)
            topology.cluster.stop("temporal")
            time.sleep(_AWAY_SECONDS)
            found["engine away"] = _taken(topology, driver, _LANES, seconds)
        return found


def _taken(topology: Clustered, driver: Helper, lanes: int, seconds: float) -> dict[str, Any]:
    pids = {role: ids for role, ids in topology.pids().items() if role in {"api", "database", "worker", "engine"}}
    kept, before = _rows(topology), usages(pids)
    done = driver.ask(lanes=lanes, seconds=seconds)
    cpu, rows = spent(before, usages(pids)), _rows(topology) - kept
    accepted = len(done["taken"])
    print(f"  intake, {lanes} at a time: {accepted / done['seconds']:.0f}/s accepted, {rows} rows", flush=True)
    return {
        "rate": accepted / done["seconds"],
        "accepted": accepted,
        "rows": rows,
        "started": done["started"],
        "refused": done["refused"],
        "taken": [median(done["taken"]), p99(done["taken"])],
        "cpu": {role: used / max(1, accepted) for role, used in cpu.items()},
    }


def _rows(topology: Clustered) -> int:
    with psycopg.connect(topology.cluster.postgres.url(PRODUCT, PRODUCT)) as connection:
        row = connection.execute("SELECT count(*) FROM intake").fetchone()
    return int(row[0]) if row else 0
