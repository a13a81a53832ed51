"""What processes have used, from ``/proc``: CPU with all their children's, and resident memory."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_MIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds and MiB of resident memory."""

    cpu: float
    rss: float


def usage(pid: int) -> Usage:
    """Of a process and its descendants, the ended ones included (a database server forks for each connection)."""
    tree = [pid, *_descendants(pid)]
    return Usage(sum(map(_cpu, tree)), sum(map(_rss, tree)))


def usages(pids: Mapping[str, list[int]]) -> dict[str, Usage]:
    """By role; a role may have several processes."""
    found = {role: [usage(pid) for pid in ids] for role, ids in pids.items()}
    return {role: Usage(sum(u.cpu for u in us), sum(u.rss for u in us)) for role, us in found.items()}


def spent(before: Mapping[str, Usage], after: Mapping[str, Usage]) -> dict[str, float]:
    """CPU seconds by role between two looks."""
    return {role: after[role].cpu - before[role].cpu for role in after if role in before}


def children(pid: int) -> list[int]:
    """The direct ones."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, task.read_text().split())
    return found


def _descendants(pid: int) -> list[int]:
    return [d for child in children(pid) for d in (child, *_descendants(child))]


def _cpu(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime, stime, and those of children that have ended and were waited for.
    return sum(map(int, fields[11:15])) / _TICKS


def _rss(pid: int) -> float:
    """Memory that is its own, and its share of what several processes have in common (PostgreSQL's buffers)."""
    for name, word in (("smaps_rollup", "Pss:"), ("status", "VmRSS:")):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/{name}").read_text().splitlines():
                if line.startswith(word):
                    return int(line.split()[1]) / _MIB
    return 0.0
