"""A worker is killed while appeals move: how long until their steps go on elsewhere."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

from bench.clustered import Clustered, clustered
from bench.figures import median, p99
from bench.helper import Helper, helper

_KILLS = 3
_CASES = 150
_LANES = 20
_WARM = 60
_RUNNING_SECONDS = 4.0
_WINDOW_SECONDS = 15.0
_SLOW_MS = 1000.0


def measure(kills: int = _KILLS) -> dict[str, Any]:
    """Steps around each kill, on the cluster with two workers. Raises OperatorError: a program is missing."""
    steps: list[float] = []
    with ExitStack() as stack:
        topology = stack.enter_context(clustered(workers=2))
        given = {"contender": "product", "place": topology.place()}
        driver = stack.enter_context(helper("bench.driver", given, {}))
        driver.ask(cases=_WARM, concurrency=_LANES)
        for number in range(kills):
            name = f"worker-{number % 2 + 1}"
            steps += _around_a_kill(topology, driver, name)
            print(f"  {name} killed: slowest step so far {max(steps) / 1000:.1f} s", flush=True)
    return {
        "kills": kills,
        "steps": len(steps),
        "slow": sum(ms > _SLOW_MS for ms in steps),
        "step": [median(steps), p99(steps)],
        "slowest": max(steps),
    }


def _around_a_kill(topology: Clustered, driver: Helper, name: str) -> list[float]:
    """Milliseconds of the steps that were open when it died, or began soon after."""
    driver.tell(cases=_CASES, concurrency=_LANES)
    time.sleep(_RUNNING_SECONDS)
    killed = time.monotonic()
    topology.cluster.kill(name)
    done = driver.answer()
    topology.cluster.start(name)
    topology.cluster.wait_ready()
    timed = [pair for b, s in zip(done["begun"], done["steps"], strict=True) for pair in zip(b, s, strict=True)]
    return [ms for begun, ms in timed if begun + ms / 1000 >= killed and begun <= killed + _WINDOW_SECONDS]
