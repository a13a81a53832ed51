"""The programs of the topology: Temporal's from their Go module, PostgreSQL's from the system's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from runtime.errors import OperatorError

TEMPORAL_VERSION: Final = "1.32.0"
"""The release that docker-compose.yml names, too; a test holds them equal."""
ROOT: Final = Path(__file__).resolve().parents[2]
TOOLS: Final = ROOT / ".tools" / f"temporal-{TEMPORAL_VERSION}"
_PACKAGES: Final = {"temporal-server": "cmd/server", "temporal-sql-tool": "cmd/tools/sql"}
_PLACES: Final = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin")
OLDEST_POSTGRES: Final = 13
"""From here on the owner of a database may add btree_gin, which Temporal's visibility schema does."""


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are."""

    server: Path
    sql_tool: Path
    postgres: Path
    """The directory of PostgreSQL's programs."""

    @classmethod
    def find(cls) -> Tools:
        """The programs that are there.

        Raises:
            OperatorError: one is missing; the message says how to get it.
        """
        server, sql_tool = (TOOLS / name for name in _PACKAGES)
        if not server.exists() or not sql_tool.exists():
            raise OperatorError(
                f"没有 Temporal 服务程序（{TOOLS}）。", f"There is no Temporal server in {TOOLS}.", "make cluster-tools"
            )
        return cls(server, sql_tool, find_postgres())


def build() -> Path:
    """Temporal's server and its schema tool, built from the Go module unless they are there; their directory.

    Raises:
        OperatorError: there is no Go, or it cannot build them.
    """
    if all((TOOLS / name).exists() for name in _PACKAGES):
        return TOOLS
    go = shutil.which("go")
    if go is None:
        raise OperatorError(
            "没有 go，无法构建 Temporal 服务程序。",
            "There is no go on PATH to build the Temporal server with.",
            "安装 Go / install Go: https://go.dev/dl/",
        )
    draft = TOOLS.with_name(f"{TOOLS.name}.{os.getpid()}")
    for name, package in _PACKAGES.items():
        _install(go, f"go.temporal.io/server/{package}@v{TEMPORAL_VERSION}", draft)
        (draft / Path(package).name).replace(draft / name)
    shutil.rmtree(TOOLS, ignore_errors=True)
    draft.replace(TOOLS)
    return TOOLS


def _install(go: str, package: str, directory: Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own arguments
        [go, "install", package],
        env={**os.environ, "GOBIN": str(directory), "CGO_ENABLED": "0"},
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        version = subprocess.run([go, "version"], capture_output=True, text=True, check=False)  # noqa: S603 - as above
        raise OperatorError(
            f"{package} 构建失败，多半是 Go 版本太旧：{version.stdout.strip()}。",
            f"{package} could not be built; most likely Go is too old: {version.stdout.strip()}.",
            "\n".join(done.stderr.splitlines()[-6:]),
        )


def find_postgres() -> Path:
    """The directory of PostgreSQL's programs: APPEALS_POSTGRES_BIN, the PATH's, the newest of the usual places.

    Raises:
        OperatorError: none is new enough, or none is there.
    """
    named = os.environ.get("APPEALS_POSTGRES_BIN")
    if named:
        candidates = [Path(named)]
    else:
        on_path = shutil.which("initdb")
        usual = [path for pattern in _PLACES for path in Path("/").glob(pattern[1:])]
        candidates = [*([Path(on_path).resolve().parent] if on_path else []), *sorted(usual, key=major, reverse=True)]
    for directory in candidates:
        if (directory / "initdb").exists() and major(directory) >= OLDEST_POSTGRES:
            return directory
    raise OperatorError(
        f"没有 PostgreSQL {OLDEST_POSTGRES} 或更高版本的服务程序。",
        f"There is no PostgreSQL server, version {OLDEST_POSTGRES} or newer.",
        "Debian/Ubuntu: apt install postgresql；或 / or APPEALS_POSTGRES_BIN=/path/to/bin",
    )


def major(directory: Path) -> int:
    """The major version of the PostgreSQL in a directory; 0 when it does not say."""
    try:
        done = subprocess.run(  # noqa: S603 - a program that the operator installed
            [directory / "postgres", "--version"], capture_output=True, text=True, check=False
        )
        return int(done.stdout.split()[2].split(".")[0])
    except (OSError, ValueError, IndexError):
        return 0
