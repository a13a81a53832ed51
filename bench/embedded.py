"""`appeals up` on one machine: the embedded engine, and the tables in SQLite."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from bench.helper import ROOT
from bench.topology import HOST, Topology, is_ready
from runtime.datadir import DataDir
from runtime.engine import find_binary, version
from runtime.ports import free_port
from runtime.settings import Settings

_READY_SECONDS = 90
_LEAVING_SECONDS = 60


class Embedded(Topology):
    """The shipped command, as a user starts it."""

    name = "embedded"
    shared = ("engine",)

    def __init__(self, directory: Path, environment: Mapping[str, str]) -> None:
        self._directory = directory
        self._environment = environment
        self._port = free_port(HOST)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it is ready. Raises RuntimeError with what it said."""
        arguments = ["--port", str(self._port), "--data-dir", str(self._directory)]
        said = self._directory.with_suffix(".out")
        with said.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "cli.main", "up", *arguments],
                cwd=ROOT,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _READY_SECONDS
        while not is_ready(self._port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(said.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)

    def stop(self) -> None:
        """Ctrl-C."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=_LEAVING_SECONDS)

    def pids(self) -> dict[str, list[int]]:
        """Of the supervisor's children."""
        children = DataDir(self._directory).run_lock.holder().note["children"]
        return {role: [pid] for role, pid in children.items()}

    def settings(self) -> Settings:
        """With the engine's address of this run."""
        address = DataDir(self._directory).running_engine()
        return Settings.load(data_dir=self._directory, engine_address=address, port=self._port)

    def database(self, name: str) -> str:
        """A file beside the product's."""
        return f"sqlite:///{self._directory / name}.db"

    def database_bytes(self, name: str) -> int:
        """The file's pages."""
        return _bytes(self._directory / f"{name}.db")

    def engine_bytes(self) -> int:
        """The file's pages."""
        return _bytes(self._directory / "engine.db")

    def versions(self) -> dict[str, str]:
        """Of the binary and the library."""
        return {"engine": version(find_binary(self.settings())), "SQLite": sqlite3.sqlite_version}


@contextmanager
def embedded(environment: Mapping[str, str] = MappingProxyType({})) -> Iterator[Embedded]:
    """One in a fresh directory, with these settings besides, stopped and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="appeals-bench-", ignore_cleanup_errors=True) as directory:
        running = Embedded(Path(directory) / "data", environment)
        os.umask(0o077)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def _bytes(path: Path) -> int:
    """Pages of a SQLite file that are in use, those in its write-ahead log included."""
    if not path.exists():
        return 0
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as connection:
        names = ("page_count", "freelist_count", "page_size")
        pages, free, size = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in names)
    return (pages - free) * size
