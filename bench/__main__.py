"""`make bench`: measures part by part and writes RESULTS.md after each.

make bench                                   # all but the long parts: about a quarter of an hour
make bench ARGS="--only embedded --rounds 2" # one part, shorter
make bench ARGS="--only capacity"            # ten thousand open appeals; takes long, so it is never in the rest
make bench ARGS="--only interpreter"         # procedures as data beside the same written by hand; a minute
make bench ARGS="--only timers"              # ten thousand timers due within a second: eight to ten minutes
make bench ARGS="--only pages"               # a thousand escalations within a second, and who is called; two minutes
make bench ARGS="--only screens"             # every page people use with 100,000 appeals, both databases; ten minutes
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from bench import capacity, intake, interpreter, machine, pages, recovery, screens, timers
from bench.clustered import clustered
from bench.compare import Plan, compare
from bench.embedded import embedded
from bench.report import Results
from runtime.errors import OperatorError

USUAL = ("interpreter", "embedded", "cluster", "intake", "recovery")
LONG = ("capacity", "timers", "pages", "screens")


def main() -> int:
    """Runs what was asked for. 0 also when a figure is not reached, which is for the reader to see."""
    asked = _arguments()
    parts: dict[str, Callable[[], Any]] = {
        "interpreter": interpreter.measure,
        "embedded": lambda: _embedded(_plan(asked)),
        "cluster": lambda: _cluster(_plan(asked)),
        "intake": intake.measure,
        "recovery": recovery.measure,
        "capacity": lambda: capacity.measure(asked.appeals or 10_000),
        "timers": lambda: timers.measure(asked.appeals or 10_000),
        "pages": lambda: pages.measure(asked.appeals or 1_000),
        "screens": lambda: screens.measure(asked.appeals or 100_000),
    }
    results, left_out = Results(asked.out), 0
    os.umask(0o022)
    for name in asked.only or USUAL:
        print(f"== {name}", flush=True)
        before, at = machine.describe(), f"{datetime.now().astimezone():%Y-%m-%d %H:%M}"
        try:
            figures = parts[name]()
        except OperatorError as error:
            print(f"  left out: {error}", file=sys.stderr)
            left_out += 1
            continue
        results.keep(name, figures, before, at)
    for target in results.targets():
        mark = "✓" if target.reached else "✗"
        print(f"{mark} {target.what} ({target.where}): {target.found}, wanted {target.wanted}")
    return 1 if asked.only and left_out else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=(*USUAL, *LONG), help="a part; may be given again")
    parser.add_argument("--rounds", type=int, default=4, help="rounds of each contender at each concurrency")
    parser.add_argument("--cases", type=int, default=120, help="appeals of a round at concurrency 20")
    parser.add_argument(
        "--appeals",
        type=int,
        help="appeals of the parts capacity, timers (10,000), pages (1,000) and screens (100,000)",
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="where RESULTS.md and results.json go")
    return parser.parse_args()


def _plan(asked: argparse.Namespace) -> Plan:
    return Plan(cases={1: max(2, asked.cases // 8), 20: asked.cases}, rounds=asked.rounds)


def _embedded(plan: Plan) -> dict[str, Any]:
    with embedded() as topology:
        return compare(topology, plan)


def _cluster(plan: Plan) -> dict[str, Any]:
    with clustered() as topology:
        return compare(topology, plan)


if __name__ == "__main__":
    sys.exit(main())
