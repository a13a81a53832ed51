"""One driver process: on stdin first whom and where to drive, then each line is a round, answered by a line.

A process of its own, so that its CPU is counted apart from everybody's, and the same one for all rounds, so that it is
warm.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import uvloop

from bench.bare.contract import STEPS
from bench.contenders import LANES, Lane

_MOST_LANES = 20


@dataclass(slots=True)
class Round:
    """What one round took: seconds in all, milliseconds for each opening and each step of each case.

    ``begun`` says when each step began, by the clock that all processes of the machine share.
    """

    seconds: float = 0.0
    opened: list[float] = field(default_factory=list)
    steps: list[list[float]] = field(default_factory=list)
    begun: list[list[float]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    troubles: int = 0


async def play(lanes: list[Lane], cases: int) -> Round:
    """``cases`` cases over the lanes, each lane taking the next one when it is free."""
    left, done = iter(range(cases)), Round()
    already = sum(lane.troubles for lane in lanes)
    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(_take(lane, left, done))
    done.seconds = time.monotonic() - begun
    done.troubles = sum(lane.troubles for lane in lanes) - already
    return done


async def _take(lane: Lane, left: Iterator[int], done: Round) -> None:
    for _ in left:
        begun = time.monotonic()
        number = await lane.open()
        marks = [begun, time.monotonic()]
        for index in range(STEPS):
            await lane.step(number, index)
            marks.append(time.monotonic())
        taken = [(after - before) * 1000 for before, after in itertools.pairwise(marks)]
        done.opened.append(taken[0])
        done.steps.append(taken[1:])
        done.begun.append(marks[1:-1])
        done.numbers.append(number)


async def serve(contender: str, place: dict[str, Any]) -> None:
    """Plays rounds until stdin ends."""
    lanes = await LANES[contender](_MOST_LANES, place)
    gc.freeze()
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        asked = json.loads(line)
        done = await play(lanes[: asked["concurrency"]], asked["cases"])
        print(json.dumps(asdict(done)), flush=True)
    # Some peers have threads that wait for ever.
    os._exit(0)


if __name__ == "__main__":
    uvloop.run(serve(**json.loads(sys.stdin.readline())))
