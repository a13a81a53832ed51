"""What it costs that procedures are data: the steps of one service by the interpreter, and by code written for it.

First the loop alone, without an engine: both must leave the same appeal, journal and messages. Then through the engine,
with journal and tables, as a step is in truth: two workers that differ in nothing else. Both take turns throughout, so
that what else the machine does falls on both.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any, cast

import uvloop

from bench import by_hand
from bench.embedded import Embedded, embedded
from bench.helper import Helper, helper
from bench.load import Loader
from bench.processes import usage
from domain.act import Act
from domain.appeal import Appeal
from domain.loop import Decision, decide
from domain.opening import Opening, begin
from domain.people import Actor
from domain.vocabulary import Action, Role
from gateway.temporal import TemporalGateway
from runtime.temporal import connect
from storage.database import Database

_SERVICE, _LEAD = "seal-engraving", "public-order"
_ROUNDS, _WALKS = 30, 100
_TURNS, _CASES = 12, 15
_FORM = {"seals": ["法定名称章", "财务专用章", "发票专用章"], "first_set": True, "delivery": "送达企业"}
_WAY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("order", "free", {"maker": "宁波示例印章有限公司"}),
    ("make", "made", {"seal_codes": ["3302050000001", "3302050000002", "3302050000003"]}),
    ("file", "filed", {"filing_no": "2026-000123"}),
    ("deliver", "delivered", {"received_by": "王经理"}),
)

Loop = Callable[[Appeal, Act, datetime], Decision]
LOOPS: Mapping[str, Loop] = {"data": decide, "hand": by_hand.decide}


def measure(rounds: int = _ROUNDS, turns: int = _TURNS) -> dict[str, Any]:
    """Both parts. Raises AssertionError: by hand is not the same."""
    with embedded() as topology:
        return {"loop": alone(rounds), "engine": uvloop.run(_through(topology, turns)), "versions": topology.versions()}


class Engraving(Loader):
    """Opens appeals of the service, which are in the hands of its unit at once."""

    def opening(self, n: int) -> Opening:
        """The plain one, of this service."""
        plain = super().opening(3 * n + 1)  # no permit
        rules, lead = self._catalogue.rules_for(_SERVICE), self._organisation.place(_LEAD)
        return replace(plain, rules=rules, submission=replace(plain.submission, form=_FORM, lead=lead))

    async def opened(self) -> str:
        """A new one; its number."""
        (opening,) = openings = [self.opening(0)]
        await self._start_all(openings, keep=True)
        return opening.number

    def acts(self) -> list[Act]:
        """What its officer then does."""
        officer = Actor("hazmat_handler", "陈危化", (Role.HANDLER,), unit=self._organisation.place(_LEAD))
        taken = [(step, {"step": step, "outcome": outcome, "record": record}) for step, outcome, record in _WAY]
        return [Act(Action.COMPLETE_STEP, officer, b, key=step, digest="digest", salt="salt") for step, b in taken]


# ---------------------------------------------------------------------------------------------------- the loop alone


def alone(rounds: int = _ROUNDS) -> dict[str, Any]:
    """Microseconds of CPU a step takes by each, and the middle one of the rounds' ratios."""
    loader = Engraving(cast("Database", None), cast("TemporalGateway", None))  # nothing is kept or started here
    appeal, acts = begin(loader.opening(0)).appeal, loader.acts()
    assert walked(decide, appeal, acts) == walked(by_hand.decide, appeal, acts), "by hand is not the same"
    taken: dict[str, list[float]] = {name: [] for name in LOOPS}
    gc.freeze()
    for number in range(rounds):
        for name in _in_turn(number):
            taken[name].append(_timed(LOOPS[name], appeal, acts))
    gc.unfreeze()
    return _compared("loop alone", "µs of CPU", taken)


def walked(loop: Loop, appeal: Appeal, acts: list[Act]) -> list[Decision]:
    """What each step decides, a minute after the other."""
    decisions: list[Decision] = []
    for act in acts:
        decisions.append(loop(appeal, act, appeal.created_at + timedelta(minutes=1 + len(decisions))))
        appeal = decisions[-1].appeal
    return decisions


def _timed(loop: Loop, appeal: Appeal, acts: list[Act]) -> float:
    begun = time.process_time()
    for _ in range(_WALKS):
        walked(loop, appeal, acts)
    return 1_000_000 * (time.process_time() - begun) / (_WALKS * len(acts))


def _in_turn(number: int) -> list[str]:
    """Who comes first changes, so that nobody always runs on another's leftovers."""
    return sorted(LOOPS, reverse=bool(number % 2))


def _compared(where: str, unit: str, taken: Mapping[str, list[float]]) -> dict[str, Any]:
    ratio = median(data / hand for data, hand in zip(taken["data"], taken["hand"], strict=True))
    found = {name: median(values) for name, values in taken.items()}
    print(f"  {where}: a step by data {found['data']:.4g}, by hand {found['hand']:.4g} {unit}, {ratio:.3f}", flush=True)
    return {**found, "ratio": ratio}


# ------------------------------------------------------------------------------------------------ through the engine


async def _through(topology: Embedded, turns: int) -> dict[str, Any]:
    """Milliseconds a step takes, and those of the worker's CPU, at one appeal at a time."""
    settings = topology.settings()
    database = Database.create(settings.database_url)
    client = await connect(settings)
    with ExitStack() as stack:
        took, cpu = {name: list[float]() for name in LOOPS}, {name: list[float]() for name in LOOPS}
        workers: dict[str, Helper] = {}
        for name in LOOPS:
            given = {"queue": f"steps-{name}", "hand": name == "hand"}
            workers[name] = stack.enter_context(helper("bench.step_worker", given, topology.environment()))
        gateways = {name: TemporalGateway(client, database, f"steps-{name}") for name in LOOPS}
        for number in range(-1, turns):
            for name in _in_turn(number):
                before = usage(workers[name].pid).cpu
                ms = await _taken(Engraving(database, gateways[name]), gateways[name], _CASES)
                if number >= 0:  # the first turn warms
                    took[name].append(median(ms))
                    cpu[name].append(1000 * (usage(workers[name].pid).cpu - before) / len(ms))
    await database.close()
    return {"step": _compared("engine", "ms", took), "cpu": _compared("engine", "ms of the worker's CPU", cpu)}


async def _taken(loader: Engraving, gateway: TemporalGateway, cases: int) -> list[float]:
    """Milliseconds of each step."""
    taken = []
    for _ in range(cases):
        number = await loader.opened()
        for act in loader.acts():
            begun = time.monotonic()
            await gateway.act(number, act)
            taken.append((time.monotonic() - begun) * 1000)
    return taken
