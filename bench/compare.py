"""Product, bare workflow and peer by turns in one run, A B A B …, at concurrency 1 and 20."""

from __future__ import annotations

import asyncio
import importlib.util
import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import fmean
from statistics import median as middle
from typing import Any

from bench.figures import median, p99
from bench.helper import Helper, helper
from bench.processes import Usage, spent, usages
from bench.topology import PRODUCT, Topology
from runtime.ports import free_port
from runtime.settings import Settings
from runtime.temporal import connect

_SAMPLE = 10


@dataclass(frozen=True, slots=True)
class Plan:
    """How much: cases of a round by concurrency, rounds, cases of the warm-up."""

    cases: Mapping[int, int] = field(default_factory=lambda: {1: 15, 20: 120})
    rounds: int = 4
    warm_up: int = 60


class Contender:
    """One of those compared, and what it has done so far."""

    def __init__(self, name: str, driver: Helper, topology: Topology, own: Mapping[str, list[int]]) -> None:
        self.name = name
        self._driver = driver
        self._topology = topology
        pids = topology.pids()
        self._pids = {**{r: pids[r] for r in topology.shared}, **own, "driver": [driver.pid]}
        self._database = {"product": PRODUCT, "least": "bare"}.get(name, name)
        self.cases = 0
        self._grown = {"database": 0, "engine": 0}
        self.numbers: list[str] = []

    def play(self, cases: int, concurrency: int) -> tuple[dict[str, Any], dict[str, float], dict[str, Usage]]:
        """One round: what the driver saw, and CPU and memory by role."""
        sizes, before = self._sizes(), usages(self._pids)
        done = self._driver.ask(cases=cases, concurrency=concurrency)
        after = usages(self._pids)
        for name, size in self._sizes().items():
            self._grown[name] += size - sizes[name]
        self.cases += cases
        self.numbers = done["numbers"][-_SAMPLE:]
        return done, spent(before, after), after

    def warm(self, cases: int) -> None:
        """Rounds that do not count; at first slowly: an engine that has just begun is slow to everybody."""
        for concurrency in (1, 5, 20):
            self._driver.ask(cases=min(cases, 3 * concurrency), concurrency=concurrency)

    def _sizes(self) -> dict[str, int]:
        own, engine = self._topology.database_bytes(self._database), self._topology.engine_bytes()
        return {"database": own, "engine": engine}

    def bytes_per_case(self) -> dict[str, float]:
        """Growth of the databases while it played."""
        return {name: size / self.cases for name, size in self._grown.items()}


@dataclass(slots=True)
class Score:
    """What one contender did at one concurrency, all rounds together."""

    opened: list[float] = field(default_factory=list)
    steps: list[list[float]] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    medians: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)
    rss: dict[str, float] = field(default_factory=dict)
    troubles: int = 0

    def add(self, done: dict[str, Any], cpu: Mapping[str, float], after: Mapping[str, Usage]) -> None:
        """One more round."""
        self.opened += done["opened"]
        self.steps += done["steps"]
        self.troubles += done["troubles"]
        self.rates.append(len(done["opened"]) / done["seconds"])
        self.medians.append(median([ms for case in done["steps"] for ms in case]))
        self.rss = {role: used.rss for role, used in after.items()}
        for role, seconds in cpu.items():
            self.cpu[role] = self.cpu.get(role, 0.0) + seconds

    def figures(self) -> dict[str, Any]:
        """The score in numbers: seconds of CPU and counts per case, milliseconds, MiB."""
        every = [ms for case in self.steps for ms in case]
        first, later = [case[0] for case in self.steps], [ms for case in self.steps for ms in case[1:]]
        return {
            "cases": len(self.steps),
            "rate": middle(self.rates),
            "rates": self.rates,
            "medians": self.medians,
            "open": [median(self.opened), p99(self.opened)],
            "step": [median(every), p99(every)],
            "first": [median(first), p99(first)],
            "later": [median(later), p99(later)],
            "cpu": {role: seconds / len(self.steps) for role, seconds in self.cpu.items()},
            "rss": self.rss,
            "troubles": self.troubles,
        }


def compare(topology: Topology, plan: Plan) -> dict[str, Any]:
    """All figures of one topology."""
    with ExitStack() as stack:
        contenders = _contenders(topology, stack)
        for contender in contenders:
            contender.warm(plan.warm_up)
        found = {str(c): _by_turns(topology, contenders, c, plan) for c in plan.cases}
        return {
            "versions": topology.versions(),
            "concurrency": found,
            "bytes": {c.name: c.bytes_per_case() for c in contenders},
            "history": asyncio.run(_histories(topology.settings(), contenders)),
        }


def _contenders(topology: Topology, stack: ExitStack) -> list[Contender]:
    environment, running = topology.environment(), topology.pids()
    place, url = topology.place(), topology.database("bare")
    place |= {"front": free_port(), "key": secrets.token_hex(32)}
    worker = stack.enter_context(helper("bench.bare.worker", {"url": url}, environment))
    front = {"url": url, "key": place["key"], "host": place["host"], "port": place["front"]}
    api = stack.enter_context(helper("bench.bare.front", front, environment))
    own: dict[str, dict[str, list[int]]] = {
        "product": {role: running[role] for role in ("worker", "api")},
        "bare": {"worker": [worker.pid]},
        "least": {"worker": [worker.pid], "api": [api.pid]},
    }
    if "database" in topology.shared and importlib.util.find_spec("dbos"):
        own["dbos"] = {}
        place["dbos"] = topology.database("dbos")
    drivers = {n: helper("bench.driver", {"contender": n, "place": place}, environment) for n in own}
    return [Contender(n, stack.enter_context(drivers[n]), topology, pids) for n, pids in own.items()]


def _by_turns(topology: Topology, contenders: list[Contender], concurrency: int, plan: Plan) -> dict[str, Any]:
    scores = {contender.name: Score() for contender in contenders}
    for number in range(plan.rounds):
        # Who comes first changes, so that nobody always runs on another's leftovers.
        for contender in contenders if number % 2 == 0 else reversed(contenders):
            done, cpu, after = contender.play(plan.cases[concurrency], concurrency)
            score = scores[contender.name]
            score.add(done, cpu, after)
            print(
                f"  {topology.name}, {concurrency:2} at a time, {contender.name:8}"
                f"{score.rates[-1]:7.2f} appeals/s, step p50 {score.medians[-1]:7.1f} ms, "
                f"CPU {1000 * sum(cpu.values()) / len(done['opened']):6.1f} ms an appeal",
                flush=True,
            )
    return {name: score.figures() for name, score in scores.items()}


async def _histories(settings: Settings, contenders: list[Contender]) -> dict[str, dict[str, float]]:
    """Events and bytes of a few of each one's workflows, as the engine counts them."""
    client = await connect(settings)
    found: dict[str, dict[str, float]] = {}
    for contender in contenders:
        if contender.name == "dbos":
            continue
        told = [await client.get_workflow_handle(number).describe() for number in contender.numbers]
        infos = [one.raw_description.workflow_execution_info for one in told]
        found[contender.name] = {
            "events": fmean(info.history_length for info in infos),
            "bytes": fmean(info.history_size_bytes for info in infos),
        }
    return found
