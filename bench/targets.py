"""The figures to reach, each held against what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Target:
    """One figure: what it is, where, how much there may or must be, and how much there is."""

    what: str
    where: str
    wanted: str
    found: str
    reached: bool


def at_most(what: str, where: str, limit: float, found: float, unit: str = "") -> Target:
    """No more than ``limit``."""
    return Target(what, where, f"≤ {limit:g}{unit}", f"{found:.3g}{unit}", found <= limit)


def at_least(what: str, where: str, limit: float, found: float, unit: str = "") -> Target:
    """No less than ``limit``."""
    return Target(what, where, f"≥ {limit:g}{unit}", f"{found:.3g}{unit}", found >= limit)


def ratio(product: Figures, bare: Figures, name: str) -> float:
    """The middle one of the rounds' ratios: each round of the product stands beside the bare one's of its time."""
    return median(float(p) / float(b) for p, b in zip(product[name], bare[name], strict=True))


def targets(parts: Mapping[str, Figures]) -> Iterator[Target]:
    """Those of the parts that have been measured."""
    for where in ("embedded", "cluster"):
        if where in parts:
            yield from _compared(where, parts[where]["concurrency"])
    if "capacity" in parts:
        yield from _capacity(parts["capacity"])
    for name, own in _OWN:
        if name in parts:
            yield from own(parts[name])
    if "intake" in parts:
        for state in ("engine there", "engine away"):
            found = parts["intake"][state]
            yield at_least(f"intake, {state}: kept and durable", "cluster, one API process", 200, found["rate"], "/s")
    if "recovery" in parts:
        seconds = parts["recovery"]["step"][1] / 1000
        yield at_most("worker killed: p99 of the steps around it", "cluster, two workers", 15, seconds, " s")


def _compared(where: str, by_concurrency: Mapping[str, Mapping[str, Figures]]) -> Iterator[Target]:
    for concurrency, scores in by_concurrency.items():
        product, bare = scores["product"], scores["bare"]
        rate = ratio(product, bare, "rates")
        yield at_least(f"appeals/s, product ÷ bare, {concurrency} at a time", where, 0.7, rate)
        if concurrency == "1":
            latency = ratio(product, bare, "medians")
            yield at_most("p50 of a step, product ÷ bare, 1 at a time", where, 1.3, latency)
        else:
            p50, p99 = product["step"]
            yield at_most(f"p99 ÷ p50 of a step, {concurrency} at a time", where, 3, p99 / p50)


def _timers(found: Figures) -> Iterator[Target]:
    wrong = found["missing"] + found["twice"] + found["early"]
    yield at_most("timers missing, twice or early", f"embedded, {found['timers']:,} within a second", 0, wrong)
    if found["timers"] < found.get("wanted", 0):
        yield at_least("timers opened before they fell due", "embedded", found["wanted"], found["timers"])


def _pages(found: Figures) -> Iterator[Target]:
    where = f"embedded, {found['escalations']:,} within a second"
    yield at_most("from the rung to the first attempt to deliver: p99", where, 3, found["attempt"][2] / 1000, " s")
    yield at_most(
        "escalations by which nobody was called, or somebody twice", where, 0, found["missing"] + found["twice"]
    )


def _screens(found: Figures) -> Iterator[Target]:
    for name in ("sqlite", "postgresql"):
        slowest = max(found[name], key=lambda path: float(found[name][path][1]))
        where = f"{name}, {found['appeals']:,} appeals"
        yield at_most(f"p99 of the slowest page ({slowest})", where, 100, found[name][slowest][1], " ms")


def _interpreter(found: Figures) -> Iterator[Target]:
    for what, words in (("step", "p50 of a step"), ("cpu", "CPU of the worker")):
        ratio_found = found["engine"][what]["ratio"]
        yield at_most(f"{words}, procedure as data ÷ by hand", "embedded, 1 at a time", 1.1, ratio_found)


def _capacity(found: Figures) -> Iterator[Target]:
    where = f"cluster, {found['appeals']:,} open appeals"
    yield at_most("memory of the worker", where, 600, max(found["rss"]["worker"], found["rss after"]["worker"]), " MiB")
    yield at_most("p99 of a list page", where, 50, found["pages"][1], " ms")
    if found.get("reconcile") is not None:
        yield at_most("reconcile", where, 180, found["reconcile"], " s")


_OWN = (("timers", _timers), ("pages", _pages), ("screens", _screens), ("interpreter", _interpreter))
