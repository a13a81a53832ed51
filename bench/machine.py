"""What was measured on, in a few words that name no place."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from bench.topology import package


def describe() -> dict[str, str]:
    """Cores, memory, system, versions, and how busy the machine was with other things before."""
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores",
        "memory": f"{_memory():.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "temporalio": package("temporalio"),
        "psycopg": package("psycopg"),
        "DBOS": package("dbos") or "not installed",
        "load before": f"{os.getloadavg()[0]:.1f}",
    }


def _processor() -> str:
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory() -> float:
    for line in _lines("/proc/meminfo"):
        if line.startswith("MemTotal"):
            return int(line.split()[1]) / 1024**2
    return 0.0


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
