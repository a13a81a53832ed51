"""RESULTS.md from results.json. What stands below its last mark is written by hand and kept."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.targets import Target, ratio, targets

KEPT = "<!-- below this line by hand: what was done, what was tried without gain, where the remaining cost is -->"
_INTRO = """# Measurements

Written by `make bench`; every part says when and where it was measured. Times are milliseconds, CPU is milliseconds an
appeal, memory MiB. Compared figures come from one run in which product, bare workflow and peer take turns; a ratio is
the middle one of the rounds' ratios, so that what else the machine does falls on all of them.

- **product**: a submission and five human steps (accept, assign, sign, submit_result, review) through the API over
  HTTP, signed in, with journal, clocks, audit and tables. The appeal then stays open.
- **bare**: a Temporal workflow with one timer and six updates, the first with its start; each writes two rows by a
  local activity and answers then; it stays open, too. Same server and settings, SDK, event loop, pollers and payload
  encryption; no sandbox, SQL by hand, no HTTP: driven by a Temporal client.
- **least**: the same bare workflow behind the same web framework: each request is authenticated by a key, each step
  told to the engine's lists by one upsert (as the product's stages are), and the answer read from the database. No
  product on this engine does less; what it cannot reach, none can.
- **dbos**: the same five steps in DBOS on the same PostgreSQL: a workflow that waits for messages, writes two rows in
  a step and answers by an event. Driver and worker are one process, as is natural for it.
"""


class Results:
    """What has been measured so far, by part."""

    def __init__(self, folder: Path) -> None:
        self._data = folder / "results.json"
        self._page = folder / "RESULTS.md"
        self._parts: dict[str, Any] = json.loads(self._data.read_text("utf-8")) if self._data.exists() else {}

    def keep(self, part: str, figures: Mapping[str, Any], machine: Mapping[str, str], at: str) -> list[Target]:
        """Writes both files anew; the targets as they stand now."""
        self._parts[part] = {"at": at, "machine": machine, "figures": figures}
        self._data.write_text(json.dumps(self._parts, indent=1) + "\n", encoding="utf-8")
        self._page.write_text(self._render() + self._by_hand(), encoding="utf-8")
        return self.targets()

    def targets(self) -> list[Target]:
        """Of all parts."""
        return list(targets({name: part["figures"] for name, part in self._parts.items()}))

    def _by_hand(self) -> str:
        before = self._page.read_text(encoding="utf-8") if self._page.exists() else ""
        _, mark, after = before.partition(KEPT)
        return KEPT + (after if mark else "\n")

    def _render(self) -> str:
        rows = [(t.what, t.where, t.wanted, t.found, "✓" if t.reached else "✗") for t in self.targets()]
        sections = [_INTRO, "## Figures to reach\n", table(("figure", "where", "wanted", "found", ""), rows)]
        for name, render in _SECTIONS.items():
            if name in self._parts:
                part = self._parts[name]
                sections += [f"## {_TITLES[name]}\n", _where(part), render(part["figures"])]
        return "\n".join(sections) + "\n"


def table(heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table of Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _where(part: Mapping[str, Any]) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in part["machine"].items())
    versions = "".join(f", {name} {value}" for name, value in part["figures"].get("versions", {}).items())
    return f"{part['at']}; {machine}{versions}.\n"


def _compared(figures: Mapping[str, Any]) -> str:
    return "\n".join([*(_scores(*item) for item in figures["concurrency"].items()), _sizes(figures)])


def _scores(concurrency: str, scores: Mapping[str, Any]) -> str:
    names = list(scores)
    rows: list[list[str]] = [
        ["appeals/s", *(f"{s['rate']:.2f}" for s in scores.values())],
        ["appeals/s by round", *(", ".join(f"{r:.1f}" for r in s["rates"]) for s in scores.values())],
        ["appeals/s ÷ bare", *(f"{ratio(s, scores['bare'], 'rates'):.2f}" for s in scores.values())],
        ["step p50 ÷ bare", *(f"{ratio(s, scores['bare'], 'medians'):.2f}" for s in scores.values())],
    ]
    for what, key in (("submission", "open"), ("step", "step"), ("first step", "first"), ("later steps", "later")):
        rows.append([f"{what} p50 / p99", *("{:.1f} / {:.1f}".format(*s[key]) for s in scores.values())])
    rows += _by_role("CPU", "cpu", scores, 1000)
    rows.append(["CPU in all", *(f"{1000 * sum(s['cpu'].values()):.1f}" for s in scores.values())])
    rows += _by_role("memory", "rss", scores, 1)
    rows.append(["answers “perhaps” or “later”", *(str(s["troubles"]) for s in scores.values())])
    return f"### {concurrency} at a time\n\n" + table(["", *names], rows)


def _by_role(what: str, key: str, scores: Mapping[str, Any], factor: float) -> list[list[str]]:
    roles = dict.fromkeys(role for score in scores.values() for role in score[key])
    return [
        [f"{what}: {role}", *(f"{factor * s[key][role]:.1f}" if role in s[key] else "–" for s in scores.values())]
        for role in roles
    ]


def _sizes(figures: Mapping[str, Any]) -> str:
    names = list(figures["bytes"])
    history = figures["history"]
    rows = [
        ["history events", *(f"{history[n]['events']:.0f}" if n in history else "–" for n in names)],
        ["history bytes", *(f"{history[n]['bytes']:,.0f}" if n in history else "–" for n in names)],
        ["bytes in its own database", *(f"{figures['bytes'][n]['database']:,.0f}" for n in names)],
        ["bytes in the engine's database", *(f"{figures['bytes'][n]['engine']:,.0f}" for n in names)],
    ]
    return "### An appeal's size\n\n" + table(["", *names], rows)


def _intake(figures: Mapping[str, Any]) -> str:
    rows = [
        [
            state,
            f"{f['rate']:.0f}",
            f"{f['accepted']} / {f['rows']}",
            f"{100 * f['started'] / max(1, f['accepted']):.0f} %",
            "{:.0f} / {:.0f}".format(*f["taken"]),
            ", ".join(f"{role} {1000 * used:.1f}" for role, used in f["cpu"].items()),
            f["refused"] or "none",
        ]
        for state, f in figures.items()
        if state != "versions"
    ]
    heads = ("", "accepted/s", "accepted / rows", "started at once", "p50 / p99", "CPU a submission", "other answers")
    return table(heads, rows)


def _recovery(f: Mapping[str, Any]) -> str:
    rows = [
        ["kills (SIGKILL) with 20 appeals moving", f["kills"]],
        ["steps under way then or begun within 15 s", f["steps"]],
        ["of them slower than a second", f["slow"]],
        ["p50 / p99", "{:.0f} / {:.0f}".format(*f["step"])],
        ["slowest", f"{f['slowest']:.0f}"],
    ]
    return table(("", ""), rows)


def _capacity(f: Mapping[str, Any]) -> str:
    rows = [
        ["opened in", f"{f['load']:.0f} s ({f['appeals'] / f['load']:.0f}/s)"],
        ["memory after opening", ", ".join(f"{role} {mib:.0f}" for role, mib in f["rss"].items())],
        ["memory in the end", ", ".join(f"{role} {mib:.0f}" for role, mib in f["rss after"].items())],
        ["list page p50 / p99", "{:.1f} / {:.1f}".format(*f["pages"])],
        ["first action on an appeal that no worker remembers, p50 / p99", "{:.1f} / {:.1f}".format(*f["cold steps"])],
        ["reconcile", "not there" if f["reconcile"] is None else f"{f['reconcile']:.0f} s"],
        ["bytes an appeal: tables, engine", f"{f['bytes']['database']:,.0f}, {f['bytes']['engine']:,.0f}"],
    ]
    return table(("", ""), rows)


def _timers(f: Mapping[str, Any]) -> str:
    rows = [
        ["timers due within a second; wanted", f"{f['timers']:,}; {f.get('wanted', f['timers']):,}"],
        ["missing, twice, early", f"{f['missing']}, {f['twice']}, {f['early']}"],
        ["late p50 / p90 / p99 / most", "{:.0f} / {:.0f} / {:.0f} / {:.0f}".format(*f["late"])],
        ["the last written after", f"{f['all written after']:.1f} s"],
        ["answers of the API in the quiet before: how many, p50 / p99", "{}, {:.0f} / {:.0f}".format(*f["api before"])],
        ["answers of the API meanwhile: how many, p50 / p99", "{}, {:.0f} / {:.0f}".format(*f["api meanwhile"])],
        ["answers “perhaps” or “later” before, meanwhile", "{}, {}".format(*f["troubles"])],
        ["memory in the end", ", ".join(f"{role} {mib:.0f}" for role, mib in f["rss"].items())],
    ]
    return table(("", ""), rows)


def _pages(f: Mapping[str, Any]) -> str:
    four = "{:.0f} / {:.0f} / {:.0f} / {:.0f}"
    rows = [
        ["escalations within a second; wanted", f"{f['escalations']:,}; {f['wanted']:,}"],
        ["messages received, by their keys", f"{f['messages']:,}"],
        ["by which nobody was called; keys that came twice", f"{f['missing']}, {f['twice']}"],
        ["from the rung to the first attempt, p50 / p90 / p99 / most", four.format(*f["attempt"])],
        ["from the rung to its receipt, as the receiver says", four.format(*f["received"])],
        ["rungs late", four.format(*f["rung late"])],
    ]
    return table(("", ""), rows)


def _screens(f: Mapping[str, Any]) -> str:
    both = ("sqlite", "postgresql")
    cells = [
        [f"`{path}`", *("{:.0f} / {:.0f}".format(*f[name].get(path, [0, 0])[:2]) for name in both)]
        for path in f["sqlite"]
    ]
    return table((f"p50 / p99 of server time, {f['appeals']:,} appeals", "SQLite", "PostgreSQL"), cells)


def _interpreter(f: Mapping[str, Any]) -> str:
    rows = [
        [what, f"{one['data']:.4g}", f"{one['hand']:.4g}", f"{one['ratio']:.3f}"]
        for what, one in (
            ("a step in the loop alone, without an engine: µs of CPU", f["loop"]),
            ("a step through the engine, written: ms", f["engine"]["step"]),
            ("the same: ms of the worker's CPU, opening included", f["engine"]["cpu"]),
        )
    ]
    return table(("", "by data", "by hand", "ratio"), rows)


_TITLES = {
    "interpreter": "Procedures as data, beside the same four steps of one service written by hand; embedded engine",
    "embedded": "Embedded engine, SQLite",
    "cluster": "Production topology: PostgreSQL, Temporal server, one worker",
    "intake": "Intake",
    "recovery": "A worker dies",
    "capacity": "Many open appeals",
    "pages": "Many escalations at once, embedded engine; a gateway of text messages that takes everything",
    "screens": "Every page and list with many appeals, opened in one process without network",
    "timers": "Many timers at once, embedded engine; two people submit and act meanwhile",
}
_SECTIONS = {
    "interpreter": _interpreter,
    "embedded": _compared,
    "cluster": _compared,
    "intake": _intake,
    "recovery": _recovery,
    "capacity": _capacity,
    "pages": _pages,
    "screens": _screens,
    "timers": _timers,
}
