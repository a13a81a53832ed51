"""The Temporal server beside that PostgreSQL: schema, server, namespace, by the files that compose uses."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from deploy.cluster.directory import Directory
from deploy.cluster.postgres import HOST, Postgres, run_script
from deploy.cluster.tools import ROOT, Tools
from runtime.process import ChildSpec

GRACE_SECONDS: Final = 30.0
_FILES: Final = ROOT / "deploy" / "temporal"
PORTS: Final = tuple(
    f"{service}_{kind}_PORT"
    for service in ("FRONTEND", "MATCHING", "HISTORY", "WORKER")
    for kind in ("GRPC", "MEMBERSHIP")
)
"""What server.yaml calls them."""


@dataclass(frozen=True, slots=True)
class Temporal:
    """Where it is and how it is reached."""

    tools: Tools
    cli: Path
    """The `temporal` command."""
    postgres: Postgres
    directory: Directory
    ports: Mapping[str, int]
    """By the names of `PORTS`."""
    metrics_port: int

    @classmethod
    def plan(cls, tools: Tools, cli: Path, postgres: Postgres, directory: Directory) -> Self:
        """One that listens where it listened before."""
        ports = {name: directory.ports.take(name) for name in PORTS}
        return cls(tools, cli, postgres, directory, ports, directory.ports.take("temporal-metrics"))

    @property
    def address(self) -> str:
        """`host:port` for clients."""
        return f"{HOST}:{self.ports['FRONTEND_GRPC_PORT']}"

    def _environment(self) -> dict[str, str]:
        password = self.directory.password_file("temporal")
        return {
            "POSTGRES_HOST": HOST,
            "POSTGRES_PORT": str(self.postgres.port),
            "POSTGRES_ADDRESS": f"{HOST}:{self.postgres.port}",
            "POSTGRES_PASSWORD_FILE": str(password),
        }

    def spec(self) -> ChildSpec:
        """The server, all its services in one process, as a child."""
        addresses = {
            "BIND_ON_IP": HOST,
            "TEMPORAL_BROADCAST_ADDRESS": HOST,
            "PROMETHEUS_ENDPOINT": f"{HOST}:{self.metrics_port}",
            "DYNAMIC_CONFIG_FILE_PATH": str(_FILES / "dynamic.yaml"),
            **{name: str(port) for name, port in self.ports.items()},
        }
        return ChildSpec(
            name="temporal",
            command=[str(self.tools.server), "--config-file", str(_FILES / "server.yaml"), "--allow-no-auth", "start"],
            grace_seconds=GRACE_SECONDS,
            environment={**self._environment(), **addresses},
            output=self.directory.logs / "temporal.log",
        )

    def set_schema(self) -> None:
        """Both stores' tables, made or brought to this release. Raises OperatorError."""
        self._script("schema.sh")

    def set_namespace(self) -> None:
        """The namespace and its retention, as soon as the server serves. Raises OperatorError."""
        self._script("namespace.sh", TEMPORAL_ADDRESS=self.address)

    def _script(self, name: str, **more: str) -> None:
        path = os.pathsep.join([str(self.tools.sql_tool.parent), str(self.cli.parent), os.environ.get("PATH", "")])
        run_script(_FILES / name, {**os.environ, **self._environment(), "PATH": path, **more})
