"""The production topology, natively: PostgreSQL, Temporal's server, API and workers (`make cluster`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from bench.topology import PRODUCT, Topology
from deploy.cluster import Cluster, scratch
from deploy.cluster.tools import TEMPORAL_VERSION
from runtime.engine import log_tail
from runtime.settings import Settings

_ENGINES = ("temporal", "temporal_visibility")


class Clustered(Topology):
    """A running cluster; ``cluster`` stops, starts and kills its parts."""

    name = "cluster"
    shared = ("engine", "database")

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster

    def pids(self) -> dict[str, list[int]]:
        """Of its children, the workers together."""
        found: dict[str, list[int]] = {}
        for name, pid in self.cluster.pids().items():
            role = {"temporal": "engine", "postgres": "database"}.get(name, name.partition("-")[0])
            found.setdefault(role, []).append(pid)
        return found

    def settings(self) -> Settings:
        """What its processes run with."""
        return self.cluster.settings

    def database(self, name: str) -> str:
        """A database on the same server, of the same role."""
        made = sql.SQL("CREATE DATABASE {} OWNER appeals").format(sql.Identifier(name))
        with self._superuser() as connection:
            connection.execute(made)
        return self.cluster.postgres.url(PRODUCT, name)

    def database_bytes(self, name: str) -> int:
        """Its tables, its indexes and what is dead in them."""
        with self._superuser() as connection:
            row = connection.execute("SELECT pg_database_size(%s)", (name,)).fetchone()
        return int(row[0]) if row else 0

    def engine_bytes(self) -> int:
        """Both stores."""
        return sum(map(self.database_bytes, _ENGINES))

    def versions(self) -> dict[str, str]:
        """Of the servers."""
        with self._superuser() as connection:
            postgres = str(connection.info.server_version // 10_000)
            postgres += f".{connection.info.server_version % 10_000}"
        return {"engine": f"Temporal server {TEMPORAL_VERSION}", "PostgreSQL": postgres}

    def _superuser(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.postgres.url("postgres", "postgres"), autocommit=True)


@contextmanager
def clustered(workers: int = 1) -> Iterator[Clustered]:
    """One in a fresh directory, stopped and gone afterwards. Raises OperatorError: a program is missing."""
    with scratch() as directory, Cluster(directory, workers=workers) as cluster:
        try:
            yield Clustered(cluster)
        except Exception:
            for log in sorted(cluster.directory.logs.iterdir()):
                print(f"-- {log.name}\n{log_tail(log)}", file=sys.stderr)
            raise
